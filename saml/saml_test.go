package saml_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"atrio/saml"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

func parse(t testing.TB, document []byte) *xmlsec.Element {
	t.Helper()
	e, err := xmlsec.Parse(document, xmlsec.Message)
	if err != nil {
		t.Fatalf("%v\n%s", err, document)
	}
	return e
}

func response() *saml.Response {
	return &saml.Response{
		ID: "_r", Version: "2.0", IssueInstant: "2026-03-10T09:30:00.000Z", InResponseTo: "_q", Destination: "https://a/?x=1&y=\"2\"",
		Issuer: saml.Entity("https://idp"),
		Status: &saml.Status{Code: saml.StatusResponder, SubCode: saml.StatusAuthnFailed, Message: "ErrorCode nr25"},
	}
}

func assertion() *saml.Assertion {
	return &saml.Assertion{
		ID: "_a", Version: "2.0", IssueInstant: "2026-03-10T09:30:00.000Z", Issuer: saml.Entity("https://idp"),
		Subject: &saml.Subject{
			NameID:        &saml.NameID{Format: saml.FormatTransient, NameQualifier: "https://idp", SPNameQualifier: "https://sp", Value: "_n"},
			Confirmations: []saml.SubjectConfirmation{{Method: saml.MethodBearer, Data: &saml.SubjectConfirmationData{InResponseTo: "_q", Recipient: "https://a", NotBefore: "x", NotOnOrAfter: "y"}}, {Method: "other"}},
		},
		Conditions:      &saml.Conditions{NotBefore: "x", NotOnOrAfter: "y", Audiences: [][]string{{"a", "b"}, {"c"}, {}}},
		AuthnStatements: []saml.AuthnStatement{{AuthnInstant: "x", SessionIndex: "_s", SessionNotOnOrAfter: "z", HasContext: true, ClassRef: "level"}},
		AttributeStatements: [][]saml.Attribute{
			{{Name: "a", NameFormat: saml.AttributeBasic, FriendlyName: "A", Type: "string", Values: []string{"1", "<&>\"'è"}}, {Name: "b"}},
			{},
		},
	}
}

func TestAResponseIsReadBackAsWritten(t *testing.T) {
	for _, status := range []*saml.Status{{Code: saml.StatusSuccess}, response().Status, nil} {
		want := response()
		want.Status = status
		document, err := want.XML()
		if err != nil {
			t.Fatal(err)
		}
		got, err := saml.ReadResponse(parse(t, document))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v (%v)", got, want, err)
		}
	}
}

func TestAnAssertionIsReadBackFromItsSignedBytesOnly(t *testing.T) {
	s := samltest.ECDSA(t)
	r := response()
	r.Assertion = assertion()
	document, err := r.XML()
	if err != nil {
		t.Fatal(err)
	}
	envelope, err := saml.ReadResponse(parse(t, document))
	if err != nil || envelope.Assertion != nil {
		t.Errorf("an assertion came from unverified bytes (%v)", err)
	}
	document = samltest.Sign(t, document, s, true, false)
	signed, err := xmlsec.Verify(parse(t, document).Child(saml.NameAssertion), samltest.Public(s))
	if err != nil {
		t.Fatal(err)
	}
	got, err := saml.ReadAssertion(signed)
	if err != nil || !reflect.DeepEqual(got, assertion()) {
		t.Errorf("got  %+v\nwant %+v (%v)", got, assertion(), err)
	}
}

func TestARequestIsReadBackAsWritten(t *testing.T) {
	want := &saml.AuthnRequest{
		ID: "_q", Version: "2.0", IssueInstant: "x", Destination: "d", ForceAuthn: saml.True, IsPassive: "0",
		AssertionConsumerServiceIndex: "0", AssertionConsumerServiceURL: "u", ProtocolBinding: saml.BindingPost, AttributeConsumingServiceIndex: "1",
		Issuer:                &saml.NameID{Format: saml.FormatEntity, NameQualifier: "sp", Value: "sp"},
		NameIDPolicy:          &saml.NameIDPolicy{Format: saml.FormatTransient},
		RequestedAuthnContext: &saml.RequestedAuthnContext{Comparison: "minimum", ClassRefs: []string{"a", "b"}},
	}
	document, err := want.XML()
	if err != nil {
		t.Fatal(err)
	}
	got, err := saml.ReadAuthnRequest(parse(t, document))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v (%v)", got, want, err)
	}
}

