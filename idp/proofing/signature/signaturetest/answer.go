package signaturetest

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ocsp"
)

// ErrSilent is what a fetch gives where the authority does not answer.
var ErrSilent = errors.New("signaturetest: no answer")

// OCSP implements revocation.Fetcher in process.
func (a *Authority) OCSP(_ context.Context, address string, request []byte) ([]byte, error) {
	ca := a.at(address, "/ocsp/")
	if ca == nil || a.Silent["ocsp"] {
		return nil, ErrSilent
	}
	return a.Respond(ca, request, nil)
}

// CRL implements revocation.Fetcher in process.
func (a *Authority) CRL(_ context.Context, address string) ([]byte, error) {
	ca := a.at(address, "/crl/")
	if ca == nil || a.Silent["crl"] {
		return nil, ErrSilent
	}
	return a.RevocationList(ca, nil), nil
}

func (a *Authority) at(address, kind string) *CA {
	name, ok := strings.CutPrefix(address, a.Base+kind)
	for _, ca := range []*CA{a.Granted, a.Withdrawn, a.Unlisted, a.Stamps} {
		if ok && ca.Name == name {
			return ca
		}
	}
	return nil
}

// Respond answers an OCSP request; change may alter the answer before it is signed.
func (a *Authority) Respond(ca *CA, request []byte, change func(*ocsp.Response)) ([]byte, error) {
	q, err := ocsp.ParseRequest(request)
	if err != nil {
		return nil, err
	}
	r := ocsp.Response{Status: ocsp.Good, SerialNumber: q.SerialNumber, IssuerHash: crypto.SHA1,
		ThisUpdate: a.present().Add(-time.Minute), NextUpdate: a.present().Add(time.Hour), Certificate: ca.Responder.Certificate}
	if e, ok := ca.revoked()[q.SerialNumber.String()]; ok {
		r.Status, r.RevokedAt, r.RevocationReason = ocsp.Revoked, e.At, e.Reason
	}
	signer := ca.Responder
	if change != nil {
		change(&r)
	}
	return ocsp.CreateResponse(ca.Certificate, signer.Certificate, r, signer.Key)
}

// RevocationList makes a CRL; change may alter it before it is signed.
func (a *Authority) RevocationList(ca *CA, change func(*x509.RevocationList)) []byte {
	now, revoked := a.present(), ca.revoked()
	list := &x509.RevocationList{Number: big.NewInt(now.Unix()), ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(24 * time.Hour)}
	for _, s := range slices.Sorted(maps.Keys(revoked)) {
		n, _ := new(big.Int).SetString(s, 10)
		e := revoked[s]
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: e.At, ReasonCode: e.Reason})
	}
	if change != nil {
		change(list)
	}
	return must(x509.CreateRevocationList(rand.Reader, list, ca.Certificate, ca.Key))
}
