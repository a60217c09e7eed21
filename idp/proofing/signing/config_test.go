package signing_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/setting"
	"atrio/idp/proofing/signing"
)

func TestTheConfigurationSaysWhatIsMissing(t *testing.T) {
	sound := signing.Config{Directory: "/lists", Roots: []string{"eu.pem"}}
	for name, c := range map[string]struct {
		change func(*signing.Config)
		want   []string
	}{
		"not offered": {func(c *signing.Config) { *c = signing.Config{} }, nil},
		"sound":       {func(*signing.Config) {}, nil},
		"whole": {func(c *signing.Config) {
			c.Proxy, c.PrivateNetworks = "http://proxy.example.org:3128", []string{"10.0.0.0/8"}
		}, nil},
		"no directory": {func(c *signing.Config) { c.Directory = "" }, []string{"directory"}},
		"nobody signs": {func(c *signing.Config) { c.Roots = nil }, []string{"roots"}},
		"territory":    {func(c *signing.Config) { c.Territory = "it" }, []string{"territory"}},
		"times": {func(c *signing.Config) {
			c.Timeout, c.Patience = setting.Duration(time.Minute), setting.Duration(time.Minute)
		}, []string{"timeout", "patience"}},
		"proxy":         {func(c *signing.Config) { c.Proxy = "proxy.example.org" }, []string{"proxy"}},
		"proxy by path": {func(c *signing.Config) { c.Proxy = "http://proxy.example.org/x" }, []string{"proxy"}},
		"networks":      {func(c *signing.Config) { c.PrivateNetworks = []string{"10.0.0.1"} }, []string{"private_networks"}},
	} {
		one := sound
		c.change(&one)
		var got []string
		for _, err := range one.Validate() {
			key, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "signature."), ":")
			got = append(got, key)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
