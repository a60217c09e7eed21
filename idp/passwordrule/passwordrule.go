// Package passwordrule is what the rules of SPID ask of a password of level 1, as data.
//
// They ask for kinds of characters and for a change after 180 days, which good practice
// advises against (SP 800-63B-4 3.1.1.2); they are law here and hold at the provider
// alone. What they do not ask for is added: no word about the person, none that
// everybody tries, none that was stolen elsewhere. Who hashes is authn/password.
package passwordrule

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"atrio/authn/password"
	"atrio/base/fault"
)

// The numbers of the rules. // REG 15
const (
	Least = 8
	// Most is ours: longer than anybody types, and shorter than what is hashed at most.
	Most = 128
	// Run is how many identical characters may follow each other.
	Run = 2
	// MaxAge is how long a password holds.
	MaxAge = 180 * 24 * time.Hour
	// Changes and Months are both over before a former password may come back.
	Changes = 5
	Months  = 15
)

// Reminders are the days before the end at which the holder is told.
func Reminders() []int { return []int{30, 10, 1} }

// Rule is one demand on the form of a password.
type Rule struct {
	// Key ends the keys of its texts: "password_rule." as an instruction, "password_rule.wrong."
	// as an error.
	Key string
	// Clause is where it stands.
	Clause string
	kept   func(string) bool
}

// Rules lists the demands in the order of the guide.
func Rules() []Rule {
	return []Rule{
		{"length", "REG 15 a", func(s string) bool {
			n := utf8.RuneCountInString(s)
			return Least <= n && n <= Most
		}},
		{"case", "REG 15 b", func(s string) bool {
			return strings.ContainsFunc(s, unicode.IsUpper) && strings.ContainsFunc(s, unicode.IsLower)
		}},
		{"digit", "REG 15 c", func(s string) bool { return strings.ContainsFunc(s, unicode.IsDigit) }},
		{"special", "REG 15 e", func(s string) bool { return strings.ContainsFunc(s, special) }},
		{"run", "REG 15 d", func(s string) bool { return longest(s) <= Run }},
	}
}

// Broken lists the demands that a password does not meet.
func Broken(typed string) (broken []Rule) {
	clean := norm.NFC.String(typed)
	for _, r := range Rules() {
		if !r.kept(clean) {
			broken = append(broken, r)
		}
	}
	return broken
}

// Check gives the keys of everything that is wrong with a password, none when it may be
// chosen. about are words that others know of the person. An error is a list of stolen
// passwords that cannot be read.
func Check(typed string, breached password.Breached, about ...string) (keys []string, err error) {
	for _, r := range Broken(typed) {
		keys = append(keys, "password_rule.wrong."+r.Key)
	}
	if len(keys) > 0 {
		return keys, nil
	}
	err = password.Rules{Breached: breached}.Guessable(typed, about...)
	if fault.Is(err, fault.Invalid) {
		return []string{fault.From(err).Key}, nil
	}
	return nil, err
}

// special is neither letter nor digit, and something that can be seen.
func special(c rune) bool { return unicode.IsPunct(c) || unicode.IsSymbol(c) }

// longest is the length of the longest row of identical characters. Letter case makes
// characters different.
func longest(s string) (most int) {
	length, last := 0, rune(-1)
	for _, c := range s {
		if c != last {
			length = 0
		}
		length, last = length+1, c
		most = max(most, length)
	}
	return most
}
