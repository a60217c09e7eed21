package messages_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// signer has a certificate that holds at every present of the demonstration.
func signer(t *testing.T) xmlsec.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	day := func(year int) time.Time { return time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC) }
	return samltest.Certified(t, key, day(2020), day(2090))
}

// service is a service of others, which asks what the gateway never asks.
type service struct{ sp *spidsaml.SP }

func newService(t *testing.T) *service {
	t.Helper()
	text := func(s string) metadata.Localized { return metadata.Localized{{Lang: "it", Text: s}} }
	const base = "https://servizio.esempio.it"
	return &service{&spidsaml.SP{
		EntityID: base, ACSURL: base + "/acs", SLOURL: base + "/slo", Signer: signer(t),
		Organization: metadata.Organization{Names: text("Servizio di prova"), DisplayNames: text("Servizio"), URLs: text(base)},
		Contact:      spidsaml.Contact{IPACode: "prova", Email: "spid@esempio.it", Phone: "+390200000000"},
		AttributeSets: []spidsaml.AttributeSet{
			{Index: 0, Names: text("Accesso"), Attributes: []string{"spidCode", "name", "familyName", "fiscalNumber", "dateOfBirth", "expirationDate"}},
		},
	}}
}

func (s *service) metadata(t *testing.T) []byte {
	t.Helper()
	document, err := s.sp.Metadata(saml.NewID(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// request makes a request to a provider, by POST.
func (s *service) request(t *testing.T, now time.Time, provider string, level spid.Level) spidsaml.Request {
	t.Helper()
	// What the provider is called and where it listens is all that a request takes of it.
	known, err := spidsaml.ReadProvider(describe(provider, provider+"/sso", s.sp.Signer), now)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.sp.Request(saml.NewID(), now, known, spidsaml.Want{Level: level, Binding: saml.BindingPost})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// spoilt is the address of a request by redirect, changed before it was signed.
func (s *service) spoilt(t *testing.T, now time.Time, provider, before, after string) string {
	t.Helper()
	r := s.request(t, now, provider, spid.L2)
	document := string(r.XML)
	before = strings.Replace(before, "{id}", r.Pending.RequestID, 1)
	if !strings.Contains(document, before) {
		t.Fatalf("%q is not in %s", before, document)
	}
	address, err := binding.RedirectURL(provider+"/sso", binding.Request, []byte(strings.Replace(document, before, after, 1)), "opaco", s.sp.Signer)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// postOnly is a provider of others that takes requests by POST only.
const postOnly = "https://gestore.esempio.it"

func postOnlyProvider(s xmlsec.Signer) []byte { return describe(postOnly, postOnly+"/sso", s) }

// describe writes the metadata of a provider, unsigned.
func describe(entity, address string, s xmlsec.Signer) []byte {
	return fmt.Appendf(nil, `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="%s">`+
		`<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" WantAuthnRequestsSigned="true">`+
		`<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>`+
		`<ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`+
		`<md:NameIDFormat>%s</md:NameIDFormat><md:SingleSignOnService Binding="%s" Location="%s"/>`+
		`</md:IDPSSODescriptor><md:Organization><md:OrganizationName xml:lang="it">Gestore</md:OrganizationName>`+
		`<md:OrganizationDisplayName xml:lang="it">Gestore</md:OrganizationDisplayName><md:OrganizationURL xml:lang="it">%s</md:OrganizationURL>`+
		`</md:Organization></md:EntityDescriptor>`,
		entity, base64.StdEncoding.EncodeToString(s.Certificate), saml.FormatTransient, saml.BindingPost, address, entity)
}
