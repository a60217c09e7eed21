package settings

import (
	"errors"
	"strings"
	"testing"
	"time"

	"atrio/base/setting"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/services"
)

func sound() Config {
	c := Config{SPID: SPIDConfig{Locality: "Roma"}}
	c.SPID.Organization.It = NamesConfig{Name: "Ateneo", DisplayName: "Ateneo", URL: "https://ateneo.example.it"}
	c.SPID.Contact = ContactConfig{IPACode: "prova", Email: "spid@ateneo.example.it"}
	return c
}

func TestAShortConfigurationIsSoundAndGetsItsDefaults(t *testing.T) {
	c := sound()
	if faults := c.Validate(); len(faults) > 0 {
		t.Fatal(faults)
	}
	c = c.WithDefaults()
	if c.PersonCodeDigits != 9 || c.LoginLife.Std() != time.Hour || c.PrivacyVersion != "1" {
		t.Errorf("%+v", c)
	}
}

func TestMistakesOfConfigurationAreNamed(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"person_code_digits":      func(c *Config) { c.PersonCodeDigits = 7 },
		"login_life":              func(c *Config) { c.LoginLife = setting.Duration(time.Minute) },
		"own_mail_domains":        func(c *Config) { c.OwnMailDomains = []string{"@x"} },
		"support_mail":            func(c *Config) { c.SupportMail = "nobody" },
		"limits":                  func(c *Config) { c.Limits.PostsPerMinute = -1 },
		"must not be negative":    func(c *Config) { c.Limits.AnswersPerMinute = -1 },
		"entity_id":               func(c *Config) { c.SPID.EntityID = "ateneo" },
		"organization.it":         func(c *Config) { c.SPID.Organization.It.URL = "" },
		"organization.en":         func(c *Config) { c.SPID.Organization.En.Name = "x" },
		"contact.ipa_code is":     func(c *Config) { c.SPID.Contact.IPACode = "" },
		"contact.phone":           func(c *Config) { c.SPID.Contact.Phone = "02 1234" },
		"is not a SPID attribute": func(c *Config) { c.SPID.Attributes = []string{"shoeSize"} },
		"fiscalNumber is req":     func(c *Config) { c.SPID.Attributes = []string{"spidCode", "name", "familyName"} },
		"either metadata_file":    func(c *Config) { c.SPID.Providers = []SPIDProviderConfig{{}} },
		"gateway.cie: entity_id":  func(c *Config) { c.CIE.EntityID = "ateneo" },
		"gateway.cie: level":      func(c *Config) { c.CIE.Level = 4 },
		"gateway.cie: organiz":    func(c *Config) { c.CIE.Organization.It.Name = "x" },
		"gateway.cie: providers":  func(c *Config) { c.CIE.Providers = []SPIDProviderConfig{{}} },
		"is not a country":        func(c *Config) { c.EIDAS.Countries = []string{"ES", "GR"} },
		"gateway.eidas: provid":   func(c *Config) { c.EIDAS.Providers = []SPIDProviderConfig{{}} },
		"signer is missing":       func(c *Config) { c.Decisions = []access.Act{{Rule: access.Opened, Act: "x", Date: "2026-01-02"}} },
		"gateway: decision[0]": func(c *Config) {
			c.Decisions = []access.Act{{Rule: access.Duty, Act: "x", Date: "2026-01-02", Signer: "y"}}
		},
		"declaration.life":     func(c *Config) { c.Declaration.Life = setting.Duration(time.Hour) },
		"declaration.renewals": func(c *Config) { n := -1; c.Declaration.Renewals = &n },
		"must be signed":       func(c *Config) { c.SPID.Providers = []SPIDProviderConfig{{MetadataURL: "https://x.example"}} },
	} {
		c := sound()
		change(&c)
		if err := errors.Join(c.Validate()...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}

func TestMistakesAboutClerksAreNamed(t *testing.T) {
	good := ClerkConfig{Role: "clerk", Unit: "Segreteria"}
	code, err := account.NewCode(9)
	if err != nil {
		t.Fatal(err)
	}
	good.Code = string(code)
	for want, change := range map[string]func(*Config){
		"is not a Codice Persona": func(c *Config) { c.Clerks[0].Code = "123" },
		"clerk or supervisor":     func(c *Config) { c.Clerks[0].Role = "boss" },
		"unit is missing":         func(c *Config) { c.Clerks[0].Unit = "" },
		"is there twice":          func(c *Config) { c.Clerks = append(c.Clerks, good) },
	} {
		c := sound()
		c.Clerks = []ClerkConfig{good}
		if faults := c.Validate(); len(faults) > 0 {
			t.Fatal(faults)
		}
		change(&c)
		if err := errors.Join(c.Validate()...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}

// G2.5, G2.7: a list of services that a password opens is the institution's to decide.
func TestServicesByFirstFactorNeedTheAct(t *testing.T) {
	c, list := sound(), []services.Service{{ClientID: "a"}, {ClientID: "b", FirstFactorOnly: true}}
	if faults := c.CheckServices(list); len(faults) != 1 || !strings.Contains(faults[0].Error(), "service b") {
		t.Errorf("%v", faults)
	}
	c.Decisions = []access.Act{{Rule: access.FirstFactor, Act: "x", Date: "2026-01-02", Signer: "y"}}
	if faults := append(c.Validate(), c.CheckServices(list)...); len(faults) > 0 {
		t.Errorf("%v", faults)
	}
}

func TestTheTermsOfDeclarationsHaveDefaults(t *testing.T) {
	day := 24 * time.Hour
	if d := (DeclarationConfig{}).Terms(); d.Life != 90*day || d.Renewals != 2 || d.Reminders[0] != 14*day || d.Reminders[1] != 3*day {
		t.Errorf("%+v", d)
	}
	none := 0
	if d := (DeclarationConfig{Life: setting.Duration(2 * day), Renewals: &none}).Terms(); d.Renewals != 0 || d.Reminders[0] != day || d.Reminders[1] != 12*time.Hour {
		t.Errorf("%+v", d)
	}
}
