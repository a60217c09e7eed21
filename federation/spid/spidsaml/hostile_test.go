package spidsaml

import (
	"strings"
	"testing"

	"atrio/federation/spid"
	"atrio/saml/samltest"
)

func TestNoWrappedAnswerIsAccepted(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	forge := func(assertion string) string {
		return strings.NewReplacer(">_name<", ">_forged<", "TINIT-DMCNNA80A41H501X", "TINIT-RSSMRA80A01H501U").Replace(assertion)
	}
	accept := func(document []byte) error {
		_, err := CheckResponse(w.input(pending, document))
		return err
	}
	unsigned := w.unsigned(t, pending, w.answer())
	for name, document := range map[string][]byte{
		"assertion signed": samltest.Sign(t, unsigned, w.idp.Signer, true, false),
		"both signed":      samltest.Sign(t, unsigned, w.idp.Signer, true, true),
	} {
		t.Run(name, func(t *testing.T) {
			if err := accept(document); err != nil {
				t.Fatalf("the genuine answer is refused: %v", err)
			}
			samltest.RefuseAll(t, samltest.Wrap(t, document, forge), accept)
		})
	}
}
