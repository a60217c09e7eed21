package codicefiscale

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// tables stands for people/places: a few places, told as the tests need them.
type tables map[[2]string]Kind

func (t tables) Relate(stated, coded string, _ time.Time) Kind {
	if kind, known := t[[2]string{stated, coded}]; known {
		return kind
	}
	return Differs
}

func person(t *testing.T, surname, given, sex, born, place string) Person {
	t.Helper()
	day, err := time.Parse(time.DateOnly, born)
	if err != nil {
		t.Fatal(err)
	}
	p := Person{Surname: surname, GivenName: given, Sex: Sex(sex), Born: day, Place: place}
	if surname == "-" {
		p.Surname, p.NoSurname = "", true
	}
	if given == "-" {
		p.GivenName, p.NoGivenName = "", true
	}
	return p
}

func TestTheRulesGiveTheCodeOfEachPerson(t *testing.T) {
	if len(computed) != 60 {
		t.Errorf("%d cases", len(computed))
	}
	for _, c := range computed {
		p := person(t, c.surname, c.given, c.sex, c.born, c.place)
		got, err := Compute(p)
		if err != nil || string(got) != c.want {
			t.Errorf("%v: %q %v, want %q", c, got, err, c.want)
		}
		if again, err := Parse(string(got)); err != nil || again != got {
			t.Errorf("%q: the computed code is refused: %v", got, err)
		}
		if with := Compare(got, p, nil); !with.Agrees() {
			t.Errorf("%q does not agree with its own person: %v", got, with)
		}
	}
}

func TestCodesAreReadAsPeopleWriteThem(t *testing.T) {
	if len(typed) != 38 {
		t.Errorf("%d cases", len(typed))
	}
	for _, c := range typed {
		got, base := verdict(c.typed)
		if got != c.want || c.base != "" && base != c.base {
			t.Errorf("%q: %s %q, want %s %q", c.typed, got, base, c.want, c.base)
		}
	}
}

// verdict says in the words of the table what became of a typed code.
func verdict(typed string) (said, base string) {
	code, err := Parse(typed)
	var e *Error
	switch {
	case errors.Is(err, &Error{Reason: Temporary}):
		if _, err := ParseTemporary(typed); err != nil {
			return err.Error(), ""
		}
		return "temporary", ""
	case errors.As(err, &e):
		return strings.TrimSpace(string(e.Reason) + " " + e.Instead), ""
	case err != nil:
		return err.Error(), ""
	}
	f := code.Facts()
	switch odd := code.OddNames(); {
	case len(odd) > 0:
		return fmt.Sprintf("odd %s", odd[0]), string(f.Base)
	case f.Place == "X999": // people/places knows; see its tests
		return "unknown place", string(f.Base)
	case f.Omocodia > 0:
		return fmt.Sprintf("omocodia %d", f.Omocodia), string(f.Base)
	}
	return "ok", string(f.Base)
}

func TestEachDifferenceIsNamed(t *testing.T) {
	places := tables{
		{"A744", "M335"}: OtherPeriod, {"Z135", "Z254"}: Successor, {"Z149", "Z118"}: Successor, {"Z259", "Z143"}: "",
	}
	if len(compared) != 15 {
		t.Errorf("%d cases", len(compared))
	}
	for _, c := range compared {
		code, err := Parse(c.code)
		if err != nil {
			t.Errorf("%v: %v", c, err)
		}
		with := Compare(code, person(t, c.surname, c.given, c.sex, c.born, c.place), places)
		if got := said(with); got != c.want {
			t.Errorf("%v: %q, want %q", c, got, c.want)
		}
		if with.Differs() != strings.Contains(c.want, " differs") {
			t.Errorf("%v: Differs says %v", c, with.Differs())
		}
	}
}

// said writes a comparison in the words of the table.
func said(c Comparison) string {
	var parts []string
	for _, d := range c.Differences {
		parts = append(parts, string(d.Field)+" "+string(d.Kind))
	}
	s := strings.Join(parts, ", ")
	if c.Swapped {
		s += "; swapped"
	}
	return s
}

func TestWhoNeedsACode(t *testing.T) {
	if Required(false, false) || !Required(true, false) || !Required(false, true) || !Required(true, true) {
		t.Error("Italians and whoever lives in Italy need one, others do not")
	}
}
