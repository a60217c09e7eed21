package settings

import (
	"fmt"
	"strings"
	"unicode"

	"atrio/gateway/account"
	"atrio/gateway/helpdesk"
)

// ClerkConfig is somebody who works at the help desk.
type ClerkConfig struct {
	// Code is their own Codice Persona here.
	Code string `toml:"code"`
	// Role is "clerk" or "supervisor".
	Role string `toml:"role"`
	// Unit is where they work: they find the people of that unit, and those of none that
	// has a clerk. A supervisor may do without, and finds everybody.
	Unit string `toml:"unit"`
}

// maxUnit is what an act of the desk may name.
const maxUnit = 64

func validateClerks(list []ClerkConfig) []error {
	var faults []error
	seen := map[account.Code]bool{}
	for i, c := range list {
		code, err := account.ReadCode(c.Code)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("gateway.clerk %d: code %q is not a Codice Persona", i+1, c.Code))
		case seen[code]:
			faults = append(faults, fmt.Errorf("gateway.clerk %d: %s is there twice", i+1, code))
		}
		seen[code] = true
		if r := helpdesk.Role(c.Role); r != helpdesk.Clerk && r != helpdesk.Supervisor {
			faults = append(faults, fmt.Errorf("gateway.clerk %d: role %q: write clerk or supervisor", i+1, c.Role))
		}
		if c.Unit == "" && helpdesk.Role(c.Role) != helpdesk.Supervisor {
			faults = append(faults, fmt.Errorf("gateway.clerk %d: unit is missing; only a supervisor may do without", i+1))
		}
		if len(c.Unit) > maxUnit || strings.TrimSpace(c.Unit) != c.Unit || strings.ContainsFunc(c.Unit, unicode.IsControl) {
			faults = append(faults, fmt.Errorf("gateway.clerk %d: unit %q: at most %d bytes, no space at the ends", i+1, c.Unit, maxUnit))
		}
	}
	return faults
}

// Members are the clerks by their Codice Persona.
func Members(list []ClerkConfig) map[account.Code]helpdesk.Member {
	out := map[account.Code]helpdesk.Member{}
	for _, c := range list {
		code, _ := account.ReadCode(c.Code) // validated
		out[code] = helpdesk.Member{Role: helpdesk.Role(c.Role), Unit: c.Unit}
	}
	return out
}
