package xsd_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"atrio/saml/binding"
	"atrio/saml/samltest"
)

// The signature of a redirect is no XML signature; openssl verifies it over the query up
// to "&Signature=".
func TestOpenSSLVerifiesTheSignatureOfARedirect(t *testing.T) {
	need(t, "openssl", "openssl")
	s := samltest.RSA(t)
	address, err := binding.RedirectURL("https://identita.esempio.it/sso", binding.Request, []byte("<a/>"), "opaque é+/=", s)
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(address, "?")
	signed, escaped, _ := strings.Cut(query, "&Signature=")
	encoded, err := url.QueryUnescape(escaped)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(s.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	key := samltest.File(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	value := samltest.File(t, "signature", signature)
	check := func(query string) error {
		return run(exec.Command("openssl", "dgst", "-sha256", "-verify", key, "-signature", value, samltest.File(t, "query", []byte(query))))
	}
	if err := check(signed); err != nil {
		t.Error(err)
	}
	if check(signed+"&x") == nil {
		t.Error("openssl verifies another query")
	}
}
