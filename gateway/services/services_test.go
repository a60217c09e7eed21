package services_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"atrio/gateway/services"
	"atrio/people/person"
)

func portal() services.Service {
	return services.Service{
		ClientID: "portale", Name: services.Text{It: "Portale dei corsi", En: "Course portal"},
		RedirectURIs:           []string{"https://corsi.example.it/login/ritorno"},
		PostLogoutRedirectURIs: []string{"https://corsi.example.it/"},
		Auth:                   services.SecretBasic, SecretSHA256: services.HashSecret("x"),
		Level: person.Level2, Class: services.Teaching,
		Release: []services.Release{{Attribute: person.Email, Purpose: services.Text{It: "per scriverti", En: "to write to you"}}},
		Owner:   services.Owner{Unit: "Ufficio corsi", Email: "corsi@example.it"},
	}
}

// set is a set of attributes that is enough.
func set() []string { return []string{"spidCode", "name", "familyName", "fiscalNumber"} }

func TestTwoServicesDoNotShareASetOfAttributes(t *testing.T) {
	one, two := portal(), portal()
	one.SPIDAttributes, one.AttributeIndex = set(), 5
	two.ClientID, two.SPIDAttributes, two.AttributeIndex = "altro", append(set(), "email"), 5
	if errs := services.Validate([]services.Service{one, two}); len(errs) != 1 || !strings.Contains(errs[0].Error(), "attribute_index 5 is that of portale too") {
		t.Errorf("%v", errs)
	}
	two.AttributeIndex = 6
	if errs := services.Validate([]services.Service{one, two}); len(errs) > 0 {
		t.Errorf("%v", errs)
	}
}

func TestAGoodEntryIsFoundByClientIDWithItsDefaults(t *testing.T) {
	r, errs := services.NewRegister([]services.Service{portal()})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	s, ok := r.ByClientID("portale")
	if !ok || s.IDTokenAlg != services.ES256 || s.Sector != "corsi.example.it" || len(r.All()) != 1 {
		t.Fatalf("unexpected %+v", s)
	}
	if !s.Gets(person.Email) || s.Gets(person.Phone) {
		t.Error("only listed attributes are released")
	}
	if !s.Redirects("https://corsi.example.it/login/ritorno") || s.Redirects("https://corsi.example.it/login/ritorno/") {
		t.Error("redirect addresses are compared byte by byte")
	}
	if _, ok := r.ByClientID("altro"); ok {
		t.Error("unknown services are not found")
	}
}

