package samltest

import (
	"testing"

	"atrio/saml/forge"
)

// Hostile is a document that must be refused; Name is usable as the name of a test.
type Hostile = forge.Wrapped

// RefuseAll runs hostile documents through a reader, which must refuse every one.
func RefuseAll(t *testing.T, all []Hostile, accept func(document []byte) error) {
	t.Helper()
	if len(all) < 20 {
		t.Fatalf("only %d hostile documents", len(all))
	}
	for _, h := range all {
		t.Run(h.Name, func(t *testing.T) {
			if accept(h.XML) == nil {
				t.Errorf("accepted:\n%s", h.XML)
			}
		})
	}
}

// Wrap makes the wrapping attacks of forge.Wrap.
func Wrap(t testing.TB, document []byte, forged func(assertion string) string) []Hostile {
	t.Helper()
	all, err := forge.Wrap(document, forged)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