// Every form that is not the schema's is refused by the reader itself.
func TestReadersRefuseOtherForms(t *testing.T) {
	s := samltest.ECDSA(t)
	r := response()
	r.Assertion = assertion()
	whole, err := r.XML()
	if err != nil {
		t.Fatal(err)
	}
	const a = "Response/Assertion"
	for name, edit := range map[string]samltest.Edit{
		"extensions":                samltest.Insert("Response/Status", "<samlp:Extensions/>"),
		"status before issuer":      samltest.Insert("Response/Issuer", `<samlp:Status><samlp:StatusCode Value="x"/></samlp:Status>`),
		"two issuers":               samltest.Insert("Response/Status", "<saml:Issuer>x</saml:Issuer>"),
		"an issuer with children":   samltest.SetContent("Response/Issuer", "<saml:a/>"),
		"an encrypted assertion":    samltest.Insert(a, "<saml:EncryptedAssertion/>"),
		"a third status":            samltest.SetContent("Response/Status/StatusCode/StatusCode", "<samlp:Other/>"),
		"two status codes":          samltest.Insert("Response/Status/StatusCode", `<samlp:StatusCode Value="x"/>`),
		"a foreign child":           samltest.Insert(a+"/Subject", `<x xmlns="urn:x"/>`),
		"conditions before subject": samltest.Insert(a+"/Subject", "<saml:Conditions/>"),
		"two subjects":              samltest.Insert(a+"/Conditions", "<saml:Subject/>"),
		"two names":                 samltest.Insert(a+"/Subject/SubjectConfirmation", "<saml:NameID>x</saml:NameID>"),
		"an encrypted name":         samltest.Insert(a+"/Subject/NameID", "<saml:EncryptedID/>"),
		"a name with children":      samltest.SetContent(a+"/Subject/NameID", "_n<saml:a/>"),
		"an unknown condition":      samltest.Insert(a+"/Conditions/AudienceRestriction", "<saml:Condition/>"),
		"a foreign audience":        samltest.SetContent(a+"/Conditions/AudienceRestriction", `<x xmlns="urn:x">a</x>`),
		"two contexts":              samltest.Insert(a+"/AuthnStatement/AuthnContext", "<saml:AuthnContext/>"),
		"two classes":               samltest.Insert(a+"/AuthnStatement/AuthnContext/AuthnContextClassRef", "<saml:AuthnContextClassRef/>"),
		"an encrypted attribute":    samltest.Insert(a+"/AttributeStatement/Attribute", "<saml:EncryptedAttribute/>"),
		"a value with children":     samltest.SetContent(a+"/AttributeStatement/Attribute/AttributeValue", "<saml:NameID>x</saml:NameID>"),
		"a value of another name":   samltest.SetContent(a+"/AttributeStatement/Attribute", "<saml:Value>x</saml:Value>"),
	} {
		t.Run(name, func(t *testing.T) {
			document := samltest.Apply(t, whole, edit)
			_, err := saml.ReadResponse(parse(t, document))
			if err == nil {
				document = samltest.Sign(t, document, s, true, false)
				signed, verr := xmlsec.Verify(parse(t, document).Child(saml.NameAssertion), samltest.Public(s))
				if verr != nil {
					t.Fatal(verr)
				}
				_, err = saml.ReadAssertion(signed)
			}
			var form *saml.FormError
			if !errors.As(err, &form) {
				t.Errorf("read: %v", err)
			}
		})
	}
	for _, other := range []string{`<samlp:Response xmlns:samlp="urn:x"/>`, `<Response/>`, `<saml:Assertion xmlns:saml="` + saml.NamespaceAssertion + `"/>`} {
		if _, err := saml.ReadResponse(parse(t, []byte(other))); err == nil {
			t.Errorf("%s is no Response", other)
		}
		if _, err := saml.ReadAuthnRequest(parse(t, []byte(other))); err == nil {
			t.Errorf("%s is no AuthnRequest", other)
		}
	}
}

func TestInstantsHaveOneForm(t *testing.T) {
	want := time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)
	for text, fraction := range map[saml.Instant]time.Duration{
		"2026-03-10T09:30:00Z": 0, "2026-03-10T09:30:00.5Z": 500 * time.Millisecond, "2026-03-10T09:30:00.123456789Z": 123456789,
		"2026-03-10T10:30:00+01:00": 0, saml.At(want.In(time.FixedZone("", 7200))): 0,
	} {
		if got, err := text.Time(); err != nil || !got.Equal(want.Add(fraction)) || got.Location() != time.UTC {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, bad := range []saml.Instant{
		"", "2018-09-04", "2018.09.18", "10-09-2018", "2018-09-06 16:00", "2026-03-10T09:30:00", "2026-03-10T09:30Z", "2026-03-10T9:30:00Z",
		"2026-03-10T09:30:00,5Z", "2026-03-10t09:30:00z", "2026-13-10T09:30:00Z", "2026-02-30T09:30:00Z", "2026-03-10T24:00:00Z", "2026-03-10T09:30:60Z",
		" 2026-03-10T09:30:00Z", "2026-03-10T09:30:00Z ", "+2026-03-10T09:30:00Z", "-0001-03-10T09:30:00Z", "2026-03-10T09:30:00.1234567890Z",
		"2026-03-10T09:30:00.Z", "2026-03-10T09:30:00+25:00", saml.Instant("2026-03-10T09:30:00." + strings.Repeat("0", 100) + "Z"),
	} {
		if got, err := bad.Time(); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

func TestIdentifiersAreNamesAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := saml.NewID()
		if len(id) != 41 || id[0] != '_' || seen[id] {
			t.Fatal(id)
		}
		seen[id] = true
	}
}

func TestAnErrorStaysShortWhateverTheDocumentNames(t *testing.T) {
	long := strings.Repeat("è", 60_000)
	for _, document := range []string{"<" + long + "/>", `<p:Response xmlns:p="` + saml.NamespaceProtocol + `"><` + long + `/></p:Response>`} {
		root, err := xmlsec.Parse([]byte(document), xmlsec.Message)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := saml.ReadResponse(root); err == nil || len(err.Error()) > 300 || !utf8.ValidString(err.Error()) {
			t.Errorf("an error of %d bytes", len(fmt.Sprint(err)))
		}
	}
}
