package rao

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"atrio/idp/proofing/authorities"
)

// Config is the section [idp.rao].
type Config struct {
	// Authorities are files with the certificates (PEM) of those that issue seals; none when
	// the way is not offered.
	Authorities []string `toml:"authorities"`
	// Issuers is the file of the bodies that may identify people, a line each:
	// "code;organization identifier;name".
	Issuers string `toml:"issuers"`
	// Policies are the accepted ones of certificates of seals; those of the public RAO when
	// left out.
	Policies []string `toml:"policies"`
	authorities.Config
}

// Policies are those under which seals of public offices are issued. // 1.8
func Policies() []string {
	return []string{"1.3.76.16.4.1.1", "1.3.76.16.4.5", "1.3.76.16.4.12", "1.3.76.16.4.2.4"}
}

// Configured tells that tokens can be judged here.
func (c Config) Configured() bool { return len(c.Authorities) > 0 }

// WithDefaults fills in what was left out.
func (c Config) WithDefaults() Config {
	if len(c.Policies) == 0 {
		c.Policies = Policies()
	}
	return c
}

// Validate finds everything that is wrong, by the names of the keys.
func (c Config) Validate() (faults []error) {
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("rao."+key+": "+format, args...))
	}
	if !c.Configured() {
		if c.Issuers != "" {
			wrong("authorities", "is required: somebody has to be known who issues seals (docs/operations/rao.md)")
		}
		return faults
	}
	c = c.WithDefaults()
	if slices.Contains(c.Authorities, "") {
		wrong("authorities", "one of the files has no name")
	}
	if c.Issuers == "" {
		wrong("issuers", "is required: it says which bodies may identify people (docs/operations/rao.md)")
	}
	for _, p := range c.Policies {
		if _, err := x509.ParseOID(p); err != nil {
			wrong("policies", "%q is no policy such as \"1.3.76.16.4.1.1\"", p)
		}
	}
	c.Config.Validate(10*time.Second, wrong)
	return faults
}
