package signing

import (
	"cmp"
	"fmt"
	"regexp"
	"time"

	"atrio/base/setting"
	"atrio/idp/proofing/authorities"
)

// Config is the section [idp.signature].
type Config struct {
	// Directory holds the trusted lists (atrio trust-list); "" when the way is not offered.
	Directory string `toml:"directory"`
	// Territory is the country whose list is used; "IT" when left out.
	Territory string `toml:"territory"`
	// Roots are files with the certificates that may sign the list of lists, Signers
	// further ones that may sign the country's list itself: those of a test authority.
	Roots   []string `toml:"roots"`
	Signers []string `toml:"signers"`
	// OldFiscalCode also admits certificates with "IT:" before the codice fiscale.
	OldFiscalCode bool `toml:"old_fiscal_code"`
	authorities.Config
	// Patience is for how long an authority that does not answer is asked again, from "1h"
	// to "7d"; "3d" when left out. // A21
	Patience setting.Duration `toml:"patience"`
}

var territoryForm = regexp.MustCompile(`^[A-Z]{2}$`)

// Configured tells that signatures can be judged here.
func (c Config) Configured() bool { return c.Directory != "" }

// WithDefaults fills in what was left out.
func (c Config) WithDefaults() Config {
	c.Territory = cmp.Or(c.Territory, "IT")
	c.Patience = cmp.Or(c.Patience, setting.Duration(72*time.Hour))
	return c
}

// Validate finds everything that is wrong, by the names of the keys.
func (c Config) Validate() (faults []error) {
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("signature."+key+": "+format, args...))
	}
	if !c.Configured() {
		if len(c.Roots)+len(c.Signers) > 0 {
			wrong("directory", "is required: it holds the trusted lists")
		}
		return faults
	}
	c = c.WithDefaults()
	if len(c.Roots)+len(c.Signers) == 0 {
		wrong("roots", "is required: somebody has to be known who may sign the lists (docs/operations/trust-lists.md)")
	}
	if !territoryForm.MatchString(c.Territory) {
		wrong("territory", "must be the two capital letters of a country, for example \"IT\"")
	}
	c.Config.Validate(15*time.Second, wrong)
	if p := c.Patience.Std(); p < time.Hour || p > 7*24*time.Hour {
		wrong("patience", "must be from \"1h\" to \"7d\"")
	}
	return faults
}
