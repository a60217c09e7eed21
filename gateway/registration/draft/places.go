package draft

import "time"

// Italy stands for Italy among the states; all others have codes of their own.
const Italy = "IT"

// Town is a municipality of Italy.
type Town struct {
	// Code is its code in the land register (Belfiore), Name as lists show it.
	Code, Name string
	// Other is its name in a second language, "" where it has one only.
	Other string
	// Province are the letters of the province on the day that was asked for.
	Province string
	// Until is the last day of a municipality that was suppressed.
	Until time.Time
}

// Option is an entry of a list: a state, a citizenship, a province.
type Option struct{ Code, Name string }

// Places is the gazetteer behind the fields.
type Places interface {
	// BirthStates are the states that a person may be born in, those of the past
	// included, without Italy; Citizenships and Countries, of residence, those of today
	// with Italy among them.
	BirthStates(lang string) []Option
	Citizenships(lang string) []Option
	Countries(lang string) []Option
	// IsBirthState tells whether a code is in the list, and whether there was still such a
	// state on that day.
	IsBirthState(code string, at time.Time) (known, then bool)
	IsCitizenship(code string) bool
	IsCountry(code string) bool
	// Provinces are all, those of the past included.
	Provinces() []Option
	IsProvince(letters string) bool
	// Town is a municipality by its code, if it existed on that day.
	Town(code string, at time.Time) (Town, bool)
	// Towns finds by the whole name, without regard to case and accents, what existed on
	// that day; the province, then or now, narrows the list, "" does not.
	Towns(name, province string, at time.Time) []Town
	// TownsOf lists the municipalities of a province, then or now.
	TownsOf(province string, at time.Time) []Town
	// Suggest lists those whose names begin like that, at most a dozen.
	Suggest(beginning string, at time.Time) []Town
}
