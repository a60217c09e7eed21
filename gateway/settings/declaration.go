package settings

import (
	"fmt"
	"time"

	"atrio/base/setting"
	"atrio/gateway/declaration"
)

// DeclarationConfig is how long people may do without SPID and CIE, once the decision
// "declaration" has been taken. // G2.3
type DeclarationConfig struct {
	// Life is how long a declaration lasts, 1d to 366d; default 90d.
	Life setting.Duration `toml:"life"`
	// Renewals is how many may follow the first, at most 12; the last is the help
	// desk's. Default 2.
	Renewals *int `toml:"renewals"`
}

const (
	shortestDeclaration = setting.Day
	longestDeclaration  = 366 * setting.Day
	defaultDeclaration  = 90 * setting.Day
	mostRenewals        = 12
	defaultRenewals     = 2
)

func (c DeclarationConfig) validate() (faults []error) {
	if l := c.Life.Std(); l != 0 && (l < shortestDeclaration || l > longestDeclaration) {
		faults = append(faults, fmt.Errorf("gateway: declaration.life is %s: write 1d to 366d", c.Life))
	}
	if n := c.Renewals; n != nil && (*n < 0 || *n > mostRenewals) {
		faults = append(faults, fmt.Errorf("gateway: declaration.renewals is %d: write 0 to %d", *n, mostRenewals))
	}
	return faults
}

// Terms are the settings as the rules of declarations know them. The reminders come two
// weeks and three days before the end, or earlier in a life that is short.
func (c DeclarationConfig) Terms() declaration.Terms {
	t := declaration.Terms{Life: c.Life.Or(defaultDeclaration), Renewals: defaultRenewals}
	if c.Renewals != nil {
		t.Renewals = *c.Renewals
	}
	t.Reminders = []time.Duration{min(14*setting.Day, t.Life/2), min(3*setting.Day, t.Life/4)}
	return t
}
