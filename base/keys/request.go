package keys

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"time"
)

// Request writes a request for a certificate of an authority, PEM, for the coming pair
// of a purpose, or else for the one that signs. Both are made when there are none yet.
func (s *Store) Request(p Purpose, now time.Time) ([]byte, error) {
	if p.Certificate == nil {
		return nil, errors.New("keys: pairs of " + p.Name + " have no certificates")
	}
	if err := s.change(p, now, func(succession) error { return nil }); err != nil {
		return nil, err
	}
	all, err := s.Look(p)
	if err != nil {
		return nil, err
	}
	var pair *Pair
	for _, one := range all {
		if one.State == Next || one.State == Signing && pair == nil {
			pair = one
		}
	}
	if pair == nil {
		return nil, errors.New("keys: " + p.Name + " has no pair")
	}
	want := p.Certificate(now)
	extra, err := extensions(want.Policies)
	if err != nil {
		return nil, err
	}
	usage, err := asn1.Marshal(asn1.BitString{Bytes: []byte{0xC0}, BitLength: 2}) // digitalSignature, nonRepudiation
	if err != nil {
		return nil, err
	}
	extra = append(extra, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 15}, Critical: true, Value: usage})
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: want.Subject, ExtraExtensions: extra}, pair.Signer)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}), nil
}
