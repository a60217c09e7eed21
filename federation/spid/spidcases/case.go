// Package spidcases holds the official response cases of SPID as data: what a provider
// sends in each, and what a service must make of it. The numbers are those of
// spid-sp-test and spid-saml-check; the lists differ in a few rows, so each row says
// which tool has it.
//
// The documents are made for one request, with the key of a provider that exists for
// tests alone. They are played against the checks of spidsaml (its tests) and against a
// running gateway (`atrio check spid`, app/evidence). Attacks by wrapping keep their
// namespaces (saml/forge): those of spid-sp-test lose theirs and prove nothing.
package spidcases

import (
	"fmt"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml/forge"
)

// Tools that have a case.
const (
	SPTest    = "spid-sp-test"
	SAMLCheck = "spid-saml-check"
	Both      = SPTest + ", " + SAMLCheck
	Own       = "atrio"
)

// Text is a text in both languages.
type Text struct {
	It string `json:"it"`
	En string `json:"en"`
}

// Case is one row.
type Case struct {
	// ID is the official number, or "nrNN" where a case that reports an error has none.
	ID string
	// Tools names those that have the case.
	Tools string
	Title Text

	// expect is the answer where it does not depend on the request.
	expect Expectation
	// stated is the level that the case states, 0 when it is the one asked for.
	stated spid.Level
	sign   signing
	edits  []forge.Edit
	// make replaces edits and sign where more is needed.
	make func(m *making) ([]byte, error)
}

// Expectation is what a service must make of a case.
type Expectation struct {
	Accepted bool `json:"accepted"`
	// Status is the HTTP status of the page of a refusal, Reason the word in the audit
	// line: the check that refuses (spidsaml.Checks) and the code that was reported.
	Status int    `json:"status,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Anomaly is the code that the provider reports, 0 when it reports none.
	Anomaly int `json:"anomaly,omitempty"`
}

// Expected is what must become of the case when a asked.
func (c Case) Expected(a *spidsaml.Authn) Expectation {
	if c.stated == 0 {
		return c.expect
	}
	// 94 to 96 state a level whatever was asked for. SPID-RT 1.2.2
	if a.Comparison.Satisfied(a.Level, c.stated) {
		return Expectation{Accepted: true}
	}
	return refusal("authn-level")
}

// signing says what is signed.
type signing string

const (
	both      signing = ""
	assertion signing = "assertion" // alone
	response  signing = "response"  // alone
	neither   signing = "neither"
	// unissued is both, for an Assertion without Issuer: its signature stands first.
	unissued signing = "unissued"
)

// refusal is the expectation of a check of spidsaml that says no.
func refusal(check string) Expectation {
	for _, c := range spidsaml.Checks() {
		if c.ID == check {
			return Expectation{Status: c.Kind.Status(), Reason: check}
		}
	}
	panic("spidcases: no check " + check) // the table is part of the program, and tested
}

// reported is the expectation of an error that the provider reports.
func reported(a spid.Anomaly) Expectation {
	return Expectation{Status: a.Page, Reason: fmt.Sprintf("status-success.nr%02d", a.Code), Anomaly: a.Code}
}

// SPID lists the cases for the door of SPID in the order of the official list: 1 to 113,
// then the attacks by wrapping, then our own for the codes that have no number.
func SPID() []Case {
	var all []Case
	for _, rows := range [][]Case{envelopeCases(), assertionCases(), statementCases(), reportCases(), keyCases(), wrapCases(), codeCases()} {
		all = append(all, rows...)
	}
	return all
}

// Find gives a case of a list.
func Find(list []Case, id string) (Case, bool) {
	for _, c := range list {
		if c.ID == id {
			return c, true
		}
	}
	return Case{}, false
}

// Response makes the document of a case for a request, dated now.
func (p *Provider) Response(c Case, a *spidsaml.Authn, now time.Time) ([]byte, error) {
	m := &making{provider: p, asked: a, now: now}
	if c.make != nil {
		return c.make(m)
	}
	document, err := m.edited(c.edits...)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", c.ID, err)
	}
	return m.signed(document, c.sign)
}
