package enrolment

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// OfficeFact names the public office whose token identified the applicant.
const OfficeFact = "rao_office"

// Fact gives the value of a fact, "" without.
func (v *Verdict) Fact(name string) string {
	if i := slices.IndexFunc(v.Facts, func(f Fact) bool { return f.Name == name }); i >= 0 {
		return v.Facts[i].Value
	}
	return ""
}

// longestFact is how much of a fact is shown, in letters; the whole is in the record.
const longestFact = 200

// AppendFact adds a fact of several parts, without those that are empty; nothing when all
// are. The parts come from certificates: what prints as nothing or turns letters around is
// left out, and what is too long.
func AppendFact(list []Fact, name string, parts ...string) []Fact {
	parts = slices.DeleteFunc(slices.Clone(parts), func(s string) bool { return s == "" })
	if len(parts) == 0 {
		return list
	}
	signs := []rune(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, strings.Join(parts, " · ")))
	if len(signs) > longestFact {
		signs = append(signs[:longestFact], '…')
	}
	return append(list, Fact{Name: name, Value: string(signs)})
}

// Instant writes an instant in a fact as people of both languages read it alike, "" for none.
func Instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
