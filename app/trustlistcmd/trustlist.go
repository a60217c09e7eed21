// Package trustlistcmd is `atrio trust-list`: an operator brings the European list of
// lists and the list of a country, and sees which one is in use. What is believed of a
// document is decided in idp/proofing/trustlist.
package trustlistcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"text/tabwriter"
	"time"

	"atrio/app/command"
	"atrio/idp/proofing/trustlist"
)

// Command is `atrio trust-list`.
type Command struct {
	Import importCommand `cmd:"" help:"Put a trusted list, or the list of lists, on the shelf."`
	Show   showCommand   `cmd:"" help:"Show the list in use and its services."`
}

// shelf says where lists are kept and who may sign them.
type shelf struct {
	Dir       string   `required:"" help:"Directory of the lists." placeholder:"DIR" type:"existingdir"`
	Territory string   `default:"IT" help:"Country whose list is wanted." placeholder:"CC"`
	Root      []string `help:"Certificates (PEM) that may sign the list of lists, from the Official Journal." placeholder:"FILE" type:"existingfile"`
	Signer    []string `help:"Further certificates (PEM) that may sign the country's list." placeholder:"FILE" type:"existingfile"`
}

func (s shelf) open() (*trustlist.Shelf, error) {
	roots, err := trustlist.Certificates(s.Root)
	if err != nil {
		return nil, err
	}
	signers, err := trustlist.Certificates(s.Signer)
	if err != nil {
		return nil, err
	}
	if len(roots)+len(signers) == 0 {
		return nil, errors.New("--root or --signer: nobody is known who may sign a list")
	}
	return &trustlist.Shelf{Dir: s.Dir, Territory: s.Territory, Roots: roots, Signers: signers}, nil
}

type importCommand struct {
	shelf `embed:""`
	File  string `arg:"" help:"The list, as it was published." type:"existingfile"`

	now func() time.Time
}

// Help is the longer text of --help.
func (importCommand) Help() string {
	return "Example: atrio trust-list import --dir /var/lib/atrio/lists --root eu-oj.pem eu-lotl.xml\n\n" +
		"First the list of lists, then the list of the country: the first says who signs the second. A list that is older than the one in use, stale, or signed by somebody else is refused, and nothing changes."
}

// Run imports and tells what changed.
func (c importCommand) Run(_ context.Context, s command.Streams) error {
	lists, err := c.open()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	if c.now == nil {
		c.now = time.Now
	}
	if err := lists.Open(); err != nil {
		fmt.Fprintf(s.Err, "the list that was there is not used: %v\n", err)
	}
	l, changes, err := lists.Import(data, c.now())
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%s, to be renewed by %s\n", l, l.NextUpdate.Format(time.DateOnly))
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for _, ch := range changes {
		fmt.Fprintf(w, "%s\t%s\t%s → %s\n", ch.Provider, ch.Service, status(ch.From), status(ch.To))
	}
	return w.Flush()
}

type showCommand struct {
	shelf `embed:""`
}

// Help is the longer text of --help.
func (showCommand) Help() string {
	return "Example: atrio trust-list show --dir /var/lib/atrio/lists --root eu-oj.pem"
}

// Run shows what is on the shelf.
func (c showCommand) Run(_ context.Context, s command.Streams) error {
	lists, err := c.open()
	if err != nil {
		return err
	}
	if err := lists.Open(); err != nil {
		return err
	}
	return show(s.Out, lists.List())
}

func show(out io.Writer, l *trustlist.List) error {
	if l == nil {
		_, err := fmt.Fprintln(out, "no list")
		return err
	}
	fmt.Fprintf(out, "%s, issued %s, to be renewed by %s\n", l, l.Issued.Format(time.DateOnly), l.NextUpdate.Format(time.DateOnly))
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, service := range l.Services {
		if len(service.Periods) > 0 {
			p := service.Periods[0]
			fmt.Fprintf(w, "%s\t%s\t%s\t%s since %s\n", path.Base(service.Type), service.Provider, service.Name, status(p.Status), p.Since.Format(time.DateOnly))
		}
	}
	return w.Flush()
}

// status is the last word of an address that names a status.
func status(uri string) string {
	if uri == "" {
		return "none"
	}
	return path.Base(uri)
}
