package xmlsec_test

import (
	"bytes"
	"testing"

	"atrio/saml/xmlsec"
	corpus "atrio/test/corpus/saml"
)

const (
	protocolSpace  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertionSpace = "urn:oasis:names:tc:SAML:2.0:assertion"
)

// consume reads a response the way package saml does, as far as wrapping
// attacks matter: verify the response, or else its assertion; then exactly one
// assertion; then only what was signed.
func consume(w *corpus.Workshop, d corpus.Document) (nameID, code string) {
	keys := w.Public("rsa")
	if d.Keys != nil {
		keys = w.Public(d.Keys...)
		if len(d.Keys) == 0 {
			keys = nil
		}
	}
	root, err := xmlsec.Parse(d.Data, xmlsec.Message)
	if err != nil {
		return "", xmlsec.CodeOf(err)
	}
	if root.Name != (xmlsec.Name{Space: protocolSpace, Local: "Response"}) {
		return "", corpus.CodeNotResponse
	}
	name := xmlsec.Name{Space: assertionSpace, Local: "Assertion"}
	assertion := root.Child(name)
	if xmlsec.HasSignature(root) || assertion == nil {
		signed, err := xmlsec.Verify(root, keys)
		if err != nil {
			return "", xmlsec.CodeOf(err)
		}
		root = signed.Root()
		assertion = root.Child(name)
	} else {
		signed, err := xmlsec.Verify(assertion, keys)
		if err != nil {
			return "", xmlsec.CodeOf(err)
		}
		assertion = signed.Root()
	}
	if assertion == nil || count(root, name) != 1 {
		return "", corpus.CodeAssertions
	}
	subject := assertion.Child(xmlsec.Name{Space: assertionSpace, Local: "Subject"})
	id := subject.Child(xmlsec.Name{Space: assertionSpace, Local: "NameID"})
	if id == nil {
		return "", corpus.CodeNoName
	}
	return id.Text(), ""
}

func count(e *xmlsec.Element, name xmlsec.Name) int {
	n := 0
	if e.Name == name {
		n = 1
	}
	for _, c := range e.Elements() {
		n += count(c, name)
	}
	return n
}

// vouched verifies every element of a document and gives all that any signature
// vouches for.
func vouched(w *corpus.Workshop, e *xmlsec.Element) []byte {
	var all []byte
	if signed, err := xmlsec.Verify(e, w.Public("rsa")); err == nil {
		all = append(all, signed.Bytes()...)
	}
	for _, c := range e.Elements() {
		all = append(all, vouched(w, c)...)
	}
	return all
}

func TestTheMatrixOfTheLibraryComparison(t *testing.T) {
	w := corpus.New(t)
	matrix := w.Matrix()
	if len(matrix) != 33 {
		t.Fatalf("the matrix has %d documents", len(matrix))
	}
	check(t, w, matrix)
}

func TestNoHostileDocumentIsAccepted(t *testing.T) {
	w := corpus.New(t)
	hostile := w.Hostile()
	for _, d := range hostile {
		if d.Code == "" {
			t.Errorf("%s: a hostile document needs the code of its refusal", d.Name)
		}
	}
	check(t, w, hostile)
	t.Logf("%d hostile documents refused", len(hostile))
}

func check(t *testing.T, w *corpus.Workshop, documents []corpus.Document) {
	t.Helper()
	seen := map[string]bool{}
	for _, d := range documents {
		if seen[d.Name] {
			t.Errorf("two documents are called %q", d.Name)
		}
		seen[d.Name] = true
		t.Run(d.Name, func(t *testing.T) {
			nameID, code := consume(w, d)
			if nameID != d.NameID || code != d.Code {
				t.Errorf("read %q with code %q, want %q with %q", nameID, code, d.NameID, d.Code)
			}
			if root, err := xmlsec.Parse(d.Data, xmlsec.Message); err == nil && bytes.Contains(vouched(w, root), []byte(corpus.Forged)) {
				t.Error("a forged name is inside signed content")
			}
		})
	}
}
