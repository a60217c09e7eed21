package person

import (
	"errors"
	"strings"
	"testing"
)

// The codes are invented: surname Finti, first name Prova.
func TestRightCodesAreAcceptedAndWrittenInOneWay(t *testing.T) {
	for typed, want := range map[string]FiscalCode{
		"FNTPRV80A01H501U":     "FNTPRV80A01H501U", // a man
		"FNTPRV80A41H501Y":     "FNTPRV80A41H501Y", // a woman: day + 40
		" fntprv 80a01 h501u ": "FNTPRV80A01H501U", // as printed on the card
	} {
		if got, err := ParseFiscalCode(typed); err != nil || got != want {
			t.Errorf("%q: %q %v", typed, got, err)
		}
	}
}

func TestEveryDigitMayBeAnOmocodiaLetter(t *testing.T) {
	code := "FNTPRV80A01H501"
	for _, place := range []int{6, 7, 9, 10, 12, 13, 14} {
		changed := []byte(code)
		changed[place] = omocodia[code[place]-'0']
		full := string(changed) + string(checkCharacter(string(changed)))
		if got, err := ParseFiscalCode(full); err != nil || string(got) != full {
			t.Errorf("%q: %v", full, err)
		}
		code = string(changed) // the next place in addition
	}
}

func TestWrongCodesAreRefusedWithoutRepeatingThem(t *testing.T) {
	withCheck := func(s string) string { return s + string(checkCharacter(s)) }
	for bad, want := range map[string]error{
		"":                           ErrFiscalCodeForm,
		"FNTPRV80A01H501":            ErrFiscalCodeForm,
		"FNTPRV80A01H501US":          ErrFiscalCodeForm,
		"FNTPRV80A01H501T":           ErrFiscalCodeCheck,
		"FTNPRV80A01H501U":           ErrFiscalCodeCheck,
		withCheck("FNTPRV80F01H501"): ErrFiscalCodeForm, // no such month
		withCheck("FNTPRV80A00H501"): ErrFiscalCodeForm, // no such day
		withCheck("FNTPRV80A32H501"): ErrFiscalCodeForm,
		withCheck("FNTPRV80A40H501"): ErrFiscalCodeForm,
		withCheck("FNTPRV80A72H501"): ErrFiscalCodeForm,
		withCheck("FNTPRV8AA01H501"): ErrFiscalCodeForm, // A is no omocodia letter
		withCheck("FNTPR180A01H501"): ErrFiscalCodeForm,
		"FNTPRV80A01H5011":           ErrFiscalCodeForm,
		"ÀNTPRV80A01H501":            ErrFiscalCodeForm, // 16 bytes
		"FNTPRV80A01H50\n1":          ErrFiscalCodeForm,
		"TINIT-FNTPRV80A01H501U":     ErrFiscalCodeForm, // federation/spid removes the prefix
	} {
		got, err := ParseFiscalCode(bad)
		if !errors.Is(err, want) || got != "" {
			t.Errorf("%q: %q %v, want %v", bad, got, err, want)
		} else if bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q is repeated", bad)
		}
	}
}

func TestEveryWrongCheckCharacterAndMostTyposAreFound(t *testing.T) {
	const right = "FNTPRV80A01H501U"
	for i := range len(right) {
		for c := byte('0'); c <= 'Z'; c++ {
			if c > '9' && c < 'A' || c == right[i] {
				continue
			}
			typo := right[:i] + string(c) + right[i+1:]
			if _, err := ParseFiscalCode(typo); err == nil {
				t.Errorf("the typo %q was accepted", typo)
			}
		}
	}
}

func FuzzParseFiscalCode(f *testing.F) {
	f.Add("FNTPRV80A01H501U")
	f.Add("fntprvulamlhrlmx")
	f.Add("ÀÀÀÀÀÀÀÀ")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseFiscalCode(s)
		if err != nil {
			return
		}
		if again, err := ParseFiscalCode(string(c)); err != nil || again != c || len(c) != 16 {
			t.Fatalf("%q became %q, %v", s, c, err)
		}
	})
}
