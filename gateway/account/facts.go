package account

import (
	"slices"
	"strings"

	"atrio/gateway/access"
	"atrio/people/person"
)

// Facts are what the rules of access have to know about a person, out of what is
// stored about them.
func Facts(attributes []Attribute, identities []Identity) access.Person {
	var p access.Person
	for _, a := range attributes {
		switch {
		case a.Name == person.Citizenship:
			p.Citizenships = append(p.Citizenships, access.Citizenship{
				States: strings.Fields(a.Value), Source: string(a.Source), Proved: a.Source.Proves(), At: a.At,
			})
		case a.Name == person.BirthDate && a.Source != Declared && p.BirthDate == "":
			p.BirthDate = a.Value
		}
	}
	for _, i := range identities {
		if !slices.Contains(p.Doors, i.Door) {
			p.Doors = append(p.Doors, i.Door)
		}
	}
	return p
}

// Proves tells that what the source says about citizenship overrides the word of the
// person. Doors say nothing about it. // G2.8
func (s Source) Proves() bool { return s == FromRegister || s == FromDesk }
