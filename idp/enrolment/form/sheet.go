package form

import (
	"slices"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/people/civil"
	"atrio/web"
	"atrio/web/ui"
)

// Sheet is what somebody else types about a person, who stands at their desk: the same
// fields and rules as at home.
type Sheet struct {
	T typed
	P papers
	// Lists behind the fields, as in the form.
	States, Citizenships, Provinces, Countries []civil.Option
	BirthTowns, Residences                     []civil.Option
	Kinds                                      []string
	Italy                                      string
	Max                                        int
}

// Subject is the person of a sheet, with the papers that were shown.
type Subject struct {
	Person     enrolment.Person
	Document   identity.Document
	HealthCard enrolment.HealthCard
	// TownCode is the Belfiore code of the municipality of residence, "" abroad.
	TownCode string
}

// SheetFields are the fields of a sheet, in the order of the page.
func SheetFields() []string {
	return []string{
		"family_name", "given_name", "gender", "birth_day", "birth_month", "birth_year", "birth_state", "birth_province", "birth_town", "birth_town_code",
		"citizenship", "fiscal_code", "residence_country", "residence_province", "residence_town", "residence_town_code", "residence_street", "residence_postal",
		"certified_mail", "kind", "number", "issuer", "issued_day", "issued_month", "issued_year", "expires_day", "expires_month", "expires_year",
		"card", "card_number", "card_expires_day", "card_expires_month", "card_expires_year",
	}
}

// NewSheet is an empty one.
func NewSheet(p Places, lang string) Sheet {
	return Sheet{
		T: typed{State: civil.Italy, Citizenship: civil.Italy, Residence: address{Country: civil.Italy}}, States: p.BirthStates(lang), Citizenships: p.Citizenships(lang),
		Provinces: p.Provinces(), Countries: p.Countries(lang), Kinds: Kinds(), Italy: civil.Italy, Max: civil.MaxName,
	}
}

// ReadSheet reads a sheet. What does not fit the codice fiscale is a mistake: documents and
// person are there to be looked at.
func ReadSheet(f *web.Form, p Places, now time.Time, lang string) (Sheet, Subject, ui.Errors) {
	s := NewSheet(p, lang)
	s.T, s.P = readPerson(f), readPapers(f)
	c := check{places: p, now: now, lang: lang, errs: f.Errors}
	subject := Subject{Person: c.person(&s.T)}
	subject.Document, subject.HealthCard = c.papers(&s.P)
	subject.TownCode = s.T.Residence.TownCode
	errs := inOrder(c.errs, slices.Concat(personFields, documentFields))
	if birth, ok := civil.Date(s.T.Day, s.T.Month, s.T.Year); ok && errs.Err("birth_town") != nil {
		s.BirthTowns = civil.Options(civil.Choices(p, s.T.Town, s.T.Province, birth))
	}
	if errs.Err("residence_town") != nil {
		s.Residences = civil.Options(civil.Choices(p, s.T.Residence.Town, s.T.Residence.Province, now))
	}
	return s, subject, errs
}
