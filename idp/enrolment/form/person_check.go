package form

import (
	"slices"
	"strings"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/people/civil"
	"atrio/people/codicefiscale"
	"atrio/people/person"
	"atrio/web/ui"
)

// check reads fields into a person and collects what is wrong.
type check struct {
	places  Places
	now     time.Time
	lang    string
	errs    ui.Errors
	accepts bool
}

func (c *check) wrong(field, key string, args ...any) {
	if c.errs.Err(field) == nil {
		c.errs = append(c.errs, ui.FieldError{Field: field, Key: key, Args: args})
	}
}

// person checks the data of a natural person. // REG 5, E29
func (c *check) person(t *typed) enrolment.Person {
	p := enrolment.Person{FamilyName: t.FamilyName, GivenName: t.GivenName, Gender: t.Gender, Citizenship: t.Citizenship, DigitalAddress: t.CertifiedMail}
	c.name("family_name", t.FamilyName)
	c.name("given_name", t.GivenName)
	if t.Gender != civil.Male && t.Gender != civil.Female {
		c.wrong("gender", "enrolment.person.gender.missing")
	}
	c.birth(t, &p)
	if !c.places.IsCitizenship(t.Citizenship) {
		c.wrong("citizenship", "form.choice")
	}
	p.Residence = c.address("residence", &t.Residence)
	if t.Elsewhere {
		p.Domicile = c.address("domicile", &t.Domicile)
	}
	c.fiscalCode(t, &p)
	return p
}

func (c *check) name(field, name string) {
	switch wrong := civil.WrongName(name); {
	case name == "":
		c.wrong(field, "enrolment.person."+field+".missing")
	case wrong != "":
		c.wrong(field, wrongs[wrong], "max", civil.MaxName)
	case !civil.Latin(name):
		// The registers and the attributes of SPID have our letters only.
		c.wrong(field, "enrolment.person.latin")
	}
}

// wrongs are the texts for what is wrong with something typed.
var wrongs = map[civil.Wrong]string{
	civil.TooLong: "form.too_long", civil.Characters: "form.characters", civil.NoLetters: "enrolment.person.letters",
	civil.TownMissing: "enrolment.person.town.missing", civil.TownUnknown: "enrolment.person.town.unknown", civil.TownSeveral: "enrolment.person.town.several",
	civil.ProvinceUnknown: "enrolment.person.province.unknown",
}

func (c *check) birth(t *typed, p *enrolment.Person) {
	birth, ok := civil.Date(t.Day, t.Month, t.Year)
	switch {
	case t.Day == "" || t.Month == "" || t.Year == "":
		c.wrong("birth_day", "enrolment.person.birth.missing")
	case !ok:
		c.wrong("birth_day", "enrolment.person.birth.none")
	case birth.After(c.now):
		c.wrong("birth_day", "enrolment.person.birth.future")
	case c.now.AddDate(-oldest, 0, 0).After(birth):
		c.wrong("birth_day", "enrolment.person.birth.old", "years", oldest)
	case birth.AddDate(adult, 0, 0).After(c.now):
		c.wrong("birth_day", "enrolment.person.minor", "years", adult) // A39
	}
	p.BirthDate = birth
	switch {
	case t.State == "":
		c.wrong("birth_state", "enrolment.person.state.missing")
	case t.State != civil.Italy:
		t.Province, t.Town, t.TownCode = "", "", ""
		known, then := c.places.IsBirthState(t.State, birth)
		switch {
		case !known:
			c.wrong("birth_state", "form.choice")
		case ok && !then:
			c.wrong("birth_state", "enrolment.person.state.then")
		}
		p.BirthPlace, p.BirthCounty, p.BirthName = t.State, abroad, nameOf(c.places.BirthStates("it"), t.State)
	case ok:
		town, wrong := civil.Choose(c.places, t.TownCode, t.Town, t.Province, birth)
		c.town("birth", wrong, t.Town)
		if wrong == "" {
			t.TownCode, t.Town, t.Province = town.Code, town.Name, town.Province
		}
		p.BirthPlace, p.BirthCounty, p.BirthName = town.Code, town.Province, town.Name
	case t.Town == "":
		c.wrong("birth_town", "enrolment.person.town.missing")
	}
}

