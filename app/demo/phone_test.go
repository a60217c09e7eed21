package demo

import (
	"context"
	"net/http"
	"testing"
	"time"

	"atrio/idp/proofing/chip"
	"atrio/mrtd"
	"atrio/mrtd/mrtdtest"
	"atrio/people/codicefiscale"
	"atrio/people/person"
	"atrio/web/webtest"
)

func TestTheDocumentsOfTheDemonstrationAreGenuineAndFitTheirPeople(t *testing.T) {
	now := day(2026, 11, 28)
	dir := t.TempDir()
	country, err := NewCountry(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	trust, err := chip.Open(Addresses{Host: "localhost", Base: 8080}.ChipConfig(dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	if faults := (Addresses{Host: "localhost", Base: 8080}).ChipConfig(dir).Validate(); len(faults) != 0 {
		t.Error(faults)
	}
	key, err := mrtd.KeyFromCAN(CAN)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Papers() {
		reading, err := mrtd.Reader{Key: key}.Read(context.Background(), mrtdtest.Insert(country.document(p)))
		if err != nil {
			t.Fatal(err)
		}
		v, err := mrtd.Judge(reading, trust.Mrtd(), now)
		if err != nil || !v.Chip || v.PersonalNumber != p.FiscalCode || v.Zone.DocumentNumber != p.Number || !v.Document.Issued.Equal(p.Issued) || !v.Zone.Expiry.Equal(p.Until) {
			t.Errorf("%s: %+v, %v", p.ID, v.Zone, err)
		}
		sex := map[string]codicefiscale.Sex{"F": codicefiscale.Female, "M": codicefiscale.Male}[p.Sex]
		who := codicefiscale.Person{Surname: p.Family, GivenName: p.Given, Sex: sex, Born: p.Born, Place: "A744"}
		if c := codicefiscale.Compare(person.FiscalCode(p.FiscalCode), who, nil); len(c.Differences) != 0 {
			t.Errorf("%s: %+v", p.ID, c)
		}
	}
}

func TestTheTelephoneSaysWhatIsMissing(t *testing.T) {
	base := webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "desk", base, func() time.Time { return day(2026, 11, 28) }, Pages()...)
		return site.Handler(&Phone{Site: site, Addresses: Addresses{Host: "localhost", Base: 1}})
	})
	b := webtest.New(t)
	form := b.Get(base+phonePath).Expect(http.StatusOK, "LTTCHR88C54A744T", "123456").FormWith("code")
	b.Submit(form, "code", "x", "paper", "enzo").Expect(http.StatusUnprocessableEntity, "otto lettere e cifre")
	p, err := b.Do("POST", base+phonePath, map[string][]string{"code": {"AB10-2131"}, "paper": {"nobody"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	p.Expect(http.StatusUnprocessableEntity, "Scegli un documento")
}
