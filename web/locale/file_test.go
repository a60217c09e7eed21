package locale

import (
	"bytes"
	"encoding/json"
	"testing"
)

// reference reads a flat object with encoding/json alone.
func reference(data []byte) (entries []entry, ok bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') || !json.Valid(data) {
		return nil, false
	}
	for d.More() {
		k, _ := d.Token()
		v, _ := d.Token()
		text, isText := v.(string)
		if !isText {
			return nil, false
		}
		entries = append(entries, entry{k.(string), text})
	}
	return entries, true
}

// FuzzReadObject: the files of a theme are read as encoding/json would, equal keys apart.
func FuzzReadObject(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":"x","b":"è \"y\" \\"}`, `{"a":"x","a":"y"}`, `{"a":1}`, `{"a":"x",}`, `{"a":{}}`, "{\"a\":\"\xff\"}", `{"a":"\ud83d\ude00"}`, `[]`, `{"a":"x"}{}`, "\ufeff{}", "{\"a\":\"\t\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want, ok := reference(data)
		got, err := readObject(data)
		if ok != (err == nil) {
			t.Fatalf("%q: %v, encoding/json says %v", data, err, ok)
		}
		if ok && len(got) != len(want) {
			t.Fatalf("%q: %q, not %q", data, got, want)
		}
		for i := range want {
			if ok && got[i] != want[i] {
				t.Fatalf("%q: %q, not %q", data, got[i], want[i])
			}
		}
	})
}
