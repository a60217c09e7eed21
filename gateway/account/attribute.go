package account

import (
	"maps"
	"slices"
	"time"

	"atrio/people/person"
	"atrio/web/ui"
)

// Attribute is one fact about a person, with where it came from and when.
type Attribute struct {
	// Name is one of the names of package person, neutral to the door.
	Name string
	// Value as the source gave it.
	Value string
	// Source is the kind of origin.
	Source Source
	// Issuer names the source more exactly: the entityID of a provider, or "".
	Issuer string
	// At is when the source first gave this value.
	At time.Time
}

// Kind is the kind of datum by which pages show the value in words; "" for a
// value that is words already.
func (a Attribute) Kind() string {
	switch a.Name {
	case person.BirthDate, person.IDExpires:
		return ui.DateDatum
	case person.Gender:
		return ui.SexDatum
	case person.Citizenship:
		return ui.StatesDatum
	case person.Phone:
		return ui.PhoneDatum
	case person.BirthPlace:
		return ui.PlaceDatum
	}
	return ""
}

// Source says who vouches for an attribute. // G3.8
type Source string

// The sources.
const (
	// Declared: typed by the person, proved by nobody.
	Declared Source = "declared"
	// Confirmed: typed by the person and proved by a code sent to it.
	Confirmed Source = "confirmed"
	// FromSPID: verified by a SPID identity provider.
	FromSPID Source = "spid"
	// FromCIE and FromEIDAS: verified by CIE, or by another country through the
	// Italian node of eIDAS.
	FromCIE   Source = "cie"
	FromEIDAS Source = "eidas"
	// FromRegister: a register of the institution or of the state. FromDesk: a clerk saw
	// the document; it proves nothing at a door. // G5.4
	FromRegister Source = "register"
	FromDesk     Source = "desk"
)

// trust orders the sources: what a door verified goes before what the help desk checked,
// that before what a code sent there proved, and that before what somebody typed. // G3.8
func (s Source) trust() int {
	switch s {
	case Declared:
		return 0
	case Confirmed:
		return 1
	case FromDesk:
		return 2
	}
	return 3
}

// Best is the attribute of that name from the source that is trusted most, of equals the
// youngest; false when no source tells it.
func Best(list []Attribute, name string) (best Attribute, found bool) {
	for _, a := range list {
		if a.Name != name || a.Value == "" {
			continue
		}
		more := a.Source.trust() - best.Source.trust()
		if !found || more > 0 || more == 0 && a.At.After(best.At) {
			best, found = a, true
		}
	}
	return best, found
}

// Names of attributes in the order in which pages show them.
func Names() []string {
	return []string{
		person.GivenName, person.FamilyName, person.FiscalNumber, person.BirthDate, person.BirthPlace,
		person.BirthCounty, person.BirthCountry, person.Gender, person.Email, person.Phone, person.CertifiedEmail,
		person.Domicile, person.DomicileStreet, person.DomicilePostal, person.DomicileTown, person.DomicileCounty,
		person.DomicileNation, person.IDCard, person.IDExpires, person.SPIDCode,
		person.CompanyName, person.CompanyAddress, person.VATNumber,
		person.NativeGivenName, person.NativeFamilyName, person.ChosenName, person.Citizenship,
		person.ResidenceCountry, person.ResidenceCounty, person.ResidenceTown, person.ResidencePostal, person.ResidenceStreet,
	}
}

// SourceOf is the source that an assertion of this door stands for.
func SourceOf(door person.Door) Source { return Source(door) }

// FromAssertion lists what a door asserted, in a stable order.
func FromAssertion(a person.Assertion, now time.Time) []Attribute {
	out := make([]Attribute, 0, len(a.Attributes))
	for _, name := range slices.Sorted(maps.Keys(a.Attributes)) {
		if value := a.Attributes[name]; value != "" {
			out = append(out, Attribute{Name: name, Value: value, Source: SourceOf(a.Door), Issuer: a.Issuer, At: now})
		}
	}
	return out
}

// InOrder sorts attributes as Names orders them; unknown names come last.
func InOrder(list []Attribute) []Attribute {
	rank := make(map[string]int)
	for i, name := range Names() {
		rank[name] = i + 1
	}
	place := func(a Attribute) int {
		if r := rank[a.Name]; r > 0 {
			return r
		}
		return len(rank) + 1
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b Attribute) int { return place(a) - place(b) })
	return out
}
