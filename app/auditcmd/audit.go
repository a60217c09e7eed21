// Package auditcmd is `atrio audit`: it verifies the audit log of a role, and traces,
// searches and exports the ledger of logins.
//
// Who looks at what the ledger holds about people gives a reason, which is written
// into the audit log first (ledger_access.go). The ledger itself is gateway/ledger and
// gateway/gatewaydb.
package auditcmd

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"atrio/app/command"
	"atrio/app/plant"
	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
)

// Command looks into the audit log and into the ledgers.
type Command struct {
	Verify auditVerify `cmd:"" help:"Check the chain and the signed checkpoints of a role's audit log."`
	Clock  auditClock  `cmd:"" help:"Compare the clock with the last time that was signed, and accept that it was set right."`

	Trace       auditTrace       `cmd:"" help:"From an id, an error page or a person to door, provider, services and times."`
	Ledger      auditLedger      `cmd:"" help:"Search the pairs of messages by the fields of the rules."`
	Export      auditExport      `cmd:"" help:"Write the ledger of a time into one signed file, for the authority."`
	CheckExport auditCheckExport `cmd:"" help:"Check that an export is complete and unchanged."`
	PublicKey   auditPublicKey   `cmd:"" help:"Print the public key by which others check exports."`
}

type auditVerify struct {
	command.Configured
	Role string `arg:"" enum:"gateway,idp,portal" help:"Whose log."`
	JSON bool   `help:"Print the report as JSON."`
}

// Help is the longer text of --help.
func (auditVerify) Help() string {
	return "Example: atrio audit verify gateway --config /etc/atrio/atrio.toml\n\n" +
		"Exit status 1 when a row was changed, removed or put in. Rows that are not chained yet are counted and told."
}

// Run verifies.
func (c auditVerify) Run(ctx context.Context, s command.Streams) error {
	d, key, err := open(ctx, c.Configured, c.Role)
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

// open gives the database of a role and the key that signs its log.
func open(ctx context.Context, c command.Configured, role string) (*db.DB, ed25519.PrivateKey, error) {
	f, err := c.Load()
	if err != nil {
		return nil, nil, err
	}
	if _, err := command.ChooseRoles(f, []string{role}); err != nil {
		return nil, nil, err
	}
	r, _ := f.Role(role)
	store, err := plant.OpenKeyStore(role, r, plant.Device(f, role))
	if err != nil {
		return nil, nil, err
	}
	// A key made now could not have signed what is there.
	if files, err := store.Files(); err != nil || !slices.Contains(files, "audit.pem") {
		return nil, nil, errors.Join(fmt.Errorf("%s has no audit.pem: nothing was signed here yet, or the key is missing", r.Keys), err)
	}
	key, err := store.Audit()
	if err != nil {
		return nil, nil, err
	}
	d, err := db.Open(ctx, r.Database.Reveal())
	return d, key, err
}

func (c auditVerify) print(s command.Streams, report audit.Report) error {
	if c.JSON {
		e := json.NewEncoder(s.Out)
		e.SetIndent("", "  ")
		if err := e.Encode(report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.Out, "chained rows: %d\nnot chained yet: %d\n", report.Rows, report.Tail.Rows)
		if report.Tail.Rows > 0 {
			fmt.Fprintf(s.Out, "oldest of these: %s\n", report.Tail.Oldest.Format(time.RFC3339))
		}
		for _, finding := range report.Findings {
			fmt.Fprintf(s.Out, "%+v\n", finding)
		}
	}
	if !report.OK() {
		return errors.New("the audit log was changed")
	}
	return nil
}
