package codicefiscale

import (
	"slices"
	"strings"
	"time"

	"atrio/people/latin"
)

// Field is a part of the code.
type Field string

// The fields, in the order of the code.
const (
	FieldSurname   Field = "surname"
	FieldGivenName Field = "given_name"
	FieldBorn      Field = "birth_date"
	FieldSex       Field = "sex"
	FieldPlace     Field = "birth_place"
)

// Kind is how a field of the code and what somebody states go together.
type Kind string

// The kinds. All but Differs are known to happen with right codes: ask once more,
// then accept. An issued code wins over a computed one.
const (
	Differs     Kind = "differs"
	Partial     Kind = "partial"      // the code was made from some of several names only
	SingleName  Kind = "single_name"  // the only name stands at the place of the other
	OtherPeriod Kind = "other_period" // the same municipality under the code of another time
	Successor   Kind = "successor"    // a state that came before or after the stated one
	Unknown     Kind = "unknown"      // nobody can tell: the place is in no table, or the name in another alphabet
)

// Difference is a field that does not simply agree.
type Difference struct {
	Field Field
	Kind  Kind
}

// Comparison is what came out.
type Comparison struct {
	Differences []Difference // in the order of the code
	// Swapped: surname and given name fit when they are exchanged.
	Swapped bool
}

// Agrees tells that nothing differs in any way.
func (c Comparison) Agrees() bool { return len(c.Differences) == 0 }

// Differs tells that some field differs in a way that right codes do not.
func (c Comparison) Differs() bool {
	return slices.ContainsFunc(c.Differences, func(d Difference) bool { return d.Kind == Differs })
}

// Places is what a comparison asks about places.
type Places interface {
	// Relate tells how the place in a code stands to the one that a person born on
	// that day states: "" for the same place (also under another code of a state
	// that has two), or Differs, OtherPeriod, Successor, Unknown.
	Relate(stated, coded string, born time.Time) Kind
}

// Compare puts a code beside what a person states. Letters of omocodia, accents,
// apostrophes, hyphens and the spellings of passports make no difference; the
// year is compared by its two digits. Without places only equal codes agree.
func Compare(c Code, p Person, places Places) Comparison {
	f := c.Facts()
	var out Comparison
	add := func(field Field, kind Kind) {
		if kind != "" {
			out.Differences = append(out.Differences, Difference{field, kind})
		}
	}
	surname, given := names(f, p)
	add(FieldSurname, surname)
	add(FieldGivenName, given)
	out.Swapped = swapped(f, p) && (surname == Differs || given == Differs)
	if !p.Born.IsZero() {
		year, month, day := p.Born.Date()
		if year%100 != f.Year || month != f.Month || day != f.Day {
			add(FieldBorn, Differs)
		}
	}
	if p.Sex != "" && p.Sex != f.Sex {
		add(FieldSex, Differs)
	}
	switch {
	case p.Place == "" || p.Place == f.Place:
	case places == nil:
		add(FieldPlace, Differs)
	default:
		add(FieldPlace, places.Relate(p.Place, f.Place, p.Born))
	}
	return out
}

// names compares both names, the given name for those who have only one.
func names(f Facts, p Person) (surname, given Kind) {
	switch {
	case p.NoSurname && f.Surname != absent && f.GivenName == absent:
		return only(f.Surname, p.GivenName, surnameLetters), ""
	case p.NoGivenName && f.GivenName != absent && f.Surname == absent:
		return only(f.GivenName, p.Surname, givenNameLetters), ""
	}
	return fits(f.Surname, p.Surname, p.NoSurname, surnameLetters), fits(f.GivenName, p.GivenName, p.NoGivenName, givenNameLetters)
}

// only compares a single name that stands at the place of the other.
func only(letters, name string, rule func(string) string) Kind {
	if kind := fits(letters, name, false, rule); kind == Differs || kind == Unknown {
		return kind
	}
	return SingleName
}

// fits compares three letters with a name in each of its spellings.
func fits(letters, name string, none bool, rule func(string) string) Kind {
	if none {
		if letters == absent {
			return ""
		}
		return Differs
	}
	if name == "" {
		return ""
	}
	kind := Differs
	for _, spelling := range []latin.Spelling{latin.Plain, latin.Passport} {
		w, ok := latin.Words(name, spelling)
		switch {
		case !ok:
			return Unknown
		case len(w) == 0:
		case rule(strings.Join(w, "")) == letters:
			return ""
		case someOf(w, letters, rule):
			kind = Partial
		}
	}
	return kind
}

// mostWords bounds the work of someOf.
const mostWords = 16

// someOf tells whether the letters come from some words of the name that stand
// side by side: the first of two given names, a surname without its "De".
func someOf(words []string, letters string, rule func(string) string) bool {
	if len(words) > mostWords {
		return false
	}
	for from := range words {
		for to := from + 1; to <= len(words); to++ {
			if rule(strings.Join(words[from:to], "")) == letters {
				return true
			}
		}
	}
	return false
}

func swapped(f Facts, p Person) bool {
	return p.Surname != "" && p.GivenName != "" &&
		fits(f.Surname, p.GivenName, false, surnameLetters) == "" && fits(f.GivenName, p.Surname, false, givenNameLetters) == ""
}

// Required tells who cannot do without a codice fiscale: Italian citizens, and
// whoever lives in Italy. Others may leave it out until they are given one.
func Required(italianCitizen, livesInItaly bool) bool { return italianCitizen || livesInItaly }
