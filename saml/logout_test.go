package saml_test

import (
	"reflect"
	"strings"
	"testing"

	"atrio/saml"
)

func logoutRequest() *saml.LogoutRequest {
	return &saml.LogoutRequest{
		ID: "_q", Version: "2.0", IssueInstant: "2026-03-10T09:30:00.000Z", Destination: "https://a/?x=1&y=\"2\"", NotOnOrAfter: "2026-03-10T09:35:00.000Z",
		Reason: "urn:oasis:names:tc:SAML:2.0:logout:user", Issuer: saml.Entity("https://sp"),
		NameID:         &saml.NameID{Format: saml.FormatTransient, NameQualifier: "https://idp", SPNameQualifier: "https://sp", Value: "_n<&>"},
		SessionIndexes: []string{"_s1", "_s2"},
	}
}

func logoutResponse() *saml.LogoutResponse {
	return &saml.LogoutResponse{
		ID: "_r", Version: "2.0", IssueInstant: "2026-03-10T09:30:00.000Z", InResponseTo: "_q", Destination: "https://a/", Issuer: saml.Entity("https://idp"),
		Status: &saml.Status{Code: saml.StatusRequester, SubCode: saml.StatusPartialLogout},
	}
}

func TestMessagesOfLogoutAreReadBackAsWritten(t *testing.T) {
	for _, want := range []*saml.LogoutRequest{logoutRequest(), {ID: "_q"}} {
		document, err := want.XML()
		if err != nil {
			t.Fatal(err)
		}
		got, err := saml.ReadLogoutRequest(parse(t, document))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v (%v)", got, want, err)
		}
	}
	for _, want := range []*saml.LogoutResponse{logoutResponse(), {ID: "_r"}} {
		document, err := want.XML()
		if err != nil {
			t.Fatal(err)
		}
		got, err := saml.ReadLogoutResponse(parse(t, document))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v (%v)", got, want, err)
		}
	}
}

// The exact text: partners and validators compare it with the examples of Avviso 3.
func TestTheTextOfALogoutRequest(t *testing.T) {
	r := logoutRequest()
	r.NotOnOrAfter, r.Reason, r.Destination, r.SessionIndexes = "", "", "https://idp/slo", []string{"_s"}
	r.Issuer.NameQualifier, r.NameID.SPNameQualifier, r.NameID.Value = "https://sp", "", "_n"
	got, err := r.XML()
	if err != nil {
		t.Fatal(err)
	}
	want := `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"` +
		` ID="_q" Version="2.0" IssueInstant="2026-03-10T09:30:00.000Z" Destination="https://idp/slo">` +
		`<saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity" NameQualifier="https://sp">https://sp</saml:Issuer>` +
		`<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient" NameQualifier="https://idp">_n</saml:NameID>` +
		`<samlp:SessionIndex>_s</samlp:SessionIndex></samlp:LogoutRequest>`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestStrangeMessagesOfLogoutAreRefused(t *testing.T) {
	request, err := logoutRequest().XML()
	if err != nil {
		t.Fatal(err)
	}
	response, err := logoutResponse().XML()
	if err != nil {
		t.Fatal(err)
	}
	const end = "</samlp:LogoutRequest>"
	for name, document := range map[string]string{
		"extensions":       strings.Replace(string(request), "</saml:Issuer>", "</saml:Issuer><samlp:Extensions><x/></samlp:Extensions>", 1),
		"base name":        strings.Replace(string(request), "saml:NameID", "saml:BaseID", -1),
		"encrypted name":   strings.Replace(string(request), "saml:NameID", "saml:EncryptedID", -1),
		"second name":      strings.Replace(string(request), "<samlp:SessionIndex>", "<saml:NameID>_m</saml:NameID><samlp:SessionIndex>", 1),
		"name at the end":  strings.Replace(string(request), end, "<saml:NameID>_m</saml:NameID>"+end, 1),
		"element in index": strings.Replace(string(request), "_s1", "<x/>", 1),
		"an answer":        string(response),
	} {
		if r, err := saml.ReadLogoutRequest(parse(t, []byte(document))); err == nil {
			t.Errorf("%s: read as %+v", name, r)
		}
	}
	for name, document := range map[string]string{
		"assertion":  strings.Replace(string(response), "</samlp:LogoutResponse>", "<saml:Assertion/></samlp:LogoutResponse>", 1),
		"two status": strings.Replace(string(response), "</samlp:LogoutResponse>", "<samlp:Status/></samlp:LogoutResponse>", 1),
		"a request":  string(request),
	} {
		if r, err := saml.ReadLogoutResponse(parse(t, []byte(document))); err == nil {
			t.Errorf("%s: read as %+v", name, r)
		}
	}
	if _, err := saml.ReadLogoutRequest(nil); err == nil {
		t.Error("nothing was read as a request")
	}
}
