package app

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/base/keys/hsm/hsmtest"
	"atrio/saml/samltest"
)

// withToken is a configuration of all roles, the gateway with a token and with
// the provider of the same file.
func withToken(t *testing.T, token hsmtest.Token) string {
	t.Helper()
	provider := configuration(t, nil)
	metadata := samltest.File(t, "provider.xml", []byte(must(t, "metadata", "idp", "-c", provider)))
	return configuration(t, func(s string) string {
		return strings.Replace(s, "[gateway.spid]\n", `[gateway.pkcs11]
module = "`+token.Module+`"
token = "`+token.Label+`"
helper = "`+hsmtest.Helper(t)+`"
[[gateway.spid.providers]]
metadata_file = "`+metadata+`"
[gateway.spid]
`, 1)
	})
}

// TestAGatewayWithItsKeyInAToken: metadata and requests, the token gone and back.
func TestAGatewayWithItsKeyInAToken(t *testing.T) {
	token := hsmtest.New(t)
	t.Setenv("SOFTHSM2_CONF", token.Conf)
	t.Setenv("ATRIO_GATEWAY_PKCS11_PIN_FILE", samltest.File(t, "pin", []byte(token.PIN+"\n")))
	path := withToken(t, token)
	n := newNode(t, path, "gateway")
	refusedWith(t, "0 keys", "keys", "import", "gateway", "spid", "--label", "nobody", "-c", path)
	refusedWith(t, "no ECDSA key", "keys", "import", "gateway", "token-es256", "--label", "rsa", "-c", path)
	must(t, "keys", "import", "gateway", "spid", "--label", "rsa", "-c", path)
	must(t, "keys", "promote", "gateway", "spid", "--force", "--reason", "prova", "-c", path)
	n.minute()
	certificates, _ := n.described("/spid/metadata") // verified by xmlsec1
	if len(certificates) != 2 {
		t.Errorf("%d certificates", len(certificates))
	}
	public := certificates[0].PublicKey.(*rsa.PublicKey)
	n.start(public)

	away := token.Dir + ".away"
	if err := os.Rename(token.Dir, away); err != nil {
		t.Fatal(err)
	}
	device := n.plant.Devices["gateway"]
	device.Close()
	w := n.get("/spid/login?idp=" + url.QueryEscape("https://id.example.it"))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "non è disponibile") || strings.Contains(w.Body.String(), token.PIN) {
		t.Errorf("without its token: %d %s", w.Code, w.Body)
	}
	if w := n.get("/spid/metadata"); w.Code != http.StatusOK {
		t.Errorf("the metadata are signed already: %d", w.Code)
	}
	if !strings.Contains(n.metrics(), `atrio_pkcs11_up{role="gateway"} 0`) {
		t.Error("the figures do not tell")
	}
	if err := os.Rename(away, token.Dir); err != nil {
		t.Fatal(err)
	}
	device.Now = func() time.Time { return time.Now().Add(time.Minute) } // the pause is over
	n.start(public)
	if !strings.Contains(n.metrics(), `atrio_pkcs11_up{role="gateway"} 1`) {
		t.Error("the figures do not tell that it is back")
	}
	if log := n.log.String(); strings.Contains(log, token.PIN) || !strings.Contains(log, "token_unavailable") {
		t.Error("the log tells the PIN, or nothing")
	}
	secrets(t, filepath.Dir(path), token.PIN)
}

// start begins a login and verifies the signature of the request.
func (n *node) start(public *rsa.PublicKey) {
	n.t.Helper()
	w := n.get("/spid/login?idp=" + url.QueryEscape("https://id.example.it"))
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code/100 != 3 || to.Host != "id.example.it" {
		n.t.Fatalf("start: %d to %q, %v", w.Code, w.Header().Get("Location"), err)
	}
	signed, encoded, _ := strings.Cut(to.RawQuery, "&Signature=")
	text, err := url.QueryUnescape(encoded)
	if err != nil {
		n.t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		n.t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(signed))
	if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature); err != nil {
		n.t.Error("the request is signed with another key")
	}
}

// secrets looks through all files of a directory for a word that must not be there.
func secrets(t *testing.T, dir, word string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), word) {
			t.Errorf("%s has the secret", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARoleStartsWhileItsTokenIsAway(t *testing.T) {
	token := hsmtest.New(t)
	t.Setenv("SOFTHSM2_CONF", token.Conf)
	t.Setenv("ATRIO_GATEWAY_PKCS11_PIN", token.PIN)
	path := withToken(t, token)
	must(t, "migrate", "-c", path)
	must(t, "keys", "list", "gateway", "-c", path) // makes the directory
	if _, errs, status := atrio(t, "check", "-c", path); status != 0 {
		t.Errorf("check: %s", errs)
	}
	must(t, "keys", "import", "gateway", "spid", "--label", "rsa", "-c", path)
	must(t, "keys", "promote", "gateway", "spid", "--force", "--reason", "prova", "-c", path)
	t.Setenv("ATRIO_GATEWAY_PKCS11_PIN", "pin-sbagliato")
	if _, errs, status := atrio(t, "check", "-c", path); status != 1 || !strings.Contains(errs, "refused the PIN") || strings.Contains(errs, "pin-sbagliato") {
		t.Errorf("check with a wrong PIN: %d, %s", status, errs)
	}
	n := newNode(t, path, "gateway")
	for range 3 {
		if w := n.get("/spid/metadata"); w.Code != http.StatusServiceUnavailable {
			t.Errorf("metadata: %d", w.Code)
		}
	}
	if w := n.get("/oidc/jwks"); w.Code != http.StatusOK {
		t.Errorf("keys: %d", w.Code)
	}
	if w := n.get("/login"); w.Code != http.StatusOK {
		t.Errorf("login page: %d", w.Code)
	}
	if strings.Contains(n.log.String(), "pin-sbagliato") {
		t.Error("the PIN is in the log")
	}
}
