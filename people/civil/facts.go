package civil

import "time"

// The answers to "Sesso".
const (
	Male   = "M"
	Female = "F"
	// Other: the document says something else; registers have two, so no code fits.
	Other = "X"
)

// Facts are what a codice fiscale is made of.
type Facts struct {
	// FamilyName and GivenName in our letters, "" when the person has none.
	FamilyName, GivenName string
	// Sex is Male, Female or Other, which fits both.
	Sex   string
	Birth time.Time
	// Place is the code of the municipality or state, "" when it is not known.
	Place string
}

// The facts that Compare names.
const (
	FactFamilyName = "family_name"
	FactGivenName  = "given_name"
	FactSex        = "sex"
	FactBirthDate  = "birth_date"
	FactBirthPlace = "birth_place"
)
