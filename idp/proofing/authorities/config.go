package authorities

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"atrio/base/setting"
)

// Config is how authorities are reached, in the section of each way that asks them.
type Config struct {
	// Timeout bounds one question, from "1s"; "10s" when left out.
	Timeout setting.Duration `toml:"timeout"`
	// Proxy is asked instead of the authorities; "" for none.
	Proxy string `toml:"proxy"`
	// PrivateNetworks may be reached although they are not public.
	PrivateNetworks []string `toml:"private_networks"`
}

// Loopback reaches the machine itself: for the demonstration, and for tests.
func Loopback() Config { return Config{PrivateNetworks: []string{"127.0.0.0/8", "::1/128"}} }

// Patience is the Timeout, or what holds when it is left out.
func (c Config) Patience() time.Duration { return cmp.Or(c.Timeout.Std(), timeout) }

// Validate tells wrong what is wrong, by the names of the keys; most is the longest time
// that the way can wait.
func (c Config) Validate(most time.Duration, wrong func(key, format string, args ...any)) {
	if t := c.Patience(); t < time.Second || t > most {
		wrong("timeout", "must be from \"1s\" to \"%ds\": somebody waits", int(most.Seconds()))
	}
	if _, err := c.proxy(); err != nil {
		wrong("proxy", "must be an address such as \"http://proxy.example.it:3128\"")
	}
	if _, err := c.networks(); err != nil {
		wrong("private_networks", "%v", err)
	}
}

// Options are those of a client.
func (c Config) Options() (o Options, err error) {
	o.Timeout = c.Patience()
	if o.Proxy, err = c.proxy(); err != nil {
		return o, fmt.Errorf("proxy: %w", err)
	}
	if o.Networks, err = c.networks(); err != nil {
		return o, fmt.Errorf("private_networks: %w", err)
	}
	return o, nil
}

func (c Config) proxy() (*url.URL, error) {
	if c.Proxy == "" {
		return nil, nil
	}
	u, err := url.Parse(c.Proxy)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Path != "" && u.Path != "/" {
		return nil, fmt.Errorf("%q is no address of a proxy", c.Proxy)
	}
	return u, nil
}

func (c Config) networks() (list []netip.Prefix, err error) {
	for _, text := range c.PrivateNetworks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%q is no network; write \"10.1.2.0/24\"", text)
		}
		list = append(list, p)
	}
	return list, nil
}
