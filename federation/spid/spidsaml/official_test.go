package spidsaml_test

import (
	"errors"
	"slices"
	"testing"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/federation/spid/spidcases"
	"atrio/federation/spid/spidsaml"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// official is a service and the provider of the cases that know each other.
type official struct {
	sp       *spidsaml.SP
	provider *spidcases.Provider
	known    spidsaml.Provider
	service  spidsaml.Service
}

func newOfficial(t *testing.T, sp, idp, stranger xmlsec.Signer) *official {
	t.Helper()
	names := metadata.Localized{{Lang: "it", Text: "Ente di Esempio"}}
	o := &official{provider: spidcases.NewProvider(idp, stranger), sp: &spidsaml.SP{
		EntityID: "https://porta.esempio.it", ACSURL: "https://porta.esempio.it/spid/acs", SLOURL: "https://porta.esempio.it/spid/slo",
		Organization: metadata.Organization{Names: names, DisplayNames: names, URLs: names},
		Contact:      spidsaml.Contact{IPACode: "c_test", Email: "spid@esempio.it"}, Signer: sp,
		AttributeSets: []spidsaml.AttributeSet{{Names: names, Attributes: []string{"spidCode", "name", "familyName", "fiscalNumber", "dateOfBirth", "email"}}},
	}}
	own, err := o.sp.Metadata("_sp", samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := o.provider.Metadata("_idp", samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	if o.service, err = spidsaml.ReadService(own, samltest.Start); err != nil {
		t.Fatal(err)
	}
	if o.known, err = spidsaml.ReadProvider(theirs, samltest.Start); err != nil {
		t.Fatal(err)
	}
	return o
}

// asked is a request of the service as it arrives at the provider.
func (o *official) asked(t *testing.T, want spidsaml.Want) (spidsaml.Pending, *spidsaml.Authn) {
	t.Helper()
	r, err := o.sp.Request("_request", samltest.Start, o.known, want)
	if err != nil {
		t.Fatal(err)
	}
	address, err := r.RedirectURL("opaque")
	if err != nil {
		t.Fatal(err)
	}
	a, found := o.provider.ReadRequest(spidsaml.Incoming{Method: "GET", RawQuery: address[len(o.provider.SSOURL)+1:], Now: samltest.Start},
		func(id string) (spidsaml.Service, bool) { return o.service, id == o.service.EntityID })
	if found != nil {
		t.Fatal(found)
	}
	return r.Pending, a
}

func (o *official) judge(t *testing.T, c spidcases.Case, pending spidsaml.Pending, a *spidsaml.Authn) {
	t.Helper()
	document, err := o.provider.Response(c, a, samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	login, err := spidsaml.CheckResponse(spidsaml.Input{
		SAMLResponse: binding.EncodePost(document), SP: o.sp, Provider: o.known, Pending: pending, Now: samltest.Start,
	})
	want := c.Expected(a)
	if want.Accepted {
		if err != nil || login.Attributes["fiscalNumber"] != spidcases.Person()["fiscalNumber"] {
			t.Errorf("not accepted: %v, %+v", err, login)
		}
		return
	}
	refusedFor(t, err, c, want)
}

// refusedFor checks that an answer was refused by a check that claims the case, with a
// status that the official tool takes for a refusal.
func refusedFor(t *testing.T, err error, c spidcases.Case, want spidcases.Expectation) {
	t.Helper()
	var r *spidsaml.Refusal
	if !errors.As(err, &r) {
		t.Fatalf("accepted, or no refusal: %v", err)
	}
	if r.Reason() != want.Reason || r.Status() != want.Status {
		t.Errorf("refused for %s with %d, want %s with %d: %v", r.Reason(), r.Status(), want.Reason, want.Status, err)
	}
	if c.Tools != spidcases.Own && !slices.Contains(r.Check.Cases, c.ID) {
		t.Errorf("refused by %s, which is for cases %v", r.Check.ID, r.Check.Cases)
	}
	if !slices.Contains([]int{400, 401, 403, 422}, r.Status()) {
		t.Errorf("status %d", r.Status())
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.AuditReason() != r.Reason() {
		t.Errorf("no fault with the reason %s in it", r.Reason())
	}
}

func TestOfficialResponseCases(t *testing.T) {
	o := newOfficial(t, samltest.RSA(t), samltest.RSA(t), samltest.RSA(t))
	pending, a := o.asked(t, spidsaml.Want{Level: spid.L2})
	for _, c := range spidcases.SPID() {
		t.Run(c.ID, func(t *testing.T) { o.judge(t, c, pending, a) })
	}
}

// The cases that play with keys and wrapped signatures, with keys of the other kind.
func TestSignatureCases(t *testing.T) {
	o := newOfficial(t, samltest.ECDSA(t), samltest.ECDSA(t), samltest.ECDSA(t))
	pending, a := o.asked(t, spidsaml.Want{Level: spid.L2})
	for _, id := range []string{"2", "3", "4", "5", "100", "112", "113", "xslt", "xsw1", "xsw2", "xsw3", "xsw4", "xsw5", "xsw6", "xsw7", "xsw8"} {
		c, ok := spidcases.Find(spidcases.SPID(), id)
		if !ok {
			t.Fatalf("no case %s", id)
		}
		t.Run(id, func(t *testing.T) { o.judge(t, c, pending, a) })
	}
}

// The cases that state a level depend on what was asked.
func TestOfficialCasesOfLevelsFollowTheRequest(t *testing.T) {
	o := newOfficial(t, samltest.ECDSA(t), samltest.ECDSA(t), samltest.ECDSA(t))
	for asked := spid.L1; asked <= spid.L3; asked++ {
		for _, comparison := range []spid.Comparison{spid.Exact, spid.Minimum, spid.Maximum} {
			pending, a := o.asked(t, spidsaml.Want{Level: asked, Comparison: comparison})
			for _, id := range []string{"94", "95", "96"} {
				c, _ := spidcases.Find(spidcases.SPID(), id)
				o.judge(t, c, pending, a)
			}
		}
	}
}
