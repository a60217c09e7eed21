package spidsaml

import (
	"testing"
	"time"

	"atrio/federation/spid"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// world is a service and a provider that know each other by their metadata.
type world struct {
	sp       *SP
	idp      *IdP
	service  Service
	provider Provider
	stranger xmlsec.Signer
	now      time.Time
}

// newWorld has ECDSA keys, which are made at once; newRSAWorld has those of practice.
func newWorld(t testing.TB) *world {
	t.Helper()
	return worldWith(t, samltest.ECDSA(t), samltest.ECDSA(t), samltest.ECDSA(t))
}

func newRSAWorld(t testing.TB) *world {
	t.Helper()
	return worldWith(t, samltest.RSA(t), samltest.RSA(t), samltest.RSA(t))
}

func worldWith(t testing.TB, sp, idp, stranger xmlsec.Signer) *world {
	t.Helper()
	w := &world{sp: testSP(sp), idp: testIdP(idp), stranger: stranger, now: samltest.Start}
	w.meet(t)
	return w
}

// meet lets each read the other's metadata.
func (w *world) meet(t testing.TB) {
	t.Helper()
	sp, err := w.sp.Metadata("_sp", w.now)
	if err != nil {
		t.Fatal(err)
	}
	idp, err := w.idp.Metadata("_idp", w.now)
	if err != nil {
		t.Fatal(err)
	}
	if w.service, err = ReadService(sp, w.now); err != nil {
		t.Fatal(err)
	}
	if w.provider, err = ReadProvider(idp, w.now); err != nil {
		t.Fatal(err)
	}
}

func testSP(s xmlsec.Signer) *SP {
	return &SP{
		EntityID: "https://porta.esempio.it/spid",
		ACSURL:   "https://porta.esempio.it/spid/acs",
		SLOURL:   "https://porta.esempio.it/spid/slo",
		Organization: metadata.Organization{
			Names:        metadata.Localized{{Lang: "it", Text: "Ente di Esempio"}, {Lang: "en", Text: "Example Body"}},
			DisplayNames: metadata.Localized{{Lang: "it", Text: "Esempio"}, {Lang: "en", Text: "Example"}},
			URLs:         metadata.Localized{{Lang: "it", Text: "https://esempio.it"}, {Lang: "en", Text: "https://esempio.it/en"}},
		},
		Contact: Contact{IPACode: "c_test", VATNumber: "IT01234567890", FiscalCode: "01234567890", Email: "spid@esempio.it", Phone: "+390600000000"},
		AttributeSets: []AttributeSet{
			{Index: 0, Names: metadata.Localized{{Lang: "it", Text: "Accesso"}, {Lang: "en", Text: "Access"}},
				Attributes: []string{"spidCode", "name", "familyName", "fiscalNumber", "dateOfBirth", "email"}},
			{Index: 1, Names: metadata.Localized{{Lang: "it", Text: "Solo codice"}}, Attributes: []string{"fiscalNumber"}},
		},
		Signer: s,
	}
}

func testIdP(s xmlsec.Signer) *IdP {
	return &IdP{
		EntityID: "https://identita.esempio.it",
		SSOURL:   "https://identita.esempio.it/sso",
		SLOURL:   "https://identita.esempio.it/slo",
		Organization: metadata.Organization{
			Names:        metadata.Localized{{Lang: "it", Text: "Identità Esempio"}},
			DisplayNames: metadata.Localized{{Lang: "it", Text: "Identità Esempio"}},
			URLs:         metadata.Localized{{Lang: "it", Text: "https://identita.esempio.it"}},
		},
		Signer:     s,
		Attributes: []string{"spidCode", "name", "familyName", "fiscalNumber", "dateOfBirth", "email", "gender"},
	}
}

func (w *world) request(t testing.TB, want Want) Request {
	t.Helper()
	r, err := w.sp.Request("_request", w.now, w.provider, want)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) lookup(entityID string) (Service, bool) {
	return w.service, entityID == w.service.EntityID
}

// asked is what the provider makes of a request of level 2.
func (w *world) asked(t testing.TB, pending Pending) *Authn {
	t.Helper()
	return &Authn{
		RequestID: pending.RequestID, Service: w.sp.EntityID, ACSURL: w.sp.ACSURL,
		Level: pending.Level, Comparison: pending.Comparison, Attributes: w.sp.AttributeSets[0].Attributes,
	}
}

func (w *world) answer() Answer {
	return Answer{
		ResponseID: "_response", AssertionID: "_assertion", NameID: "_name", SessionIndex: "_session",
		Level: spid.L2, AuthnInstant: w.now, Now: w.now,
		Attributes: map[string]string{
			"spidCode": "TEST123456789A", "name": "Anna", "familyName": "D'Amico <prova> & figli",
			"fiscalNumber": "TINIT-DMCNNA80A41H501X", "dateOfBirth": "1980-01-01", "email": "anna@esempio.it",
			"gender": "F", "mobilePhone": "", "invented": "x",
		},
	}
}

// unsigned is a genuine answer before it is signed.
func (w *world) unsigned(t testing.TB, pending Pending, answer Answer) []byte {
	t.Helper()
	document, err := w.idp.Unsigned(w.asked(t, pending), answer).XML()
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func (w *world) input(pending Pending, document []byte) Input {
	return Input{SAMLResponse: binding.EncodePost(document), SP: w.sp, Provider: w.provider, Pending: pending, Now: w.now}
}
