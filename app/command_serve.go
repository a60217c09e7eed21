package app

import (
	"context"
	"time"

	"atrio/app/command"
	"atrio/app/plant"
	"atrio/assets"
)

// serveCommand serves roles until it is told to stop.
type serveCommand struct {
	command.Configured
	Roles []string `arg:"" optional:"" enum:"gateway,idp,portal" help:"Roles to serve; all that are configured when left out."`
}

// Help is the longer text of --help.
func (serveCommand) Help() string {
	return "Example: atrio serve gateway portal --config /etc/atrio/atrio.toml\n\n" +
		"SIGTERM lets running requests finish and then ends. The identity provider is never served in one process with the others: the law wants them apart."
}

// Run serves.
func (c serveCommand) Run(ctx context.Context, s command.Streams) error {
	f, err := c.Load()
	if err != nil {
		return err
	}
	roles, err := command.ChooseRoles(f, c.Roles)
	if err != nil {
		return err
	}
	if _, err := assets.Manifest(); err != nil {
		return err
	}
	p, err := plant.New(f, s.Err, time.Now)
	if err != nil {
		return err
	}
	p.Real = true
	return p.Serve(ctx, f, roles)
}
