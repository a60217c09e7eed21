package spidsaml

import (
	"errors"
	"strings"
	"testing"

	"atrio/federation/spid"
	corpus "atrio/test/corpus/saml"
)

// The catalogue of test/corpus/saml, cut from an answer that this service accepts and
// with its provider's key: what it refuses, it refuses for the attack.
func TestTheCatalogueAroundAGenuineAnswerIsRefused(t *testing.T) {
	w := newRSAWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	shop := corpus.Around(t, string(w.unsigned(t, pending, w.answer())), w.idp.Signer.Key)
	for _, d := range shop.Control() {
		login, err := CheckResponse(w.input(pending, d.Data))
		if err != nil || login.NameID != corpus.Genuine {
			t.Fatalf("%s: %+v, %v", d.Name, login, err)
		}
	}
	played := 0
	for _, d := range shop.Hostile() {
		if d.Keys != nil {
			continue // the keys are at fault, not the document
		}
		played++
		t.Run(d.Name, func(t *testing.T) {
			login, err := CheckResponse(w.input(pending, d.Data))
			var r *Refusal
			if login != nil || !errors.As(err, &r) || r.Status() < 400 || r.Status() > 499 {
				t.Errorf("read %v, %v", login != nil, err)
			}
			if err != nil && strings.Contains(err.Error(), corpus.Forged) {
				t.Errorf("the reason repeats what was sent: %v", err)
			}
		})
	}
	if played < 380 {
		t.Errorf("only %d documents", played)
	}
}

// Whatever a ciphertext holds, whole or broken, the sender learns the same.
func TestEveryCiphertextGetsTheSameAnswer(t *testing.T) {
	w := newRSAWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	shop := corpus.Around(t, string(w.unsigned(t, pending, w.answer())), w.idp.Signer.Key)
	said := map[string]int{} // by reason: an assertion, and a name inside a signed one
	for _, d := range shop.Encrypted() {
		_, err := CheckResponse(w.input(pending, d.Data))
		var r *Refusal
		if !errors.As(err, &r) {
			t.Fatalf("%s: %v", d.Name, err)
		}
		said[r.Reason()]++
	}
	if len(said) != 2 || said["response-xml"] != 34 || said["assertion-signature"] != 2 {
		t.Errorf("answers: %v", said)
	}
	own, err := w.sp.Metadata("_sp", w.now)
	if err != nil {
		t.Fatal(err)
	}
	// Nobody is invited to encrypt for us.
	if text := string(own); strings.Count(text, "<md:KeyDescriptor") != strings.Count(text, `<md:KeyDescriptor use="signing"`) || strings.Contains(text, "EncryptionMethod") {
		t.Errorf("a key for encryption is published:\n%s", own)
	}
}
