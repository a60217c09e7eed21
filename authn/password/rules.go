package password

import (
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"atrio/base/fault"
)

// Rules say what may be chosen as a password and how long it holds. The zero value is
// not usable: begin with DefaultRules. // G5.3
type Rules struct {
	// Least is the number of characters; at least MinLeast.
	Least int
	// Classes is how many of the four kinds of characters (small and capital letters,
	// digits, others) a password has to have; 0 asks for none, as it should be:
	// length is worth more. // SP 800-63B-4 3.1.1.2
	Classes int
	// Run is how many equal characters may follow each other; 0 sets no limit.
	Run int
	// MaxAge is how long a password holds; 0 for ever, as it should be: who has to
	// change it chooses a weaker one. // SP 800-63B-4 3.1.1.2
	MaxAge time.Duration
	// History is how many former passwords may not come back.
	History int
	// Breached knows passwords that were stolen elsewhere; nil knows none.
	Breached Breached
}

// Breached knows passwords that were stolen elsewhere; *BreachedFile is one.
type Breached interface {
	Has(password string) (bool, error)
}

// Bounds of the rules.
const (
	// MinLeast is the shortest that may be allowed at all. // ASVS 6.2.1
	MinLeast = 8
	// MaxLeast keeps the rules within what every program can fill in.
	MaxLeast = 64
	// MaxHistory bounds the work of one change: a hash for each.
	MaxHistory = 12
)

// DefaultRules hold unless the configuration says others. Fifteen characters, because
// some services take a password alone. // SP 800-63B-4 3.1.1.2
func DefaultRules() Rules { return Rules{Least: 15, History: 3} }

// few is how many different characters a password has at least, steps from one
// character to the next not counted: "aaaa…" and "12345…" have one.
const few = 5

// Check refuses a password that may not be chosen, with the key of the rule and what
// its text needs. about are words that everybody knows of the person and the place:
// names, addresses, numbers. // ASVS 6.2.4, 6.2.11
func (r Rules) Check(password string, about ...string) error {
	clean, err := prepare(password)
	if err != nil {
		return err
	}
	chosen := string(clean)
	switch {
	case utf8.RuneCountInString(chosen) < r.Least: // each code point counts. SP 800-63B-4 3.1.1.2
		return refuse("short").With("least", r.Least)
	case classes(chosen) < r.Classes:
		return refuse("classes").With("classes", r.Classes)
	case r.Run > 0 && run(chosen) > r.Run:
		return refuse("run").With("run", r.Run)
	case distinct(chosen) < few:
		return refuse("simple")
	}
	return r.guessable(chosen, about)
}

// Guessable refuses what guessers try first, whatever the form of a password has to be
// elsewhere: words about the person, common words, what was stolen.
func (r Rules) Guessable(password string, about ...string) error {
	clean, err := prepare(password)
	if err != nil {
		return err
	}
	return r.guessable(string(clean), about)
}

func (r Rules) guessable(chosen string, about []string) error {
	switch {
	case remainder(chosen, wordsOf(about)) < MinLeast:
		return refuse("about")
	case remainder(chosen, common()) < few:
		return refuse("common")
	}
	return r.stolen(chosen)
}

// Expired tells that a password set at a time has to be changed.
func (r Rules) Expired(set, now time.Time) bool {
	return r.MaxAge > 0 && !set.IsZero() && !now.Before(set.Add(r.MaxAge))
}

func (r Rules) stolen(password string) error {
	if r.Breached == nil {
		return nil
	}
	found, err := r.Breached.Has(password)
	if err != nil {
		// A list that cannot be read lets nothing pass: the person tries again later.
		return fault.New(fault.Unavailable, "error.unavailable").For("password_breached_list").Because(err)
	}
	if found {
		return refuse("breached")
	}
	return nil
}

func refuse(rule string) *fault.Error {
	return fault.New(fault.Invalid, "error.password."+rule).For("password_" + rule)
}

func classes(s string) int {
	var small, capital, digit, other int
	for _, c := range s {
		switch {
		case unicode.IsLower(c):
			small = 1
		case unicode.IsUpper(c):
			capital = 1
		case unicode.IsDigit(c):
			digit = 1
		default:
			other = 1
		}
	}
	return small + capital + digit + other
}

// run is the length of the longest row of equal characters.
func run(s string) int {
	longest, length, last := 0, 0, rune(-1)
	for _, c := range s {
		if c != last {
			length = 0
		}
		length, last = length+1, c
		longest = max(longest, length)
	}
	return longest
}

// distinct counts different characters, but not those that are one step away from the
// one before.
func distinct(s string) int {
	seen, last := map[rune]bool{}, rune(-2)
	for _, c := range s {
		if step := c - last; step < -1 || step > 1 {
			seen[c] = true
		}
		last = c
	}
	return len(seen)
}

// fold writes a text as it is compared: small letters without accents.
func fold(s string) string {
	out := make([]rune, 0, len(s))
	for _, c := range norm.NFKD.String(s) {
		if !unicode.Is(unicode.Mn, c) {
			out = append(out, unicode.ToLower(c))
		}
	}
	return string(out)
}
