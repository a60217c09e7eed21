package signing

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"time"

	"atrio/base/setting"
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
	// Timeout bounds one question to an authority, from "1s" to "15s"; "10s" when left out.
	Timeout setting.Duration `toml:"timeout"`
	// Proxy is asked instead of the authorities; "" for none.
	Proxy string `toml:"proxy"`
	// PrivateNetworks may be reached although they are not public.
	PrivateNetworks []string `toml:"private_networks"`
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
	c.Timeout = cmp.Or(c.Timeout, setting.Duration(10*time.Second))
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
	if t := c.Timeout.Std(); t < time.Second || t > 15*time.Second {
		wrong("timeout", "must be from \"1s\" to \"15s\": somebody waits")
	}
	if p := c.Patience.Std(); p < time.Hour || p > 7*24*time.Hour {
		wrong("patience", "must be from \"1h\" to \"7d\"")
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
