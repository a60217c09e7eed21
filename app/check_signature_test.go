package app

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/app/plant"
	"atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/signing"
)

// `atrio check` says what keeps signatures from being judged.
func TestCheckSaysWhatKeepsSignaturesFromBeingJudged(t *testing.T) {
	now := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	a := signaturetest.New(now)
	dir := t.TempDir()
	signer, list := filepath.Join(dir, "signer.pem"), filepath.Join(dir, "it.xml")
	write := func(path string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(signer, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Operator.Certificate.Raw}))
	c := signing.Config{Directory: dir, Signers: []string{signer}}
	says := func(name string, at time.Time, warning, fault string) {
		t.Helper()
		got, err := plant.CheckShelf(c, at)
		if (warning == "") != (got == "") || !strings.Contains(got, warning) || (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	says("no list", now, "no trusted list yet", "")
	write(list, a.Write(a.List())) // renewed five months later
	says("in time", now, "", "")
	says("soon", now.AddDate(0, 5, -10), "is to be renewed by 2026-08-10", "")
	says("late", now.AddDate(0, 5, 1), "was to be renewed by 2026-08-10", "")
	write(list, []byte("<x/>"))
	says("damaged", now, "", "idp.signature.directory")
	c.Signers = []string{list}
	says("no certificate", now, "", "idp.signature.signers")
}
