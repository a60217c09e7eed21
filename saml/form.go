package saml

import (
	"fmt"
	"slices"
	"strings"

	"atrio/saml/xmlsec"
)

// FormError says that a document is well formed but not the message it should be.
type FormError struct {
	// Where is the local name of the element at fault.
	Where string
	// What is wrong there, for logs; it never quotes values of the document.
	What string
}

// Error is for logs only. Names of elements come from whoever sent the document, who
// may be anybody, and can be as long as the document: a small compressed request must
// not become a large line.
func (e *FormError) Error() string {
	return fmt.Sprintf("saml: %s: %s", shortened(e.Where, 60), shortened(e.What, 160))
}

func shortened(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func formError(e *xmlsec.Element, format string, args ...any) error {
	return &FormError{Where: e.Name.Local, What: fmt.Sprintf(format, args...)}
}

// Part is one step of a content model: a child and how often it may stand there.
type Part struct {
	Name xmlsec.Name
	// Many allows repetition; otherwise the child may stand there once.
	Many bool
	// Or names alternatives to Name at the same place.
	Or []xmlsec.Name
}

func (p Part) accepts(name xmlsec.Name) bool {
	return p.Name == name || slices.Contains(p.Or, name)
}

// CheckOrder refuses children of e that the model does not name, that stand in
// another order, or that are repeated where they must not be. It does not ask for
// presence: that is the matter of named checks.
func CheckOrder(e *xmlsec.Element, model ...Part) error {
	next, used := 0, false
	for _, child := range e.Elements() {
		for next < len(model) && !model[next].accepts(child.Name) {
			next, used = next+1, false
		}
		if next == len(model) {
			return formError(e, "child %s is unknown or misplaced", child.Name.Local)
		}
		if used && !model[next].Many {
			return formError(e, "child %s is repeated", child.Name.Local)
		}
		used = true
	}
	return nil
}

func one(name xmlsec.Name) Part  { return Part{Name: name} }
func many(name xmlsec.Name) Part { return Part{Name: name, Many: true} }

// attribute gives an attribute without namespace, "" when it is absent.
func attribute(e *xmlsec.Element, local string) string {
	value, _ := e.Attr(local)
	return value
}

// trimmed gives the character data of a leaf. Providers indent names and values,
// so white space around them is no part of them (SPID-RT note on NameID and Issuer).
func trimmed(e *xmlsec.Element) string {
	return strings.Trim(e.Text(), " \t\r\n")
}

// leafOnly refuses child elements in an element that holds text.
func leafOnly(e *xmlsec.Element) error {
	if len(e.Elements()) > 0 {
		return formError(e, "text expected, child elements found")
	}
	return nil
}

func expect(e *xmlsec.Element, name xmlsec.Name) error {
	if e == nil {
		return &FormError{Where: name.Local, What: "absent"}
	}
	if e.Name != name {
		return formError(e, "%s expected", name.Local)
	}
	return nil
}
