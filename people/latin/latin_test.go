package latin

import (
	"strings"
	"testing"
)

func TestNamesAreWrittenWithTheLettersFromAToZ(t *testing.T) {
	for _, c := range []struct {
		name            string
		plain, passport string
		ok              bool
	}{
		{"  D'Esempio  ", "D ESEMPIO", "D ESEMPIO", true},
		{"D’Esempio-Prova", "D ESEMPIO PROVA", "D ESEMPIO PROVA", true},
		{"Èssepiù", "ESSEPIU", "ESSEPIU", true},
		{"Müller Strauß", "MULLER STRAUSS", "MUELLER STRAUS", true},
		{"Ǿrsted Łódka Đức", "ORSTED LODKA DUC", "OERSTED LODKA DUC", true},
		{"Hawaiʻi", "HAWAI I", "HAWAI I", true},
		{"ﬁnti Ｆｉｎｔｉ", "FINTI FINTI", "FINTI FINTI", true},
		{"e\u0301", "E", "E", true},
		{"Финти A", "A", "A", false},
		{"", "", "", true},
		{strings.Repeat("A", Longest+1), "", "", false},
	} {
		for spelling, want := range []string{c.plain, c.passport} {
			words, ok := Words(c.name, Spelling(spelling))
			if got := strings.Join(words, " "); got != want || ok != c.ok {
				t.Errorf("%q: %q %v, want %q %v", c.name, got, ok, want, c.ok)
			}
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("Èssepiù d’Esempio")
	f.Add("\xff\u0301ŉ")
	f.Fuzz(func(t *testing.T, name string) {
		for _, spelling := range []Spelling{Plain, Passport} {
			words, _ := Words(name, spelling)
			for _, word := range words {
				if strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
					t.Fatalf("%q gave the word %q", name, word)
				}
			}
			joined := strings.Join(words, " ")
			again, ok := Words(joined, spelling)
			if len(joined) <= Longest && (!ok || strings.Join(again, " ") != joined) {
				t.Fatalf("%q became %q, then %q", name, words, again)
			}
		}
	})
}
