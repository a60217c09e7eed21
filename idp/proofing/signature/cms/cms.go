// Package cms reads signed messages (RFC 5652, CAdES) strictly and says whose they
// are: one signer, one signature over known bytes, bound to one certificate.
//
// It owns the grammar, the algorithms and the mathematics. Whether the certificate
// deserves trust, and what was signed, is for the caller. BER is normalised once
// (Normalise); everything else reads DER through x/crypto/cryptobyte.
package cms

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

// What Parse and Verify find wrong, beside ErrWeak and ErrSignature.
var (
	ErrSigners     = errors.New("cms: other than exactly one signer, or a countersignature")
	ErrUnsigned    = errors.New("cms: no signer")
	ErrCertificate = errors.New("cms: the certificate of the signer is missing or unreadable")
	ErrBinding     = errors.New("cms: the signature does not say which certificate made it, or says another")
	ErrKind        = errors.New("cms: not a signed message")

	errForm = errors.New("cms: malformed")
)

// Content types.
var (
	OIDData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	OIDSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	OIDTimeStamp  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
)

const maxCertificates = 32

// Message is a signed message with exactly one signer. Nothing of it is verified.
type Message struct {
	ContentType asn1.ObjectIdentifier
	// Content is nil where the signature is detached.
	Content []byte
	// Certificates are those that could be read; they prove nothing.
	Certificates []*x509.Certificate
	Signer       Signer
}

// Signer is the one SignerInfo.
type Signer struct {
	Digest    crypto.Hash
	Algorithm Algorithm
	// Value is the signature, TimeStamps are tokens over it (RFC 3161, CAdES).
	Value      []byte
	TimeStamps [][]byte

	issuer      []byte // of the certificate, DER; or subjectKey
	serial      *big.Int
	subjectKey  []byte
	attributes  attributes
	attributeOf []byte // what was signed: the attributes as a SET
}

// Parse reads a ContentInfo, DER, that fills data.
func Parse(data []byte) (*Message, error) {
	s := cryptobyte.String(data)
	var info, signed, inner cryptobyte.String
	var kind asn1.ObjectIdentifier
	if !s.ReadASN1(&info, tag.SEQUENCE) || !s.Empty() || !info.ReadASN1ObjectIdentifier(&kind) {
		return nil, errForm
	}
	if !kind.Equal(OIDSignedData) {
		return nil, ErrKind
	}
	if !info.ReadASN1(&inner, explicit(0)) || !info.Empty() || !inner.ReadASN1(&signed, tag.SEQUENCE) || !inner.Empty() {
		return nil, errForm
	}
	m := &Message{}
	var version int
	var digests, certificates, crls, signers cryptobyte.String
	var there bool
	if !signed.ReadASN1Integer(&version) || version < 1 || version > 5 || !signed.ReadASN1(&digests, tag.SET) || !m.readContent(&signed) ||
		!signed.ReadOptionalASN1(&certificates, &there, explicit(0)) || !signed.ReadOptionalASN1(&crls, &there, explicit(1)) ||
		!signed.ReadASN1(&signers, tag.SET) || !signed.Empty() {
		return nil, errForm
	}
	if err := m.readCertificates(certificates); err != nil {
		return nil, err
	}
	if signers.Empty() {
		return nil, ErrUnsigned
	}
	var one cryptobyte.String
	if !signers.ReadASN1(&one, tag.SEQUENCE) {
		return nil, errForm
	}
	if !signers.Empty() {
		return nil, ErrSigners
	}
	return m, m.Signer.read(one)
}

// explicit is a constructed tag of the context.
func explicit(n uint8) tag.Tag { return tag.Tag(n).ContextSpecific().Constructed() }

// readContent reads EncapsulatedContentInfo (RFC 5652 5.2).
func (m *Message) readContent(s *cryptobyte.String) bool {
	var seq, wrapped, content cryptobyte.String
	var there bool
	if !s.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1ObjectIdentifier(&m.ContentType) ||
		!seq.ReadOptionalASN1(&wrapped, &there, explicit(0)) || !seq.Empty() {
		return false
	}
	if !there {
		return true
	}
	if !wrapped.ReadASN1(&content, tag.OCTET_STRING) || !wrapped.Empty() {
		return false
	}
	m.Content = append([]byte{}, content...)
	return true
}

