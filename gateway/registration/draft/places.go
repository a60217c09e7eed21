package draft

import (
	"time"

	"atrio/people/civil"
)

// Places is the gazetteer behind the fields.
type Places interface {
	// BirthStates are the states that a person may be born in, those of the past
	// included, without Italy; Citizenships and Countries, of residence, those of today
	// with Italy among them.
	BirthStates(lang string) []civil.Option
	Citizenships(lang string) []civil.Option
	Countries(lang string) []civil.Option
	// IsBirthState tells whether a code is in the list, and whether there was still such a
	// state on that day.
	IsBirthState(code string, at time.Time) (known, then bool)
	IsCitizenship(code string) bool
	IsCountry(code string) bool
	// Provinces are all, those of the past included.
	Provinces() []civil.Option
	civil.Lookup
}
