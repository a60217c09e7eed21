package identity

import (
	"time"

	"atrio/people/person"
)

// Holder is the person behind an identity, as proved when it was requested.
type Holder struct {
	GivenName  string
	FamilyName string
	// Gender is "F" or "M", as the registers have it.
	Gender string
	// BirthDate is a calendar date; only year, month and day count.
	BirthDate time.Time
	// BirthPlace is the Belfiore code of the municipality or foreign state.
	BirthPlace string
	// BirthCounty is the two-letter code of the province, "EE" when abroad.
	BirthCounty string
	FiscalCode  person.FiscalCode
	Email       string
	// MobilePhone is in international form: "+" and digits.
	MobilePhone    string
	Document       Document
	Domicile       Domicile
	DigitalAddress string
}

// Document is the identity document shown at the request.
type Document struct {
	// Kind is one of the words of the rules, for example "cartaIdentita".
	Kind   string
	Number string
	// Issuer is written together in camel case: "comuneMilano".
	Issuer    string
	IssuedOn  time.Time
	ExpiresOn time.Time
}

// Over tells whether the last day of the document has passed; one without an end has none.
func (d Document) Over(now time.Time) bool {
	return !d.ExpiresOn.IsZero() && !now.Before(d.ExpiresOn.AddDate(0, 0, 1))
}

// Domicile is the holder's physical domicile.
type Domicile struct {
	Street       string
	PostalCode   string
	Municipality string
	// Province is the two-letter code.
	Province string
	Nation   string
}
