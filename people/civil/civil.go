// Package civil reads what people type about themselves into forms: names as registers
// have them, dates in three fields, municipalities of the day of birth, telephone numbers;
// and says what of a person does not fit their codice fiscale.
//
// It is what the forms of all products share: no texts, no pages. What is wrong is a word
// for which a page has a text; which fields a form has is the form's matter.
package civil

// Wrong is what is wrong with something typed, "" for nothing.
type Wrong string

// What can be wrong.
const (
	TooLong         Wrong = "too_long"
	Characters      Wrong = "characters"
	NoLetters       Wrong = "letters"
	TownMissing     Wrong = "town_missing"
	TownUnknown     Wrong = "town_unknown"
	TownSeveral     Wrong = "town_several"
	ProvinceUnknown Wrong = "province_unknown"
)
