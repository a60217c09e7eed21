package command

import (
	"errors"
	"fmt"
	"slices"

	"atrio/app/config"
)

// ChooseRoles checks what was asked for against what is configured.
func ChooseRoles(f *config.File, asked []string) ([]string, error) {
	have := f.Roles()
	if len(asked) == 0 {
		asked = have
	}
	for _, r := range asked {
		if !slices.Contains(have, r) {
			return nil, fmt.Errorf("the role %s has no table [%s] in the configuration; see atrio check --example", r, r)
		}
	}
	if len(asked) == 0 {
		return nil, errors.New("no role is configured; see atrio check --example")
	}
	// I16: the registers of an identity provider and of a service stand apart.
	if slices.Contains(asked, "idp") && len(asked) > 1 {
		return nil, errors.New("the identity provider must not share a process with other roles (CAD, SPID: separate registers); start a second process: atrio serve idp")
	}
	return asked, nil
}
