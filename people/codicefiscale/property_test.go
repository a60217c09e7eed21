package codicefiscale

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anybody is a person with every kind of name, born in the last 119 years.
func anybody(t *rapid.T) Person {
	name := rapid.StringMatching(`[A-Za-zÀ-ÖØ-öø-ÿĀ-žǺǾ'’ -]{0,20}[A-Za-zÉßŁØ]`)
	return Person{
		Surname: name.Draw(t, "surname"), GivenName: name.Draw(t, "given"),
		Sex:   rapid.SampledFrom([]Sex{Male, Female}).Draw(t, "sex"),
		Born:  reference.AddDate(0, 0, -rapid.IntRange(0, 119*365).Draw(t, "days ago")),
		Place: rapid.StringMatching(`[A-Z][0-9]{3}`).Draw(t, "place"),
	}
}

var reference = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func TestAComputedCodeSaysWhatItWasComputedFrom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anybody(t)
		c, err := Compute(p)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse(string(c)); err != nil || again != c {
			t.Fatalf("%q is refused: %v", c, err)
		}
		f := c.Facts()
		if f.Sex != p.Sex || f.Place != p.Place || f.Omocodia != 0 || f.Base != c || f.Year != p.Born.Year()%100 {
			t.Fatalf("%q says %+v", c, f)
		}
		if len(c.OddNames()) > 0 {
			t.Fatalf("%q has odd names", c)
		}
		if born, ok := c.BirthDate(p.Born); !ok || !born.Equal(p.Born) {
			t.Fatalf("%q was born %v on the day of birth", c, born)
		}
		if with := Compare(c, p, nil); !with.Agrees() || with.Swapped {
			t.Fatalf("%q: %+v", c, with)
		}
	})
}

func TestEveryVariantOfOmocodiaComparesEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anybody(t)
		c, err := Compute(p)
		if err != nil {
			t.Fatal(err)
		}
		for set := range 128 {
			variant, letters := withOmocodia(c, set)
			read, err := Parse(string(variant))
			if err != nil || read != variant {
				t.Fatalf("%q: %v", variant, err)
			}
			f := read.Facts()
			if f.Base != c || f.Omocodia != letters || f.Place != p.Place {
				t.Fatalf("%q: %+v", variant, f)
			}
			if with := Compare(read, p, nil); !with.Agrees() {
				t.Fatalf("%q: %+v", variant, with)
			}
		}
	})
}

// withOmocodia writes those of the seven digits as letters whose bit is set.
func withOmocodia(c Code, set int) (variant Code, letters int) {
	b := []byte(c[:15])
	for bit, at := range []int{14, 13, 12, 10, 9, 7, 6} {
		if set>>bit&1 == 1 {
			b[at] = omocodia[b[at]-'0']
			letters++
		}
	}
	return sealed(string(b)), letters
}

func TestOneWrongCharacterIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, err := Compute(anybody(t))
		if err != nil {
			t.Fatal(err)
		}
		for at := range c {
			for _, other := range "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
				if rune(c[at]) == other || at < 15 && sameValue(c[at], byte(other), at) {
					continue
				}
				if typo := string(c[:at]) + string(other) + string(c[at+1:]); accepted(typo) {
					t.Fatalf("%q was accepted for %q", typo, c)
				}
			}
		}
	})
}

// sameValue are a digit and a letter that the check counts alike, as the decree
// has it: in odd places 0 and A, in even ones 0 and A as well.
func sameValue(a, b byte, at int) bool {
	value := func(c byte) byte {
		s := []byte("AAAAAAAAAAAAAAA")
		s[at] = c
		return checkCharacter(string(s))
	}
	return value(a) == value(b)
}

func accepted(s string) bool { _, err := Parse(s); return err == nil }

