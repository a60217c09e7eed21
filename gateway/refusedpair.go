package gateway

import (
	"cmp"
	"context"
	"net/http"

	"atrio/gateway/account"
	"atrio/gateway/ledger"
	"atrio/people/person"
	"atrio/saml/binding"
	"atrio/web"
)

// Refusals keeps pairs of messages that led nowhere, without holding up the answer;
// *ledger.Refusals is one.
type Refusals interface {
	Keep(ctx context.Context, address string, e ledger.Entry)
}

// newCorrelation draws the name of a login: 32 hexadecimal digits, of no use for
// anything but to find it again. // G6.7
func newCorrelation() string { return account.NewID() }

// refusedAt is what a door calls for an answer to a pending request of this browser
// that led nowhere: it did not pass its checks, and nothing of it is verified, or it
// did and a rule of the house refuses who it is of. An answer that is used again is
// kept again: that somebody tried is worth knowing.
func (f *Flow) refusedAt(door person.Door) func(r *http.Request, x account.Exchange, issuer, reason string) {
	return func(r *http.Request, x account.Exchange, issuer, reason string) {
		a := person.Assertion{Door: door, Issuer: issuer}
		if x.Of != nil {
			a = *x.Of
		}
		f.keepRefused(r, a, &x, reason)
	}
}

// maxRequest bounds the request that travelled with the browser, inflated.
const maxRequest = 64 << 10

func (f *Flow) keepRefused(r *http.Request, a person.Assertion, x *account.Exchange, reason string) {
	if f.Refusals == nil || x == nil {
		return
	}
	request, err := binding.Inflate(x.Request, maxRequest)
	if err != nil {
		request = nil // it did not fit into the cookie
	}
	// The names may not be verified: they are for finding the row, no more.
	read := ledger.ReadFacts(nil, x.Response)
	f.Refusals.Keep(r.Context(), web.ClientAddr(r).String(), ledger.Entry{
		ID: account.NewID(), At: f.Now(), Correlation: newCorrelation(), Reference: web.RequestID(r), Door: a.Door, Issuer: a.Issuer,
		Refused: reason, RequestID: x.RequestID, ResponseID: cmp.Or(x.ResponseID, read.ResponseID), AssertionID: cmp.Or(x.AssertionID, read.AssertionID),
		Sealed: ledger.Sealed{Subject: a.Subject, FiscalCode: a.Attribute(person.FiscalNumber), NameID: cmp.Or(a.NameID, read.Subject), Request: request, Response: x.Response},
	})
}
