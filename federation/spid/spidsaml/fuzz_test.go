package spidsaml

import (
	"testing"

	"atrio/federation/spid"
	"atrio/saml/binding"
	"atrio/saml/samltest"
)

// FuzzCheckResponse feeds the checks with mutations of genuine answers. Keys are made
// anew in each process, so nothing that was changed can be genuine: whatever is accepted
// must say the same as the answer it was made from.
func FuzzCheckResponse(f *testing.F) {
	w := newWorld(f)
	r, err := w.sp.Request("_request", w.now, w.provider, Want{Level: spid.L2})
	if err != nil {
		f.Fatal(err)
	}
	row, _ := spid.LookupAnomaly(25)
	failure, err := w.idp.Failure(w.asked(f, r.Pending), row, "_response", w.now)
	if err != nil {
		f.Fatal(err)
	}
	unsigned := w.unsigned(f, r.Pending, w.answer())
	f.Add(samltest.Sign(f, unsigned, w.idp.Signer, true, true))
	f.Add(samltest.Sign(f, unsigned, w.idp.Signer, true, false))
	f.Add(unsigned)
	f.Add(failure)
	f.Fuzz(func(t *testing.T, document []byte) {
		login, err := CheckResponse(w.input(r.Pending, document))
		if err != nil {
			if err.(*Refusal).Status() >= 500 {
				t.Errorf("status of %v", err)
			}
			return
		}
		if login.NameID != "_name" || login.Attributes["fiscalNumber"] != "TINIT-DMCNNA80A41H501X" || login.Level != spid.L2 {
			t.Errorf("accepted %+v from\n%s", login, document)
		}
	})
}

// FuzzReadRequest feeds the provider with queries.
func FuzzReadRequest(f *testing.F) {
	w := newWorld(f)
	r, err := w.sp.Request("_request", w.now, w.provider, Want{Level: spid.L2})
	if err != nil {
		f.Fatal(err)
	}
	address, err := binding.RedirectURL(w.idp.SSOURL, binding.Request, r.XML, "opaque", w.sp.Signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(address[len(w.idp.SSOURL)+1:])
	f.Add("SAMLRequest=x&SAMLRequest=y")
	f.Fuzz(func(t *testing.T, query string) {
		a, found := w.idp.ReadRequest(Incoming{Method: "GET", RawQuery: query, Now: w.now}, w.lookup)
		if found == nil && (a.RequestID != "_request" || a.ACSURL != w.sp.ACSURL) {
			t.Errorf("accepted %+v from %q", a, query)
		}
	})
}
