package settings

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"atrio/federation/spid/spidsaml"
)

// complete is a configuration of a kind that lacks nothing.
func complete(kind spidsaml.Kind) Config {
	c := sound()
	p, _ := kind.Profile()
	c.SPID.Kind = kind
	c.SPID.Contact = ContactConfig{IPACode: "prova", VATNumber: "IT01234567890", FiscalCode: "01234567890", Email: "spid@ateneo.example.it"}
	if p.OfOthers() {
		c.SPID.EntityID = "https://login.example.org/" + p.Activity
	}
	if p.OfOthers() && !p.Operator {
		c.SPID.Contact.Company = "Consorzio"
	}
	switch p.AggregatedType {
	case "Public":
		c.SPID.Aggregated = ContactConfig{IPACode: "altro", Email: "spid@altro.example.it"}
	case "Private":
		c.SPID.Aggregated = ContactConfig{VATNumber: "IT09876543210", Email: "spid@altro.example.it"}
	}
	if p.Operator && p.AggregatedType != "" {
		c.SPID.Aggregated.Company = "Comune"
	}
	if kind == spidsaml.Private {
		c.SPID.Contact.IPACode = ""
	}
	if p.Private {
		c.SPID.Billing = BillingConfig{FiscalCode: "01234567890", Name: "Ateneo", Street: "Via", PostalCode: "00100", Town: "Roma", Email: "conti@ateneo.example.it"}
	}
	return c
}

func TestEveryKindIsSoundWithWhatItNeeds(t *testing.T) {
	for _, p := range spidsaml.Profiles() {
		if err := errors.Join(complete(p.Kind).Validate()...); err != nil {
			t.Errorf("%s: %v", p.Kind, err)
		}
	}
}

// Of a kind without anything everything is named at once, each with what to write.
func TestWhatAKindLacksIsNamed(t *testing.T) {
	for kind, want := range map[spidsaml.Kind][]string{
		spidsaml.Public:  {"contact.ipa_code is missing", "contact.email is missing"},
		spidsaml.Private: {"contact: write vat_number, like IT01234567890, or fiscal_code", "billing: write vat_number", "billing: write name", "billing: write street", "billing.postal_code", "billing.email is missing"},
		spidsaml.AggregatorPublicFull: {"has pub-ag-full in its name", "contact: write ipa_code, vat_number or fiscal_code", "contact.company is missing",
			"aggregated.ipa_code is missing", "aggregated.email is missing"},
		spidsaml.AggregatorPrivateLite: {"has pri-ag-lite in its name", "aggregated: write ipa_code, vat_number or fiscal_code", "billing.email is missing"},
		spidsaml.OperatorPublicFull:    {"has pub-op-full in its name", "contact: write both vat_number", "contact.ipa_code is missing"},
		spidsaml.OperatorPublicLite:    {"has pub-op-lite in its name", "aggregated.company is missing", "aggregated.ipa_code is missing"},
		"nobody":                       {"kind: \"nobody\" is none; write one of public, private"},
	} {
		c := sound()
		c.SPID.Kind, c.SPID.Contact = kind, ContactConfig{}
		said := fmt.Sprint(errors.Join(c.Validate()...))
		for _, w := range want {
			if !strings.Contains(said, w) {
				t.Errorf("%s: want %q in\n%s", kind, w, said)
			}
		}
	}
}

func TestMistakesOfAKindAreNamed(t *testing.T) {
	for _, c := range []struct {
		kind   spidsaml.Kind
		want   string
		change func(*Config)
	}{
		{spidsaml.Public, "aggregated: kind public has no such contact", func(c *Config) { c.SPID.Aggregated.Email = "a@b.it" }},
		{"", "aggregated: kind public has no such contact", func(c *Config) { c.SPID.Aggregated.Email = "a@b.it" }},
		{spidsaml.Public, "contact.company: \"Altro\" must be organization.it.name", func(c *Config) { c.SPID.Contact.Company = "Altro" }},
		{spidsaml.Public, "contact.vat_number: write \"01234567890\"", func(c *Config) { c.SPID.Contact.VATNumber = "01234567890" }},
		{spidsaml.Public, "contact.fiscal_code", func(c *Config) { c.SPID.Contact.FiscalCode = "x" }},
		{spidsaml.Public, "contact.email: \"nobody\"", func(c *Config) { c.SPID.Contact.Email = "nobody" }},
		{spidsaml.Public, "other_acs", func(c *Config) { c.SPID.OtherACS = []string{"/spid/acs"} }},
		{spidsaml.Public, "age_min 18, age_max 14", func(c *Config) { c.SPID.AgeMin, c.SPID.AgeMax = 18, 14 }},
		{spidsaml.Private, "contact.ipa_code: a private body has none", func(c *Config) { c.SPID.Contact.IPACode = "x" }},
		{spidsaml.Private, "billing.province", func(c *Config) { c.SPID.Billing.Province = "Roma" }},
		{spidsaml.Private, "billing.country", func(c *Config) { c.SPID.Billing.Country = "Italia" }},
		{spidsaml.AggregatorPrivateFull, "aggregated.ipa_code: a private body has none", func(c *Config) { c.SPID.Aggregated.IPACode = "x" }},
		{spidsaml.AggregatorPublicFull, "aggregated.company: \"Altro\" must be organization.it.name", func(c *Config) { c.SPID.Aggregated.Company = "Altro" }},
		{spidsaml.AggregatorPublicFull, "no query", func(c *Config) { c.SPID.EntityID += "?a=b" }},
		{spidsaml.Public, "gateway.cie: kind", func(c *Config) { c.CIE.Kind = "x" }},
		{spidsaml.Public, "gateway.cie: contact.municipality", func(c *Config) { c.CIE.Contact.Email = "a@b.it" }},
		{spidsaml.Public, "needs vat_number", func(c *Config) { c.CIE.Kind, c.CIE.Contact.Municipality = "private", "H501" }},
		{spidsaml.Public, "contact.nace2_codes", func(c *Config) { c.CIE.Contact = CIEContactConfig{Municipality: "H501", NACE2Codes: []string{"x"}} }},
		{spidsaml.Public, "technical.kind", func(c *Config) { c.CIE.Technical.Company = "x" }},
		{spidsaml.Private, "gateway.cie: contact.ipa_code is missing", func(c *Config) { c.CIE.Contact.Municipality = "H501" }},
	} {
		config := complete(c.kind)
		c.change(&config)
		if err := errors.Join(config.Validate()...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %q in %v", c.kind, c.want, err)
		}
	}
}
