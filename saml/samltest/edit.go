package samltest

import (
	"regexp"
	"strings"
	"testing"

	"atrio/saml"
	"atrio/saml/xmlsec"
)

// Edit changes a document as text, as an attacker or a careless provider would. A path
// names elements by their local names from the root, like "Response/Assertion/Subject".
type Edit func(t testing.TB, document []byte) []byte

// Apply makes the edits one after the other.
func Apply(t testing.TB, document []byte, edits ...Edit) []byte {
	t.Helper()
	for _, edit := range edits {
		document = edit(t, document)
	}
	return document
}

// SetAttribute gives an attribute a value, "" included, adding it where it is absent.
func SetAttribute(path, name, value string) Edit {
	return func(t testing.TB, document []byte) []byte {
		document = DropAttribute(path, name)(t, document)
		return onTag(t, document, path, func(tag string) string {
			at := strings.IndexAny(tag, " />")
			return tag[:at] + " " + name + `="` + value + `"` + tag[at:]
		})
	}
}

// DropAttribute removes an attribute; it is no mistake when it is absent.
func DropAttribute(path, name string) Edit {
	return func(t testing.TB, document []byte) []byte {
		return onTag(t, document, path, func(tag string) string {
			return regexp.MustCompile(` `+regexp.QuoteMeta(name)+`="[^"]*"`).ReplaceAllString(tag, "")
		})
	}
}

// Drop removes an element.
func Drop(path string) Edit {
	return func(t testing.TB, document []byte) []byte {
		e := Find(t, document, path)
		return splice(document, e.Start, e.End, "")
	}
}

// SetContent replaces what stands between the tags of an element.
func SetContent(path, content string) Edit {
	return func(t testing.TB, document []byte) []byte {
		e := Find(t, document, path)
		text := string(document[e.Start:e.End])
		tag := strings.TrimSuffix(strings.TrimSuffix(text[:strings.IndexByte(text, '>')+1], "/>"), ">")
		name := tag[1:strings.IndexAny(tag+" ", " \n")]
		return splice(document, e.Start, e.End, tag+">"+content+"</"+name+">")
	}
}

// Insert puts text in front of an element.
func Insert(path, text string) Edit {
	return func(t testing.TB, document []byte) []byte {
		return splice(document, Find(t, document, path).Start, Find(t, document, path).Start, text)
	}
}

// Replace replaces a piece of text wherever it stands; the piece must be there.
func Replace(old, with string) Edit {
	return func(t testing.TB, document []byte) []byte {
		t.Helper()
		if !strings.Contains(string(document), old) {
			t.Fatalf("%q is not in the document", old)
		}
		return []byte(strings.ReplaceAll(string(document), old, with))
	}
}

// Sign signs the Assertion and the Response of a document, as asked, by their IDs.
func Sign(t testing.TB, document []byte, s xmlsec.Signer, assertion, response bool) []byte {
	t.Helper()
	for _, target := range []struct {
		wanted bool
		path   string
	}{{assertion, "Response/Assertion"}, {response, "Response"}} {
		if !target.wanted {
			continue
		}
		id, _ := Find(t, document, target.path).Attr("ID")
		signed, err := xmlsec.Sign(document, id, saml.NameIssuer, s)
		if err != nil {
			t.Fatalf("sign %s: %v", target.path, err)
		}
		document = signed
	}
	return document
}

// Find gives the first element of a path.
func Find(t testing.TB, document []byte, path string) *xmlsec.Element {
	t.Helper()
	e, err := xmlsec.Parse(document, xmlsec.Message)
	if err != nil {
		t.Fatalf("parse: %v\n%s", err, document)
	}
	steps := strings.Split(path, "/")
	if e.Name.Local != steps[0] {
		t.Fatalf("the root is %s, not %s", e.Name.Local, steps[0])
	}
	for _, step := range steps[1:] {
		e = childOf(e, step)
		if e == nil {
			t.Fatalf("no %s in the document", path)
		}
	}
	return e
}

func childOf(e *xmlsec.Element, local string) *xmlsec.Element {
	for _, child := range e.Elements() {
		if child.Name.Local == local {
			return child
		}
	}
	return nil
}

func onTag(t testing.TB, document []byte, path string, change func(tag string) string) []byte {
	t.Helper()
	e := Find(t, document, path)
	text := string(document[e.Start:e.End])
	end := strings.IndexByte(text, '>') + 1
	return splice(document, e.Start, e.Start+end, change(text[:end]))
}

func splice(document []byte, from, to int, with string) []byte {
	return []byte(string(document[:from]) + with + string(document[to:]))
}