func (c *check) town(of string, wrong civil.Wrong, town string) {
	switch wrong {
	case "":
	case civil.ProvinceUnknown:
		c.wrong(of+"_province", wrongs[wrong])
	default:
		c.wrong(of+"_town", wrongs[wrong], "town", town)
	}
}

func nameOf(list []civil.Option, code string) string {
	for _, o := range list {
		if o.Code == code {
			return o.Name
		}
	}
	return code
}

// address checks a residence or a domicile.
func (c *check) address(of string, a *address) identity.Domicile {
	switch {
	case a.Street == "":
		c.wrong(of+"_street", "form.required")
	case strings.ContainsAny(a.Street, "<>"):
		c.wrong(of+"_street", "form.characters")
	}
	d := identity.Domicile{Street: a.Street, PostalCode: a.PostalCode, Nation: a.Country}
	switch {
	case a.Country == "":
		c.wrong(of+"_country", "form.required")
	case !c.places.IsCountry(a.Country):
		c.wrong(of+"_country", "form.choice")
	case a.Country != civil.Italy:
		a.Province, a.TownCode = "", ""
		if wrong := civil.WrongName(a.Town); a.Town == "" || wrong != "" {
			c.wrong(of+"_town", cmpKey(wrong), "max", civil.MaxName)
		}
		d.Municipality = a.Town
	default:
		if !isPostal(a.PostalCode) {
			c.wrong(of+"_postal", "enrolment.person.postal.form")
		}
		town, wrong := civil.Choose(c.places, a.TownCode, a.Town, a.Province, c.now)
		c.town(of, wrong, a.Town)
		if wrong == "" {
			a.TownCode, a.Town, a.Province = town.Code, town.Name, town.Province
		}
		d.Municipality, d.Province = town.Name, town.Province
	}
	return d
}

func cmpKey(wrong civil.Wrong) string {
	if wrong == "" || wrong == civil.NoLetters {
		return "form.required"
	}
	return wrongs[wrong]
}

// isPostal reports whether s is a CAP: five digits.
func isPostal(s string) bool {
	return len(s) == 5 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// differs begins the keys of the mistakes that an operator may check.
const differs = "enrolment.person.differs."

// fiscalCode reads the code and compares it with everything else. Only what can be no
// code is refused: what does not fit may be left to an operator, who sees the documents.
func (c *check) fiscalCode(t *typed, p *enrolment.Person) {
	code, err := codicefiscale.Parse(t.FiscalCode)
	if err != nil {
		c.wrong("fiscal_code", "enrolment.person.fiscal_code.wrong")
		return
	}
	t.FiscalCode, p.FiscalCode = string(code), string(code)
	if !p.BirthDate.IsZero() && code.Younger(adult, p.BirthDate, c.now) { // A39
		c.wrong("fiscal_code", "enrolment.person.fiscal_code.minor", "years", adult)
	}
	if len(c.errs) > 0 {
		return // first what is wrong for itself
	}
	doubts := c.places.Compare(person.FiscalCode(code), civil.Facts{
		FamilyName: p.FamilyName, GivenName: p.GivenName, Sex: p.Gender, Birth: p.BirthDate, Place: p.BirthPlace,
	})
	if c.accepts {
		p.Doubts = doubts
		return
	}
	for _, fact := range doubts {
		c.wrong(fieldOf(fact, *t), differs+fact)
	}
}

// fieldOf is where a fact was typed.
func fieldOf(fact string, t typed) string {
	switch fact {
	case civil.FactBirthDate:
		return "birth_day"
	case civil.FactSex:
		return "gender"
	case civil.FactBirthPlace:
		if t.State == civil.Italy {
			return "birth_town"
		}
		return "birth_state"
	}
	return fact
}

// inOrder sorts mistakes as the page has its fields.
func inOrder(errs ui.Errors, fields []string) ui.Errors {
	slices.SortStableFunc(errs, func(a, b ui.FieldError) int { return slices.Index(fields, a.Field) - slices.Index(fields, b.Field) })
	return errs
}
