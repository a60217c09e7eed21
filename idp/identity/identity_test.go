package identity_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"atrio/idp/identity"
)

// SPID-RT attributi: one row per format.
func TestAttributesHaveTheOfficialFormat(t *testing.T) {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	i := &identity.Identity{
		SPIDCode: "ABCD123456789A", ExpiresAt: day(2028, time.January, 31),
		Holder: identity.Holder{
			GivenName: " anna  maria", FamilyName: "D'ALOISIO DE LUCA-ROSSI", Gender: "F", BirthDate: day(1990, time.May, 4),
			BirthPlace: "f205", BirthCounty: "mi", FiscalCode: "PRVDAA90E44F205X", Email: "anna@example.org", MobilePhone: "+39 333 0000001",
			Document: identity.Document{Kind: "cartaIdentita", Number: "CA00000AA", Issuer: "comuneMilano",
				IssuedOn: day(2020, time.March, 1), ExpiresOn: day(2030, time.May, 4)},
			Domicile: identity.Domicile{Street: "Via Prova 1", PostalCode: "00100", Municipality: "Roma", Province: "RM", Nation: "Italia"},
		},
	}
	for name, want := range map[string]string{
		"spidCode": "ABCD123456789A", "name": "Anna Maria", "familyName": "D'Aloisio De Luca-Rossi", "placeOfBirth": "F205",
		"countyOfBirth": "MI", "dateOfBirth": "1990-05-04", "gender": "F", "fiscalNumber": "TINIT-PRVDAA90E44F205X",
		"idCard": "cartaIdentita CA00000AA comuneMilano 2020-03-01 2030-05-04", "mobilePhone": "3330000001", "email": "anna@example.org",
		"address": "Via Prova 1 00100 Roma RM", "domicilePostalCode": "00100", "domicileNation": "Italia", "expirationDate": "2028-01-31",
	} {
		if got, ok := i.Attribute(name); !ok || got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"companyName", "digitalAddress", "ivaCode", "unknown"} {
		if got, ok := i.Attribute(name); ok {
			t.Errorf("%s is %q, but the identity has none", name, got)
		}
	}
}

func TestSPIDCodesHaveTheOfficialForm(t *testing.T) {
	code, err := identity.NewSPIDCode("ABCD", bytes.NewReader([]byte{0, 1, 2, 3, 4, 250, 251, 252, 253, 254}))
	if err != nil || code != "ABCD01234TVWXY" {
		t.Errorf("unexpected %q, %v", code, err)
	}
	for _, bad := range []string{"", "ABC1234567890A", "abcd123456789A", "ABCD123456789", "ABCD123456789A1", "ABCD12345678 A"} {
		if _, err := identity.ParseSPIDCode(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if identity.ValidProviderCode("abcd") || !identity.ValidProviderCode("TEST") {
		t.Error("provider codes are four capital letters")
	}
}

func TestLevelsFollowFromTheFactors(t *testing.T) {
	for _, c := range []struct {
		factors identity.Factors
		want    int
	}{
		{identity.Factors{}, 0},
		{identity.Factors{TOTP: true, SMS: true}, 0},
		{identity.Factors{Password: true}, 1},
		{identity.Factors{Password: true, SMS: true}, 2},
		{identity.Factors{Password: true, TOTP: true}, 2},
	} {
		if got := c.factors.Level(); got != c.want {
			t.Errorf("%+v reaches %d, want %d", c.factors, got, c.want)
		}
	}
}

func TestAnIdentityThatEndedIsBlocked(t *testing.T) {
	now := time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		i    identity.Identity
		want string
	}{
		{identity.Identity{State: identity.Active}, ""},
		{identity.Identity{State: identity.Active, ExpiresAt: now.Add(1)}, ""},
		{identity.Identity{State: identity.Active, ExpiresAt: now}, "expired"},
		{identity.Identity{State: identity.Suspended}, "suspended"},
		{identity.Identity{State: identity.Revoked, ExpiresAt: now}, "revoked"},
	} {
		if got := c.i.Blocked(now); got != c.want {
			t.Errorf("%+v is blocked as %q, want %q", c.i, got, c.want)
		}
	}
}

func TestUserIDsThatDifferInCaseOnlyAreOne(t *testing.T) {
	if identity.Login("  Ada.Prova@EXAMPLE.org ") != "ada.prova@example.org" {
		t.Error("case and spaces must not matter")
	}
}

// SPID-RT attributi idCard
func TestTheIssuerOfADocumentIsWrittenTogether(t *testing.T) {
	for typed, want := range map[string]string{
		"Comune di Milano": "comuneMilano", "comuneMilano": "comuneMilano", "Regione Lazio": "regioneLazio", "Questura dell'Aquila": "questuraAquila",
		"MINISTERO DELL'ECONOMIA E DELLE FINANZE": "ministeroEconomiaFinanze", "Événement": "événement",
	} {
		i := identity.Identity{Holder: identity.Holder{Document: identity.Document{Kind: "passaporto", Number: "YA1", Issuer: typed}}}
		if got, _ := i.Attribute("idCard"); strings.TrimSpace(got) != "passaporto YA1 "+want {
			t.Errorf("%q gives %q, want %q", typed, got, want)
		}
	}
}
