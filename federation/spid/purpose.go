package spid

import "slices"

// Purpose says which kinds of identity a service takes; empty takes those of natural
// persons for any use. A provider whose holder has another kind answers nr30.
// Avviso SPID 18
type Purpose string

// The purposes, as the notice writes them.
const (
	// ForAnyProfession: professional use, of a natural or of a legal person.
	ForAnyProfession Purpose = "P"
	// ForLegalPersons: identities of legal persons, for professional use or not.
	ForLegalPersons Purpose = "LP"
	// ForLegalProfession: professional use of a legal person.
	ForLegalProfession Purpose = "PG"
	// ForNaturalProfession: professional use of a natural person.
	ForNaturalProfession Purpose = "PF"
	// ForAllButPrivate: every kind but the private use of a natural person.
	ForAllButPrivate Purpose = "PX"
)

// Purposes lists them.
func Purposes() []Purpose {
	return []Purpose{ForAnyProfession, ForLegalPersons, ForLegalProfession, ForNaturalProfession, ForAllButPrivate}
}

// Valid reports whether p is one of them, or empty.
func (p Purpose) Valid() bool { return p == "" || slices.Contains(Purposes(), p) }
