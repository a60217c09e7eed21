package signature_test

import (
	"encoding/json"
	"io/fs"
	"testing"

	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/refusal"
)

func TestEveryReasonHasItsTexts(t *testing.T) {
	for _, language := range []string{"it", "en"} {
		data, err := fs.ReadFile(signature.Texts(), "texts/"+language+".json")
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(data, &texts); err != nil {
			t.Fatal(err)
		}
		for _, r := range refusal.All() {
			if r.Pending() { // a page of its own says that the file waits
				continue
			}
			for _, key := range []string{r.Key(), r.Key() + ".help"} {
				if texts[key] == "" {
					t.Errorf("%s: %s has no text", language, key)
				}
				delete(texts, key)
			}
		}
		for key := range texts {
			t.Errorf("%s: %s is nobody's text", language, key)
		}
	}
}
