package app

import (
	"fmt"

	"atrio/gateway/services"
)

// serviceCommand looks after the register of services.
type serviceCommand struct {
	List   serviceList   `cmd:"" help:"List the services, their level and what each is told."`
	Secret serviceSecret `cmd:"" help:"Draw a client secret and print the line for the configuration."`
}

type serviceList struct{ configured }

// Help is the longer text of --help.
func (serviceList) Help() string { return "Example: atrio service list --config /etc/atrio/atrio.toml" }

// Run lists.
func (c serviceList) Run(s streams) error {
	f, err := c.load()
	if err != nil {
		return err
	}
	if _, err := chooseRoles(f, []string{"gateway"}); err != nil {
		return err
	}
	for _, sv := range f.Gateway.Services {
		fmt.Fprintf(s.out, "%s\t%s\t%s\tlevel %d\n", sv.ClientID, sv.Name.It, sv.Class, sv.Level)
		for _, rel := range sv.Release {
			fmt.Fprintf(s.out, "\t%s\t%s\n", rel.Attribute, rel.Purpose.It)
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
func (serviceSecret) Run(s streams) error {
	secret := services.NewSecret()
	fmt.Fprintf(s.out, "secret for the service:   %s\nfor the configuration:    secret_sha256 = %q\n", secret, services.HashSecret(secret))
	return nil
}
