package cie

import (
	"encoding/json"
	"io/fs"
	"testing"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
)

// Whatever a person can meet has words and a way on, in both languages.
func TestEveryRefusalHasWordsInBothLanguages(t *testing.T) {
	for _, lang := range []string{"it", "en"} {
		data, err := fs.ReadFile(Texts(), lang+".json")
		if err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		if err := json.Unmarshal(data, &texts); err != nil {
			t.Fatal(err)
		}
		want := func(key string) {
			if texts[key] == "" || texts[key+".help"] == "" {
				t.Errorf("%s: %s has no words, or no help", lang, key)
			}
		}
		for _, row := range Table().Rows {
			want((&spidsaml.Refusal{Check: row, World: Table().World}).Key())
		}
		for code := 1; code <= 30; code++ {
			row, _ := spid.LookupAnomaly(code)
			if a, _ := ParseAnomaly(row.Message()); a.User {
				want(a.Key)
			}
		}
	}
}
