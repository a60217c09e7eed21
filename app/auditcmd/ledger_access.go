package auditcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/plant"
	"atrio/base/audit"
	"atrio/base/keys"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/shareddb"
)

// inspecting is embedded by commands that show what the ledger holds about people.
type inspecting struct {
	command.Configured
	Reason string `required:"" help:"Why you look, for example the number of the request. It is written into the audit log, with your user name, before anything is shown; leave names of people out." placeholder:"TEXT"`
}

// inspection is an open ledger, after it was written down who opened it and why.
type inspection struct {
	file   *config.File
	db     *db.DB
	shared *shareddb.Store
	keys   *keys.Store
	ring   *seal.Keyring
}

func (i *inspection) close() { i.db.Close() }

// open writes the line of the audit log first: without it nothing is opened. detail
// says what is looked for, in words that name nobody.
func (c inspecting) open(ctx context.Context, role string, detail map[string]string) (*inspection, error) {
	reason := strings.TrimSpace(c.Reason)
	if reason == "" || len(reason) > audit.MaxText {
		return nil, fmt.Errorf("--reason needs a text of 1 to %d bytes: say why you look", audit.MaxText)
	}
	i, err := openInspection(ctx, c.Configured, role)
	if err != nil {
		return nil, err
	}
	detail["purpose"] = reason
	for name, value := range command.WhoAsks() {
		detail[name] = value
	}
	err = i.shared.AppendEvents(ctx, []audit.Event{{
		At: time.Now(), Role: role, Action: audit.LedgerRead, Outcome: audit.OK, Detail: detail,
	}})
	if err != nil {
		i.close()
		return nil, fmt.Errorf("nothing is shown, because the audit log could not be written: %w", err)
	}
	return i, nil
}

// openInspection opens database and keys that are there, and makes none.
func openInspection(ctx context.Context, c command.Configured, role string) (*inspection, error) {
	f, err := c.Load()
	if err != nil {
		return nil, err
	}
	if _, err := command.ChooseRoles(f, []string{role}); err != nil {
		return nil, err
	}
	r, _ := f.Role(role)
	i := &inspection{file: f}
	if i.keys, err = inspectedKeys(f, role); err != nil {
		return nil, err
	}
	if files, err := i.keys.Files(); err != nil || !slices.Contains(files, "sealing.keys") {
		return nil, errors.Join(fmt.Errorf("%s has no sealing.keys: this machine does not hold the keys of the ledger", r.Keys), err)
	}
	if i.ring, err = i.keys.Keyring(); err != nil {
		return nil, err
	}
	if faults := plant.CheckDatabase(ctx, role, r); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if i.db, err = db.Open(ctx, r.Database.Reveal()); err != nil {
		return nil, err
	}
	i.shared = &shareddb.Store{DB: i.db}
	return i, nil
}

// inspectedKeys are the keys of a role that is configured.
func inspectedKeys(f *config.File, role string) (*keys.Store, error) {
	r, _ := f.Role(role)
	return plant.OpenKeyStore(role, r, plant.Device(f, role))
}

// period is embedded by commands that choose by time.
type period struct {
	From moment `help:"From this day or instant (UTC): 2026-11-01 or 2026-11-01T08:30:00Z." placeholder:"TIME"`
	To   moment `help:"To this day, it included, or up to this instant (UTC)." placeholder:"TIME"`
}

// span gives the first instant and the one after the last; zero when not given.
func (p period) span() (from, to time.Time) {
	to = p.To.at
	if p.To.day {
		to = to.AddDate(0, 0, 1)
	}
	return p.From.at, to
}

// moment is a day or an instant as a person types it.
type moment struct {
	at  time.Time
	day bool
}

// UnmarshalText reads it.
func (m *moment) UnmarshalText(text []byte) (err error) {
	if m.at, err = time.Parse(time.DateOnly, string(text)); err == nil {
		m.day = true
		return nil
	}
	if m.at, err = time.Parse(time.RFC3339, string(text)); err != nil {
		return errors.New("write a day as 2026-11-01 or an instant as 2026-11-01T08:30:00Z")
	}
	return nil
}
