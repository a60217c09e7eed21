package demo

import (
	"strings"
	"testing"
	"time"

	"atrio/app/demo/cieprovider"
	"atrio/assets"
	"atrio/people/codicefiscale"
	"atrio/people/places"
)

// What the demonstration shows must not teach anybody a wrong codice fiscale.
func TestTheCodesOfInventedPeopleFitThem(t *testing.T) {
	d, err := places.Open(assets.FS())
	if err != nil {
		t.Fatal(err)
	}
	fits := func(code codicefiscale.Code, p codicefiscale.Person) {
		t.Helper()
		if c := codicefiscale.Compare(code, p, d); !c.Agrees() {
			t.Errorf("%s %s: %v", p.GivenName, p.Surname, c.Differences)
		}
		if place, there := d.Find(code.Facts().Place, p.Born); !there {
			t.Errorf("%s %s was born in %q, which was not there", p.GivenName, p.Surname, place.Label())
		}
	}
	for _, s := range cast() {
		h := s.Holder
		fits(h.FiscalCode, codicefiscale.Person{
			Surname: h.FamilyName, GivenName: h.GivenName, Sex: codicefiscale.Sex(h.Gender), Born: h.BirthDate, Place: h.BirthPlace,
		})
		if place, _ := d.Find(h.BirthPlace, h.BirthDate); place.Province != h.BirthCounty && !place.Abroad() {
			t.Errorf("%s was born in %s, not in the province %s", h.GivenName, place.Label(), h.BirthCounty)
		}
	}
	for _, h := range cieprovider.People() {
		born, err := time.Parse(time.DateOnly, h.Attributes["dateOfBirth"])
		if err != nil {
			t.Fatal(err)
		}
		fits(fiscal(strings.TrimPrefix(h.Attributes["fiscalNumber"], "TINIT-")), codicefiscale.Person{
			Surname: h.Attributes["familyName"], GivenName: h.Attributes["name"], Born: born,
		})
	}
}
