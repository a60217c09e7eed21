package signature_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/refusal"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/trustlist"
	"atrio/people/person"
)

const (
	cf    = "RSSMRA80A01H501U"
	other = "VRDGPP70B02F205Z"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

var contract = st.Contract("Richiesta di Prova Fittizia")

// world is an authority, its list and the verifier that trusts it.
type world struct {
	*st.Authority
	list *trustlist.List
	*signature.Verifier
}

func newWorld() *world {
	w := &world{Authority: st.New(now)}
	w.list = w.Trusted(w.Authority.List())
	w.Verifier = &signature.Verifier{List: func() *trustlist.List { return w.list }, Fetcher: w.Authority}
	return w
}

func (w *world) verify(upload []byte) (signature.Verdict, error) {
	return w.Verify(context.Background(), signature.Request{Contract: contract, FiscalCode: person.FiscalCode(cf), Upload: upload, At: now})
}

func (w *world) wants(t *testing.T, name string, upload []byte, reason refusal.Reason) {
	t.Helper()
	v, err := w.verify(upload)
	if refusal.Of(err) != reason || (err == nil) != (reason == "") {
		t.Errorf("%s: %v, want %q", name, err, reason)
	}
	if err != nil && v.Signer.Subject != "" {
		t.Errorf("%s: a verdict beside a refusal", name)
	}
}

func cades() st.Message { return st.Message{Content: contract} }

// E04
func TestASignedContractIsAccepted(t *testing.T) {
	w := newWorld()
	mario := w.Person(w.Granted, cf)
	der := cades().Sign(mario)
	rsaKey := w.IssueFor(w.Granted, st.RSAKey(), st.Qualified("TINIT-"+cf))
	pss := cades()
	pss.PSS = true
	long := cades()
	long.Hash = crypto.SHA512
	for name, upload := range map[string][]byte{
		"CAdES, DER":            der,
		"CAdES, BER":            st.BER(der),
		"CAdES, base64":         []byte(base64.StdEncoding.EncodeToString(der)),
		"CAdES, base64 lines":   []byte(strings.ReplaceAll(base64.StdEncoding.EncodeToString(der), "A", "A\r\n")),
		"CAdES, PEM":            pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: der}),
		"CAdES, SHA-512":        long.Sign(mario),
		"CAdES, RSA":            cades().Sign(rsaKey),
		"CAdES, RSA-PSS":        pss.Sign(rsaKey),
		"PAdES":                 st.PDF{}.Sign(contract, mario),
		"PAdES, PKCS#7":         st.PDF{SubFilter: "adbe.pkcs7.detached"}.Sign(contract, mario),
		"PAdES, padded by zero": st.PDF{Fill: make([]byte, 50)}.Sign(contract, mario),
	} {
		v, err := w.verify(upload)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if v.Signer.FiscalCode != cf || v.Signer.Surname != "FITTIZIA" || v.Signer.GivenName != "PROVA" || !strings.HasPrefix(name, string(v.Format)) {
			t.Errorf("%s: %+v", name, v.Signer)
		}
		e := v.Evidence
		if len(e.Certificates) != 2 || len(e.Revocation.OCSP) == 0 || !strings.HasPrefix(e.List, "IT 7 sha256:") || e.Service != "Fittizia S.p.A. · granted" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// E04, A19: forged, detached, nested messages, tricks of BER, several signers.
func TestEveryReasonAboutTheFile(t *testing.T) {
	w := newWorld()
	mario, luigi := w.Person(w.Granted, cf), w.Person(w.Granted, other)
	namesake := w.Person(w.Withdrawn, cf, func(c *x509.Certificate) { c.SerialNumber = mario.Certificate.SerialNumber })
	der := cades().Sign(mario)
	with := func(change func(*st.Message)) []byte {
		m := cades()
		change(&m)
		return m.Sign(mario)
	}
	pdf := st.PDF{}.Sign(contract, mario)
	small := newWorld()
	small.MaxBytes = 100
	small.wants(t, "too large", der, refusal.TooLarge)
	for _, c := range []struct {
		name   string
		upload []byte
		want   refusal.Reason
	}{
		{"nothing", nil, refusal.Malformed},
		{"the contract", contract, refusal.NotSigned},
		{"a picture", []byte("\x89PNG\r\n"), refusal.UnsupportedFormat},
		{"ASiC", []byte("PK\x03\x04…"), refusal.UnsupportedFormat},
		{"XAdES", []byte("<?xml version=\"1.0\"?><a/>"), refusal.UnsupportedFormat},
		{"truncated", der[:len(der)-1], refusal.Malformed},
		{"something behind", append(bytes.Clone(der), 0), refusal.Malformed},
		{"a certificate", mario.Certificate.Raw, refusal.Malformed},
		{"PEM of something else", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), refusal.UnsupportedFormat},
		{"PEM twice", bytes.Repeat(pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: der}), 2), refusal.Malformed},
		{"base64 twice", []byte(base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(der)))), refusal.UnsupportedFormat},
		{"detached", with(func(m *st.Message) { m.Detached = true }), refusal.Detached},
		{"no signer", with(func(m *st.Message) { m.NoSigners = true }), refusal.NotSigned},
		{"p7m in p7m", st.Message{Content: der}.Sign(mario), refusal.Nested},
		{"base64 p7m in p7m", st.Message{Content: []byte(base64.StdEncoding.EncodeToString(der))}.Sign(mario), refusal.Nested},
		{"p7m of two in p7m", st.Message{Content: st.Message{Content: contract, Others: []*st.Identity{luigi}}.Sign(mario)}.Sign(mario), refusal.Nested},
		{"PDF in p7m", st.Message{Content: pdf}.Sign(mario), refusal.Nested},
		{"another content", st.Message{Content: append(bytes.Clone(contract), '\n')}.Sign(mario), refusal.OtherContent},
		{"an empty content", st.Message{Content: []byte{}}.Sign(mario), refusal.OtherContent},
		{"two signers", with(func(m *st.Message) { m.Others = []*st.Identity{luigi} }), refusal.SeveralSigners},
		{"countersigned", with(func(m *st.Message) { m.Countersigned = true }), refusal.SeveralSigners},
		{"SHA-1", with(func(m *st.Message) { m.Hash = crypto.SHA1 }), refusal.WeakAlgorithm},
		{"another digest", with(func(m *st.Message) { m.OtherDigest = true }), refusal.BadSignature},
		{"a spoiled signature", with(func(m *st.Message) { m.Spoiled = true }), refusal.BadSignature},
		{"unbound", with(func(m *st.Message) { m.Unbound = true }), refusal.NotBound},
		{"bound by number and issuer too", with(func(m *st.Message) { m.IssuerSerial = mario }), ""},
		{"bound to the number of another", with(func(m *st.Message) { m.IssuerSerial = luigi }), refusal.NotBound},
		{"bound to the number of another issuer", with(func(m *st.Message) { m.IssuerSerial = namesake }), refusal.NotBound},
		{"two hashes in one signature", with(func(m *st.Message) { m.Mixed = crypto.SHA512 }), refusal.Malformed},
		{"bound by SHA-1", with(func(m *st.Message) { m.OldBinding = true }), refusal.NotBound},
		{"bound to somebody else", with(func(m *st.Message) { m.Bound = luigi }), refusal.NotBound},
		{"without the certificate", with(func(m *st.Message) { m.Certificates = []*st.Identity{luigi} }), refusal.CertificateMissing},
		{"an attribute twice", with(func(m *st.Message) { m.Twice = true }), refusal.Malformed},
	} {
		w.wants(t, c.name, c.upload, c.want)
	}
}
