package services

import "atrio/people/person"

// Attributes that a service may be given beside those of package person that
// Releasable lists.
const (
	// Name is the full name.
	Name = "name"
	// CodicePersona is the public number of the account. G3.5
	CodicePersona = "codice_persona"
	// SPIDLevel is the level of assurance of the login, 1 to 3.
	SPIDLevel = "spid_level"
)

// Releasable are the attributes that an entry may list, in the order in which
// pages show them.
func Releasable() []string {
	return []string{
		CodicePersona, Name, person.GivenName, person.FamilyName, person.FiscalNumber,
		person.BirthDate, person.Gender, person.Email, person.Phone, SPIDLevel,
	}
}
