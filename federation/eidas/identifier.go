package eidas

import (
	"errors"
	"fmt"
	"strings"
)

// Identifier is the PersonIdentifier of eIDAS, written "ES/IT/…": who issued the
// identity, for whom it was made, and the person's name there. It is unique for its
// issuing country and may change during a life: some countries give another one with
// a new card, or a different one to every receiving country. // eIDAS attribute profile 2.2.3
type Identifier struct {
	// From is the issuing country, For the country that it was made for.
	From, For string
	// Local is the name that From gives; opaque, case counts.
	Local string
}

// maxLocal is generous: identifiers of practice have up to 100 characters.
const maxLocal = 256

// errIdentifier says what is wrong without repeating the value.
var errIdentifier = errors.New("eidas: not a person identifier")

// ParseIdentifier reads an identifier strictly: a country that takes part, Italy as
// the receiver, printable ASCII without blanks.
func ParseIdentifier(s string) (Identifier, error) {
	parts := strings.SplitN(s, "/", 3)
	if len(parts) != 3 || parts[2] == "" || len(parts[2]) > maxLocal {
		return Identifier{}, errIdentifier
	}
	i := Identifier{From: parts[0], For: parts[1], Local: parts[2]}
	if _, known := LookupCountry(i.From); !known {
		return Identifier{}, fmt.Errorf("%w: issued by no country that takes part", errIdentifier)
	}
	if i.For != "IT" {
		return Identifier{}, fmt.Errorf("%w: made for another country", errIdentifier)
	}
	for _, c := range []byte(i.Local) {
		if c <= ' ' || c > '~' {
			return Identifier{}, errIdentifier
		}
	}
	return i, nil
}

// String writes the identifier as it came.
func (i Identifier) String() string { return i.From + "/" + i.For + "/" + i.Local }

// Gender reads the gender as the node or a country writes it; what says neither F nor
// M counts as nothing said.
func Gender(s string) (string, bool) {
	switch strings.ToUpper(s) {
	case "F", "FEMALE":
		return "F", true
	case "M", "MALE":
		return "M", true
	}
	return "", false
}
