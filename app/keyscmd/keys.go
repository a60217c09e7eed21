// Package keyscmd is `atrio keys`: it rotates, encrypts, imports and lists the keys of
// a role. What a rotation is stands in base/keys.
package keyscmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/plant"
	"atrio/base/audit"
	"atrio/base/keys"
	"atrio/db"
	"atrio/db/shareddb"
)

// Command looks after the keys of a role.
type Command struct {
	List    keysList    `cmd:"" help:"List the key files of a role: what a backup needs."`
	Status  keysStatus  `cmd:"" help:"Tell which keys are next, sign, are retired, and until when."`
	Next    keysNext    `cmd:"" help:"Make the next key of a purpose: published, not signing yet."`
	Import  keysImport  `cmd:"" help:"Take a key of a file or token as the next one, or the certificate of an authority."`
	Promote keysPromote `cmd:"" help:"Let the next key sign; the one before stays published."`
	Retire  keysRetire  `cmd:"" help:"After a leak: end the signing key at once."`
	Forget  keysForget  `cmd:"" help:"Take a retired or next key out of publication, or old generations of the sealing key."`
	Rotate  keysRotate  `cmd:"" help:"Make a new generation of the sealing key."`
	Encrypt keysEncrypt `cmd:"" help:"Encrypt the private key files, or bring them under a new secret."`
	Decrypt keysDecrypt `cmd:"" help:"Write the private key files in clear, for a move."`
	Secret  keysSecret  `cmd:"" help:"Draw a secret for the key files."`
}

// OfRole is embedded by commands about the keys of a role.
type OfRole struct {
	command.Configured
	Role string `arg:"" enum:"gateway,idp,portal" help:"Whose keys."`
}

// bench is what a command about keys works on.
type bench struct {
	role  string
	file  *config.File
	Store *keys.Store
	Close func()
}

// Open reads the configuration and opens the directory.
func (c OfRole) Open() (*bench, error) {
	f, err := c.Load()
	if err != nil {
		return nil, err
	}
	if _, err := command.ChooseRoles(f, []string{c.Role}); err != nil {
		return nil, err
	}
	r, _ := f.Role(c.Role)
	d := plant.Device(f, c.Role)
	store, err := plant.OpenKeyStore(c.Role, r, d)
	if err != nil {
		return nil, err
	}
	b := &bench{role: c.Role, file: f, Store: store, Close: func() {}}
	if d != nil {
		b.Close = d.Close
	}
	return b, nil
}

// purpose finds a purpose of the role by its name.
func (b *bench) purpose(name string) (keys.Purpose, error) {
	all := plant.Purposes(b.file, b.role)
	var names []string
	for _, p := range all {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return keys.Purpose{}, fmt.Errorf("%s signs nothing", b.role)
	}
	return keys.Purpose{}, fmt.Errorf("%s has no purpose %q; it has %s", b.role, name, strings.Join(names, ", "))
}

// changing does something to the keys and writes it into the audit log. The
// database is opened first: what cannot be recorded is not done.
func (b *bench) changing(ctx context.Context, action string, do func() (detail map[string]string, err error)) error {
	r, _ := b.file.Role(b.role)
	d, err := db.Open(ctx, r.Database.Reveal())
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Ping(ctx); err != nil {
		return err
	}
	detail, err := do()
	if err != nil {
		return err
	}
	err = (&shareddb.Store{DB: d}).AppendEvents(ctx, []audit.Event{{
		At: time.Now(), Role: b.role, Action: action, Outcome: audit.OK, Detail: detail,
	}})
	if err != nil {
		return fmt.Errorf("the keys are changed, but the audit log could not be written: %w", err)
	}
	return nil
}

type keysList struct {
	OfRole
	Purpose string `arg:"" optional:"" help:"Only the files of this purpose."`
}

// Help is the longer text of --help.
func (keysList) Help() string {
	return "Example: atrio keys list gateway --config /etc/atrio/atrio.toml"
}

