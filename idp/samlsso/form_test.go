package samlsso

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"atrio/base/seal"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/idp/flow"
	"atrio/saml/metadata"
)

// noise is base64 that does not compress, as signatures and certificates are.
func noise(bytes int) string {
	raw := make([]byte, bytes)
	rand.Read(raw)
	return base64.StdEncoding.EncodeToString(raw)
}

// postedRequest is as long as real ones get: 4096-bit key, certificate, long names.
func postedRequest(sp, idp string) string {
	return `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_0123456789abcdef0123456789abcdef01234567" Version="2.0" IssueInstant="2026-03-10T09:30:00.000Z" Destination="` + idp + `/sso" ForceAuthn="true" AssertionConsumerServiceIndex="0" AttributeConsumingServiceIndex="0"><saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity" NameQualifier="` + sp + `">` + sp + `</saml:Issuer>` +
		`<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="#_0123456789abcdef0123456789abcdef01234567"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>` + noise(32) + `</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>` + noise(512) + `</ds:SignatureValue>` +
		`<ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + noise(1500) + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>` +
		`<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient"/><samlp:RequestedAuthnContext Comparison="minimum"><saml:AuthnContextClassRef>https://www.spid.gov.it/SpidL2</saml:AuthnContextClassRef></samlp:RequestedAuthnContext></samlp:AuthnRequest>`
}

func TestALongPostedRequestFitsIntoTheCookieWithoutItsCertificate(t *testing.T) {
	sp, idp := "https://servizionline.dipartimento-lungo.universita-di-prova.example.org/spid", "https://identita.gestore-di-prova.example.org"
	whole := postedRequest(sp, idp)
	cut := string(withoutKeyInfo([]byte(whole)))
	if strings.Contains(cut, "KeyInfo") || !strings.Contains(cut, "</ds:SignatureValue></ds:Signature>") {
		t.Fatalf("cut wrongly: %s", cut)
	}
	request := &spidsaml.Authn{
		RequestID: "_0123456789abcdef0123456789abcdef01234567", Service: sp, ACSURL: sp + "/acs", RelayState: noise(60)[:80],
		DisplayNames: metadata.Localized{{Lang: "it", Text: "Università degli Studi di Prova – Servizi Online"}, {Lang: "en", Text: "University of Prova – Online Services"}},
		Level:        spid.L2, Comparison: spid.Minimum, ForceAuthn: true, XML: []byte(cut),
	}
	for _, row := range spid.Attributes() {
		request.Attributes = append(request.Attributes, row.Name)
	}
	now := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	desk := &flow.Desk{Keyring: seal.NewKeyring("idp", seal.Key{ID: "0123456789abcdef", Secret: [32]byte{1}}), Now: func() time.Time { return now }}
	if err := desk.Fits(request); err != nil {
		t.Errorf("does not fit: %v", err)
	}
	request.XML = []byte(whole)
	if err := desk.Fits(request); err == nil {
		t.Error("the certificate fits too: nothing has to be cut")
	}
}

func TestWhatCannotBeCutStaysWhole(t *testing.T) {
	for _, message := range []string{"", "no xml", "<a/>", `<a xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:Signature/></a>`} {
		if got := string(withoutKeyInfo([]byte(message))); got != message {
			t.Errorf("%q became %q", message, got)
		}
	}
}
