// Package xsd_test shows what we write to tools that are not ours: every message and
// every description must be valid under the schemas of OASIS, and xmlsec1 must verify
// every signature. The messages themselves are tested beside their packages.
package xsd_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"atrio/federation/cie"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/slo"
	"atrio/saml/xmlsec"
)

// document is something we send, and the places of its signatures.
type document struct {
	name       string
	xml        []byte
	signatures []string
	signer     xmlsec.Signer
}

func italian(text string) metadata.Localized {
	return metadata.Localized{{Lang: "it", Text: text}, {Lang: "en", Text: text}}
}

func service(t testing.TB, s xmlsec.Signer) *spidsaml.SP {
	return &spidsaml.SP{
		EntityID: "https://porta.esempio.it/spid/metadata", ACSURL: "https://porta.esempio.it/spid/acs", SLOURL: "https://porta.esempio.it/spid/slo",
		Organization:  metadata.Organization{Names: italian("Ente & <figli>"), DisplayNames: italian("Ente"), URLs: italian("https://esempio.it/?a=1&b=2")},
		Contact:       spidsaml.Contact{IPACode: "c_test", VATNumber: "IT01234567890", FiscalCode: "01234567890", Email: "spid@esempio.it", Phone: "+390600000000"},
		AttributeSets: []spidsaml.AttributeSet{{Index: 0, Names: italian("Accesso"), Attributes: []string{"spidCode", "name", "fiscalNumber"}}},
		Signer:        s,
		Published:     func() [][]byte { return [][]byte{s.Certificate, samltest.RSA(t).Certificate} },
	}
}

// ofKind is a service with all that a kind publishes.
func ofKind(t testing.TB, s xmlsec.Signer, p spidsaml.Profile) *spidsaml.SP {
	sp := service(t, s)
	sp.Kind, sp.EntityID = p.Kind, "https://porta.esempio.it/"+p.Activity
	sp.OtherACS, sp.Ages = []string{"https://altra.esempio.it/spid/acs"}, &spidsaml.Ages{Min: 14, Max: 17}
	sp.Contact.Company = "Ente & <figli>"
	sp.Aggregated = &spidsaml.Contact{FiscalCode: "01234567890", Company: "Altro", Email: "spid@altro.esempio.it"}
	sp.Billing = &spidsaml.Billing{
		VATNumber: "IT01234567890", FiscalCode: "01234567890", FirstName: "Ada", LastName: "Prova & <figli>", Street: "Via degli Esempi", Number: "1",
		PostalCode: "00100", Town: "Roma", Province: "RM", Country: "IT", Company: "Ada Prova", Email: "conti@esempio.it",
	}
	return sp
}

func cardService(s xmlsec.Signer) *cie.SP {
	return &cie.SP{
		EntityID: "https://porta.esempio.it/cie", ACSURL: "https://porta.esempio.it/cie/acs", SLOURL: "https://porta.esempio.it/cie/slo",
		Organization:   metadata.Organization{Names: italian("Ente"), DisplayNames: italian("Ente"), URLs: italian("https://esempio.it")},
		Administrative: cie.Contact{IPACode: "c_test", Municipality: "H501", Province: "RM", Country: "IT", Company: "Ente", Email: "cie@esempio.it"},
		ServiceNames:   italian("Servizi Online"),
		AttributeSets:  []spidsaml.AttributeSet{{Index: 0, Attributes: cie.Attributes()}},
		Signer:         s,
		Published:      func() [][]byte { return [][]byte{s.Certificate} },
	}
}

func provider(s xmlsec.Signer) *spidsaml.IdP {
	return &spidsaml.IdP{
		EntityID: "https://identita.esempio.it", SSOURL: "https://identita.esempio.it/sso", SLOURL: "https://identita.esempio.it/slo",
		Organization: metadata.Organization{Names: italian("Identità"), DisplayNames: italian("Identità"), URLs: italian("https://identita.esempio.it")},
		Attributes:   []string{"spidCode", "name", "dateOfBirth", "fiscalNumber"},
		Signer:       s,
	}
}