// Run lists.
func (c keysList) Run(s command.Streams) error {
	b, err := c.Open()
	if err != nil {
		return err
	}
	defer b.Close()
	files, err := b.Store.Files()
	if c.Purpose != "" && err == nil {
		var p keys.Purpose
		if p, err = b.purpose(c.Purpose); err == nil {
			files = slices.DeleteFunc(files, func(f string) bool { return !p.Owns(f) })
		}
	}
	if err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintln(s.Out, f)
	}
	return nil
}

type keysStatus struct {
	OfRole
	Purpose string `arg:"" optional:"" help:"Only this purpose."`
	JSON    bool   `help:"Print JSON."`
}

// Help is the longer text of --help.
func (keysStatus) Help() string {
	return "Example: atrio keys status gateway spid --json --config /etc/atrio/atrio.toml\n\nReads the files and changes nothing."
}

// Status is a pair as status tells it.
type Status struct {
	Purpose   string     `json:"purpose"`
	Pair      string     `json:"pair"`
	State     keys.State `json:"state"`
	KeyID     string     `json:"key_id"`
	Since     time.Time  `json:"since"`
	Published time.Time  `json:"published_since"`
	// From is when a next pair may sign, or a retired one be forgotten.
	From     *time.Time `json:"may_change_from,omitempty"`
	NotAfter *time.Time `json:"certificate_until,omitempty"`
	Subject  string     `json:"certificate_subject,omitempty"`
	// Missing tells that a certificate has to be imported.
	Missing bool `json:"certificate_missing,omitempty"`
}

// Run tells.
func (c keysStatus) Run(s command.Streams) error {
	b, err := c.Open()
	if err != nil {
		return err
	}
	defer b.Close()
	all := plant.Purposes(b.file, b.role)
	if c.Purpose != "" {
		p, err := b.purpose(c.Purpose)
		if err != nil {
			return err
		}
		all = []keys.Purpose{p}
	}
	list := []Status{}
	for _, p := range all {
		pairs, err := b.Store.Look(p)
		if errors.Is(err, os.ErrNotExist) {
			continue // made at the first start
		}
		if err != nil {
			return err
		}
		for _, pair := range pairs {
			list = append(list, statusOf(p, pair))
		}
	}
	if c.JSON {
		e := json.NewEncoder(s.Out)
		e.SetIndent("", "  ")
		return e.Encode(list)
	}
	return printStatus(s, list)
}

func statusOf(p keys.Purpose, pair *keys.Pair) Status {
	st := Status{
		Purpose: p.Name, Pair: pair.Name, State: pair.State, KeyID: pair.KeyID, Since: pair.Since, Published: pair.PublishedSince,
		Missing: p.Certificate != nil && pair.Certificate == nil,
	}
	from := pair.PublishedSince.Add(p.Publish)
	if pair.State == keys.Retired {
		from = pair.Since.Add(p.Keep)
	}
	if pair.State != keys.Signing {
		st.From = &from
	}
	if pair.Certificate != nil {
		st.NotAfter, st.Subject = &pair.Certificate.NotAfter, pair.Certificate.Subject.String()
	}
	return st
}

func printStatus(s command.Streams, list []Status) error {
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PURPOSE\tPAIR\tSTATE\tSINCE\tCERTIFICATE UNTIL\tREMARK")
	for _, st := range list {
		since, until, remark := st.Since.UTC().Format(time.RFC3339), "-", ""
		if st.Since.Unix() == 0 {
			since = "the beginning"
		}
		if st.NotAfter != nil {
			until = st.NotAfter.UTC().Format(time.RFC3339)
		}
		switch {
		case st.Missing:
			remark = "needs a certificate: atrio keys import"
		case st.State == keys.Next:
			remark = "may sign from " + st.From.UTC().Format(time.RFC3339)
		case st.State == keys.Retired:
			remark = "may be forgotten from " + st.From.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", st.Purpose, st.Pair, st.State, since, until, remark)
	}
	return w.Flush()
}
