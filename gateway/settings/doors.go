package settings

import (
	"fmt"

	"atrio/federation/eidas"
	"atrio/people/person"
)

// CIEConfig describes the institution as a service of CIE; without a provider the
// door is closed.
type CIEConfig struct {
	// EntityID is the name of the service at CIE; default: base URL with /cie.
	EntityID string `toml:"entity_id"`
	// Organization stands in the metadata; default: that of SPID.
	Organization OrganizationConfig `toml:"organization"`
	// Kind is public or private; default: public.
	Kind string `toml:"kind"`
	// Contact is the body itself, Technical its partner, if it has one.
	// CIE-SAML metadata
	Contact   CIEContactConfig `toml:"contact"`
	Technical CIEContactConfig `toml:"technical"`
	// Providers says where the metadata of CIE come from. The first one is asked, the
	// answers of others are still believed.
	Providers []SPIDProviderConfig `toml:"providers"`
	// Level is the lowest level that is asked for, 1 to 3; default: what the service
	// asks, 2 when it asks nothing. // G2.6
	Level int `toml:"level"`
	// Outage says on the button that CIE has known problems.
	Outage bool `toml:"outage"`
}

// EIDASConfig is the way to the Italian node of eIDAS; without a provider the door
// is closed and the sets of attributes 99 and 100 are not published.
type EIDASConfig struct {
	// Providers says where the metadata of the node come from, as for CIE.
	Providers []SPIDProviderConfig `toml:"providers"`
	// Countries are the codes of the countries offered; default: all.
	Countries []string `toml:"countries"`
	// Outage says on the button that the node has known problems.
	Outage bool `toml:"outage"`
}

// Configured tells that the door is open.
func (c CIEConfig) Configured() bool { return len(c.Providers) > 0 }

// Configured tells that the door is open.
func (c EIDASConfig) Configured() bool { return len(c.Providers) > 0 }

// NamesOr are the names of the organization, those of SPID when there are none.
func (c CIEConfig) NamesOr(o OrganizationConfig) OrganizationConfig {
	if c.Organization == (OrganizationConfig{}) {
		return o
	}
	return c.Organization
}

func (c CIEConfig) validate(spid SPIDConfig) []error {
	var faults []error
	if c.EntityID != "" && !absolute(c.EntityID) {
		faults = append(faults, fmt.Errorf("gateway.cie: entity_id: %q is not an address; write it like https://login.example.it/cie", c.EntityID))
	}
	if c.Level < 0 || c.Level > 3 {
		faults = append(faults, fmt.Errorf("gateway.cie: level is %d: write 1, 2 or 3, or leave it out", c.Level))
	}
	if c.Organization != (OrganizationConfig{}) {
		faults = append(faults, c.Organization.validate("gateway.cie")...)
	}
	faults = append(faults, c.validateKind(spid)...)
	return append(faults, validateProviders("gateway.cie", c.Providers)...)
}

func (c EIDASConfig) validate() []error {
	var faults []error
	for _, code := range c.Countries {
		if _, ok := eidas.LookupCountry(code); !ok {
			faults = append(faults, fmt.Errorf("gateway.eidas: countries: %q is not a country of eIDAS; write it like ES, Greece is EL", code))
		}
	}
	return append(faults, validateProviders("gateway.eidas", c.Providers)...)
}

// Lowest is the level that the door asks for at least.
func (c CIEConfig) Lowest() person.Level { return person.Level(c.Level) }
