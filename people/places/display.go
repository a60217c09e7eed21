package places

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// small are the words that Italian place names write small when they stand inside.
// Articles without a preposition are none: La Spezia, Gressoney-La-Trinité.
var small = words(`a ad al alla alle allo ai agli con da dal dalla dalle dei degli del della delle dello di e ed
	de' in nel nella nell' su sul sulla sulle sull' d' dell' all' dall' per presso tra fra en am an der ob im`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// display writes a name as signs do: registers shout, and lists capitalise every
// word. A name that was written with care stays as it is.
func display(name string) string {
	words := strings.Fields(name)
	for i, w := range words {
		words[i] = displayWord(w, i == 0)
	}
	return strings.Join(words, " ")
}

// displayWord capitalises the parts between apostrophes and hyphens.
func displayWord(w string, first bool) string {
	var b strings.Builder
	shouted := w == strings.ToUpper(w)
	for w != "" {
		part := w
		if i := strings.IndexAny(w, "'’-/("); i >= 0 {
			_, size := utf8.DecodeRuneInString(w[i:])
			part = w[:i+size]
		}
		w = w[len(part):]
		lower := strings.TrimSuffix(strings.ToLower(strings.ReplaceAll(part, "’", "'")), "-")
		switch {
		case small[lower] && !first && (w != "" || lower == "de'" || !strings.HasSuffix(lower, "'")):
			b.WriteString(strings.ToLower(part))
		case shouted:
			b.WriteString(capital(strings.ToLower(part)))
		default:
			b.WriteString(capital(part))
		}
		first = strings.HasSuffix(part, "/") || strings.HasSuffix(part, "(")
	}
	return b.String()
}

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// repaired undoes what happened to a few names of the package: UTF-8 that was
// read as Latin 1 and written again.
func repaired(name string) string {
	if !strings.ContainsRune(name, 'Ã') {
		return name
	}
	b := make([]byte, 0, len(name))
	for _, r := range name {
		if r > 0xff {
			return name
		}
		b = append(b, byte(r))
	}
	if !utf8.Valid(b) {
		return name
	}
	return string(b)
}
