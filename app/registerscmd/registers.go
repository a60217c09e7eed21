// Package registerscmd is `atrio registers`: it imports what the offices of the
// institution know about people: affiliations, citizenships, days of birth. What a file
// may say, and what of it is new, is decided in gateway/registers.
package registerscmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/plant"
	"atrio/base/audit"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/registers"
	"atrio/web"
	"atrio/web/locale"
)

// Command is about registers of the institution.
type Command struct {
	Import importFile `cmd:"" help:"Import affiliations, citizenships and days of birth from the file of an office."`
}

// importFile reads a file of an office. // G2.5, G2.8
type importFile struct {
	command.Configured
	File     string `arg:"" help:"The file: CSV in UTF-8; - reads standard input."`
	Reason   string `required:"" help:"Why, for example which office sent it. It is written into the audit log, with your user name; leave names of people out." placeholder:"TEXT"`
	DryRun   bool   `name:"dry-run" help:"Tell what would change, and change nothing."`
	Complete string `help:"The file names everybody of this kind: whoever of it is not in the file is so no longer, from now on. One of student, employee, alum, guest." placeholder:"KIND"`
	Many     bool   `help:"With --complete: go on although more than a fifth would end."`
}

// Help is the longer text of --help.
func (importFile) Help() string {
	return "Example: atrio registers import staff.csv --complete employee --reason 'staff office, November' --config /etc/atrio/atrio.toml\n\n" +
		"The first line names the columns: " + strings.Join(registers.Columns(), ", ") + ". Days are written 2026-03-01, until is the last day; citizenships are ISO 3166-1 codes apart by blanks.\n" +
		"One mistake in the form, and nothing is imported. A person without an account, or whose account does not fit, is left and told. Importing a file twice changes nothing the second time.\n" +
		"Whoever declared another citizenship than the register gets a mail; the register counts 30 days later."
}

// Run imports.
func (c importFile) Run(ctx context.Context, s command.Streams) error {
	why := strings.TrimSpace(c.Reason)
	switch {
	case why == "" || len(why) > audit.MaxText:
		return fmt.Errorf("--reason needs a text of 1 to %d bytes: say why", audit.MaxText)
	case c.Complete != "" && !slices.Contains(access.AffiliationKinds(), c.Complete):
		return fmt.Errorf("--complete: %q is none of %s", c.Complete, strings.Join(access.AffiliationKinds(), ", "))
	case c.Many && c.Complete == "":
		return errors.New("--many goes with --complete")
	}
	f, d, err := c.Open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	texts, err := catalog(f.Gateway.Theme)
	if err != nil {
		return err
	}
	now := time.Now()
	people, sum, err := read(c.File, texts.Local(now).Location(), now)
	if err != nil {
		return err
	}
	by := command.WhoAsks()
	by["why"] = why
	r := &run{
		store: gatewaydb.NewStore(d, nil), out: s.Out, people: people, complete: c.Complete, many: c.Many, by: by, sum: sum,
		with: registers.Import{
			ID: account.NewID(), Now: now, DryRun: c.DryRun, Event: audit.Event{At: now, Role: "gateway"},
			Tell: registers.Told(texts, f.Gateway.BaseURL),
		},
	}
	return r.all(ctx)
}

// read reads the file, and gives its sum for the audit log.
func read(path string, zone *time.Location, now time.Time) ([]registers.Person, string, error) {
	var in io.Reader = os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, "", err
		}
		defer f.Close()
		in = f
	}
	sum := sha256.New()
	people, err := registers.Read(io.TeeReader(in, sum), zone, now)
	if err != nil {
		return nil, "", fmt.Errorf("nothing was imported:\n%w", err)
	}
	return people, hex.EncodeToString(sum.Sum(nil)), nil
}

// catalog holds the texts of mails, with those of the institution's theme.
func catalog(theme config.Theme) (*locale.Catalog, error) {
	face, err := plant.LoadTheme("gateway", theme)
	if err != nil {
		return nil, err
	}
	pages, err := web.NewPages(face, plant.Product["gateway"].Pages()...)
	if err != nil {
		return nil, errors.Join(errors.New("the texts of mails cannot be read"), err)
	}
	return pages.Catalog(), nil
}
