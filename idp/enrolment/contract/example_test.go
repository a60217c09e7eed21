package contract

import (
	"testing"
	"time"

	"atrio/assets"
)

// form is that of a person who does not exist, with every field filled in.
func form() Form {
	at := time.Date(2026, time.November, 28, 17, 30, 15, 0, time.UTC)
	return Form{
		Number: "7KQ2-MX9A", Language: "it", Prepared: at,
		Provider: Provider{
			Name: "Identità di Prova", Organisation: "Ente Fittizio di Prova", Address: "piazza dell’Esempio 1, 00000 Provopoli (XX)",
			FiscalCode: "00000000000", Web: "https://identita.example.org", Mail: "aiuto@identita.example.org",
			CertifiedMail: "ente@pec.example.org", Phone: "+39 000 0000000", Notice: "https://identita.example.org/privacy",
		},
		Person: Person{
			GivenName: "Ada Đức", FamilyName: "D’Esempio-Fittizia", Sex: "F", BirthDate: time.Date(1985, time.March, 7, 0, 0, 0, 0, time.UTC),
			BirthPlace: "Provopoli", BirthProvince: "XX", BirthCountry: "Terra di Prova", Citizenship: "italiana", FiscalCode: "DSMDAA85C47H501X",
		},
		Contacts:   Contacts{Email: "ada@example.org", Phone: "+390000000001", CertifiedMail: "ada@pec.example.org"},
		Residence:  Address{Street: "via Inventata 12/b", PostalCode: "00001", Municipality: "Esempiago", Province: "YY", Country: "Italia"},
		Domicile:   Address{Street: "Musterweg 3", PostalCode: "99999", Municipality: "Prüfstadt", Country: "Germania"},
		Document:   Document{Kind: "cartaIdentita", Number: "AA00000AA", Issuer: "Comune di Esempiago", IssuedOn: date(2022, time.May, 4), ExpiresOn: date(2032, time.March, 7)},
		HealthCard: HealthCard{Number: "80380000000000000000", ExpiresOn: date(2029, time.January, 31)},
		Method:     "point", Circuit: "Circuito Immaginario",
		Consents:      []Consent{{Key: "privacy", Given: true, At: at}, {Key: "marketing_own", At: at}, {Key: "usage", Given: true, At: at}},
		NoticeVersion: "2026-11",
	}
}

func date(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// press is what the program has.
func press(t testing.TB) *Press {
	t.Helper()
	p, err := New(assets.FS(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func frozen(t testing.TB, f Form) Frozen {
	t.Helper()
	z, err := press(t).Freeze(f)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
