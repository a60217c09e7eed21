package release_test

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"testing"

	"atrio/gateway/account"
	"atrio/gateway/release"
	"atrio/gateway/services"
	"atrio/people/person"
)

var ada = release.Person{
	Account: account.Account{
		ID: "a1", Code: "123456789", GivenName: "Ada", FamilyName: "Bianchi", Email: "ada@example.it",
		FiscalCode: "BNCDAA85T41H501X",
	},
	Attributes: []account.Attribute{
		{Name: person.BirthDate, Value: "1985-12-01"}, {Name: person.Gender, Value: "F"}, {Name: person.Phone, Value: "+393331234567"},
	},
	Level: person.Level2,
}

func TestAServiceGetsWhatIsListedAndAskedForAndNothingElse(t *testing.T) {
	everything := services.Releasable()
	cases := []struct {
		name    string
		listed  []string
		scopes  string
		person  release.Person
		claims  string
		example map[string]any
	}{
		{"nothing listed", nil, "openid profile email phone codice_persona fiscal_number", ada, "", nil},
		{"nothing asked for", everything, "", ada, "", nil},
		{"openid alone", everything, "openid", ada, "spid_level", map[string]any{"spid_level": 2}},
		{"profile", everything, "openid profile", ada, "birthdate family_name gender given_name name spid_level",
			map[string]any{"name": "Ada Bianchi", "gender": "female", "birthdate": "1985-12-01"}},
		{"email", everything, "email", ada, "email email_verified", map[string]any{"email_verified": true}},
		{"phone", everything, "phone", ada, "phone_number", map[string]any{"phone_number": "+393331234567"}},
		{"number of the account", everything, "codice_persona", ada, "codice_persona", map[string]any{"codice_persona": "123456789"}},
		{"fiscal number", everything, "fiscal_number", ada, "fiscal_number", map[string]any{"fiscal_number": "TINIT-BNCDAA85T41H501X"}},
		{"listed but not asked for", []string{person.Email}, "openid profile", ada, "", nil},
		{"asked for but not listed", []string{person.GivenName}, "openid profile email", ada, "given_name", nil},
		{"unknown facts are left out", everything, "openid profile email phone codice_persona fiscal_number", release.Person{}, "", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := release.Claims(service(c.listed...), c.person, strings.Fields(c.scopes))
			if names := strings.Join(slices.Sorted(maps.Keys(got)), " "); names != c.claims {
				t.Errorf("claims %q, want %q", names, c.claims)
			}
			for name, want := range c.example {
				if got[name] != want {
					t.Errorf("%s = %v, want %v", name, got[name], want)
				}
			}
		})
	}
}

func TestEveryItemCarriesThePurposeOfTheRegister(t *testing.T) {
	items := release.Items(service(person.Email), ada, []string{"email"})
	if len(items) != 2 || items[0].Purpose.It != "scopo di email" || items[0].Attribute != person.Email {
		t.Fatalf("unexpected %+v", items)
	}
}

func TestEveryReleasableAttributeHasAClaimAndAPublishedScope(t *testing.T) {
	for _, a := range services.Releasable() {
		if !slices.Contains(release.Scopes(), release.ScopeOf(a)) {
			t.Errorf("%s has no scope", a)
		}
	}
	if len(release.ClaimNames()) < len(services.Releasable()) {
		t.Error("some attribute has no claim")
	}
}

func TestSubjectsAreEqualInASectorAndDifferentOutside(t *testing.T) {
	mac := func(purpose string, data ...string) []byte {
		sum := sha256.Sum256([]byte(purpose + "|" + strings.Join(data, "|")))
		return sum[:]
	}
	one, same, other := service(), service(), service()
	one.Sector, same.Sector, other.Sector = "a.it", "a.it", "b.it"
	if release.Subject(mac, one, "x") != release.Subject(mac, same, "x") {
		t.Error("services of one sector see the same subject")
	}
	if release.Subject(mac, one, "x") == release.Subject(mac, other, "x") || release.Subject(mac, one, "x") == release.Subject(mac, one, "y") {
		t.Error("sectors and accounts must differ")
	}
	if n := len(release.Subject(mac, one, "x")); n > 255 { // OIDC-core 2: at most 255 ASCII characters
		t.Errorf("subject of %d characters", n)
	}
}

func service(attributes ...string) *services.Service {
	s := &services.Service{ClientID: "s"}
	for _, a := range attributes {
		s.Release = append(s.Release, services.Release{Attribute: a, Purpose: services.Text{It: "scopo di " + a, En: "purpose of " + a}})
	}
	return s
}

func TestTheMostTrustedSourceSpeaks(t *testing.T) {
	p := ada
	p.Attributes = []account.Attribute{
		{Name: person.BirthDate, Value: "1999-09-09", Source: account.Declared}, {Name: person.BirthDate, Value: "1985-12-01", Source: account.FromSPID},
		{Name: person.Phone, Value: "+390000000000", Source: account.Declared},
	}
	got := release.Claims(service(person.BirthDate, person.Phone), p, []string{"profile", "phone"})
	if got["birthdate"] != "1985-12-01" || got["phone_number"] != "+390000000000" {
		t.Errorf("%v", got)
	}
}

func TestOnlyServicesThatAskForItGetTheChosenName(t *testing.T) {
	p := ada
	p.Attributes = append(slices.Clone(p.Attributes), account.Attribute{Name: person.ChosenName, Value: "Adi", Source: account.Declared})
	friendly, formal := service(services.Name, person.GivenName), service(services.Name, person.GivenName)
	friendly.ChosenName = true
	if got := release.Claims(friendly, p, []string{"profile"}); got["name"] != "Adi" || got["given_name"] != "Ada" {
		t.Errorf("a service that asks: %v", got)
	}
	if got := release.Claims(formal, p, []string{"profile"}); got["name"] != "Ada Bianchi" {
		t.Errorf("a service that does not: %v", got)
	}
	if got := release.Claims(friendly, ada, []string{"profile"}); got["name"] != "Ada Bianchi" {
		t.Errorf("nobody chose a name: %v", got)
	}
}
