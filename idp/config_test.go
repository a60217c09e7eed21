package idp_test

import (
	"strings"
	"testing"
	"time"

	"atrio/base/setting"
	"atrio/idp"
	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/proofing/chip"
)

func TestAWrongConfigurationNamesItsKeys(t *testing.T) {
	good := idp.Config{
		BaseURL: "https://id.example.org", Code: "TEST", DisplayName: "Prova", Organization: "Gestore di prova", OrganizationURL: "https://example.org",
	}
	if faults := good.Validate(); len(faults) != 0 {
		t.Fatalf("unexpected %v", faults)
	}
	for key, change := range map[string]func(*idp.Config){
		"idp.base_url":                           func(c *idp.Config) { c.BaseURL, c.EntityID = "id.example.org", "https://id.example.org" },
		"idp.entity_id":                          func(c *idp.Config) { c.EntityID = "no uri" },
		"idp.code":                               func(c *idp.Config) { c.Code = "abcd" },
		"idp.display_name":                       func(c *idp.Config) { c.DisplayName = "" },
		"idp.organization_url":                   func(c *idp.Config) { c.OrganizationURL = "" },
		"idp.login_timeout":                      func(c *idp.Config) { c.LoginTimeout = setting.Duration(time.Second) },
		"idp.max_level":                          func(c *idp.Config) { c.MaxLevel = 3 },
		"idp.services, sources: [1]: /a stands":  func(c *idp.Config) { c.Services = []string{"/a", "/a"} },
		"idp.services, sources: [0]: metadata_u": func(c *idp.Config) { c.Sources = []idp.SourceConfig{{MetadataURL: "https://x.example.org"}} },
		"idp.validity_months":                    func(c *idp.Config) { c.ValidityMonths = 61 },
		"idp.validity_months: is another time":   func(c *idp.Config) { c.ValidityMonths, c.Contract.Years = 24, 3 },
		"idp.operator 1: point: there is no": func(c *idp.Config) {
			c.Operators = []operator.Config{{Name: "Carla Prova", Email: "carla@example.org", Roles: []string{"collector"}, Point: "nowhere"}}
		},
		"idp.enrolment.methods: \"signature\" needs": func(c *idp.Config) {
			c.Enrolment.Methods = []apply.MethodConfig{{Method: enrolment.Signature}}
		},
		"idp.chip.film_upload: false needs": func(c *idp.Config) {
			no := false
			c.Enrolment.Methods = []apply.MethodConfig{{Method: enrolment.Chip}}
			c.Chip = chip.Config{Countries: "/csca", Act: chip.ActConfig{Act: "1/2026", Date: "2026-01-02"}, Clients: []chip.ClientConfig{{Name: "Lettore", URL: "https://example.org"}}, FilmUpload: &no}
		},
		"idp.video.hours: is required": func(c *idp.Config) {
			c.Enrolment.Methods, c.Video.UDP = []apply.MethodConfig{{Method: enrolment.Video}}, "127.0.0.1:40000"
		},
		"idp.signature.roots":          func(c *idp.Config) { c.Signature.Directory = "/lists" },
		"idp.limits.tries_per_request": func(c *idp.Config) { c.Limits.TriesPerRequest = 50 },
	} {
		c := good
		change(&c)
		faults := c.Validate()
		if len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), key) {
			t.Errorf("%s: %v", key, faults)
		}
	}
}
