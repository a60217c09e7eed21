package revocation

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the name of the issuer in a CertID, which every responder knows: no security rests on it
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"atrio/idp/proofing/signature/cms"
)

var errOCSP = errors.New("revocation: an OCSP answer that cannot be used")

// errUnknown is a verified answer: the authority does not know the certificate. No list
// is asked then, because a list says nothing of what nobody knows.
var errUnknown = errors.New("revocation: the authority does not know the certificate")

var (
	oidBasic   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}
	oidNonce   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}
	oidSHA1    = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256  = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	reasonTag  = tag.Tag(0).ContextSpecific().Constructed()
	goodTag    = tag.Tag(0).ContextSpecific()
	revokedTag = tag.Tag(1).ContextSpecific().Constructed()
)

// maxAge bounds answers that say no end of their own, as RFC 6960 4.2.2.1 allows.
const maxAge = 10 * time.Minute

func askOCSP(ctx context.Context, f Fetcher, address string, c, issuer *x509.Certificate, at time.Time) (Answer, error) {
	nonce := make([]byte, 32)
	if _, err := rand.Read(nonce); err != nil {
		return Answer{}, err
	}
	request, err := Request(c, issuer, nonce)
	if err != nil {
		return Answer{}, err
	}
	data, err := f.OCSP(ctx, address, request)
	if err != nil {
		return Answer{}, err
	}
	a, err := readOCSP(data, nonce, c, issuer, at)
	a.OCSP, a.Source = data, address
	return a, err
}

type certID struct {
	Algorithm pkix.AlgorithmIdentifier
	Name, Key []byte
	Serial    *big.Int
}

func idOf(h crypto.Hash, c, issuer *x509.Certificate) (certID, error) {
	key, err := keyBits(issuer)
	if err != nil {
		return certID{}, err
	}
	digest := func(b []byte) []byte { s := sha1.Sum(b); return s[:] } //nolint:gosec // see the import
	oid := oidSHA1
	if h == crypto.SHA256 {
		digest = func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
		oid = oidSHA256
	}
	return certID{pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.NullRawValue}, digest(issuer.RawSubject), digest(key), c.SerialNumber}, nil
}

// keyBits is the public key without its algorithm.
func keyBits(c *x509.Certificate) ([]byte, error) {
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(c.RawSubjectPublicKeyInfo, &info); err != nil {
		return nil, err
	}
	return info.Key.RightAlign(), nil
}

// Request makes an OCSP request with a nonce (RFC 6960 4.1, RFC 9654).
func Request(c, issuer *x509.Certificate, nonce []byte) ([]byte, error) {
	id, err := idOf(crypto.SHA1, c, issuer)
	if err != nil {
		return nil, err
	}
	inner, err := asn1.Marshal(nonce)
	if err != nil {
		return nil, err
	}
	type single struct{ ID certID }
	type tbs struct {
		List       []single
		Extensions []pkix.Extension `asn1:"explicit,tag:2"`
	}
	return asn1.Marshal(struct{ TBS tbs }{tbs{[]single{{id}}, []pkix.Extension{{Id: oidNonce, Value: inner}}}})
}

// basic is a BasicOCSPResponse, read and not verified.
type basic struct {
	signed    []byte // tbsResponseData
	algorithm cms.Algorithm
	signature []byte
	certs     []*x509.Certificate
	byName    []byte // responderID, one of the two
	byKey     []byte
	responses cryptobyte.String
	nonce     []byte
}

// readOCSP verifies an answer and gives what it says of the certificate.
func readOCSP(data, nonce []byte, c, issuer *x509.Certificate, at time.Time) (Answer, error) {
	if len(data) > maxOCSP {
		return Answer{}, errOCSP
	}
	b, err := parseOCSP(data)
	if err != nil {
		return Answer{}, err
	}
	responder, err := b.responder(issuer, at)
	if err != nil {
		return Answer{}, err
	}
	if err := b.algorithm.Check(responder.PublicKey, b.signature, b.signed); err != nil {
		return Answer{}, err
	}
	// A responder may leave the nonce out, because it signs in advance (RFC 9654 2.1); if
	// it gives one it is ours.
	if b.nonce != nil && !bytes.Equal(b.nonce, nonce) {
		return Answer{}, errOCSP
	}
	for !b.responses.Empty() {
		var one cryptobyte.String
		if !b.responses.ReadASN1(&one, tag.SEQUENCE) {
			return Answer{}, errOCSP
		}
		a, ours, err := readSingle(one, c, issuer, at)
		if err != nil || ours {
			return a, err
		}
	}
	return Answer{}, errOCSP
}

