package codicefiscale

import (
	"errors"
	"strings"
	"testing"

	"atrio/people/latin"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"FNTPRV80A01H501U", "fntprvulamlhrlmx", "ÀÀÀÀÀÀÀÀ", "80000000150", "FNTPRVO0A01H501M", " ", "ſſſſſſ80A01H501U"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Parse(s)
		var e *Error
		if err != nil {
			if !errors.As(err, &e) || e.Reason == "" || c != "" {
				t.Fatalf("%q: %q %v", s, c, err)
			}
			if len(s) > 6 && strings.Contains(err.Error(), s) {
				t.Fatalf("%q is repeated", s)
			}
			return
		}
		if again, err := Parse(string(c)); err != nil || again != c || len(c) != 16 {
			t.Fatalf("%q became %q, %v", s, c, err)
		}
		if f := c.Facts(); f.Base.Facts().Base != f.Base || f.Month < 1 || f.Month > 12 {
			t.Fatalf("%q says %+v", c, f)
		}
	})
}

func FuzzParseTemporary(f *testing.F) {
	f.Add("80000000150")
	f.Add("8000000015O")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseTemporary(s)
		if (err == nil) != (len(c) == 11) {
			t.Fatalf("%q: %q %v", s, c, err)
		}
		if _, again := Parse(s); err == nil && !errors.Is(again, &Error{Reason: Temporary}) {
			t.Fatalf("%q: %v", s, again)
		}
	})
}

// Names come from forms and from providers of identity: any bytes.
func FuzzNames(f *testing.F) {
	f.Add("Finti", "FNT")
	f.Add("De' Finti-Prova", "DFN")
	f.Add("\xff\u0301", "XXX")
	f.Fuzz(func(t *testing.T, name, block string) {
		w, ok := latin.Words(name, latin.Plain)
		if joined := strings.Join(w, ""); ok && joined != "" {
			if s, g := surnameLetters(joined), givenNameLetters(joined); len(s) != 3 || len(g) != 3 || oddBlock(s) || oddBlock(g) {
				t.Fatalf("%q gave %q %q", name, s, g)
			}
		}
		fits(block, name, false, givenNameLetters)
	})
}
