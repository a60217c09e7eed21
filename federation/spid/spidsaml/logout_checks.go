package spidsaml

import (
	"fmt"
	"slices"

	"atrio/base/fault"
)

// LogoutCheck is one row of the table of checks that a message of logout must pass.
type LogoutCheck struct {
	// ID is a stable word: the reason in the audit log.
	ID string
	// Clause of the rules.
	Clause string
	// Title in plain words, for documents and logs.
	Title string
	// Kind gives the HTTP status of the refusal.
	Kind fault.Kind

	run func(*farewell) error
}

// LogoutChecks lists what a message of logout must pass, in order: first what both
// messages share, then the request's own, then the answer's. Whether the session exists
// and whether an answer was waited for is left to the caller, who has a memory. A request
// that is replayed within its life ends nothing: a new session has a new SessionIndex.
func LogoutChecks() []LogoutCheck {
	return slices.Concat(logoutCommon, logoutRequestChecks, logoutResponseChecks)
}

var (
	logoutCommon         = commonLogoutChecks()
	logoutRequestChecks  = requestLogoutChecks()
	logoutResponseChecks = responseLogoutChecks()
)

func commonLogoutChecks() []LogoutCheck {
	return []LogoutCheck{
		{"logout-binding", "SAML-bindings 3.4.4, 3.5.4", "one LogoutRequest or LogoutResponse, by GET or by POST, in strict XML", fault.Invalid, (*farewell).open},
		{"logout-issuer", "Avviso SPID 3; SAML-core 3.7.3", "the Issuer is a partner whose metadata counts", fault.Denied, (*farewell).known},
		{"logout-signature", "Avviso SPID 3; SAML-bindings 3.4.4.1, 3.5.5.2", "the message is signed with a key of the partner's metadata, in the way of its binding", fault.Denied, (*farewell).verify},
		{"logout-form", "SAML-core 3.7.1, 3.7.2", "the signed bytes hold what the standard allows, without Extensions", fault.Invalid, (*farewell).read},
		{"logout-id", "SAML-core 3.2.1", "the message has an identifier", fault.Invalid, (*farewell).identifier},
		{"logout-version", "SAML-core 3.2.1", "the Version is 2.0", fault.Invalid, (*farewell).versioned},
		{"logout-issue-instant", "Avviso SPID 3", "it was issued a moment ago", fault.Denied, (*farewell).issued},
		{"logout-destination", "SAML-bindings 3.4.5.2, 3.5.5.2", "the Destination is our address", fault.Denied, (*farewell).destined},
		{"logout-issuer-format", "Avviso SPID 3", "the Format of the Issuer is entity; a service also gives its NameQualifier", fault.Invalid, (*farewell).issuerFormat},
	}
}

func requestLogoutChecks() []LogoutCheck {
	return []LogoutCheck{
		{"logout-expired", "SAML-core 3.7.1", "NotOnOrAfter, when there is one, is not reached", fault.Denied, (*farewell).unexpired},
		{"logout-name-id", "Avviso SPID 3", "the NameID is transient, qualified by the provider, without SPNameQualifier", fault.Invalid, (*farewell).named},
		{"logout-session-index", "Avviso SPID 3", "there is a SessionIndex, and not more than a few", fault.Invalid, (*farewell).indexed},
	}
}

func responseLogoutChecks() []LogoutCheck {
	return []LogoutCheck{
		{"logout-in-response-to", "SAML-core 3.2.2", "it names a request", fault.Denied, (*farewell).answers},
		{"logout-status", "SAML-core 3.2.2.1", "it has a StatusCode", fault.Invalid, (*farewell).stated},
	}
}

// LogoutRefusal says which check a message of logout did not pass. errors.As finds the
// *fault.Error in it.
type LogoutRefusal struct {
	Check LogoutCheck
	// Issuer as claimed, for the audit log; "" when there was none.
	Issuer string

	cause error
}

// Error is for logs only.
func (r *LogoutRefusal) Error() string {
	return fmt.Sprintf("spidsaml: %s (%s): %v", r.Check.ID, r.Check.Clause, r.cause)
}

// Unwrap lets errors.As find the *fault.Error.
func (r *LogoutRefusal) Unwrap() error {
	return fault.New(r.Check.Kind, "error.spid.logout_refused").For(r.Check.ID).Because(r.cause)
}
