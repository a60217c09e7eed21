package cms

import (
	"bytes"
	"crypto"
	"crypto/sha1" //nolint:gosec // only to compare an old binding of time stamps, see bound
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidContentType      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidCounterSignature = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 6}
	oidSigningCertOld   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningCert      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTimeStampToken   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
)

const maxTimeStamps = 4

// attributes are the signed ones that count; others are signed and mean nothing here.
type attributes struct {
	contentType asn1.ObjectIdentifier
	digest      []byte
	time        time.Time // zero if the signature claims none
	cert        *certificateID
	oldCert     *certificateID
}

// certificateID is the first ESSCertID or ESSCertIDv2 (RFC 5035 4).
type certificateID struct {
	hash   crypto.Hash // 0 for SHA-1
	value  []byte
	issuer []byte // GeneralNames, DER; nil if not said
	serial *big.Int
}

// SigningTime is what the signer claims, zero if nothing.
func (g *Signer) SigningTime() time.Time { return g.attributes.time }

// eachAttribute calls do for every attribute; none comes twice (RFC 5652 5.3).
func eachAttribute(s cryptobyte.String, do func(asn1.ObjectIdentifier, cryptobyte.String) error) error {
	seen := map[string]bool{}
	for !s.Empty() {
		var one, values cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !s.ReadASN1(&one, tag.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&oid) || !one.ReadASN1(&values, tag.SET) ||
			!one.Empty() || values.Empty() || seen[oid.String()] {
			return errForm
		}
		seen[oid.String()] = true
		if err := do(oid, values); err != nil {
			return err
		}
	}
	return nil
}

// read reads the signed attributes.
func (a *attributes) read(s cryptobyte.String) error {
	err := eachAttribute(s, func(oid asn1.ObjectIdentifier, v cryptobyte.String) error {
		ok := true
		switch {
		case oid.Equal(oidContentType):
			ok = v.ReadASN1ObjectIdentifier(&a.contentType) && v.Empty()
		case oid.Equal(oidMessageDigest):
			ok = v.ReadASN1Bytes(&a.digest, tag.OCTET_STRING) && v.Empty()
		case oid.Equal(oidSigningTime):
			a.time, ok = readTime(&v)
			ok = ok && v.Empty()
		case oid.Equal(oidSigningCert):
			a.cert, ok = readCertificateID(v, true)
		case oid.Equal(oidSigningCertOld):
			a.oldCert, ok = readCertificateID(v, false)
		}
		if !ok {
			return errForm
		}
		return nil
	})
	if err != nil {
		return err
	}
	if a.contentType == nil || len(a.digest) == 0 { // RFC 5652 11.1, 11.2
		return errForm
	}
	return nil
}

func readTime(v *cryptobyte.String) (time.Time, bool) {
	var t time.Time
	if v.PeekASN1Tag(tag.GeneralizedTime) {
		return t, v.ReadASN1GeneralizedTime(&t)
	}
	ok := v.ReadASN1UTCTime(&t)
	return t, ok
}

// readCertificateID reads SigningCertificate or SigningCertificateV2: the first names
// the signer's certificate, the others are of no use here.
func readCertificateID(v cryptobyte.String, second bool) (*certificateID, bool) {
	var all, list, first cryptobyte.String
	if !v.ReadASN1(&all, tag.SEQUENCE) || !v.Empty() || !all.ReadASN1(&list, tag.SEQUENCE) || !list.ReadASN1(&first, tag.SEQUENCE) {
		return nil, false
	}
	id := &certificateID{}
	if second {
		id.hash = crypto.SHA256
		if first.PeekASN1Tag(tag.SEQUENCE) { // left out for SHA-256
			h, err := ReadHash(&first)
			if err != nil {
				return nil, false
			}
			id.hash = h
		}
	}
	if !first.ReadASN1Bytes(&id.value, tag.OCTET_STRING) {
		return nil, false
	}
	if first.Empty() {
		return id, true
	}
	var issuerSerial, names cryptobyte.String
	id.serial = new(big.Int)
	if !first.ReadASN1(&issuerSerial, tag.SEQUENCE) || !first.Empty() || !issuerSerial.ReadASN1(&names, tag.SEQUENCE) ||
		!issuerSerial.ReadASN1Integer(id.serial) {
		return nil, false
	}
	id.issuer = bytes.Clone(names)
	return id, true
}

// bound says whether the signature names this certificate (CAdES, RFC 5035 5.4).
func (a *attributes) bound(c *x509.Certificate, oldBinding bool) error {
	id := a.cert
	if id == nil && oldBinding {
		id = a.oldCert
	}
	if id == nil {
		return ErrBinding
	}
	var digest []byte
	if id.hash == 0 {
		d := sha1.Sum(c.Raw) //nolint:gosec // a second certificate with this digest is out of reach, a collision no use
		digest = d[:]
	} else {
		digest = sum(id.hash, c.Raw)
	}
	if !bytes.Equal(digest, id.value) {
		return ErrBinding
	}
	if id.serial != nil && id.serial.Cmp(c.SerialNumber) != 0 {
		return ErrBinding
	}
	return id.fitsIssuer(c)
}

// fitsIssuer compares the issuer where it is said as a directory name.
func (id *certificateID) fitsIssuer(c *x509.Certificate) error {
	names := cryptobyte.String(id.issuer)
	for !names.Empty() {
		var name cryptobyte.String
		var t tag.Tag
		if !names.ReadAnyASN1(&name, &t) {
			return errForm
		}
		if t == explicit(4) && !bytes.Equal(name, c.RawIssuer) {
			return ErrBinding
		}
	}
	return nil
}

// readUnsigned keeps the tokens of time and refuses countersignatures: a second person
// would sign the first one's signature.
func (g *Signer) readUnsigned(s cryptobyte.String) error {
	return eachAttribute(s, func(oid asn1.ObjectIdentifier, v cryptobyte.String) error {
		switch {
		case oid.Equal(oidCounterSignature):
			return ErrSigners
		case oid.Equal(oidTimeStampToken):
			for !v.Empty() {
				var token cryptobyte.String
				if len(g.TimeStamps) == maxTimeStamps || !v.ReadASN1Element(&token, tag.SEQUENCE) {
					return errForm
				}
				g.TimeStamps = append(g.TimeStamps, bytes.Clone(token))
			}
		}
		return nil
	})
}