func TestEveryMistakeInAnEntryIsNamedWithAHint(t *testing.T) {
	public, private := keySet(t)
	cases := []struct {
		name   string
		spoil  func(*services.Service)
		expect string
	}{
		{"client id", func(s *services.Service) { s.ClientID = "a b" }, "client_id"},
		{"one language", func(s *services.Service) { s.Name.En = "" }, "both languages"},
		{"level", func(s *services.Service) { s.Level = 4 }, "must be 1, 2 or 3"},
		{"a password for two factors", func(s *services.Service) { s.FirstFactorOnly = true }, "first_factor_only: goes with level = 1"},
		{"ages turned round", func(s *services.Service) { s.AgeMin, s.AgeMax = 18, 14 }, "age_min"},
		{"a set without a number", func(s *services.Service) { s.SPIDAttributes = set() }, "write a number from 1 to 65535"},
		{"the set of signatures", func(s *services.Service) { s.SPIDAttributes, s.AttributeIndex = set(), 77 }, "reserved"},
		{"the first set of eIDAS", func(s *services.Service) { s.SPIDAttributes, s.AttributeIndex = set(), 99 }, "reserved"},
		{"the second set of eIDAS", func(s *services.Service) { s.SPIDAttributes, s.AttributeIndex = set(), 100 }, "reserved"},
		{"a number without a set", func(s *services.Service) { s.AttributeIndex = 3 }, "write both or none"},
		{"an attribute that is none", func(s *services.Service) { s.SPIDAttributes, s.AttributeIndex = append(set(), "shoeSize"), 3 }, "is not a SPID attribute"},
		{"an attribute twice", func(s *services.Service) { s.SPIDAttributes, s.AttributeIndex = append(set(), "name"), 3 }, "stands twice"},
		{"a set that names nobody", func(s *services.Service) { s.SPIDAttributes, s.AttributeIndex = set()[1:], 3 }, "spidCode is required"},
		{"ages without an assessment", func(s *services.Service) { s.AgeMin, s.Assessment.Date = 14, "2026-03-01" }, "assessment.act"},
		{"an assessment without a day", func(s *services.Service) { s.AgeMax, s.Assessment.Act = 17, "Valutazione 1/2026" }, "assessment.date \"\""},
		{"parents without an assessment", func(s *services.Service) { s.ParentalAuthorisation, s.Assessment.Act = true, "Valutazione 1/2026" }, "assessment.date"},
		{"an assessment of nothing in particular", func(s *services.Service) { s.Assessment.Date = "2026-03-01" }, "assessment.act"},
		{"parents of grown-ups", func(s *services.Service) {
			s.ParentalAuthorisation, s.AgeMin, s.Assessment = true, 18, services.Assessment{Act: "Valutazione 1/2026", Date: "2026-03-01"}
		}, "lets no minor in"},
		{"an age below zero", func(s *services.Service) { s.AgeMin = -1 }, "age_min"},
		{"purpose of identities", func(s *services.Service) { s.Purpose = "PP" }, "[P LP PG PF PX]"},
		{"class", func(s *services.Service) { s.Class = "x" }, "administrative, teaching"},
		{"alg", func(s *services.Service) { s.IDTokenAlg = "HS256" }, "ES256 or RS256"},
		{"no redirect", func(s *services.Service) { s.RedirectURIs = nil }, "at least one"},
		{"plain http", func(s *services.Service) { s.RedirectURIs = []string{"http://corsi.example.it/r"} }, "http is allowed only for localhost"},
		{"fragment", func(s *services.Service) { s.RedirectURIs = []string{"https://a.it/r#x"} }, "fragment"},
		{"wildcard", func(s *services.Service) { s.RedirectURIs = []string{"https://a.it/*"} }, "patterns"},
		{"userinfo", func(s *services.Service) { s.RedirectURIs = []string{"https://u@a.it/r"} }, "user name"},
		{"dots", func(s *services.Service) { s.RedirectURIs = []string{"https://a.it/x/../r"} }, "dot segments"},
		{"capitals", func(s *services.Service) { s.RedirectURIs = []string{"https://A.it/r"} }, "small letters"},
		{"relative", func(s *services.Service) { s.PostLogoutRedirectURIs = []string{"/"} }, "not an absolute address"},
		{"script", func(s *services.Service) { s.RedirectURIs = []string{"javascript://a/%0aalert(1)"} }, "scheme must be https"},
		{"hosts", func(s *services.Service) { s.RedirectURIs = []string{"https://a.it/r", "https://b.it/r"} }, "sector"},
		{"secret", func(s *services.Service) { s.SecretSHA256 = "chiaro" }, "atrio service secret"},
		{"auth", func(s *services.Service) { s.Auth = "basic" }, "client_secret_basic"},
		{"no keys", func(s *services.Service) { s.Auth, s.SecretSHA256 = services.PrivateKeyJWT, "" }, "public keys"},
		{"private key", func(s *services.Service) { s.Auth, s.SecretSHA256, s.JWKS = services.PrivateKeyJWT, "", private }, "never put the private part"},
		{"assertion alg", func(s *services.Service) {
			s.Auth, s.SecretSHA256, s.JWKS, s.AssertionAlg = services.PrivateKeyJWT, "", public, "none"
		}, "assertion_alg"},
		{"attribute", func(s *services.Service) { s.Release[0].Attribute = "shoe_size" }, "known are"},
		{"purpose", func(s *services.Service) { s.Release[0].Purpose.En = "" }, "purpose is needed"},
		{"owner", func(s *services.Service) { s.Owner.Email = "nessuno" }, "owner.email"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := portal()
			c.spoil(&s)
			if _, errs := services.NewRegister([]services.Service{s}); !mentions(errs, c.expect) {
				t.Errorf("want a message with %q, got %v", c.expect, errs)
			}
		})
	}
	if errs := services.Validate([]services.Service{portal(), portal()}); !mentions(errs, "used by an earlier entry") {
		t.Errorf("a client_id used twice must be named: %v", errs)
	}
}

func TestLoopbackAddressesMayUseHTTP(t *testing.T) {
	for _, uri := range []string{"http://localhost:8082/r", "http://127.0.0.1:1/r", "http://[::1]:8082/r"} {
		s := portal()
		s.RedirectURIs, s.Sector = []string{uri}, "corsi"
		if errs := services.Validate([]services.Service{s}); len(errs) > 0 {
			t.Errorf("%s: %v", uri, errs)
		}
	}
}

func TestASecretIsKeptAsHashOnly(t *testing.T) {
	secret := services.NewSecret()
	if len(secret) < 43 || secret == services.NewSecret() {
		t.Fatal("secrets carry 256 bits")
	}
	hash := services.HashSecret(secret)
	if !services.SecretMatches(hash, secret) || services.SecretMatches(hash, hash) || services.SecretMatches(hash, "") {
		t.Error("only the secret itself matches its hash")
	}
}

func mentions(errs []error, text string) bool {
	for _, err := range errs {
		if strings.Contains(err.Error(), text) {
			return true
		}
	}
	return false
}

func keySet(t *testing.T) (public, private string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	write := func(k any) string {
		b, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: k, KeyID: "a", Use: "sig", Algorithm: "ES256"}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return write(key.Public()), write(key)
}
