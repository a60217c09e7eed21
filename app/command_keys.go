package app

import (
	"context"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/keys"
	"atrio/db"
	"atrio/db/shareddb"
)

// keysCommand looks after the keys of a role.
type keysCommand struct {
	List   keysList   `cmd:"" help:"List the key files of a role: what a backup needs."`
	Rotate keysRotate `cmd:"" help:"Make a new generation of the sealing key."`
}

type keysList struct {
	configured
	Role string `arg:"" enum:"gateway,idp,portal" help:"Whose keys."`
}

// Help is the longer text of --help.
func (keysList) Help() string {
	return "Example: atrio keys list gateway --config /etc/atrio/atrio.toml"
}

// Run lists.
func (c keysList) Run(s streams) error {
	store, err := openKeys(c.configured, c.Role)
	if err != nil {
		return err
	}
	files, err := store.Files()
	if err != nil {
		return err
	}
	for _, f := range files {
		fmt.Fprintln(s.out, f)
	}
	return nil
}

type keysRotate struct {
	configured
	Role string `arg:"" enum:"gateway,idp,portal" help:"Whose sealing key."`
}

// Help is the longer text of --help.
func (keysRotate) Help() string {
	return "Example: atrio keys rotate gateway --config /etc/atrio/atrio.toml\n\n" +
		"The new key opens at once and seals from the next rotation on, so nodes can be restarted one at a time."
}

// Run rotates.
func (c keysRotate) Run(ctx context.Context, s streams) error {
	store, err := openKeys(c.configured, c.Role)
	if err != nil {
		return err
	}
	f, err := c.load()
	if err != nil {
		return err
	}
	r, _ := f.Role(c.Role)
	d, err := db.Open(ctx, r.Database.Reveal())
	if err != nil {
		return err
	}
	defer d.Close()
	if err := store.RotateSealing(time.Now()); err != nil {
		return err
	}
	err = (&shareddb.Store{DB: d}).AppendEvents(ctx, []audit.Event{{
		At: time.Now(), Role: c.Role, Action: audit.KeysRotated, Outcome: audit.OK, Detail: map[string]string{"key": "sealing"},
	}})
	if err != nil {
		return fmt.Errorf("the key is rotated, but the audit log could not be written: %w", err)
	}
	fmt.Fprintln(s.out, "a new generation of the sealing key is in place; copy the directory to the other nodes and restart them one at a time")
	return nil
}

func openKeys(c configured, role string) (*keys.Store, error) {
	f, err := c.load()
	if err != nil {
		return nil, err
	}
	if _, err := chooseRoles(f, []string{role}); err != nil {
		return nil, err
	}
	r, _ := f.Role(role)
	return keys.Open(r.Keys, role)
}
