package spidsaml

import (
	"net/url"
	"strings"
	"testing"

	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// A posted request is believed by the one signature on itself, whatever else the
// service signed: nobody is asked to sign in for a forged one, and nobody is answered.
func TestForgedRequestsByPostAreRefused(t *testing.T) {
	w := newWorld(t)
	genuine := string(w.request(t, Want{Level: spid.L2, Binding: saml.BindingPost}).XML)
	read := func(document string) (*Authn, *Anomaly) {
		return w.idp.ReadRequest(Incoming{Method: "POST", Form: url.Values{"SAMLRequest": {binding.EncodePost([]byte(document))}}, Now: w.now}, w.lookup)
	}
	if _, found := read(w.signedRequest(t, genuine)); found != nil {
		t.Fatal(found)
	}
	for name, document := range w.forgedRequests(t, genuine) {
		t.Run(name, func(t *testing.T) {
			if a, found := read(document); found == nil || found.To != spid.ToPerson || found.HTTP < 400 || found.HTTP > 499 || a != nil {
				t.Errorf("read %+v, %v:\n%s", a, found, document)
			}
		})
	}
}

// signedRequest is a request with the signature of the service, if it has none yet.
func (w *world) signedRequest(t *testing.T, request string) string {
	t.Helper()
	if strings.Contains(request, "<ds:Signature ") {
		return request
	}
	signed, err := xmlsec.Sign([]byte(request), "_request", saml.NameIssuer, w.sp.Signer)
	if err != nil {
		t.Fatal(err)
	}
	return string(signed)
}

func (w *world) forgedRequests(t *testing.T, genuine string) map[string]string {
	t.Helper()
	genuine = w.signedRequest(t, genuine)
	sig := samltest.Find(t, []byte(genuine), "AuthnRequest/Signature")
	signature, bare := genuine[sig.Start:sig.End], genuine[:sig.Start]+genuine[sig.End:]
	evil := strings.NewReplacer(`ID="_request"`, `ID="_evil"`, "SpidL2", "SpidL1").Replace(bare)
	same := strings.Replace(evil, `ID="_evil"`, `ID="_request"`, 1)
	issued := func(document, piece string) string {
		return strings.Replace(document, "</saml:Issuer>", "</saml:Issuer>"+piece, 1)
	}
	last := func(document, piece string) string {
		return strings.Replace(document, "</samlp:AuthnRequest>", piece+"</samlp:AuthnRequest>", 1)
	}
	object := strings.Replace(signature, "</ds:Signature>", "<ds:Object>"+bare+"</ds:Object></ds:Signature>", 1)
	metadata, err := w.sp.Metadata("_request", w.now)
	if err != nil {
		t.Fatal(err)
	}
	own := samltest.Find(t, metadata, "EntityDescriptor/Signature")
	stranger, err := xmlsec.Sign([]byte(bare), "_request", saml.NameIssuer, w.stranger)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"unsigned":                               bare,
		"by a stranger":                          string(stranger),
		"genuine inside the forged":              last(evil, genuine),
		"genuine in extensions":                  issued(evil, "<samlp:Extensions>"+genuine+"</samlp:Extensions>"),
		"signature beside the genuine":           issued(evil, signature+bare),
		"genuine inside its signature":           issued(evil, strings.Replace(signature, "</ds:Signature>", bare+"</ds:Signature>", 1)),
		"genuine in the object of its signature": issued(evil, object),
		"signature moved":                        issued(evil, signature),
		"signature moved, same identifier":       issued(same, signature),
		"two signatures":                         issued(genuine, signature),
		"decoy signature with a forged request":  issued(genuine, strings.Replace(signature, "</ds:Signature>", "<ds:Object>"+evil+"</ds:Object></ds:Signature>", 1)),
		"forged inside the genuine":              last(genuine, evil),
		"signature of the metadata":              issued(same, string(metadata[own.Start:own.End])),
		"the metadata themselves":                string(metadata),
		"the metadata around":                    strings.Replace(string(metadata), "<md:SPSSODescriptor", evil+"<md:SPSSODescriptor", 1),
		"another message":                        strings.ReplaceAll(genuine, "AuthnRequest", "LogoutRequest"),
		"second root":                            genuine + evil,
		"document type":                          "<!DOCTYPE x>" + genuine,
		"comment in the issuer":                  strings.Replace(genuine, "</saml:Issuer>", "<!-- -->.evil</saml:Issuer>", 1),
	}
}
