package signer

import (
	"bytes"
	"crypto"
	"crypto/subtle"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"

	"atrio/mrtd/signature"
)

// envelope is signed data of CMS (RFC 5652) with one signer, which is beside it: the form
// of security objects and of master lists. Nothing in it is true before verify.
type envelope struct {
	content    []byte
	signer     *Certificate
	attributes []byte // as they are signed
	digest     crypto.Hash
	algorithm  pkix.AlgorithmIdentifier
	signature  []byte
	stated     []byte // the hash of the content in the attributes
}

var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
)

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      encapsulated
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	CRLs         asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

type encapsulated struct {
	Type    asn1.ObjectIdentifier
	Content []byte `asn1:"explicit,tag:0"`
}

type signerInfo struct {
	Version    int
	ID         asn1.RawValue
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
	Unsigned   asn1.RawValue `asn1:"optional,tag:1"`
}

// openEnvelope reads signed data around a content of one type.
func openEnvelope(der []byte, content asn1.ObjectIdentifier) (*envelope, error) {
	var info contentInfo
	var data signedData
	if !whole(der, &info) || !info.Type.Equal(oidSignedData) || !whole(info.Content.Bytes, &data) {
		return nil, fmt.Errorf("%w: no signed data", ErrMalformed)
	}
	// ICAO 9303-10 4.6.2.2: one signer, with its certificate.
	if len(data.Signers) != 1 || !data.Content.Type.Equal(content) {
		return nil, fmt.Errorf("%w: %d signers over %s", ErrMalformed, len(data.Signers), data.Content.Type)
	}
	s := data.Signers[0]
	e := &envelope{content: data.Content.Content, algorithm: s.Algorithm, signature: s.Signature}
	var err error
	if e.digest, err = signature.Hash(s.Digest); err != nil {
		return nil, err
	}
	if err := e.takeAttributes(s.Attributes, content); err != nil {
		return nil, err
	}
	e.signer, err = findSigner(data.Certificates.Bytes, s.ID)
	return e, err
}

// takeAttributes reads the signed attributes. They are signed as a SET, not under the
// tag that they carry here (RFC 5652 5.4).
func (e *envelope) takeAttributes(raw asn1.RawValue, content asn1.ObjectIdentifier) error {
	if len(raw.FullBytes) == 0 {
		return fmt.Errorf("%w: no signed attributes", ErrMalformed)
	}
	e.attributes = bytes.Clone(raw.FullBytes)
	e.attributes[0] = 0x31
	var all []struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
	if rest, err := asn1.UnmarshalWithParams(e.attributes, &all, "set"); err != nil || len(rest) > 0 {
		return fmt.Errorf("%w: signed attributes", ErrMalformed)
	}
	var kind asn1.ObjectIdentifier
	for _, a := range all {
		ok := true
		switch {
		case a.Type.Equal(oidContentType):
			ok = kind == nil && len(a.Values) == 1 && whole(a.Values[0].FullBytes, &kind)
		case a.Type.Equal(oidMessageDigest):
			ok = e.stated == nil && len(a.Values) == 1 && whole(a.Values[0].FullBytes, &e.stated)
		}
		if !ok {
			return fmt.Errorf("%w: signed attribute %s", ErrMalformed, a.Type)
		}
	}
	if !kind.Equal(content) || e.stated == nil { // RFC 5652 11.1, 11.2
		return fmt.Errorf("%w: signed attributes without type or hash", ErrMalformed)
	}
	return nil
}

// findSigner is the one certificate that the signer's identifier names. Whether it signed is
// for verify to say: names that differ in the types of their strings count as one.
func findSigner(certificates []byte, id asn1.RawValue) (*Certificate, error) {
	named, err := identified(id)
	if err != nil {
		return nil, err
	}
	for n := 0; len(certificates) > 0; n++ {
		var raw asn1.RawValue
		rest, err := asn1.Unmarshal(certificates, &raw)
		if err != nil || n == 8 {
			return nil, fmt.Errorf("%w: certificates", ErrMalformed)
		}
		certificates = rest
		c, err := ParseCertificate(raw.FullBytes)
		if err != nil {
			return nil, err
		}
		if named(c) {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%w: no certificate of the signer", ErrMalformed)
}

// identified reads an identifier: the number of a key, or issuer and serial number.
func identified(id asn1.RawValue) (func(*Certificate) bool, error) {
	if id.Class == asn1.ClassContextSpecific && id.Tag == 0 {
		return func(c *Certificate) bool { return len(c.keyID) > 0 && bytes.Equal(c.keyID, id.Bytes) }, nil
	}
	var by struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	if !whole(id.FullBytes, &by) {
		return nil, fmt.Errorf("%w: identifier of the signer", ErrMalformed)
	}
	text, _, err := readName(by.Issuer.FullBytes)
	if err != nil {
		return nil, err
	}
	return func(c *Certificate) bool { return c.Serial.Cmp(by.Serial) == 0 && c.Issuer == text }, nil
}

// ErrContent says that the content is not what was signed.
var ErrContent = errors.New("signer: the signed hash is that of another content")

// verify checks that the signer signed the content.
func (e *envelope) verify() error {
	if subtle.ConstantTimeCompare(signature.Sum(e.digest, e.content), e.stated) != 1 {
		return ErrContent
	}
	return e.signer.Key.Verify(e.algorithm, e.digest, e.attributes, e.signature)
}
