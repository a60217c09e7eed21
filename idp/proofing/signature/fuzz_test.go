package signature_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	st "atrio/idp/proofing/signature/signaturetest"
)

// Whatever is done to a file that somebody signed: what is accepted is the contract,
// signed by the person.
func FuzzVerify(f *testing.F) {
	w := newWorld()
	mario, luigi := w.Person(w.Granted, cf), w.Person(w.Granted, other)
	der := cades().Sign(mario)
	for _, upload := range [][]byte{
		der, st.BER(der), []byte(base64.StdEncoding.EncodeToString(der)), st.PDF{}.Sign(contract, mario), st.PDF{}.Sign(contract, luigi), contract,
		st.Message{Content: der}.Sign(mario), st.Message{Content: contract, Others: []*st.Identity{luigi}}.Sign(mario), []byte("-----BEGIN CMS-----\n"),
	} {
		f.Add(upload)
	}
	f.Fuzz(func(t *testing.T, upload []byte) {
		v, err := w.verify(upload)
		if err != nil {
			if v.Format != "" {
				t.Fatal("a verdict beside a refusal")
			}
			return
		}
		if v.Signer.FiscalCode != cf || !bytes.Equal(v.Evidence.Certificates[0], mario.Certificate.Raw) {
			t.Fatalf("signed by %+v", v.Signer)
		}
	})
}
