package lds

import (
	"errors"
	"strings"
	"testing"
	"time"

	"atrio/mrtd/tlv"
)

// The specimens of ICAO 9303-4 appendix A, 9303-5 appendix A, 9303-6 appendix A: Utopia.
const (
	passport = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
	card     = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
	visaSize = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6"
	// A document number of more than nine characters, ICAO 9303-5 4.2.2.
	longNumber = "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<"
)

func TestTheSpecimensAreRead(t *testing.T) {
	for text, want := range map[string]MRZ{
		passport:   {Code: "P", DocumentNumber: "L898902C3", PersonalNumber: "ZE184226B", Surname: "ERIKSSON", GivenNames: "ANNA MARIA", Sex: "F", BirthDate: "740812"},
		card:       {Code: "I", DocumentNumber: "D23145890", Surname: "ERIKSSON", GivenNames: "ANNA MARIA", Sex: "F", BirthDate: "740812"},
		visaSize:   {Code: "I", DocumentNumber: "D23145890", Surname: "ERIKSSON", GivenNames: "ANNA MARIA", Sex: "F", BirthDate: "740812"},
		longNumber: {Code: "I", DocumentNumber: "D23145890734", Surname: "STEVENSON", GivenNames: "PETER JOHN", Sex: "M", BirthDate: "340712"},
	} {
		got, err := ParseDG1(tlv.Append(nil, 0x61, tlv.Append(nil, 0x5f1f, []byte(text))))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got.Text != text || got.IssuingState != "UTO" || got.Nationality != "UTO" {
			t.Errorf("%+v", got)
		}
		if got.Code != want.Code || got.DocumentNumber != want.DocumentNumber || got.PersonalNumber != want.PersonalNumber || got.Surname != want.Surname || got.GivenNames != want.GivenNames || got.Sex != want.Sex || got.BirthDate != want.BirthDate {
			t.Errorf("%+v, not %+v", got, want)
		}
	}
}

func TestWhatOpensTheChip(t *testing.T) {
	for text, want := range map[string]string{
		passport:   "L898902C3674081221204159",
		longNumber: "D23145890734934071279507122",
	} {
		m, err := ParseMRZ(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.KeyInformation(); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	if got := KeyInformation("L898902C", "690806", "940623"); got != "L898902C<369080619406236" { // ICAO 9303-11 D.2
		t.Error(got)
	}
}

func TestEveryWrongDigitIsFound(t *testing.T) {
	for _, text := range []string{passport, card, visaSize, longNumber} {
		covered := 0
		for i := range len(text) {
			if text[i] < '0' || text[i] > '9' {
				continue
			}
			wrong := text[:i] + string('0'+(text[i]-'0'+1)%10) + text[i+1:]
			if m, err := ParseMRZ(wrong); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s is read as %+v: %v", wrong, m, err)
			}
			covered++
		}
		if covered < 20 {
			t.Errorf("only %d digits in %s", covered, text)
		}
	}
}

func TestMalformedZonesAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "one short": passport[1:], "one long": passport + "<", "small letters": strings.ToLower(passport),
		"a line end": passport[:44] + "\n" + passport[45:], "an accent": strings.Replace(passport, "ANNA", "ÀNA", 1),
		"a sex": strings.Replace(card, "2F1", "2X1", 1), "fillers": strings.Repeat("<", 90),
	} {
		if m, err := ParseMRZ(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s is read as %+v: %v", name, m, err)
		}
	}
}

func day(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }

func TestADocumentIsValidThroughItsLastDay(t *testing.T) {
	m, err := ParseMRZ(card)
	if err != nil {
		t.Fatal(err)
	}
	rome := time.FixedZone("CEST", 2*3600)
	for _, c := range []struct {
		now     time.Time
		expired bool
	}{
		{day("2012-04-14"), false},
		{time.Date(2012, 4, 15, 23, 59, 59, 0, rome), false},
		{time.Date(2012, 4, 16, 0, 0, 0, 0, rome), true},
		{time.Date(2012, 4, 15, 22, 30, 0, 0, time.UTC), false},
		{day("2032-04-15"), true},
	} {
		if m.Expired(c.now) != c.expired {
			t.Errorf("%s: expired %t", c.now, !c.expired)
		}
	}
}

func TestTheCenturyOfABirth(t *testing.T) {
	now := day("2026-11-28")
	for birth, want := range map[string]string{"740812": "1974-08-12", "261128": "2026-11-28", "261129": "1926-11-29", "000229": "2000-02-29", "010101": "2001-01-01"} {
		if got, ok := (MRZ{BirthDate: birth}).Born(now); !ok || got.Format(time.DateOnly) != want {
			t.Errorf("%s: %s, not %s", birth, got.Format(time.DateOnly), want)
		}
	}
	for _, birth := range []string{"7408<<", "<<<<<<", "741301"} {
		if got, ok := (MRZ{BirthDate: birth}).Born(now); ok {
			t.Errorf("%s: %s", birth, got)
		}
	}
}

func FuzzParseMRZ(f *testing.F) {
	for _, s := range []string{passport, card, visaSize, longNumber} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMRZ(text)
		if err != nil {
			return
		}
		if m.Text != text || strings.ContainsAny(m.Surname+m.GivenNames, "<\n") {
			t.Fatalf("%q is read as %+v", text, m)
		}
		if got := m.KeyInformation(); len(got) < 24 || !strings.Contains(text, m.BirthDate) {
			t.Fatalf("%q opens with %q", text, got)
		}
	})
}
