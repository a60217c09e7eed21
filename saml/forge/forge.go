// Package forge makes messages that no honest partner sends: documents changed as
// text, before or after they are signed, and signatures wrapped around other content.
//
// It needs no key that it is not given, reads nothing and decides nothing. It serves
// tests (saml/samltest) and the official response cases that are played against a
// running gateway (federation/spid/spidcases).
package forge

import (
	"fmt"
	"regexp"
	"strings"

	"atrio/saml"
	"atrio/saml/xmlsec"
)

// Edit changes a document as text, as an attacker or a careless provider would. A path
// names elements by their local names from the root, like "Response/Assertion/Subject".
type Edit func(document []byte) ([]byte, error)

// Apply makes the edits one after the other.
func Apply(document []byte, edits ...Edit) ([]byte, error) {
	for _, edit := range edits {
		var err error
		if document, err = edit(document); err != nil {
			return nil, err
		}
	}
	return document, nil
}

// SetAttribute gives an attribute a value, "" included, adding it where it is absent.
func SetAttribute(path, name, value string) Edit {
	return func(document []byte) ([]byte, error) {
		document, err := DropAttribute(path, name)(document)
		if err != nil {
			return nil, err
		}
		return onTag(document, path, func(tag string) string {
			at := strings.IndexAny(tag, " />")
			return tag[:at] + " " + name + `="` + value + `"` + tag[at:]
		})
	}
}

// DropAttribute removes an attribute; it is no mistake when it is absent.
func DropAttribute(path, name string) Edit {
	attribute := regexp.MustCompile(` ` + regexp.QuoteMeta(name) + `="[^"]*"`)
	return func(document []byte) ([]byte, error) {
		return onTag(document, path, func(tag string) string { return attribute.ReplaceAllString(tag, "") })
	}
}

// Drop removes an element.
func Drop(path string) Edit {
	return func(document []byte) ([]byte, error) {
		e, err := Find(document, path)
		if err != nil {
			return nil, err
		}
		return splice(document, e.Start, e.End, ""), nil
	}
}

// SetContent replaces what stands between the tags of an element.
func SetContent(path, content string) Edit {
	return func(document []byte) ([]byte, error) {
		e, err := Find(document, path)
		if err != nil {
			return nil, err
		}
		text := string(document[e.Start:e.End])
		tag := strings.TrimSuffix(strings.TrimSuffix(text[:strings.IndexByte(text, '>')+1], "/>"), ">")
		name := tag[1:strings.IndexAny(tag+" ", " \n")]
		return splice(document, e.Start, e.End, tag+">"+content+"</"+name+">"), nil
	}
}

// Insert puts text in front of an element.
func Insert(path, text string) Edit {
	return func(document []byte) ([]byte, error) {
		e, err := Find(document, path)
		if err != nil {
			return nil, err
		}
		return splice(document, e.Start, e.Start, text), nil
	}
}

// Replace replaces a piece of text wherever it stands; the piece must be there.
func Replace(old, with string) Edit {
	return func(document []byte) ([]byte, error) {
		if !strings.Contains(string(document), old) {
			return nil, fmt.Errorf("forge: %q is not in the document", old)
		}
		return []byte(strings.ReplaceAll(string(document), old, with)), nil
	}
}

// Sign signs the Assertion and the Response of a document, as asked, by their IDs.
func Sign(document []byte, s xmlsec.Signer, assertion, response bool) ([]byte, error) {
	for _, target := range []struct {
		wanted bool
		path   string
	}{{assertion, "Response/Assertion"}, {response, "Response"}} {
		if !target.wanted {
			continue
		}
		e, err := Find(document, target.path)
		if err != nil {
			return nil, err
		}
		id, _ := e.Attr("ID")
		if document, err = xmlsec.Sign(document, id, saml.NameIssuer, s); err != nil {
			return nil, fmt.Errorf("forge: sign %s: %w", target.path, err)
		}
	}
	return document, nil
}

// Find gives the first element of a path.
func Find(document []byte, path string) (*xmlsec.Element, error) {
	e, err := xmlsec.Parse(document, xmlsec.Message)
	if err != nil {
		return nil, fmt.Errorf("forge: %w\n%s", err, document)
	}
	steps := strings.Split(path, "/")
	if e.Name.Local != steps[0] {
		return nil, fmt.Errorf("forge: the root is %s, not %s", e.Name.Local, steps[0])
	}
	for _, step := range steps[1:] {
		if e = childOf(e, step); e == nil {
			return nil, fmt.Errorf("forge: no %s in the document", path)
		}
	}
	return e, nil
}

func childOf(e *xmlsec.Element, local string) *xmlsec.Element {
	for _, child := range e.Elements() {
		if child.Name.Local == local {
			return child
		}
	}
	return nil
}

func onTag(document []byte, path string, change func(tag string) string) ([]byte, error) {
	e, err := Find(document, path)
	if err != nil {
		return nil, err
	}
	text := string(document[e.Start:e.End])
	end := strings.IndexByte(text, '>') + 1
	return splice(document, e.Start, e.Start+end, change(text[:end])), nil
}

func splice(document []byte, from, to int, with string) []byte {
	return []byte(string(document[:from]) + with + string(document[to:]))
}
