package password

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// shortestWord is the length from which on a known word counts: shorter ones stand in
// too many good passwords by chance.
const shortestWord = 4

// wordsOf takes texts apart into folded words. The whole text counts too, so that a
// number with blanks is found in both forms.
func wordsOf(texts []string) []string {
	var words []string
	add := func(w string) {
		if utf8.RuneCountInString(w) >= shortestWord {
			words = append(words, w)
		}
	}
	for _, t := range texts {
		t = fold(t)
		add(strings.ReplaceAll(t, " ", ""))
		for _, w := range strings.FieldsFunc(t, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }) {
			add(w)
		}
	}
	return words
}

// remainder is how many characters of a password are left without the words. Digits
// that stand for letters ("p4ssw0rd") are read both ways.
func remainder(password string, words []string) int {
	folded := fold(password)
	return min(without(folded, words), without(leet().Replace(folded), words))
}

// without counts what is left when the words are cut out, the longest first.
func without(s string, words []string) int {
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	for _, w := range words {
		s = strings.ReplaceAll(s, w, "\x00")
	}
	n := 0
	for _, c := range s {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			n++
		}
	}
	return n
}

func leet() *strings.Replacer {
	return strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")
}

// common are words that guessers try first, alone, repeated and with a year behind.
// A long list of whole passwords is the file of BreachedFile; this one is for those
// that nobody stole yet. // ASVS 6.2.4
func common() []string {
	return strings.Fields(`
		password passw0rd parola parolachiave segreta segreto secret accesso access account admin administrator amministratore
		user utente login benvenuto benvenuta welcome change cambiami cambia default prova test testing demo guest ospite root
		qwerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm azerty 1qaz2wsx qazwsx
		1234 12345 123456 1234567 12345678 123456789 1234567890 0123456789 987654321 abcd abcdef abcdefgh
		1980 1981 1982 1983 1984 1985 1986 1987 1988 1989 1990 1991 1992 1993 1994 1995 1996 1997 1998 1999
		2000 2001 2002 2003 2004 2005 2006 2007 2008 2009 2010 2011 2012 2013 2014 2015 2016 2017 2018 2019
		2020 2021 2022 2023 2024 2025 2026 2027 2028 2029 2030
		gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
		primavera estate autunno inverno spring summer autumn winter
		lunedi martedi mercoledi giovedi venerdi sabato domenica
		amore ciao forza italia roma milano napoli torino juventus inter
		love iloveyou tiamo letmein hello monkey dragon master football calcio
		universita university ateneo politecnico studente student professore servizi online spid codice persona
	`)
}
