package spidsaml

import (
	"time"

	"atrio/federation/spid"
)

// Input is what the checks of an answer need.
type Input struct {
	// SAMLResponse is the form field as it came, in base64.
	SAMLResponse string
	SP           *SP
	// Provider is whom the pending request went to; only its keys count.
	Provider Provider
	// Pending is the request of this browser.
	Pending Pending
	Now     time.Time
}

// Login is what a provider said about a person, after all checks. The caller still
// has to see to it that AssertionID is consumed once, until NotOnOrAfter.
type Login struct {
	ResponseID  string
	AssertionID string
	// NotOnOrAfter is the end of the assertion's life, the tolerance included.
	NotOnOrAfter time.Time
	Issuer       string
	NameID       string
	// SessionIndex is "" at levels 2 and 3, where the provider keeps no session.
	SessionIndex string
	Level        spid.Level
	// ACR is the AuthnContextClassRef, the URI of Level.
	ACR          string
	AuthnInstant time.Time
	// Attributes by SPID name ("spidCode", "fiscalNumber"), trimmed.
	Attributes map[string]string
	// XML is the answer as received, for the register of requests and answers.
	XML []byte
}
