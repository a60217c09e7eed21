package slo_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/samltest"
	"atrio/saml/slo"
	"atrio/saml/xmlsec"
)

func request() *saml.LogoutRequest {
	return &saml.LogoutRequest{
		ID: "_q", Version: saml.Version, IssueInstant: saml.At(samltest.Start), Destination: "https://idp/slo", Issuer: saml.Entity("https://sp"),
		NameID: &saml.NameID{Format: saml.FormatTransient, NameQualifier: "https://idp", Value: "_n"}, SessionIndexes: []string{"_s"},
	}
}

func delivery(t testing.TB, s xmlsec.Signer, way string) slo.Delivery {
	t.Helper()
	text, err := request().XML()
	if err != nil {
		t.Fatal(err)
	}
	return slo.Delivery{ID: "_q", XML: text, Parameter: binding.Request, Binding: way, Location: "https://idp/slo", Signer: s}
}

func posted(t testing.TB, s xmlsec.Signer) []byte {
	t.Helper()
	field, err := delivery(t, s, saml.BindingPost).Field()
	if err != nil {
		t.Fatal(err)
	}
	document, err := binding.DecodePost(field)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func query(t testing.TB, s xmlsec.Signer) string {
	t.Helper()
	address, err := delivery(t, s, saml.BindingRedirect).RedirectURL("opaco & è")
	if err != nil {
		t.Fatal(err)
	}
	return address[strings.IndexByte(address, '?')+1:]
}

// accept takes a document by POST.
func accept(document []byte, s xmlsec.Signer) (*saml.LogoutRequest, error) {
	m, err := slo.Open(&binding.Message{Parameter: binding.Request, XML: document}, true)
	if err != nil {
		return nil, err
	}
	signed, err := m.Verify(samltest.Public(s))
	if err != nil {
		return nil, err
	}
	return saml.ReadLogoutRequest(signed)
}

// acceptQuery takes a query by Redirect.
func acceptQuery(raw string, s xmlsec.Signer) (*saml.LogoutRequest, error) {
	b, err := binding.FromQuery(raw)
	if err != nil {
		return nil, err
	}
	m, err := slo.Open(b, false)
	if err != nil {
		return nil, err
	}
	e, err := m.Verify(samltest.Public(s))
	if err != nil {
		return nil, err
	}
	return saml.ReadLogoutRequest(e)
}

func TestALogoutIsBelievedByTheSignatureOfItsBinding(t *testing.T) {
	s := samltest.ECDSA(t)
	for name, err := range map[string]error{
		"post":     errOf(accept(posted(t, s), s)),
		"redirect": errOf(acceptQuery(query(t, s), s)),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := delivery(t, s, saml.BindingPost).RedirectURL(""); err == nil {
		t.Error("a POST made an address")
	}
	if _, err := delivery(t, s, saml.BindingRedirect).Field(); err == nil {
		t.Error("a redirect made a form")
	}
}

func errOf(r *saml.LogoutRequest, err error) error {
	if err == nil && (r.NameID.Value != "_n" || r.SessionIndexes[0] != "_s") {
		return errors.New("read something else")
	}
	return err
}

func TestForgedLogoutsByPostAreRefused(t *testing.T) {
	s, stranger := samltest.ECDSA(t), samltest.ECDSA(t)
	genuine := posted(t, s)
	plain, err := request().XML()
	if err != nil {
		t.Fatal(err)
	}
	sig := samltest.Find(t, genuine, "LogoutRequest/Signature")
	signature := string(genuine[sig.Start:sig.End])
	evil := strings.NewReplacer(`ID="_q"`, `ID="_e"`, ">_n<", ">_evil<").Replace(string(plain))
	bare := string(genuine[:sig.Start]) + string(genuine[sig.End:])
	into := func(outer, inner string) string {
		return strings.Replace(outer, "</samlp:LogoutRequest>", inner+"</samlp:LogoutRequest>", 1)
	}
	afterIssuer := func(outer, inner string) string {
		return strings.Replace(outer, "</saml:Issuer>", "</saml:Issuer>"+inner, 1)
	}
	for name, document := range map[string]string{
		"unsigned":                            string(plain),
		"by another signer":                   string(posted(t, stranger)),
		"name changed":                        strings.Replace(string(genuine), ">_n<", ">_x<", 1),
		"session added":                       into(string(genuine), "<samlp:SessionIndex>_t</samlp:SessionIndex>"),
		"genuine inside the forged":           into(evil, string(genuine)),
		"genuine in extensions":               afterIssuer(evil, "<samlp:Extensions>"+string(genuine)+"</samlp:Extensions>"),
		"signature of the genuine beside it":  afterIssuer(evil, signature+bare),
		"genuine inside the signature object": afterIssuer(evil, strings.Replace(signature, "</ds:Signature>", "<ds:Object>"+bare+"</ds:Object></ds:Signature>", 1)),
		"signature moved, same identifier":    afterIssuer(strings.Replace(evil, `ID="_e"`, `ID="_q"`, 1), signature),
		"two signatures":                      afterIssuer(string(genuine), signature),
		"forged inside the genuine":           into(string(genuine), evil),
		"another message":                     strings.ReplaceAll(string(genuine), "LogoutRequest", "LogoutResponse"),
		"document type":                       "<!DOCTYPE x>" + string(genuine),
	} {
		t.Run(name, func(t *testing.T) {
			if r, err := accept([]byte(document), s); err == nil {
				t.Errorf("accepted as %+v:\n%s", r, document)
			}
		})
	}
}

func TestForgedLogoutsByRedirectAreRefused(t *testing.T) {
	s, stranger := samltest.ECDSA(t), samltest.ECDSA(t)
	genuine := query(t, s)
	parts := strings.Split(genuine, "&")
	without := func(name string) string {
		var kept []string
		for _, p := range parts {
			if !strings.HasPrefix(p, name+"=") {
				kept = append(kept, p)
			}
		}
		return strings.Join(kept, "&")
	}
	enveloped := binding.EncodePost(binding.Deflate(posted(t, s)))
	response := strings.Replace(genuine, "SAMLRequest=", "SAMLResponse=", 1)
	for name, raw := range map[string]string{
		"unsigned":               parts[0],
		"signature cut":          without("Signature"),
		"algorithm cut":          without("SigAlg"),
		"relay state cut":        without("RelayState"),
		"relay state changed":    strings.Replace(genuine, "opaco", "altro", 1),
		"request twice":          genuine + "&" + parts[0],
		"signature twice":        genuine + "&" + parts[3],
		"request and response":   genuine + "&SAMLResponse=" + url.QueryEscape(enveloped),
		"as response":            response,
		"by another signer":      query(t, stranger),
		"enveloped signature":    "SAMLRequest=" + url.QueryEscape(enveloped),
		"escaped differently":    strings.Replace(genuine, "%C3%A8", "%c3%a8", 1),
		"name escaped":           strings.Replace(genuine, "SAMLRequest", "SAML%52equest", 1),
		"encoding of the sender": genuine + "&SAMLEncoding=x",
	} {
		t.Run(name, func(t *testing.T) {
			if r, err := acceptQuery(raw, s); err == nil {
				t.Errorf("accepted as %+v: %s", r, raw)
			}
		})
	}
	// Signed in both ways: the inner one has no business there. // SAML-bindings 3.4.4.1
	both := delivery(t, s, saml.BindingRedirect)
	both.XML = posted(t, s)
	address, err := both.RedirectURL("")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := acceptQuery(address[strings.IndexByte(address, '?')+1:], s); err == nil {
		t.Error("a signature inside a redirect is accepted")
	}
	// The order is fixed by the standard, not by the sender's address: other parameters
	// and another order change nothing of what was signed.
	reordered := parts[3] + "&" + parts[2] + "&x=1&" + parts[1] + "&" + parts[0]
	if _, err := acceptQuery(reordered, s); err != nil {
		t.Errorf("reordered: %v", err)
	}
}

// FuzzOpen: whatever is made of a genuine request, what is believed says the same.
func FuzzOpen(f *testing.F) {
	s := samltest.ECDSA(f)
	f.Add(posted(f, s))
	plain, err := request().XML()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Fuzz(func(t *testing.T, document []byte) {
		r, err := accept(document, s)
		if err == nil && (r.ID != "_q" || r.NameID.Value != "_n" || len(r.SessionIndexes) != 1 || r.SessionIndexes[0] != "_s") {
			t.Errorf("accepted %+v from\n%s", r, document)
		}
	})
}