// documents makes one of each kind, with a key of a kind.
func documents(t *testing.T, s xmlsec.Signer) []document {
	t.Helper()
	must := func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	sp, idp := service(t, s), provider(s)
	described := must(idp.Metadata("_idp", samltest.Start))
	p, err := spidsaml.ReadProvider(described, samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	want := spidsaml.Want{Level: spid.L2, Comparison: spid.Minimum, Binding: saml.BindingPost}
	request, err := sp.Request("_request", samltest.Start, p, want)
	if err != nil {
		t.Fatal(err)
	}
	_, field, err := request.Post()
	if err != nil {
		t.Fatal(err)
	}
	want.Purpose = spid.ForNaturalProfession
	professional, err := sp.Request("_request", samltest.Start, p, want)
	if err != nil {
		t.Fatal(err)
	}
	_, professionalField, err := professional.Post()
	if err != nil {
		t.Fatal(err)
	}
	card := cardService(s)
	cardRequest, err := card.Request("_request", samltest.Start, p, cie.Want{Level: spid.L3, Comparison: spid.Exact})
	if err != nil {
		t.Fatal(err)
	}
	asked := &spidsaml.Authn{
		RequestID: "_request", Service: sp.EntityID, ACSURL: sp.ACSURL, Level: spid.L1, Comparison: spid.Minimum,
		Attributes: []string{"spidCode", "name", "dateOfBirth"},
	}
	answer := spidsaml.Answer{
		ResponseID: "_response", AssertionID: "_assertion", NameID: "_name", SessionIndex: "_session", Level: spid.L1,
		AuthnInstant: samltest.Start, Now: samltest.Start,
		Attributes: map[string]string{"spidCode": "TEST123456789A", "name": "Nicolò <\"&'>\t\r\n x", "dateOfBirth": "1980-01-01"},
	}
	from, err := spidsaml.ReadService(must(sp.Metadata("_sp", samltest.Start)), samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	leaving, _, err := sp.Leaver().Ask("_logout", samltest.Start, p.Peer(), "_name", "_session", saml.BindingPost)
	if err != nil {
		t.Fatal(err)
	}
	told, _, err := idp.Leaver().Ask("_logout", samltest.Start, from.Peer(samltest.Start), "_name", "_session", saml.BindingPost)
	if err != nil {
		t.Fatal(err)
	}
	left, err := idp.Leaver().Answer("_left", samltest.Start, from.Peer(samltest.Start), "_logout", saml.BindingPost, false)
	if err != nil {
		t.Fatal(err)
	}
	partly, err := sp.Leaver().Answer("_left", samltest.Start, p.Peer(), "_logout", saml.BindingPost, true)
	if err != nil {
		t.Fatal(err)
	}
	posted := func(d slo.Delivery) []byte {
		t.Helper()
		return must(base64.StdEncoding.DecodeString(string(must(bytesOf(d.Field())))))
	}
	canceled, _ := spid.LookupAnomaly(25)
	version, _ := spid.LookupAnomaly(9)
	var all []document
	for _, p := range spidsaml.Profiles() {
		all = append(all, document{"metadata of the kind " + string(p.Kind), must(ofKind(t, s, p).Metadata("_kind", samltest.Start)), []string{"EntityDescriptor"}, s})
	}
	private := cardService(s)
	private.Administrative = cie.Contact{
		Private: true, VATNumber: "IT01234567890", FiscalCode: "01234567890", NACE2Codes: []string{"62.01", "85.42"}, Municipality: "H501",
		Province: "RM", Country: "IT", Company: "Ente", Email: "cie@esempio.it", Phone: "+390600000000",
	}
	private.Technical = &private.Administrative
	return append(all, []document{
		{"metadata of a private service towards CIE", must(private.Metadata("_cie", samltest.Start)), []string{"EntityDescriptor"}, s},
		{"metadata of the service", must(sp.Metadata("_sp", samltest.Start)), []string{"EntityDescriptor"}, s},
		{"metadata of the provider", described, []string{"EntityDescriptor"}, s},
		{"request by redirect", request.XML, nil, s},
		{"request by post", must(base64.StdEncoding.DecodeString(field)), []string{"AuthnRequest"}, s},
		{"answer of success", must(idp.Success(asked, answer)), []string{"Response/Assertion", "Response"}, s},
		{"answer without attributes", must(idp.Success(asked, spidsaml.Answer{ResponseID: "_r", AssertionID: "_a", NameID: "_n", Level: spid.L3, Now: samltest.Start, AuthnInstant: samltest.Start})),
			[]string{"Response/Assertion", "Response"}, s},
		{"answer of failure", must(idp.Failure(asked, canceled, "_response", samltest.Start)), []string{"Response"}, s},
		{"logout by redirect", leaving.XML, nil, s},
		{"logout of a service by post", posted(leaving), []string{"LogoutRequest"}, s},
		{"logout of a provider by post", posted(told), []string{"LogoutRequest"}, s},
		{"answer to a logout", posted(left), []string{"LogoutResponse"}, s},
		{"answer to a partial logout", posted(partly), []string{"LogoutResponse"}, s},
		{"answer of another version", must(idp.Failure(asked, version, "_response", samltest.Start)), []string{"Response"}, s},
		{"request for professional use", must(base64.StdEncoding.DecodeString(professionalField)), []string{"AuthnRequest"}, s},
		{"metadata of the service towards CIE", must(card.Metadata("_cie", samltest.Start)), []string{"EntityDescriptor"}, s},
		{"request to CIE", cardRequest.XML, nil, s},
	}...)
}

func bytesOf(s string, err error) ([]byte, error) { return []byte(s), err }

func signers(t *testing.T) map[string]xmlsec.Signer {
	return map[string]xmlsec.Signer{"RSA": samltest.RSA(t), "ECDSA": samltest.ECDSA(t)}
}

func TestWhatWeSendIsValidUnderTheSchemas(t *testing.T) {
	for _, d := range documents(t, samltest.ECDSA(t)) {
		t.Run(d.name, func(t *testing.T) {
			if err := validate(t, d.xml); err != nil {
				t.Errorf("%v\n%s", err, d.xml)
			}
		})
	}
}

func TestSchemasRefuseWhatIsNotSAML(t *testing.T) {
	d := documents(t, samltest.ECDSA(t))[0]
	broken := strings.Replace(string(d.xml), "<md:OrganizationName ", "<md:Invented ", 1)
	broken = strings.Replace(broken, "</md:OrganizationName>", "</md:Invented>", 1)
	if validate(t, []byte(broken)) == nil {
		t.Error("the schemas were not applied")
	}
}

func TestXMLSec1VerifiesEverySignatureWeMake(t *testing.T) {
	for kind, s := range signers(t) {
		for _, d := range documents(t, s) {
			t.Run(kind+" "+d.name, func(t *testing.T) {
				for _, path := range d.signatures {
					if err := verify(t, d.xml, path, d.signer); err != nil {
						t.Errorf("%s: %v\n%s", path, err, d.xml)
					}
				}
			})
		}
	}
}

func TestXMLSec1RefusesAChangedDocumentAndAnotherKey(t *testing.T) {
	s := samltest.ECDSA(t)
	all := documents(t, s)
	d := all[slices.IndexFunc(all, func(d document) bool { return d.name == "answer of success" })]
	changed := samltest.Apply(t, d.xml, samltest.Replace("1980-01-01", "1990-01-01"))
	if verify(t, changed, "Response/Assertion", s) == nil {
		t.Error("a changed assertion verifies")
	}
	if verify(t, d.xml, "Response/Assertion", samltest.ECDSA(t)) == nil {
		t.Error("another key verifies")
	}
}
