package keys

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// Certificate says what a self-signed certificate shall hold.
type Certificate struct {
	Subject   pkix.Name // see LegalSubject
	Policies  []Policy  // see SPIDPublicPolicies; none: no such extension
	NotBefore time.Time
	NotAfter  time.Time
}

// SelfSigned returns the pair with its certificate: the one in the directory, or
// a new self-signed one as described. A certificate that is there stays, even
// with another subject or expired: replacing it has to be agreed with the
// federation, so it is done by hand or with a new pair.
func (s *Store) SelfSigned(p *Pair, want Certificate) (*Pair, error) {
	_, err := s.loadOrCreate(p.Name+certSuffix, func() ([]byte, error) {
		der, err := selfSign(p, want)
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: certificateType, Bytes: der}), nil
	})
	if err != nil {
		return nil, err
	}
	with := *p
	if with.Certificate, err = s.certificate(p); err != nil {
		return nil, err
	}
	return &with, nil
}

// certificate loads the certificate of the pair; os.ErrNotExist if there is none.
func (s *Store) certificate(p *Pair) (*x509.Certificate, error) {
	file := p.Name + certSuffix
	data, err := s.read(file)
	if err != nil {
		return nil, err
	}
	der, err := onlyBlock(s.path(file), certificateType, data)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("keys: %s: %w", s.path(file), err)
	}
	if id, err := keyID(cert.PublicKey); err != nil || id != p.KeyID {
		return nil, fmt.Errorf("keys: %s does not belong to %s: their public keys differ", s.path(file), s.path(p.Name+keySuffix))
	}
	return cert, nil
}

func selfSign(p *Pair, want Certificate) ([]byte, error) {
	if !want.NotBefore.Before(want.NotAfter) || len(want.Subject.ToRDNSequence()) == 0 {
		return nil, errors.New("a certificate needs a subject and an end after its beginning")
	}
	public, err := x509.MarshalPKIXPublicKey(p.Signer.Public())
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(public)
	extra, err := extensions(want.Policies)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:   want.Subject,
		NotBefore: want.NotBefore,
		NotAfter:  want.NotAfter,
		// SPID Avviso 29 v3: critical, exactly digitalSignature and nonRepudiation.
		KeyUsage:        x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		SubjectKeyId:    id[:20], // RFC 7093 2 (1)
		ExtraExtensions: extra,
	} // without a serial number a random one is taken
	return x509.CreateCertificate(rand.Reader, template, template, p.Signer.Public(), p.Signer)
}

// extensions that crypto/x509 would write otherwise: basicConstraints CA:FALSE
// not critical, and policies with a notice. SPID Avviso 29 v3.
func extensions(policies []Policy) ([]pkix.Extension, error) {
	constraints, err := asn1.Marshal(struct{}{}) // cA is FALSE by default, so left out: RFC 5280 4.2.1.9
	if err != nil {
		return nil, err
	}
	all := []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Value: constraints}}
	if len(policies) == 0 {
		return all, nil
	}
	value, err := marshalPolicies(policies)
	if err != nil {
		return nil, err
	}
	return append(all, pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 32}, Value: value}), nil
}