func TestBirthDatesGoBackAHundredAndTwentyYears(t *testing.T) {
	for _, c := range []struct {
		code, on string
		want     []string
	}{
		{"FNTPRV80A01H501U", "2026-11-22", []string{"1980-01-01"}},
		{"FNTPRV24B29H501G", "2026-11-22", []string{"2024-02-29", "1924-02-29"}},
		{"FNTPRV24B29H501G", "2024-02-28", []string{"1924-02-29"}}, // not born yet
		{"FNTPRV00A01H501C", "2026-11-22", []string{"2000-01-01"}}, // 126 years are too many
		{"FNTPRV00A01H501C", "2019-12-31", []string{"2000-01-01", "1900-01-01"}},
		{"FNTPRV00A01H501C", "2020-01-01", []string{"2000-01-01"}}, // 120 that day
		{"FNTPRV00B29H501Y", "2010-01-01", []string{"2000-02-29"}}, // 1900 had none
		{"FNTPRV00B69H501C", "1999-12-31", nil},
	} {
		on, _ := time.Parse(time.DateOnly, c.on)
		code, err := Parse(c.code)
		if err != nil {
			t.Fatal(err)
		}
		dates := code.BirthDates(on)
		if len(dates) != len(c.want) {
			t.Errorf("%v: %v", c, dates)
			continue
		}
		for i := range dates {
			if dates[i].Format(time.DateOnly) != c.want[i] {
				t.Errorf("%v: %v", c, dates)
			}
		}
	}
	for _, c := range []struct {
		code, stated string
		want         bool
	}{
		{"PRVRME10A01H501M", "1980-01-01", true},
		{"PRVRME10A01H501M", "2010-01-01", false}, // a minor who says so
		{"PRVRME10A01H501M", "1910-01-01", false}, // somebody of a hundred
		{"PRVRME83A01H501I", "1980-01-01", false},
	} {
		stated, _ := time.Parse(time.DateOnly, c.stated)
		if got := Code(c.code).Younger(18, stated, time.Date(2026, time.November, 22, 23, 0, 0, 0, time.UTC)); got != c.want {
			t.Errorf("%v: %v", c, got)
		}
	}
	if f := Code("").Facts(); f != (Facts{}) {
		t.Errorf("no code says %+v", f)
	}
	if _, ok := Code("").BirthDate(reference); ok {
		t.Error("no code has a birth date")
	}
}

func TestNoCodeIsComputedFromHalfAPerson(t *testing.T) {
	whole := Person{Surname: "Finti", GivenName: "Prova", Sex: Female, Born: reference, Place: "H501"}
	for name, c := range map[string]struct {
		spoil func(*Person)
		want  error
	}{
		"no surname":       {func(p *Person) { p.Surname = " " }, ErrName},
		"no given name":    {func(p *Person) { p.GivenName = "" }, ErrName},
		"another alphabet": {func(p *Person) { p.Surname = "Финти" }, ErrName},
		"neither name":     {func(p *Person) { p.NoSurname, p.NoGivenName = true, true }, ErrName},
		"huge":             {func(p *Person) { p.GivenName = string(make([]byte, 1<<20)) }, ErrName},
		"no sex":           {func(p *Person) { p.Sex = "X" }, ErrSex},
		"no day":           {func(p *Person) { p.Born = time.Time{} }, ErrBorn},
		"no place":         {func(p *Person) { p.Place = "Roma" }, ErrPlace},
	} {
		p := whole
		c.spoil(&p)
		if code, err := Compute(p); !errors.Is(err, c.want) || code != "" {
			t.Errorf("%s: %q %v", name, code, err)
		}
	}
}

func TestSpellingsOfRegistersAndPassportsAgree(t *testing.T) {
	for _, c := range []struct{ surname, letters, want string }{
		{"Jö", "JOX", ""}, {"Jö", "JOE", ""}, // passports write OE
		{"Weiß", "WSS", ""}, {"Weiß", "WSE", ""},
		{"Håb", "HBA", ""}, {"Ǿk", "KOX", ""}, {"Ǿk", "KOE", ""},
		{"Finti ʻOkina", "FNT", ""},        // an apostrophe of another language
		{"ﬁnti", "FNT", ""},                // a ligature
		{"De Finti", "FNT", "partial"},     // the particle left out
		{"D'Esempi", "SMP", "partial"},     // and with an apostrophe
		{"Finti, Prova", "PRV", "partial"}, // parted by a comma
		{"Финти", "FNT", "unknown"},        // whoever transcribed it decided
		{"Finti", "PRV", "differs"},
	} {
		if got := fits(c.letters, c.surname, false, surnameLetters); string(got) != c.want {
			t.Errorf("%s %s: %q", c.surname, c.letters, got)
		}
	}
}

func TestNothingIsComparedThatIsNotStated(t *testing.T) {
	c, err := Parse("FNTPRV80A01H501U")
	if err != nil {
		t.Fatal(err)
	}
	if with := Compare(c, Person{}, nil); !with.Agrees() || with.Differs() || with.Swapped {
		t.Errorf("%+v", with)
	}
	if with := Compare(c, Person{NoGivenName: true, Surname: "Finti"}, nil); said(with) != "given_name differs" {
		t.Errorf("%+v", with)
	}
}
