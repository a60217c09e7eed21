package draft

import (
	"atrio/people/civil"
	"slices"
	"strings"
	"time"

	"atrio/people/person"
	"atrio/web/ui"
)

// The answers to "Codice fiscale".
const (
	HasCode   = "have"
	AskedCode = "asked"
	NoCode    = "none"
)

// Identity is the first step, as typed. // G3.2
type Identity struct {
	FamilyName   string `json:"f,omitempty"`
	NoFamilyName bool   `json:"nf,omitempty"`
	GivenName    string `json:"g,omitempty"`
	NoGivenName  bool   `json:"ng,omitempty"`
	// LatinFamilyName and LatinGivenName are asked of names in other alphabets.
	LatinFamilyName string `json:"lf,omitempty"`
	LatinGivenName  string `json:"lg,omitempty"`
	Sex             string `json:"s,omitempty"`
	Day             string `json:"d,omitempty"`
	Month           string `json:"m,omitempty"`
	Year            string `json:"y,omitempty"`
	// State is the state of birth: Italy or a code of Places.
	State    string `json:"st,omitempty"`
	Province string `json:"pr,omitempty"`
	Town     string `json:"t,omitempty"`
	TownCode string `json:"tc,omitempty"`
	// TownUnlisted is a municipality that the list does not have.
	TownUnlisted string `json:"tu,omitempty"`
	Citizenship  string `json:"ci,omitempty"`
	Other        string `json:"co,omitempty"`
	// HasFiscalCode is one of the three answers, FiscalCode what was typed.
	HasFiscalCode string `json:"h,omitempty"`
	FiscalCode    string `json:"c,omitempty"`
	// Doubts are the fields that do not fit the code and that the person wants to have
	// checked; they hold for these fields only. // G3.3
	Doubts []string `json:"o,omitempty"`
	Email  string   `json:"e,omitempty"`
}

// identityFields in the order of the page.
var identityFields = []string{
	"family_name", "no_family_name", "latin_family_name", "given_name", "no_given_name", "latin_given_name", "sex", "birth_day",
	"birth_state", "birth_province", "birth_town", "birth_town_unlisted", "citizenship", "other_citizenship",
	"has_fiscal_code", "fiscal_code", "email",
}

// Checks are what the rules of the first step need to know.
type Checks struct {
	Places Places
	Now    time.Time
	// Compare tells which facts do not fit a codice fiscale, by the names of fields.
	Compare func(code person.FiscalCode, f civil.Facts) []string
	// OwnAddress tells addresses of the institution. // G3.4
	OwnAddress func(email string) bool
}

// Check cleans what was typed and finds what is wrong, beside what reading found.
// Accepts tells that the person pressed "Continua e fai controllare".
func (i *Identity) Check(c Checks, accepts bool, reading ui.Errors) ui.Errors {
	f := &faults{list: slices.Clone(reading)}
	i.Day, i.Month, i.Year = civil.Spread(i.Day, i.Month, i.Year)
	i.checkNames(f)
	if !slices.Contains([]string{civil.Male, civil.Female, civil.Other}, i.Sex) {
		f.add("sex", "wizard.sex.missing")
	}
	i.checkBirth(f, c.Now)
	i.checkBirthPlace(f, c.Places)
	i.checkCitizenships(f, c.Places)
	i.checkFiscalCode(f, c, accepts)
	if i.Email != "" && !f.has("email") && c.OwnAddress(i.Email) {
		f.add("email", "registration.email.own")
	}
	return inOrder(f.list, identityFields...)
}

func (i *Identity) checkNames(f *faults) {
	i.FamilyName, i.GivenName = civil.CleanName(i.FamilyName), civil.CleanName(i.GivenName)
	i.LatinFamilyName, i.LatinGivenName = civil.CleanName(i.LatinFamilyName), civil.CleanName(i.LatinGivenName)
	if i.NoFamilyName && i.NoGivenName {
		f.add("no_given_name", "wizard.name.neither") // ANPR ES057
	}
	oneName(f, "family_name", i.FamilyName, i.NoFamilyName, &i.LatinFamilyName)
	oneName(f, "given_name", i.GivenName, i.NoGivenName, &i.LatinGivenName)
}

// oneName checks a name, its absence, and its letters in our alphabet.
func oneName(f *faults, field, name string, absent bool, latin *string) {
	switch {
	case absent && name != "":
		f.add(field, "wizard."+field+".both") // ANPR ES061, ES062
	case absent:
		*latin = ""
		return
	case name == "":
		f.add(field, "wizard."+field+".missing")
	case WrongName(name) != "":
		f.add(field, WrongName(name), "max", civil.MaxName)
	}
	if f.has(field) {
		return
	}
	if civil.Latin(name) {
		*latin = ""
		return
	}
	switch {
	case *latin == "":
		f.add("latin_"+field, "wizard.latin.missing")
	case WrongName(*latin) != "":
		f.add("latin_"+field, WrongName(*latin), "max", civil.MaxName)
	case !civil.Latin(*latin):
		f.add("latin_"+field, "wizard.latin.letters")
	}
}

// checkCitizenships puts the Italian one first when there are several. // G3.2
func (i *Identity) checkCitizenships(f *faults, p Places) {
	switch {
	case i.Citizenship == "":
		f.add("citizenship", "wizard.citizenship.missing")
	case !p.IsCitizenship(i.Citizenship):
		f.add("citizenship", "form.choice")
	}
	switch {
	case i.Other == "":
	case !p.IsCitizenship(i.Other):
		f.add("other_citizenship", "form.choice")
	case i.Other == i.Citizenship:
		f.add("other_citizenship", "wizard.citizenship.same")
	case i.Other == civil.Italy:
		i.Citizenship, i.Other = i.Other, i.Citizenship
	}
}

// LegalName is the name in the letters of registers.
func (i Identity) LegalName() (family, given string) {
	family, given = i.FamilyName, i.GivenName
	if i.LatinFamilyName != "" {
		family = i.LatinFamilyName
	}
	if i.LatinGivenName != "" {
		given = i.LatinGivenName
	}
	return family, given
}

// Name is the name as the person wrote it.
func (i Identity) Name() string { return strings.TrimSpace(i.GivenName + " " + i.FamilyName) }
