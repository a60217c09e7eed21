package app

import (
	"context"
	"fmt"

	"atrio/app/command"
	"atrio/app/plant"
	"atrio/db"
	"atrio/db/shareddb"
)

// migrateCommand brings the databases up to date.
type migrateCommand struct{ command.Configured }

// Help is the longer text of --help.
func (migrateCommand) Help() string {
	return "Example: atrio migrate --config /etc/atrio/atrio.toml\n\n" +
		"Safe to run again and on several nodes at once. atrio serve does the same at its start."
}

// Run migrates every configured role.
func (c migrateCommand) Run(ctx context.Context, s command.Streams) error {
	f, err := c.Load()
	if err != nil {
		return err
	}
	for _, name := range f.Roles() {
		r, _ := f.Role(name)
		d, err := db.Open(ctx, r.Database.Reveal())
		if err != nil {
			return fmt.Errorf("%s.database: %w", name, err)
		}
		err = d.Migrate(ctx, shareddb.Module(), plant.Product[name].Module())
		d.Close()
		if err != nil {
			return fmt.Errorf("%s.database: %w", name, err)
		}
		fmt.Fprintf(s.Out, "%s: up to date\n", name)
	}
	return nil
}
