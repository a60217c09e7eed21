package app

import (
	"context"
	"fmt"

	"atrio/db"
	"atrio/db/shareddb"
)

// migrateCommand brings the databases up to date.
type migrateCommand struct{ configured }

// Help is the longer text of --help.
func (migrateCommand) Help() string {
	return "Example: atrio migrate --config /etc/atrio/atrio.toml\n\n" +
		"Safe to run again and on several nodes at once. atrio serve does the same at its start."
}

// Run migrates every configured role.
func (c migrateCommand) Run(ctx context.Context, s streams) error {
	f, err := c.load()
	if err != nil {
		return err
	}
	for _, name := range f.Roles() {
		r, _ := f.Role(name)
		d, err := db.Open(ctx, r.Database.Reveal())
		if err != nil {
			return fmt.Errorf("%s.database: %w", name, err)
		}
		err = d.Migrate(ctx, shareddb.Module(), product[name].module())
		d.Close()
		if err != nil {
			return fmt.Errorf("%s.database: %w", name, err)
		}
		fmt.Fprintf(s.out, "%s: up to date\n", name)
	}
	return nil
}
