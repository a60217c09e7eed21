package spidsaml

import (
	"atrio/base/fault"
)

// Check is one row of the table of checks that an answer must pass.
type Check struct {
	// ID is a stable word: the reason in the audit log.
	ID string
	// Cases are the official cases (spid-sp-test, spid-saml-check) that this check
	// refuses.
	Cases []string
	// Clause of the rules.
	Clause string
	// Title in plain words, for documents and logs.
	Title string
	// Kind gives the HTTP status of the refusal.
	Kind fault.Kind
	// Key is the catalogue key of the page, "" for the general one.
	Key string

	run func(*answer) error
}
