package app

import (
	"fmt"

	"atrio/app/command"
	"atrio/gateway/services"
)

// serviceCommand looks after the register of services.
type serviceCommand struct {
	List   serviceList   `cmd:"" help:"List the services, their level and what each is told."`
	Secret serviceSecret `cmd:"" help:"Draw a client secret and print the line for the configuration."`
}

type serviceList struct{ command.Configured }

// Help is the longer text of --help.
func (serviceList) Help() string { return "Example: atrio service list --config /etc/atrio/atrio.toml" }

// Run lists.
func (c serviceList) Run(s command.Streams) error {
	f, err := c.Load()
	if err != nil {
		return err
	}
	if _, err := command.ChooseRoles(f, []string{"gateway"}); err != nil {
		return err
	}
	for _, sv := range f.Gateway.Services {
		fmt.Fprintf(s.Out, "%s\t%s\t%s\tlevel %d\n", sv.ClientID, sv.Name.It, sv.Class, sv.Level)
		for _, rel := range sv.Release {
			fmt.Fprintf(s.Out, "\t%s\t%s\n", rel.Attribute, rel.Purpose.It)
		}
	}
	return nil
}

type serviceSecret struct{}

// Help is the longer text of --help.
func (serviceSecret) Help() string {
	return "Example: atrio service secret\n\nThe secret is shown once: give it to the service, put its hash into the configuration."
}

// Run draws.
func (serviceSecret) Run(s command.Streams) error {
	secret := services.NewSecret()
	fmt.Fprintf(s.Out, "secret for the service:   %s\nfor the configuration:    secret_sha256 = %q\n", secret, services.HashSecret(secret))
	return nil
}
