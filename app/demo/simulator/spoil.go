package simulator

import (
	"time"

	"atrio/federation/spid"
	"atrio/saml"
)

// Spoilt is a wrong answer that no provider may send and every service must refuse.
type Spoilt struct {
	// ID is its value in the form, and the end of the key of its text.
	ID string
	// change spoils a right answer before it is signed; nil when what is wrong is
	// the signature or the moment.
	change func(r *saml.Response, c spoiling)
}

// spoiling is what the changes need to know.
type spoiling struct {
	now time.Time
	// asked is the level of the request, needed the attribute without which nobody
	// can be recognised.
	asked  spid.Level
	needed string
}

// Kinds of spoilt answers that are not changes of the text.
const (
	strangeKey = "signature"
	used       = "replay"
)

// Spoilts lists the wrong answers, in the order of the page.
func Spoilts() []Spoilt {
	return []Spoilt{
		{ID: strangeKey},
		{ID: used},
		{ID: "expired", change: expire},
		{ID: "level", change: lower},
		{ID: "attribute", change: forget},
		{ID: "audience", change: func(r *saml.Response, _ spoiling) {
			r.Assertion.Conditions.Audiences = [][]string{{"https://altro-servizio.example.org"}}
		}},
		{ID: "request", change: func(r *saml.Response, _ spoiling) {
			r.InResponseTo = saml.NewID()
			r.Assertion.Subject.Confirmations[0].Data.InResponseTo = r.InResponseTo
		}},
	}
}

func spoilt(id string) (Spoilt, bool) {
	for _, s := range Spoilts() {
		if s.ID == id {
			return s, true
		}
	}
	return Spoilt{}, false
}

// expire ends the life of the assertion before it is sent. Cases 66 and 82 of the
// official tests.
func expire(r *saml.Response, c spoiling) {
	end := saml.At(c.now.Add(-10 * time.Minute))
	r.Assertion.Conditions.NotBefore = saml.At(c.now.Add(-15 * time.Minute))
	r.Assertion.Conditions.NotOnOrAfter = end
	r.Assertion.Subject.Confirmations[0].Data.NotOnOrAfter = end
}

// lower states less than was asked for; below level 1 there is only what is no level.
func lower(r *saml.Response, c spoiling) {
	class := "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified"
	if below := c.asked - 1; below.Valid() {
		class = below.URI()
	}
	r.Assertion.AuthnStatements[0].ClassRef = class
}

// forget leaves out the attribute that says who the person is.
func forget(r *saml.Response, c spoiling) {
	for i, statement := range r.Assertion.AttributeStatements {
		var rest []saml.Attribute
		for _, a := range statement {
			if a.Name != c.needed {
				rest = append(rest, a)
			}
		}
		r.Assertion.AttributeStatements[i] = rest
	}
}
