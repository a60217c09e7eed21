package contract

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"atrio/base/fault"
)

// The refusals of Freeze; the cause names the field, never what stands in it.
var (
	errIncomplete  = fault.New(fault.Invalid, "error.contract.incomplete").For("contract_incomplete")
	errUnprintable = fault.New(fault.Invalid, "error.contract.unprintable").For("contract_unprintable")
	errTooLong     = fault.New(fault.Invalid, "error.contract.too_long").For("contract_too_long")
)

const (
	longest      = 300 // signs in one field; nobody's name or address has more
	mostMarks    = 4   // marks on one letter: Vietnamese has two
	mostConsents = 30
)

// numberForm is what fits into a code that every reader reads.
var numberForm = regexp.MustCompile(`^[0-9A-Z][0-9A-Z-]{0,31}$`)

// methods in which an applicant is identified. // REG 7-11
var methods = []string{"signature", "cns", "point", "video", "chip", "rao"}

// settled gives the form as it is printed: letters with their marks in one sign, days
// without a time, instants to the second in UTC. Equal forms become equal bytes.
func (f Form) settled() (Form, error) {
	f.Consents = slices.Clone(f.Consents)
	if len(f.Consents) > mostConsents {
		return f, errTooLong.Because(fmt.Errorf("contract: %d consents", len(f.Consents)))
	}
	for _, t := range f.strings() {
		clean, err := settle(*t.value)
		if err != nil {
			return f, err.Because(fmt.Errorf("contract: %s", t.name))
		}
		if clean == "" && t.needed {
			return f, errIncomplete.Because(fmt.Errorf("contract: no %s", t.name))
		}
		*t.value = clean
	}
	for _, d := range []*time.Time{&f.Person.BirthDate, &f.Document.IssuedOn, &f.Document.ExpiresOn, &f.HealthCard.ExpiresOn} {
		if *d = day(*d); d.Year() < 0 || d.Year() > 9999 {
			return f, errIncomplete.Because(fmt.Errorf("contract: a day in the year %d", d.Year()))
		}
	}
	f.Prepared = instant(f.Prepared)
	for n := range f.Consents {
		f.Consents[n].At = instant(f.Consents[n].At)
	}
	return f, f.complete()
}

// complete refuses what REG 5 asks for and is not there, as far as settled has not.
func (f Form) complete() error {
	p := f.Person
	lacks := ""
	switch {
	case !numberForm.MatchString(f.Number):
		lacks = "number in letters and digits"
	case p.FamilyName == "" && p.GivenName == "": // some people have one name alone
		lacks = "name"
	case p.Sex != "F" && p.Sex != "M":
		lacks = "sex"
	case p.BirthDate.IsZero(), f.Document.ExpiresOn.IsZero(), f.Prepared.IsZero():
		lacks = "date"
	case !slices.Contains(methods, f.Method):
		lacks = "method"
	case !slices.Contains(languages, f.Language):
		lacks = "language"
	case f.Provider.Mail == "" && f.Provider.CertifiedMail == "" && f.Provider.Phone == "":
		lacks = "contact of the provider"
	case f.Domicile != Address{} && (f.Domicile.Street == "" || f.Domicile.Municipality == ""):
		lacks = "domicile"
	case f.Terms.Price < 0, f.Terms.PointFee < 0, f.Terms.Years < 0, f.Terms.Price > 1e8, f.Terms.PointFee > 1e8, f.Terms.Years > 100:
		lacks = "sensible price or duration"
	case f.Prepared.Year() < 2000 || f.Prepared.Year() > 9999:
		lacks = "sensible time of preparation"
	}
	for _, c := range f.Consents {
		if c.At.IsZero() || c.At.Year() < 2000 || c.At.Year() > 9999 {
			lacks = "time of a consent"
		}
	}
	if lacks != "" {
		return errIncomplete.Because(fmt.Errorf("contract: no %s", lacks))
	}
	return nil
}

type text struct {
	name   string
	value  *string
	needed bool
}

// strings lists the texts of a form.
func (f *Form) strings() []text {
	all := []text{
		{"number", &f.Number, true}, {"language", &f.Language, true}, {"method", &f.Method, true}, {"circuit", &f.Circuit, false},
		{"notice version", &f.NoticeVersion, true},
		{"provider", &f.Provider.Name, true}, {"organisation", &f.Provider.Organisation, true}, {"provider address", &f.Provider.Address, true},
		{"provider codice fiscale", &f.Provider.FiscalCode, false}, {"provider web", &f.Provider.Web, false}, {"provider mail", &f.Provider.Mail, false},
		{"provider PEC", &f.Provider.CertifiedMail, false}, {"provider phone", &f.Provider.Phone, false}, {"notice", &f.Provider.Notice, false},
		{"given name", &f.Person.GivenName, false}, {"family name", &f.Person.FamilyName, false}, {"sex", &f.Person.Sex, true},
		{"birth place", &f.Person.BirthPlace, true}, {"birth province", &f.Person.BirthProvince, false}, {"birth country", &f.Person.BirthCountry, false},
		{"citizenship", &f.Person.Citizenship, true}, {"codice fiscale", &f.Person.FiscalCode, true},
		{"e-mail", &f.Contacts.Email, true}, {"phone", &f.Contacts.Phone, true}, {"PEC", &f.Contacts.CertifiedMail, false},
		{"document kind", &f.Document.Kind, true}, {"document number", &f.Document.Number, true}, {"document issuer", &f.Document.Issuer, true},
		{"health card", &f.HealthCard.Number, false},
		{"residence", &f.Residence.Street, true}, {"municipality of residence", &f.Residence.Municipality, true},
	}
	for _, a := range []*Address{&f.Residence, &f.Domicile} {
		all = append(all, text{"postal code", &a.PostalCode, false}, text{"province", &a.Province, false}, text{"country", &a.Country, false})
	}
	all = append(all, text{"domicile", &f.Domicile.Street, false}, text{"municipality of domicile", &f.Domicile.Municipality, false})
	for n := range f.Consents {
		all = append(all, text{"consent", &f.Consents[n].Key, true})
	}
	return all
}

// settle refuses what prints as nothing or turns the order of letters around: a signed
// paper must say what its bytes say.
func settle(s string) (string, *fault.Error) {
	if len(s) > longest*utf8.UTFMax {
		return "", errTooLong
	}
	if !utf8.ValidString(s) {
		return "", errUnprintable
	}
	s = strings.TrimSpace(norm.NFC.String(s))
	signs, marks := 0, 0
	for _, r := range s {
		if signs++; signs > longest {
			return "", errTooLong
		}
		if !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks++; marks > mostMarks || signs == 1 {
			return "", errUnprintable
		}
		if !printable(r) {
			return "", errUnprintable
		}
	}
	return s, nil
}

// printable reports whether a sign leaves ink and is one that everybody reads alike: no controls,
// no marks of direction, no private signs, no fillers, and of spaces only the plain one and
// the one that does not break.
func printable(r rune) bool {
	switch {
	case r == ' ' || r == '\u00a0':
		return true
	case r == utf8.RuneError, unicode.In(r, unicode.C, unicode.Z, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return false
	}
	return unicode.IsPrint(r)
}

// day is the day of t, in whatever zone it was given.
func day(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}
