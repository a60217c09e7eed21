package codicefiscale

import "strings"

// absent are the letters of a name that somebody does not have. They are seen in
// the national register (ANPR) for people with a single name.
const absent = "XXX"

func isVowel(c byte) bool { return strings.IndexByte("AEIOU", c) >= 0 }

// surnameLetters are the first three consonants, then vowels, then X. What is
// written in several words counts as one.
func surnameLetters(name string) string {
	consonants, vowels := parted(name)
	return (consonants + vowels + absent)[:3]
}

// givenNameLetters are the same, but of four or more consonants the first, the
// third and the fourth.
func givenNameLetters(name string) string {
	consonants, vowels := parted(name)
	if len(consonants) > 3 {
		return consonants[:1] + consonants[2:4]
	}
	return (consonants + vowels + absent)[:3]
}

func parted(name string) (consonants, vowels string) {
	var c, v []byte
	for i := range len(name) {
		if isVowel(name[i]) {
			v = append(v, name[i])
		} else {
			c = append(c, name[i])
		}
	}
	return string(c), string(v)
}
