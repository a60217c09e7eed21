package cie

import (
	"maps"
	"testing"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/federation/spid/spidtest"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

func testSP(t testing.TB) *SP {
	names := metadata.Localized{{Lang: "it", Text: "Servizi Online"}}
	return &SP{
		EntityID: "https://porta.esempio.it/cie", ACSURL: "https://porta.esempio.it/cie/acs", SLOURL: "https://porta.esempio.it/cie/slo",
		Organization: metadata.Organization{Names: names, DisplayNames: names, URLs: metadata.Localized{{Lang: "it", Text: "https://esempio.it"}}},
		ServiceNames: names, AttributeSets: []spidsaml.AttributeSet{{Index: 0, Attributes: Attributes()}}, Signer: samltest.ECDSA(t),
	}
}

// ada is a person as CIE knows her.
func ada() map[string]string {
	return map[string]string{"name": "Ada", "familyName": "D'Amico", "fiscalNumber": "TINIT-DMCDAA80A41H501U", "dateOfBirth": "1980-01-01"}
}

func without(name string) map[string]string {
	m := maps.Clone(ada())
	delete(m, name)
	return m
}

func request(t testing.TB, sp *SP, p spidsaml.Provider, want Want) spidsaml.Request {
	t.Helper()
	r, err := sp.Request("_request", samltest.Start, p, want)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryRowOfTheTableRefusesWhatItIsFor(t *testing.T) {
	sp, p := testSP(t), spidtest.NewProvider(t, "https://cie.esempio.it")
	pending := request(t, sp, p.Seen, Want{Level: spid.L2}).Pending
	said := "Response/Assertion/AttributeStatement"
	own := []spidtest.Hostile{{Row: "cie-attributes", Edits: []samltest.Edit{samltest.Replace("TINIT-DMCDAA80A41H501U", "TINIT-DMCDAA80A41H501X")}}}
	for _, content := range []string{"1980-13-01", "", "01/01/1980"} {
		own = append(own, spidtest.Hostile{Row: "cie-attributes", Edits: []samltest.Edit{samltest.Replace(">1980-01-01<", ">"+content+"<")}})
	}
	own = append(own, spidtest.Hostile{Row: "cie-attributes", Edits: []samltest.Edit{samltest.Drop(said)}})
	spidtest.Each(t, Table(), own, p, p.Answer(t, sp.EntityID, sp.ACSURL, pending, spid.L3, ada()), func(document []byte, now time.Time) error {
		_, err := CheckResponse(Input{SAMLResponse: binding.EncodePost(document), SP: sp, Provider: p.Seen, Pending: pending, Now: now})
		return err
	})
}

func TestEachOfTheFourAttributesIsNeeded(t *testing.T) {
	sp, p := testSP(t), spidtest.NewProvider(t, "https://cie.esempio.it")
	pending := request(t, sp, p.Seen, Want{Level: spid.L2}).Pending
	for _, name := range Attributes() {
		document := samltest.Sign(t, p.Answer(t, sp.EntityID, sp.ACSURL, pending, spid.L2, without(name)), p.IdP.Signer, true, true)
		_, err := CheckResponse(Input{SAMLResponse: binding.EncodePost(document), SP: sp, Provider: p.Seen, Pending: pending, Now: samltest.Start})
		if r, ok := err.(*spidsaml.Refusal); !ok || r.Check.ID != "cie-attributes" || r.Key() != "error.cie.attributes_missing" {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

// Cases 70 and 71 are refused by SPID and pass for CIE; 72 is refused by both.
func TestTheFormatOfTheIssuerMayBeLeftOut(t *testing.T) {
	sp, p := testSP(t), spidtest.NewProvider(t, "https://cie.esempio.it")
	pending := request(t, sp, p.Seen, Want{Level: spid.L2}).Pending
	issuer := "Response/Assertion/Issuer"
	for name, edit := range map[string]samltest.Edit{
		"70": samltest.SetAttribute(issuer, "Format", ""), "71": samltest.DropAttribute(issuer, "Format"),
	} {
		document := samltest.Sign(t, samltest.Apply(t, p.Answer(t, sp.EntityID, sp.ACSURL, pending, spid.L2, ada()), edit), p.IdP.Signer, true, true)
		in := Input{SAMLResponse: binding.EncodePost(document), SP: sp, Provider: p.Seen, Pending: pending, Now: samltest.Start}
		if _, err := CheckResponse(in); err != nil {
			t.Errorf("case %s: %v", name, err)
		}
		if _, err := spidsaml.CheckResponse(spidsaml.Input{SAMLResponse: in.SAMLResponse, SP: sp.party(), Provider: in.Provider, Pending: pending, Now: in.Now}); err == nil {
			t.Errorf("case %s passes for SPID", name)
		}
	}
}

// CIE may write SpidL3 whatever was used: the level that counts is the one asked for.
func TestALevelAboveTheOneAskedForIsNotBelieved(t *testing.T) {
	sp, p := testSP(t), spidtest.NewProvider(t, "https://cie.esempio.it")
	for asked := spid.L1; asked <= spid.L3; asked++ {
		pending := request(t, sp, p.Seen, Want{Level: asked}).Pending
		document := samltest.Sign(t, p.Answer(t, sp.EntityID, sp.ACSURL, pending, spid.L3, ada()), p.IdP.Signer, true, true)
		login, err := CheckResponse(Input{SAMLResponse: binding.EncodePost(document), SP: sp, Provider: p.Seen, Pending: pending, Now: samltest.Start})
		if err != nil || login.Level != asked || login.ACR != asked.URI() {
			t.Errorf("asked %d: %+v, %v", asked, login, err)
		}
	}
}

func TestOnlyTheComparisonsOfCIEAreAsked(t *testing.T) {
	sp, p := testSP(t), spidtest.NewProvider(t, "https://cie.esempio.it")
	for level := spid.Level(0); level <= 4; level++ {
		for _, c := range []spid.Comparison{"", spid.Exact, spid.Minimum, spid.Better, spid.Maximum} {
			allowed := level.Valid() && (c == "" || c == spid.Minimum || c == spid.Exact && level == spid.L3)
			if _, err := sp.Request("_r", samltest.Start, p.Seen, Want{Level: level, Comparison: c}); (err == nil) != allowed {
				t.Errorf("level %d, %q: %v", level, c, err)
			}
		}
	}
}

// ForceAuthn is true even at level 1, where SPID leaves it out; the Destination is
// the address of the binding used.
func TestARequestIsAsCIEWantsIt(t *testing.T) {
	sp, p := testSP(t), spidtest.NewProvider(t, "https://cie.esempio.it")
	p.Seen.SignOn = []metadata.Endpoint{
		{Binding: saml.BindingRedirect, Location: "https://cie.esempio.it/redirect"}, {Binding: saml.BindingPost, Location: "https://cie.esempio.it/post"},
	}
	for level := spid.L1; level <= spid.L3; level++ {
		r := request(t, sp, p.Seen, Want{Level: level})
		root, err := xmlsec.Parse(r.XML, xmlsec.Message)
		if err != nil {
			t.Fatal(err)
		}
		read, err := saml.ReadAuthnRequest(root)
		if err != nil {
			t.Fatal(err)
		}
		if read.ForceAuthn != saml.True || read.Destination != "https://cie.esempio.it/redirect" || read.IsPassive != "" ||
			read.RequestedAuthnContext.Comparison != "minimum" || read.RequestedAuthnContext.ClassRefs[0] != level.URI() || read.Issuer.Value != sp.EntityID {
			t.Errorf("%+v", read)
		}
	}
}

func TestOnlyTheCodesOfCIEHaveWords(t *testing.T) {
	for code := 1; code <= 30; code++ {
		row, known := spid.LookupAnomaly(code)
		got, ok := ParseAnomaly(row.Message())
		words := code == 21 || code == 22 || code == 23 || code == 25
		if !known || !ok || got.Code != code || got.User != words {
			t.Errorf("%d: %+v", code, got)
		}
	}
	if _, ok := ParseAnomaly("no code"); ok {
		t.Error("a message without a code")
	}
}

func TestTheDescriptionCanBeReadAsAService(t *testing.T) {
	sp := testSP(t)
	document, err := sp.Metadata("_sp", samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	s, err := spidsaml.ReadService(document, samltest.Start)
	if err != nil || s.EntityID != sp.EntityID || len(s.AttributeSets) != 1 || len(s.AttributeSets[0].Attributes) != 4 {
		t.Errorf("%+v %v", s, err)
	}
}
