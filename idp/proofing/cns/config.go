package cns

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"

	"atrio/base/setting"
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
	// Timeout bounds one question about revocation, from "1s" to "10s"; "10s" when left
	// out. Proxy is asked instead of the authorities, PrivateNetworks may be reached
	// although they are not public.
	Timeout         setting.Duration `toml:"timeout"`
	Proxy           string           `toml:"proxy"`
	PrivateNetworks []string         `toml:"private_networks"`
}

// Configured tells that cards can be read here.
func (c Config) Configured() bool { return c.Listen != "" }

// WithDefaults fills in what was left out.
func (c Config) WithDefaults() Config {
	if len(c.Policies) == 0 {
		c.Policies = card.Policies()
	}
	c.Timeout = cmp.Or(c.Timeout, setting.Duration(10*time.Second))
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
	if t := c.Timeout.Std(); t < time.Second || t > 10*time.Second {
		wrong("timeout", "must be from \"1s\" to \"10s\": somebody waits")
	}
	if _, err := c.ProxyURL(); err != nil {
		wrong("proxy", "must be an address such as \"http://proxy.example.it:3128\"")
	}
	if _, err := c.Networks(); err != nil {
		wrong("private_networks", "%v", err)
	}
	return faults
}

// ProxyURL is the address of the proxy, nil for none.
func (c Config) ProxyURL() (*url.URL, error) {
	if c.Proxy == "" {
		return nil, nil
	}
	u, err := url.Parse(c.Proxy)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" && u.Path != "/" {
		return nil, fmt.Errorf("%q is no address of a proxy", c.Proxy)
	}
	return u, nil
}

// Networks are those that may be reached although they are not public.
func (c Config) Networks() (list []netip.Prefix, err error) {
	for _, text := range c.PrivateNetworks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no network; write \"10.1.2.0/24\"", text)
		}
		list = append(list, p)
	}
	return list, nil
}
