package cns_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/setting"
	"atrio/idp/proofing/cns"
)

func TestMistakesOfTheConfigurationAreNamed(t *testing.T) {
	good := cns.Config{Listen: "0.0.0.0:8443", BaseURL: "https://cns.example.it", Certificate: "a.pem", Key: "b.pem", Authorities: []string{"c.pem"}}
	for _, c := range []cns.Config{{}, good} {
		if faults := c.Validate(); len(faults) > 0 {
			t.Errorf("%+v: %v", c, faults)
		}
	}
	for key, wrong := range map[string]func(*cns.Config){
		"listen":           func(c *cns.Config) { c.Listen = "" },
		"listen ":          func(c *cns.Config) { c.Listen = "8443" },
		"base_url":         func(c *cns.Config) { c.BaseURL = "http://cns.example.it" },
		"base_url ":        func(c *cns.Config) { c.BaseURL = "https://cns.example.it/x" },
		"certificate, key": func(c *cns.Config) { c.Key = "" },
		"authorities":      func(c *cns.Config) { c.Authorities = nil },
		"policies":         func(c *cns.Config) { c.Policies = []string{"cns"} },
		"timeout":          func(c *cns.Config) { c.Timeout = setting.Duration(time.Minute) },
		"proxy":            func(c *cns.Config) { c.Proxy = "proxy" },
		"private_networks": func(c *cns.Config) { c.PrivateNetworks = []string{"here"} },
	} {
		c := good
		wrong(&c)
		faults := c.Validate()
		if !slices.ContainsFunc(faults, func(err error) bool { return strings.HasPrefix(err.Error(), "cns."+strings.TrimSpace(key)+": ") }) {
			t.Errorf("%s: %v", key, faults)
		}
	}
}
