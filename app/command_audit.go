package app

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
)

// auditCommand looks into the audit log and into the ledgers.
type auditCommand struct {
	Verify auditVerify `cmd:"" help:"Check the chain and the signed checkpoints of a role's audit log."`

	Trace       auditTrace       `cmd:"" help:"From an id, an error page or a person to door, provider, services and times."`
	Ledger      auditLedger      `cmd:"" help:"Search the pairs of messages by the fields of the rules."`
	Export      auditExport      `cmd:"" help:"Write the ledger of a time into one signed file, for the authority."`
	CheckExport auditCheckExport `cmd:"" help:"Check that an export is complete and unchanged."`
	PublicKey   auditPublicKey   `cmd:"" help:"Print the public key by which others check exports."`
}

type auditVerify struct {
	configured
	Role string `arg:"" enum:"gateway,idp,portal" help:"Whose log."`
	JSON bool   `help:"Print the report as JSON."`
}

// Help is the longer text of --help.
func (auditVerify) Help() string {
	return "Example: atrio audit verify gateway --config /etc/atrio/atrio.toml\n\n" +
		"Exit status 1 when a row was changed, removed or put in. Rows that are not chained yet are counted and told."
}

// Run verifies.
func (c auditVerify) Run(ctx context.Context, s streams) error {
	f, err := c.load()
	if err != nil {
		return err
	}
	if _, err := chooseRoles(f, []string{c.Role}); err != nil {
		return err
	}
	r, _ := f.Role(c.Role)
	store, err := openKeyStore(c.Role, r, device(f, c.Role))
	if err != nil {
		return err
	}
	// A key made now could not have signed what is there.
	if files, err := store.Files(); err != nil || !slices.Contains(files, "audit.pem") {
		return errors.Join(fmt.Errorf("%s has no audit.pem: nothing was signed here yet, or the key is missing", r.Keys), err)
	}
	key, err := store.Audit()
	if err != nil {
		return err
	}
	d, err := db.Open(ctx, r.Database.Reveal())
	if err != nil {
		return err
	}
	defer d.Close()
	report, err := audit.Verify(ctx, &shareddb.Store{DB: d}, key.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	return c.print(s, report)
}

func (c auditVerify) print(s streams, report audit.Report) error {
	if c.JSON {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		if err := e.Encode(report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.out, "chained rows: %d\nnot chained yet: %d\n", report.Rows, report.Tail.Rows)
		if report.Tail.Rows > 0 {
			fmt.Fprintf(s.out, "oldest of these: %s\n", report.Tail.Oldest.Format(time.RFC3339))
		}
		for _, finding := range report.Findings {
			fmt.Fprintf(s.out, "%+v\n", finding)
		}
	}
	if !report.OK() {
		return errors.New("the audit log was changed")
	}
	return nil
}
