package samltest

import (
	"testing"

	"atrio/saml/forge"
	"atrio/saml/xmlsec"
)

// Edit changes a document as text; see forge.
type Edit = forge.Edit

// Apply makes the edits one after the other.
func Apply(t testing.TB, document []byte, edits ...Edit) []byte {
	t.Helper()
	edited, err := forge.Apply(document, edits...)
	if err != nil {
		t.Fatal(err)
	}
	return edited
}

// SetAttribute is forge.SetAttribute.
func SetAttribute(path, name, value string) Edit { return forge.SetAttribute(path, name, value) }

// DropAttribute is forge.DropAttribute.
func DropAttribute(path, name string) Edit { return forge.DropAttribute(path, name) }

// Drop is forge.Drop.
func Drop(path string) Edit { return forge.Drop(path) }

// SetContent is forge.SetContent.
func SetContent(path, content string) Edit { return forge.SetContent(path, content) }

// Insert is forge.Insert.
func Insert(path, text string) Edit { return forge.Insert(path, text) }

// Replace is forge.Replace.
func Replace(old, with string) Edit { return forge.Replace(old, with) }

// Sign signs the Assertion and the Response of a document, as asked, by their IDs.
func Sign(t testing.TB, document []byte, s xmlsec.Signer, assertion, response bool) []byte {
	t.Helper()
	signed, err := forge.Sign(document, s, assertion, response)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Find gives the first element of a path.
func Find(t testing.TB, document []byte, path string) *xmlsec.Element {
	t.Helper()
	e, err := forge.Find(document, path)
	if err != nil {
		t.Fatal(err)
	}
	return e
}
