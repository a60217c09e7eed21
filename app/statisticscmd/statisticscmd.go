// Package statisticscmd is `atrio statistics`: it writes what AgID is told about identities
// and their use. What the records hold stands in idp/statistics.
package statisticscmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/plant"
	"atrio/base/audit"
	"atrio/db"
	"atrio/idp/idpdb"
	"atrio/idp/statistics"
)

// Command writes the files of a period.
type Command struct {
	command.Configured
	Period string `arg:"" help:"A week that is over, 2026-W10, or a quarter, 2026-Q1."`
	Out    string `required:"" help:"The directory for the files, which must not be there yet." placeholder:"DIR"`
}

// Help is the longer text of --help.
func (Command) Help() string {
	return "Example: atrio statistics 2026-W10 --out /var/lib/atrio/idp/statistics --config /etc/atrio/idp.toml\n\n" +
		"A week: IDP1 (identities) and IDP2 (logins). A quarter: IDP4 (quality), the time of issue alone. Not written, because the provider does not keep it: IDP3 (help desk), the other indicators, the browser of a login, the code of the municipality of domicile. " +
		"IdentityCode is drawn from the internal reference with a key, another one each year: no spidCode, no name, no address stands in the files. Write the files of a week in the week after it: requests that were withdrawn or lapsed are deleted some time after their end (unfinished_days of [idp.retention]), and IDP1 counts them no more; logins after 24 months."
}

// Run writes.
func (c Command) Run(ctx context.Context, s command.Streams) error {
	p, err := statistics.ParsePeriod(c.Period)
	if err != nil {
		return err
	}
	now := time.Now()
	if !p.Over(now) {
		return fmt.Errorf("%s is not over yet", p.Name)
	}
	store, provider, err := open(ctx, c.Configured)
	if err != nil {
		return err
	}
	defer store.DB.Close()
	name, days := provider.Organization, provider.Retention.WithDefaults().UnfinishedDays
	if !p.Quarter && p.From.Before(now.AddDate(0, 0, -days)) {
		fmt.Fprintf(s.Err, "IDP1 may count too few requests: %s began more than %d days ago, and those that were withdrawn or lapsed are deleted %d days after their end.\n", p.Name, days, days)
	}
	r := statistics.Report{Source: store, Provider: name, Code: store.StatisticCode, Period: p}
	files := []file{{"IDP1", r.Identities}, {"IDP2", r.Logins}}
	if p.Quarter {
		files = []file{{"IDP4", r.Quality}}
	}
	// Who wrote files about identities, before there is one.
	detail := command.WhoAsks()
	detail["period"] = p.Name
	if err := store.NoteRead(ctx, audit.Event{At: now, Role: "idp", Action: audit.StatisticsWritten, Outcome: audit.OK, Detail: detail}); err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(c.Out, f.id+"-"+p.Name+".csv")
		n, err := write(ctx, path, f.write)
		if err != nil {
			return err
		}
		fmt.Fprintf(s.Out, "%s: %d records\n", path, n)
	}
	return nil
}

type file struct {
	id    string
	write func(ctx context.Context, out io.Writer) (int, error)
}

// write makes a file whole or not at all.
func write(ctx context.Context, path string, content func(ctx context.Context, out io.Writer) (int, error)) (n int, err error) {
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			_ = os.Remove(path)
		}
	}()
	if n, err = content(ctx, out); err != nil {
		return 0, err
	}
	return n, out.Sync()
}

// open opens the database and the keys of the provider, which must be there.
func open(ctx context.Context, c command.Configured) (*idpdb.Store, *config.IdP, error) {
	f, err := c.Load()
	if err != nil {
		return nil, nil, err
	}
	if _, err := command.ChooseRoles(f, []string{"idp"}); err != nil {
		return nil, nil, err
	}
	role, _ := f.Role("idp")
	keys, err := plant.OpenKeyStore("idp", role, plant.Device(f, "idp"))
	if err != nil {
		return nil, nil, err
	}
	if list, err := keys.Files(); err != nil || !slices.Contains(list, "sealing.keys") {
		return nil, nil, errors.Join(fmt.Errorf("%s has no sealing.keys: this is not the machine of the provider", role.Keys), err)
	}
	ring, err := keys.Keyring()
	if err != nil {
		return nil, nil, err
	}
	if faults := plant.CheckDatabase(ctx, "idp", role); len(faults) > 0 {
		return nil, nil, errors.Join(faults...)
	}
	d, err := db.Open(ctx, role.Database.Reveal())
	if err != nil {
		return nil, nil, err
	}
	return idpdb.NewStore(d, ring, nil), f.IdP, nil
}
