package office

import (
	"crypto/rsa"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/form"
	"atrio/idp/identity"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/rao/raotest"
	"atrio/idp/proofing/rao/sealed"
	st "atrio/idp/proofing/signature/signaturetest"
)

var start = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

func TestSealsAreReadOrWhatIsWrongIsSaid(t *testing.T) {
	a := st.New(start)
	files := func(s sealed.Seal) point.CircuitConfig {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		c := point.CircuitConfig{ID: "comune", Name: raotest.Name, RAO: true, IssuerCode: raotest.Code}
		if c.SealCertificate, c.SealKey, err = raotest.Files(s, dir); err != nil {
			t.Fatal(err)
		}
		return c
	}
	good := files(raotest.Seal(a, a.Granted))
	bodies, err := Open([]point.CircuitConfig{{ID: "centri"}, good})
	if err != nil || len(bodies) != 1 || bodies["comune"].Code != raotest.Code || len(bodies["comune"].Seal.Certificates) != 1 {
		t.Fatalf("%+v, %v", bodies, err)
	}
	for days, want := range map[int]string{0: "", 160: "ends on", 200: "ended on"} {
		warnings, err := Check(bodies, start.AddDate(0, 0, days))
		got := strings.Join(warnings, "")
		if err != nil {
			got += err.Error()
		}
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("after %d days: %q", days, got)
		}
	}
	short := raotest.Seal(a, a.Granted)
	short.Key = st.ShortRSAKey().(*rsa.PrivateKey)
	short.Certificates[0] = a.IssueFor(a.Granted, short.Key, raotest.OfBody(raotest.Organization)).Certificate
	other := good
	other.SealKey = files(short).SealKey
	gone := good
	gone.SealCertificate = filepath.Join(t.TempDir(), "none.pem")
	for name, c := range map[string]point.CircuitConfig{"a short key": files(short), "another's key": other, "no file": gone} {
		if _, err := Open([]point.CircuitConfig{c}); err == nil || !strings.Contains(err.Error(), "seal_certificate") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// 1.8: what stands inside a token, in its words.
func TestATokenSaysWhatTheOperatorTyped(t *testing.T) {
	p := enrolment.Person{
		GivenName: "Amira", FamilyName: "Prova", Gender: "F", BirthDate: start.AddDate(-40, 0, 0), BirthPlace: "Z330", BirthCounty: abroad, BirthName: "Marocco",
		FiscalCode: "PRVMRA86C50Z330X", DigitalAddress: "amira@pec.example.org", Residence: identity.Domicile{Street: "Via degli Esempi, 10", PostalCode: "20100", Municipality: "Milano", Province: "MI", Nation: "IT"},
	}
	s := form.Subject{Person: p, Document: identity.Document{Kind: "passaporto", Number: "YA0000000", IssuedOn: start, ExpiresOn: start}, HealthCard: enrolment.HealthCard{Number: "8", ExpiresOn: start}, TownCode: "F205"}
	d := data(raotest.Claims(p.FiscalCode, start), s, "amira@example.org", "+393330000009")
	m := d.Attributes.Mandatory
	if m.FiscalCode != "TINIT-PRVMRA86C50Z330X" || m.BirthNation != "Z330" || m.BirthDate != "1986-03-10" || m.Phone.International() != "+393330000009" ||
		m.Address != (sealed.Address{Type: "Via", Name: "degli Esempi", Number: "10", PostalCode: "20100", Municipality: "F205", County: "MI", Nation: "IT"}) ||
		d.Attributes.Optional.DigitalAddress != "amira@pec.example.org" || d.HealthCard != (sealed.HealthCard{Type: "TS", Number: "8", Expires: "2026-03-10"}) {
		t.Errorf("%+v", d)
	}
	s.Person.DigitalAddress, s.HealthCard, s.TownCode = "", enrolment.HealthCard{}, ""
	s.Person.Residence = identity.Domicile{Street: "Lungomare", Municipality: "Lugano", Nation: "CH"}
	d = data(raotest.Claims(p.FiscalCode, start), s, "amira@example.org", "+41790000000")
	if m := d.Attributes.Mandatory; m.Phone.International() != "+41790000000" || m.Address != (sealed.Address{Name: "Lungomare", Municipality: "Lugano", Nation: "CH"}) || d.Attributes.Optional != nil || d.HealthCard.Type != "CF" {
		t.Errorf("%+v", d)
	}
}