func parseOCSP(data []byte) (*basic, error) {
	s := cryptobyte.String(data)
	var response, wrapped, bytesOf, octets, all, content, algorithm, certs cryptobyte.String
	var status int
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&response, tag.SEQUENCE) || !s.Empty() || !response.ReadASN1Enum(&status) || status != 0 {
		return nil, errOCSP
	}
	if !response.ReadASN1(&wrapped, tag.Tag(0).ContextSpecific().Constructed()) || !response.Empty() ||
		!wrapped.ReadASN1(&bytesOf, tag.SEQUENCE) || !bytesOf.ReadASN1ObjectIdentifier(&oid) || !oid.Equal(oidBasic) ||
		!bytesOf.ReadASN1(&octets, tag.OCTET_STRING) || !bytesOf.Empty() {
		return nil, errOCSP
	}
	b := &basic{}
	var bits asn1.BitString
	var there bool
	if !octets.ReadASN1(&all, tag.SEQUENCE) || !octets.Empty() || !all.ReadASN1Element(&content, tag.SEQUENCE) || !all.ReadASN1Element(&algorithm, tag.SEQUENCE) ||
		!all.ReadASN1BitString(&bits) || !all.ReadOptionalASN1(&certs, &there, tag.Tag(0).ContextSpecific().Constructed()) || !all.Empty() {
		return nil, errOCSP
	}
	b.signed, b.signature = content, bits.RightAlign()
	var err error
	if b.algorithm, err = cms.ReadAlgorithm(&algorithm, 0); err != nil {
		return nil, err
	}
	if err := b.readCertificates(certs); err != nil {
		return nil, err
	}
	return b, b.readData(content)
}

func (b *basic) readCertificates(certs cryptobyte.String) error {
	if certs.Empty() {
		return nil
	}
	var list cryptobyte.String
	if !certs.ReadASN1(&list, tag.SEQUENCE) || !certs.Empty() {
		return errOCSP
	}
	for n := 0; !list.Empty(); n++ {
		var one cryptobyte.String
		if n == maxResponder || !list.ReadASN1Element(&one, tag.SEQUENCE) {
			return errOCSP
		}
		c, err := x509.ParseCertificate(one)
		if err != nil {
			return err
		}
		b.certs = append(b.certs, c)
	}
	return nil
}

// readData reads ResponseData.
func (b *basic) readData(element cryptobyte.String) error {
	var s, version, id, extensions cryptobyte.String
	var there, extended bool
	var produced time.Time
	var kind tag.Tag
	if !element.ReadASN1(&s, tag.SEQUENCE) || !s.ReadOptionalASN1(&version, &there, tag.Tag(0).ContextSpecific().Constructed()) ||
		!s.ReadAnyASN1(&id, &kind) || !s.ReadASN1GeneralizedTime(&produced) || !s.ReadASN1(&b.responses, tag.SEQUENCE) ||
		!s.ReadOptionalASN1(&extensions, &extended, tag.Tag(1).ContextSpecific().Constructed()) || !s.Empty() {
		return errOCSP
	}
	switch kind {
	case tag.Tag(1).ContextSpecific().Constructed():
		b.byName = id
	case tag.Tag(2).ContextSpecific().Constructed():
		if !id.ReadASN1Bytes(&b.byKey, tag.OCTET_STRING) || !id.Empty() {
			return errOCSP
		}
	default:
		return errOCSP
	}
	if !extended {
		return nil
	}
	return eachExtension(extensions, func(oid asn1.ObjectIdentifier, critical bool, value cryptobyte.String) error {
		if oid.Equal(oidNonce) {
			if !value.ReadASN1Bytes(&b.nonce, tag.OCTET_STRING) {
				return errOCSP
			}
			return nil
		}
		if critical {
			return errOCSP
		}
		return nil
	})
}

func eachExtension(wrapped cryptobyte.String, do func(asn1.ObjectIdentifier, bool, cryptobyte.String) error) error {
	var list cryptobyte.String
	if !wrapped.ReadASN1(&list, tag.SEQUENCE) || !wrapped.Empty() {
		return errOCSP
	}
	for !list.Empty() {
		var one, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		var critical bool
		if !list.ReadASN1(&one, tag.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&oid) ||
			!one.ReadOptionalASN1Boolean(&critical, tag.BOOLEAN, false) || !one.ReadASN1(&value, tag.OCTET_STRING) || !one.Empty() {
			return errOCSP
		}
		if err := do(oid, critical, value); err != nil {
			return err
		}
	}
	return nil
}

