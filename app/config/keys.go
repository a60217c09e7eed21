package config

import (
	"encoding"
	"reflect"
	"sort"
	"strings"
)

// leaf is one setting: its dotted key and how to reach it from the root.
type leaf struct {
	key  string
	path []int // field indices, one per level; embedded structs add theirs
	typ  reflect.Type
}

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

// leaves lists every setting that has a fixed name; the contents of lists of
// tables have none and are reached by the file only.
func leaves(t reflect.Type) []leaf {
	var out []leaf
	walk(t, "", nil, &out)
	sort.Slice(out, func(i, j int) bool { return out[i].key < out[j].key })
	return out
}

func walk(t reflect.Type, prefix string, path []int, out *[]leaf) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int(nil), path...), i)
		name, _, _ := strings.Cut(f.Tag.Get("toml"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case name == "-" || !f.IsExported() && !f.Anonymous:
		case f.Anonymous && name == "":
			walk(inner, prefix, at, out)
		case isTable(inner):
			walk(inner, prefix+name+".", at, out)
		case name != "":
			*out = append(*out, leaf{key: prefix + name, path: at, typ: f.Type})
		}
	}
}

// isTable reports whether a type is a group of settings, not a value.
func isTable(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(textUnmarshaler)
}

// suggest names the known setting that is nearest to an unknown one, within the
// same table, if one is near enough to be meant.
func suggest(key string) string {
	best, distance := "", 4
	for _, l := range leaves(reflect.TypeFor[File]()) {
		if d := editDistance(key, l.key); d < distance {
			best, distance = l.key, d
		}
	}
	if best == "" {
		return "see atrio check --example"
	}
	return "did you mean " + best + "?"
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
