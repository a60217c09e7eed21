package cns

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"time"

	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/cns/card"
)

// Config is the section [idp.cns].
type Config struct {
	// Listen is the address of the listener that asks for cards, "" when the way is not
	// offered; BaseURL is how browsers reach it, without a path: "https://cns.example.it".
	Listen  string `toml:"listen"`
	BaseURL string `toml:"base_url"`
	// Certificate and Key are the files (PEM) of the listener's own certificate. TLS ends
	// here and nowhere before.
	Certificate string `toml:"certificate"`
	Key         string `toml:"key"`
	// Authorities are files with the certificates (PEM) of those that issue cards.
	Authorities []string `toml:"authorities"`
	// Policies are the accepted ones; those of the CNS and of the regional cards when
	// left out.
	Policies []string `toml:"policies"`
	authorities.Config
}

// Configured tells that cards can be read here.
func (c Config) Configured() bool { return c.Listen != "" }

// WithDefaults fills in what was left out.
func (c Config) WithDefaults() Config {
	if len(c.Policies) == 0 {
		c.Policies = card.Policies()
	}
	return c
}

// Validate finds everything that is wrong, by the names of the keys.
func (c Config) Validate() (faults []error) {
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("cns."+key+": "+format, args...))
	}
	if !c.Configured() {
		if c.BaseURL != "" || len(c.Authorities) > 0 {
			wrong("listen", "is required: cards are asked for at an address of their own")
		}
		return faults
	}
	c = c.WithDefaults()
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		wrong("listen", "must be an address such as \"0.0.0.0:8443\"")
	}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil {
		wrong("base_url", "must be an address such as \"https://cns.example.it\", without a path: a card is proved by TLS alone")
	}
	if c.Certificate == "" || c.Key == "" {
		wrong("certificate, key", "are required: TLS ends in this listener (docs/operations/cns.md)")
	}
	if len(c.Authorities) == 0 {
		wrong("authorities", "is required: somebody has to be known who issues cards (docs/operations/cns.md)")
	}
	for _, p := range c.Policies {
		if _, err := x509.ParseOID(p); err != nil {
			wrong("policies", "%q is no policy such as \"1.3.76.16.2.1\"", p)
		}
	}
	c.Config.Validate(10*time.Second, wrong)
	return faults
}