// responder gives the certificate that may speak for the issuer: its own, or one that
// it issued for this and nothing else (RFC 6960 4.2.2.2).
func (b *basic) responder(issuer *x509.Certificate, at time.Time) (*x509.Certificate, error) {
	if b.is(issuer) {
		return issuer, nil
	}
	for _, c := range b.certs {
		if !b.is(c) {
			continue
		}
		if at.Before(c.NotBefore) || at.After(c.NotAfter) || !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) ||
			!bytes.Equal(c.RawIssuer, issuer.RawSubject) || len(c.UnhandledCriticalExtensions) > 0 || c.IsCA {
			return nil, errOCSP
		}
		return c, c.CheckSignatureFrom(issuer)
	}
	return nil, errOCSP
}

// is says whether responderID names a certificate.
func (b *basic) is(c *x509.Certificate) bool {
	if b.byName != nil {
		return bytes.Equal(b.byName, c.RawSubject)
	}
	key, err := keyBits(c)
	if err != nil {
		return false
	}
	digest := sha1.Sum(key) //nolint:gosec // RFC 6960 4.2.1 names keys so
	return bytes.Equal(b.byKey, digest[:])
}

// readSingle reads a SingleResponse and says whether it is about the certificate.
func readSingle(s cryptobyte.String, c, issuer *x509.Certificate, at time.Time) (a Answer, ours bool, err error) {
	var id, status, next, extensions cryptobyte.String
	var kind tag.Tag
	var hasNext, extended bool
	if !s.ReadASN1Element(&id, tag.SEQUENCE) || !s.ReadAnyASN1(&status, &kind) || !s.ReadASN1GeneralizedTime(&a.ProducedAt) ||
		!s.ReadOptionalASN1(&next, &hasNext, tag.Tag(0).ContextSpecific().Constructed()) ||
		!s.ReadOptionalASN1(&extensions, &extended, tag.Tag(1).ContextSpecific().Constructed()) || !s.Empty() {
		return Answer{}, false, errOCSP
	}
	if !isAbout(id, c, issuer) {
		return Answer{}, false, nil
	}
	until := a.ProducedAt.Add(maxAge)
	if hasNext && (!next.ReadASN1GeneralizedTime(&until) || !next.Empty()) {
		return Answer{}, false, errOCSP
	}
	if extended {
		err := eachExtension(extensions, func(_ asn1.ObjectIdentifier, critical bool, _ cryptobyte.String) error {
			if critical {
				return errOCSP
			}
			return nil
		})
		if err != nil {
			return Answer{}, false, err
		}
	}
	if !fresh(a.ProducedAt, until, at) {
		return Answer{}, false, errOCSP
	}
	switch kind {
	case goodTag:
		a.Status = Good
		return a, true, nil
	case revokedTag:
		err := readRevoked(status, &a)
		return a, true, err
	}
	return Answer{}, false, errUnknown
}

func readRevoked(s cryptobyte.String, a *Answer) error {
	var reason cryptobyte.String
	var there bool
	code := 0
	if !s.ReadASN1GeneralizedTime(&a.Since) || !s.ReadOptionalASN1(&reason, &there, reasonTag) || !s.Empty() ||
		there && (!reason.ReadASN1Enum(&code) || !reason.Empty()) {
		return errOCSP
	}
	a.Status = statusOf(code)
	return nil
}

// isAbout compares a CertID with the certificate, serial number and issuer.
func isAbout(element []byte, c, issuer *x509.Certificate) bool {
	var id certID
	if rest, err := asn1.Unmarshal(element, &id); err != nil || len(rest) > 0 {
		return false
	}
	h := crypto.SHA1
	switch {
	case id.Algorithm.Algorithm.Equal(oidSHA256):
		h = crypto.SHA256
	case !id.Algorithm.Algorithm.Equal(oidSHA1):
		return false
	}
	want, err := idOf(h, c, issuer)
	return err == nil && bytes.Equal(id.Name, want.Name) && bytes.Equal(id.Key, want.Key) && id.Serial.Cmp(want.Serial) == 0
}
