package account

import (
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/people/person"
	"atrio/web"
)

// Visit is one person standing behind a door that was passed: everything that
// has to be stored in one transaction to let them in.
type Visit struct {
	// Asserted is what the door says, after all its checks.
	Asserted person.Assertion
	// Once are the ids that this visit uses up, on all nodes.
	Once []Once
	// Correlation names this login in the ledger, in the audit log and, as txn, to
	// every service: 32 hexadecimal digits. // G6.7
	Correlation string
	// Exchange is the pair of messages for the ledger; nil when there was none.
	Exchange *Exchange
	// Session makes the session for the account that was found. It may be called
	// more than once; the last session is the stored one.
	Session func(Account) web.Session
	// Displaced makes the mail to an account that only declared the codice fiscale which
	// this visit proves, Displacing that to the account which proves it. // G3.8
	Displaced, Displacing func(Account) notify.Message
	// Replaces is the public handle of a session of this browser that ends now.
	Replaces string
	// Event carries what all audit lines of the visit share: time, role, reference,
	// address and details.
	Event audit.Event
	Now   time.Time
}

// PasswordVisit is a visit of somebody who typed the password of an account.
type PasswordVisit struct {
	Visit
	AccountID string
	// PasswordAt names the password that was typed: it opens nothing any more when
	// another one was set meanwhile.
	PasswordAt time.Time
	// PHC replaces the hash of that password; "" keeps it.
	PHC string
	// Stay begins with this visit; nil for none.
	Stay *Stay
}

// Once is an id that may be used once, and until when that has to be remembered.
type Once struct {
	Kind, ID string
	Until    time.Time
}

// FirstEntry is a visit that makes an account. // G3.7
type FirstEntry struct {
	Visit
	// Digits is the length of the Codice Persona.
	Digits int
	// Email is the contact address and EmailSource who vouches for it.
	Email       string
	EmailSource Source
	Language    string
	// Unit is that of the service to which they are going; "" for none.
	Unit string
	// Notice is the version of the privacy notice that was acknowledged.
	Notice string
	// Welcome makes the mail that tells the Codice Persona.
	Welcome func(Account) notify.Message
}

// Exchange is a request sent at a door and its answer, kept for 24 months.
// SPID-RT log: the service keeps AuthnRequest and Response.
type Exchange struct {
	RequestID, ResponseID, AssertionID string
	// Of is who the answer is of, once it has passed its checks; nil before.
	Of *person.Assertion
	// Request is compressed by DEFLATE, Response is as it came in the form.
	Request, Response []byte
}