// readCertificates reads the certificates (RFC 5652 10.2.3), passing over other kinds
// and those that cannot be read: only the signer's has to be there.
func (m *Message) readCertificates(s cryptobyte.String) error {
	for n := 0; !s.Empty(); n++ {
		var element cryptobyte.String
		var t tag.Tag
		if n == maxCertificates || !s.ReadAnyASN1Element(&element, &t) {
			return errForm
		}
		if t != tag.SEQUENCE {
			continue
		}
		if c, err := x509.ParseCertificate(element); err == nil {
			m.Certificates = append(m.Certificates, c)
		}
	}
	return nil
}

// read reads SignerInfo (RFC 5652 5.3). Signed attributes are demanded.
func (g *Signer) read(s cryptobyte.String) error {
	var version int
	if !s.ReadASN1Integer(&version) {
		return errForm
	}
	if err := g.readIdentifier(&s, version); err != nil {
		return err
	}
	var err error
	if g.Digest, err = ReadHash(&s); err != nil {
		return err
	}
	var signed, unsigned cryptobyte.String
	var there bool
	if !s.ReadOptionalASN1(&signed, &there, explicit(0)) {
		return errForm
	}
	if !there { // without them nothing says which certificate it was
		return ErrBinding
	}
	if g.Algorithm, err = ReadAlgorithm(&s, g.Digest); err != nil {
		return err
	}
	var value cryptobyte.String
	if !s.ReadASN1(&value, tag.OCTET_STRING) || !s.ReadOptionalASN1(&unsigned, &there, explicit(1)) || !s.Empty() {
		return errForm
	}
	g.Value = bytes.Clone(value)
	if err := g.attributes.read(signed); err != nil {
		return err
	}
	var b cryptobyte.Builder
	b.AddASN1(tag.SET, func(b *cryptobyte.Builder) { b.AddBytes(signed) }) // RFC 5652 5.4
	if g.attributeOf, err = b.Bytes(); err != nil {
		return errForm
	}
	return g.readUnsigned(unsigned)
}

// readIdentifier reads SignerIdentifier; the version goes with its kind.
func (g *Signer) readIdentifier(s *cryptobyte.String, version int) error {
	if version == 3 {
		var key cryptobyte.String
		if !s.ReadASN1(&key, tag.Tag(0).ContextSpecific()) || key.Empty() {
			return errForm
		}
		g.subjectKey = bytes.Clone(key)
		return nil
	}
	var seq, issuer cryptobyte.String
	g.serial = new(big.Int)
	if version != 1 || !s.ReadASN1(&seq, tag.SEQUENCE) || !seq.ReadASN1Element(&issuer, tag.SEQUENCE) ||
		!seq.ReadASN1Integer(g.serial) || !seq.Empty() {
		return errForm
	}
	g.issuer = bytes.Clone(issuer)
	return nil
}

// certificate finds the certificate that the signer names; two that fit and differ
// are a trick.
func (m *Message) certificate() (*x509.Certificate, error) {
	var found *x509.Certificate
	for _, c := range m.Certificates {
		fits := bytes.Equal(c.RawIssuer, m.Signer.issuer) && m.Signer.serial != nil && c.SerialNumber.Cmp(m.Signer.serial) == 0
		if m.Signer.subjectKey != nil {
			fits = bytes.Equal(c.SubjectKeyId, m.Signer.subjectKey)
		}
		if !fits || found != nil && found.Equal(c) {
			continue
		}
		if found != nil {
			return nil, errForm
		}
		found = c
	}
	if found == nil {
		return nil, ErrCertificate
	}
	return found, nil
}

// Verify checks that the one signer signed the pieces of content, one after the other,
// with the key of a certificate in the message to which the signature is bound, and
// gives that certificate. oldBinding also admits the binding by SHA-1 that tokens of
// time still have (RFC 5816 2.2.1).
func (m *Message) Verify(oldBinding bool, content ...[]byte) (*x509.Certificate, error) {
	g := &m.Signer
	if !g.attributes.contentType.Equal(m.ContentType) { // RFC 5652 11.1
		return nil, errForm
	}
	if !bytes.Equal(g.attributes.digest, sum(g.Digest, content...)) {
		return nil, ErrSignature
	}
	c, err := m.certificate()
	if err != nil {
		return nil, err
	}
	if err := g.attributes.bound(c, oldBinding); err != nil {
		return nil, err
	}
	if err := g.Algorithm.Check(c.PublicKey, g.Value, g.attributeOf); err != nil {
		return nil, err
	}
	return c, nil
}
