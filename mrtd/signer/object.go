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

	"atrio/mrtd/lds"
	"atrio/mrtd/signature"
)

// Object is the security object of a chip (EF.SOD): the hashes of its data groups, signed.
type Object struct {
	Signer *Certificate // the document signer, from inside the object: trust it by its issuer
	Hash   crypto.Hash
	Groups map[int][]byte // number of a data group to its hash

	content    []byte
	attributes []byte // as they are signed
	digest     crypto.Hash
	algorithm  pkix.AlgorithmIdentifier
	signature  []byte
	stated     []byte // the hash of the content in the attributes
}

// maxObject is the longest security object that is read.
const maxObject = 64 << 10

var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidObject        = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 1}
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

// ParseObject reads EF.SOD. Nothing of it is true before Verify, and before somebody
// trusts the signer.
func ParseObject(file []byte) (*Object, error) {
	if len(file) > maxObject {
		return nil, fmt.Errorf("%w: security object of %d bytes", ErrMalformed, len(file))
	}
	der, err := lds.Content(lds.SOD, file)
	if err != nil {
		return nil, err
	}
	var info contentInfo
	var data signedData
	if !whole(der, &info) || !info.Type.Equal(oidSignedData) || !whole(info.Content.Bytes, &data) {
		return nil, fmt.Errorf("%w: security object is no signed data", ErrMalformed)
	}
	// ICAO 9303-10 4.6.2.2: one signer, with its certificate.
	if len(data.Signers) != 1 || !data.Content.Type.Equal(oidObject) {
		return nil, fmt.Errorf("%w: %d signers over %s", ErrMalformed, len(data.Signers), data.Content.Type)
	}
	s := data.Signers[0]
	o := &Object{content: data.Content.Content, algorithm: s.Algorithm, signature: s.Signature}
	if o.digest, err = signature.Hash(s.Digest); err != nil {
		return nil, err
	}
	if err := o.takeAttributes(s.Attributes); err != nil {
		return nil, err
	}
	if err := o.takeGroups(); err != nil {
		return nil, err
	}
	o.Signer, err = findSigner(data.Certificates.Bytes, s.ID)
	return o, err
}

// takeAttributes reads the signed attributes. They are signed as a SET, not under the
// tag that they carry here (RFC 5652 5.4).
func (o *Object) takeAttributes(raw asn1.RawValue) error {
	if len(raw.FullBytes) == 0 {
		return fmt.Errorf("%w: no signed attributes", ErrMalformed)
	}
	o.attributes = bytes.Clone(raw.FullBytes)
	o.attributes[0] = 0x31
	var all []struct {
		Type   asn1.ObjectIdentifier
		Values []asn1.RawValue `asn1:"set"`
	}
	if rest, err := asn1.UnmarshalWithParams(o.attributes, &all, "set"); err != nil || len(rest) > 0 {
		return fmt.Errorf("%w: signed attributes", ErrMalformed)
	}
	var kind asn1.ObjectIdentifier
	for _, a := range all {
		ok := true
		switch {
		case a.Type.Equal(oidContentType):
			ok = kind == nil && len(a.Values) == 1 && whole(a.Values[0].FullBytes, &kind)
		case a.Type.Equal(oidMessageDigest):
			ok = o.stated == nil && len(a.Values) == 1 && whole(a.Values[0].FullBytes, &o.stated)
		}
		if !ok {
			return fmt.Errorf("%w: signed attribute %s", ErrMalformed, a.Type)
		}
	}
	if !kind.Equal(oidObject) || o.stated == nil { // RFC 5652 11.1, 11.2
		return fmt.Errorf("%w: signed attributes without type or hash", ErrMalformed)
	}
	return nil
}

func (o *Object) takeGroups() error {
	var list struct {
		Version int
		Hash    pkix.AlgorithmIdentifier
		Groups  []struct {
			Number int
			Hash   []byte
		}
		LDS asn1.RawValue `asn1:"optional"`
	}
	if !whole(o.content, &list) || list.Version < 0 || list.Version > 1 {
		return fmt.Errorf("%w: list of hashes", ErrMalformed)
	}
	var err error
	if o.Hash, err = signature.Hash(list.Hash); err != nil {
		return err
	}
	o.Groups = map[int][]byte{}
	for _, g := range list.Groups {
		if g.Number < 1 || g.Number > 16 || o.Groups[g.Number] != nil || len(g.Hash) != o.Hash.Size() {
			return fmt.Errorf("%w: hash of group %d", ErrMalformed, g.Number)
		}
		o.Groups[g.Number] = g.Hash
	}
	return nil
}

// findSigner is the one certificate that the signer's identifier names.
func findSigner(certificates []byte, id asn1.RawValue) (*Certificate, error) {
	var byName struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	byKey := id.Class == asn1.ClassContextSpecific && id.Tag == 0
	if !byKey && !whole(id.FullBytes, &byName) {
		return nil, fmt.Errorf("%w: identifier of the signer", ErrMalformed)
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
		if byKey && len(c.keyID) > 0 && bytes.Equal(c.keyID, id.Bytes) || !byKey && bytes.Equal(c.issuer, byName.Issuer.FullBytes) && c.Serial.Cmp(byName.Serial) == 0 {
			return c, nil
		}
	}
	return nil, fmt.Errorf("%w: no certificate of the signer", ErrMalformed)
}

// ErrContent says that the list of hashes is not what was signed.
var ErrContent = errors.New("signer: the signed hash is that of another content")

// Verify checks that the document signer signed the list of hashes.
func (o *Object) Verify() error {
	if subtle.ConstantTimeCompare(signature.Sum(o.digest, o.content), o.stated) != 1 {
		return ErrContent
	}
	return o.Signer.Key.Verify(o.algorithm, o.digest, o.attributes, o.signature)
}

// Covers says whether a group is listed, and whether the file is the one that was signed.
func (o *Object) Covers(number int, file []byte) (listed, same bool) {
	want, listed := o.Groups[number]
	return listed, listed && subtle.ConstantTimeCompare(signature.Sum(o.Hash, file), want) == 1
}
