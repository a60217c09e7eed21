package codicefiscale

import (
	"errors"
	"strings"
	"time"

	"atrio/people/latin"
)

// Person is what somebody states about themselves. Compare leaves out what is
// empty; Compute needs all of it.
type Person struct {
	Surname   string // the surname of birth, also of those who took another at marriage
	GivenName string
	// NoSurname and NoGivenName say that the person has none, not that it is unknown.
	NoSurname, NoGivenName bool
	Sex                    Sex
	Born                   time.Time // only the calendar day counts
	Place                  string    // cadastral code of the place of birth
}

// Why no code can be computed.
var (
	ErrName  = errors.New("codice fiscale: a name is missing, too long, or has letters of another alphabet")
	ErrSex   = errors.New("codice fiscale: the sex is neither M nor F")
	ErrBorn  = errors.New("codice fiscale: the day of birth is missing")
	ErrPlace = errors.New("codice fiscale: the place of birth is not a letter and three digits")
)

// Compute gives the code that the rules give, without omocodia. It is for
// checking, never the answer to "what is my codice fiscale?".
func Compute(p Person) (Code, error) {
	surname, err := letters(p.Surname, p.NoSurname, surnameLetters)
	if err != nil {
		return "", err
	}
	given, err := letters(p.GivenName, p.NoGivenName, givenNameLetters)
	if err != nil {
		return "", err
	}
	switch {
	case p.NoSurname && p.NoGivenName:
		return "", ErrName
	case p.Sex != Male && p.Sex != Female:
		return "", ErrSex
	case p.Born.IsZero():
		return "", ErrBorn
	case !IsPlace(p.Place):
		return "", ErrPlace
	}
	return sealed(surname + given + dateLetters(p.Born, p.Sex) + p.Place), nil
}

func letters(name string, none bool, rule func(string) string) (string, error) {
	if none {
		return absent, nil
	}
	w, ok := latin.Words(name, latin.Plain)
	if !ok || len(w) == 0 {
		return "", ErrName
	}
	return rule(strings.Join(w, "")), nil
}

// dateLetters are year, month and day.
func dateLetters(born time.Time, sex Sex) string {
	year, month, day := born.Date()
	if sex == Female {
		day += womensDay
	}
	return twoDigits(year%100) + months[month-1:month] + twoDigits(day)
}

func twoDigits(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

// IsPlace tells whether s has the form of a cadastral code: "H501", "Z404".
func IsPlace(s string) bool {
	return len(s) == 4 && 'A' <= s[0] && s[0] <= 'Z' && onlyDigits(s[1:])
}
