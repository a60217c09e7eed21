package revocation_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"atrio/idp/proofing/signature/revocation"
	st "atrio/idp/proofing/signature/signaturetest"
)

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// replay gives the same answer whatever is asked.
type replay struct{ ocsp, crl []byte }

func (r replay) OCSP(context.Context, string, []byte) ([]byte, error) { return r.ocsp, nil }
func (r replay) CRL(context.Context, string) ([]byte, error)          { return r.crl, nil }

func TestARequestAsksAboutOneCertificateOfOneIssuer(t *testing.T) {
	a := st.New(now)
	c := a.Person(a.Granted, "RSSMRA80A01H501U").Certificate
	der, err := revocation.Request(c, a.Granted.Certificate, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	q, err := ocsp.ParseRequest(der)
	if err != nil || q.SerialNumber.Cmp(c.SerialNumber) != 0 {
		t.Fatalf("%+v %v", q, err)
	}
}

func TestAnAnswerAboutTheSameNumberOfAnotherIssuerIsNone(t *testing.T) {
	a := st.New(now)
	c := a.Person(a.Granted, "RSSMRA80A01H501U").Certificate
	// The certificate ID of another authority, answered by the right responder.
	der, err := ocsp.CreateResponse(a.Withdrawn.Certificate, a.Granted.Responder.Certificate, ocsp.Response{Status: ocsp.Good, SerialNumber: c.SerialNumber,
		ThisUpdate: now, NextUpdate: now.Add(time.Hour), Certificate: a.Granted.Responder.Certificate}, a.Granted.Responder.Key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := revocation.Check(t.Context(), replay{ocsp: der}, c, a.Granted.Certificate, now); !errors.Is(err, revocation.ErrUnreachable) {
		t.Error(err)
	}
}

func TestProofsAreKept(t *testing.T) {
	a := st.New(now)
	c := a.Person(a.Granted, "RSSMRA80A01H501U").Certificate
	got, err := revocation.Check(t.Context(), a, c, a.Granted.Certificate, now)
	if err != nil || got.Status != revocation.Good || len(got.OCSP) == 0 || got.CRL != nil || got.Source != a.Base+"/ocsp/granted" || got.ProducedAt.IsZero() {
		t.Errorf("%+v %v", got, err)
	}
	a.Silent["ocsp"] = true
	a.Granted.Revoke(c, now.Add(-time.Hour), 6)
	got, err = revocation.Check(t.Context(), a, c, a.Granted.Certificate, now)
	if err != nil || got.Status != revocation.Suspended || got.OCSP != nil || len(got.CRL) == 0 || !got.Since.Equal(now.Add(-time.Hour)) {
		t.Errorf("%+v %v", got, err)
	}
}

func FuzzAnswers(f *testing.F) {
	a := st.New(now)
	c := a.Person(a.Granted, "RSSMRA80A01H501U").Certificate
	request, err := revocation.Request(c, a.Granted.Certificate, make([]byte, 32))
	if err != nil {
		f.Fatal(err)
	}
	good, err := a.Respond(a.Granted, request, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, a.RevocationList(a.Granted, nil))
	a.Granted.Revoke(c, now.Add(-time.Hour), 1)
	bad, err := a.Respond(a.Granted, request, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bad, a.RevocationList(a.Granted, nil))
	f.Add([]byte{0x30, 3, 10, 1, 6}, []byte{}) // "unauthorized"
	f.Fuzz(func(t *testing.T, ocsp, crl []byte) {
		got, err := revocation.Check(t.Context(), replay{ocsp, crl}, c, a.Granted.Certificate, now)
		if (err == nil) == (got.Status == revocation.Unknown) {
			t.Fatalf("%+v %v", got.Status, err)
		}
	})
}
