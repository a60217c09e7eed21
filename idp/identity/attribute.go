package identity

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// dateForm is how SPID writes dates (xs:date without a time zone).
const dateForm = "2006-01-02"

// Attribute gives the value of a SPID attribute by its official name, in the
// official format. ok is false when this identity has no such attribute: a
// natural person has no companyName, and an empty value is never sent.
//
// SPID-RT attributi
func (i *Identity) Attribute(name string) (value string, ok bool) {
	read, known := attributes[name]
	if !known {
		return "", false
	}
	value = read(i)
	return value, value != ""
}

// attributes is the table of what this provider certifies about natural
// persons. The order for metadata and pages comes from federation/spid.
var attributes = map[string]func(*Identity) string{
	"spidCode":              func(i *Identity) string { return string(i.SPIDCode) },
	"name":                  func(i *Identity) string { return capitalised(i.Holder.GivenName) },
	"familyName":            func(i *Identity) string { return capitalised(i.Holder.FamilyName) },
	"placeOfBirth":          func(i *Identity) string { return strings.ToUpper(i.Holder.BirthPlace) },
	"countyOfBirth":         func(i *Identity) string { return strings.ToUpper(i.Holder.BirthCounty) },
	"dateOfBirth":           func(i *Identity) string { return date(i.Holder.BirthDate) },
	"gender":                func(i *Identity) string { return i.Holder.Gender },
	"fiscalNumber":          func(i *Identity) string { return prefixed("TINIT-", string(i.Holder.FiscalCode)) },
	"idCard":                func(i *Identity) string { return i.Holder.Document.text() },
	"mobilePhone":           func(i *Identity) string { return digits(i.Holder.MobilePhone) },
	"email":                 func(i *Identity) string { return i.Holder.Email },
	"address":               func(i *Identity) string { return i.Holder.Domicile.oneLine() },
	"domicileStreetAddress": func(i *Identity) string { return i.Holder.Domicile.Street },
	"domicilePostalCode":    func(i *Identity) string { return i.Holder.Domicile.PostalCode },
	"domicileMunicipality":  func(i *Identity) string { return i.Holder.Domicile.Municipality },
	"domicileProvince":      func(i *Identity) string { return i.Holder.Domicile.Province },
	"domicileNation":        func(i *Identity) string { return i.Holder.Domicile.Nation },
	"expirationDate":        func(i *Identity) string { return date(i.ExpiresAt) },
	"digitalAddress":        func(i *Identity) string { return i.Holder.DigitalAddress },
}

// Certifies lists the attribute names that this provider can send, unordered.
func Certifies(name string) bool { _, ok := attributes[name]; return ok }

// prefixed writes a number with its ETSI EN 319 412-1 prefix.
func prefixed(prefix, number string) string {
	if number == "" {
		return ""
	}
	return prefix + number
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(dateForm)
}

// digits drops everything but digits, and the Italian prefix: the rules want
// "digits, no spaces", and services expect a national number without +39.
func digits(phone string) string {
	phone = strings.TrimPrefix(phone, "+39")
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
}

// capitalised writes a name as the rules want it: words with one space between
// them, initial capital, the rest lower case. Capitals after an apostrophe or a
// hyphen stay, and so does the inner capital of "McDonald" or "De Luca".
func capitalised(name string) string {
	words := strings.Fields(name)
	for n, w := range words {
		words[n] = capitalisedWord(w)
	}
	return strings.Join(words, " ")
}

func capitalisedWord(w string) string {
	shouted := w == strings.ToUpper(w)
	start := true
	return strings.Map(func(r rune) rune {
		first := start
		start = r == '\'' || r == '’' || r == '-'
		switch {
		case first:
			return unicode.ToUpper(r)
		case shouted:
			return unicode.ToLower(r)
		}
		return r
	}, w)
}

// text is the official one-line form of a document:
// "<kind> <number> <issuer> <issued> <expires>".
func (d Document) text() string {
	if d.Kind == "" || d.Number == "" {
		return ""
	}
	return strings.Join([]string{d.Kind, d.Number, joined(d.Issuer), date(d.IssuedOn), date(d.ExpiresOn)}, " ")
}

// between are the words that a joined name leaves out.
var between = []string{"di", "del", "dello", "della", "dei", "degli", "delle", "dell", "e", "ed"}

// joined writes the name of an issuer together, in camel case: "Comune di Milano" is
// "comuneMilano". SPID-RT attributi idCard
func joined(issuer string) string {
	var out strings.Builder
	for _, word := range strings.FieldsFunc(issuer, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		switch {
		case out.Len() == 0:
			first, size := utf8.DecodeRuneInString(word)
			if word = capitalisedWord(word); word != "" {
				word = string(unicode.ToLower(first)) + word[size:]
			}
			out.WriteString(word)
		case !slices.Contains(between, strings.ToLower(word)):
			out.WriteString(capitalisedWord(word))
		}
	}
	return out.String()
}

// oneLine is the older single attribute that domicile* replaces; services that
// still ask for it get the same facts.
func (d Domicile) oneLine() string {
	if d.Street == "" {
		return ""
	}
	return strings.Join(strings.Fields(strings.Join(
		[]string{d.Street, d.PostalCode, d.Municipality, d.Province}, " ")), " ")
}
