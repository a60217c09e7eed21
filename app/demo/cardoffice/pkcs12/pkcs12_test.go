package pkcs12

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	st "atrio/idp/proofing/signature/signaturetest"
)

// OpenSSL reads what we write, with the password and not without.
func TestAnotherProgramReadsTheFile(t *testing.T) {
	a := st.New(time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC))
	by := a.Issue(a.Granted, st.CNS("PRVMRA83E50A744N"))
	file, err := Encode(by.Key, []*x509.Certificate{by.Certificate, a.Granted.Certificate}, "prova è")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "card.p12")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("openssl", "pkcs12", "-in", path, "-passin", "pass:prova è", "-nodes").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var certificates [][]byte
	var key any
	for rest := out; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type == "CERTIFICATE" {
			certificates = append(certificates, block.Bytes)
		} else if key, err = x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
			t.Fatal(err)
		}
	}
	if len(certificates) != 2 || !bytes.Equal(certificates[0], by.Certificate.Raw) || !bytes.Equal(certificates[1], a.Granted.Certificate.Raw) {
		t.Errorf("%d certificates", len(certificates))
	}
	if k, ok := key.(*ecdsa.PrivateKey); !ok || !k.Equal(by.Key) {
		t.Errorf("another key: %T", key)
	}
	if out, err := exec.Command("openssl", "pkcs12", "-in", path, "-passin", "pass:sbagliata", "-nodes").CombinedOutput(); err == nil {
		t.Errorf("a wrong password opens it: %s", out)
	}
}
