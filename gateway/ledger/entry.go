// Package ledger says what the register of federated logins keeps: the pair of
// messages of every answer that a door took or refused, and every token that was
// issued to a service from it. // SPID-RT registro, CIE tracciature
//
// It owns the types, the texts by which a row can be found, and the queue that keeps
// refused answers without holding up a page and without filling the disk. It has no
// SQL (gatewaydb seals and stores the rows), no page, and does not decide who may
// look (that is the work of the commands in app, which write down who did and why).
package ledger

import (
	"time"

	"atrio/people/person"
)

// Months that a row is kept. DPCM 24 October 2014 art. 13 (2); SPID-RT registro
const Months = 24

// Entry is one answer at a door, with the request it answers.
type Entry struct {
	// ID names the row.
	ID string
	// At is when the answer came.
	At time.Time
	// Correlation names the login: services get it as txn. Empty in rows of 0.1.0.
	Correlation string
	// Reference is the number of the HTTP request, as error pages show it.
	Reference string
	Door      person.Door
	// Issuer is the provider that was asked.
	Issuer string
	// Account is the inner id of the account that was entered; empty when none was.
	Account string
	// Level of assurance that was reached; 0 when refused or not known.
	Level person.Level
	// Refused is the reason word; empty when the answer was accepted.
	Refused string
	// RequestID, ResponseID and AssertionID are the technical names of the messages.
	RequestID, ResponseID, AssertionID string

	Sealed
}

// Sealed is what a row keeps encrypted.
type Sealed struct {
	// Subject is the provider's lasting name of the person: spidCode, or the
	// identifier of eIDAS.
	Subject string
	// FiscalCode as the provider stated it, without a prefix.
	FiscalCode string
	// NameID is the Subject of the assertion, transient in SPID.
	NameID string
	// Request and Response are XML.
	Request, Response []byte
	// Destroyed says that the key of the month is gone: nothing of this is left.
	Destroyed bool
	// Broken says that the row was changed, in its sealed part, in a column that the sealed
	// part is bound to, or in an index by which it is found: nothing in it can be believed.
	Broken bool
}

// Accepted tells whether the answer led on.
func (e *Entry) Accepted() bool { return e.Refused == "" }

// Issue is a token issued to a service from a login.
type Issue struct {
	At          time.Time `json:"at"`
	Correlation string    `json:"correlation"`
	// Service is the client_id, Subject the name of the person for that service.
	Service string `json:"service"`
	Subject string `json:"subject"`
	// Account is the inner id of the account.
	Account string `json:"account"`
	// Reference is the number of the HTTP request.
	Reference string `json:"reference"`
}

// Query chooses rows. Empty fields choose nothing away. Text fields joined by "or"
// are for one word of which nobody knows what it is (see Words).
type Query struct {
	From, To time.Time
	Door     person.Door
	Issuer   string
	// Any are words of which at least one has to name the row.
	Any Words
	// After is the last row of the page before: rows come in order of At and ID.
	After struct {
		At time.Time
		ID string
	}
	Limit int
}

// Words are the names by which a row is found. A row fits when one of them does.
type Words struct {
	// Technical is an id of request, response, assertion or login, or an error reference.
	Technical string
	// Subject is a spidCode.
	Subject string
	// FiscalCode is a codice fiscale, without a prefix.
	FiscalCode string
	// Account is the inner id of an account.
	Account string
}

// Empty tells that no word was given.
func (w Words) Empty() bool { return w == Words{} }

// Stats are the figures of the ledger.
type Stats struct {
	// Rows of pairs, Issues of tokens, Unsealed of 0.1.0 that are still in clear.
	Rows, Issues, Unsealed int64
	// Oldest is the time of the oldest pair; zero when there is none.
	Oldest time.Time
	// PurgedAt is when the purge last ran; zero when it never did.
	PurgedAt time.Time
}
