// Package signer reads who signed an electronic document: the security object of
// the chip, the document signer's certificate inside it, the certificates of
// countries and their revocation lists (ICAO 9303-10 4.6.2, 9303-12).
//
// crypto/x509 is not used for certificates: it refuses curves that are written out, as
// ICAO 9303-12 demands, and all of Brainpool. What is read here is what a verdict needs,
// and what is critical and not understood is refused (RFC 5280 4.2).
package signer

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"atrio/mrtd/signature"
)

// ErrMalformed is what errors about the form of bytes wrap.
var ErrMalformed = errors.New("signer: malformed")

// maxCertificate is the longest certificate that is read.
const maxCertificate = 16 << 10

// Certificate is a certificate as far as a verdict needs it.
type Certificate struct {
	Raw                 []byte
	Serial              *big.Int
	Issuer, Subject     string // readable
	Country             string // of the subject, two capital letters
	NotBefore, NotAfter time.Time
	Key                 signature.Key

	authority     bool            // basic constraints
	usage         byte            // the first eight bits of key usage; 0 when there is none
	extended      map[string]bool // extended key usages
	keyID, signer []byte
	issuer, name  []byte
	signed        []byte
	algorithm     pkix.AlgorithmIdentifier
	signature     []byte
}

type certificate struct {
	Raw       asn1.RawContent
	TBS       tbs
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

type tbs struct {
	Raw        asn1.RawContent
	Version    int `asn1:"optional,explicit,default:0,tag:0"`
	Serial     *big.Int
	Algorithm  pkix.AlgorithmIdentifier
	Issuer     asn1.RawValue
	Validity   struct{ NotBefore, NotAfter time.Time }
	Subject    asn1.RawValue
	Key        asn1.RawValue
	IssuerID   asn1.BitString   `asn1:"optional,tag:1"`
	SubjectID  asn1.BitString   `asn1:"optional,tag:2"`
	Extensions []pkix.Extension `asn1:"omitempty,optional,explicit,tag:3"`
}

// ParseCertificate reads one certificate in DER.
func ParseCertificate(der []byte) (*Certificate, error) {
	var c certificate
	if len(der) > maxCertificate {
		return nil, fmt.Errorf("%w: certificate of %d bytes", ErrMalformed, len(der))
	}
	if rest, err := asn1.Unmarshal(der, &c); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%w: certificate with %d bytes after it: %v", ErrMalformed, len(rest), err)
	}
	if !sameAlgorithm(c.Algorithm, c.TBS.Algorithm) || c.TBS.Version != 2 || c.Signature.BitLength%8 != 0 {
		return nil, fmt.Errorf("%w: certificate of version %d", ErrMalformed, c.TBS.Version+1)
	}
	key, err := signature.ParseKey(c.TBS.Key.FullBytes)
	if err != nil {
		return nil, err
	}
	out := &Certificate{
		Raw: der, Serial: c.TBS.Serial, NotBefore: c.TBS.Validity.NotBefore, NotAfter: c.TBS.Validity.NotAfter, Key: key,
		issuer: c.TBS.Issuer.FullBytes, name: c.TBS.Subject.FullBytes, signed: c.TBS.Raw, algorithm: c.Algorithm, signature: c.Signature.Bytes,
	}
	if out.Issuer, _, err = readName(out.issuer); err != nil {
		return nil, err
	}
	if out.Subject, out.Country, err = readName(out.name); err != nil {
		return nil, err
	}
	return out, out.takeExtensions(c.TBS.Extensions)
}

func sameAlgorithm(a, b pkix.AlgorithmIdentifier) bool {
	return a.Algorithm.Equal(b.Algorithm) && bytes.Equal(a.Parameters.FullBytes, b.Parameters.FullBytes)
}

func readName(der []byte) (text, country string, err error) {
	var rdns pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &rdns); err != nil || len(rest) > 0 {
		return "", "", fmt.Errorf("%w: name: %v", ErrMalformed, err)
	}
	for _, rdn := range rdns {
		for _, a := range rdn {
			if v, ok := a.Value.(string); ok && a.Type.String() == "2.5.4.6" {
				if country != "" {
					return "", "", fmt.Errorf("%w: two countries in a name", ErrMalformed)
				}
				country = strings.ToUpper(v) // some write it small
			}
		}
	}
	return rdns.String(), country, nil
}

// The key usages of RFC 5280 4.2.1.3, as bits of the first byte.
const (
	useSignature   = 0x80
	useCertificate = 0x04
	useCRL         = 0x02
)

func (c *Certificate) takeExtensions(all []pkix.Extension) error {
	seen := map[string]bool{}
	for _, e := range all {
		oid := e.Id.String()
		if seen[oid] {
			return fmt.Errorf("%w: extension %s twice", ErrMalformed, oid)
		}
		seen[oid] = true
		ok := true
		switch oid {
		case "2.5.29.14":
			ok = whole(e.Value, &c.keyID)
		case "2.5.29.35":
			var id struct {
				KeyID  []byte        `asn1:"optional,tag:0"`
				Issuer asn1.RawValue `asn1:"optional,tag:1"`
				Serial *big.Int      `asn1:"optional,tag:2"`
			}
			ok = whole(e.Value, &id)
			c.signer = id.KeyID
		case "2.5.29.19":
			var basic struct {
				CA     bool `asn1:"optional"`
				Length int  `asn1:"optional,default:-1"`
			}
			ok = whole(e.Value, &basic)
			c.authority = basic.CA
		case "2.5.29.15":
			var usage asn1.BitString
			if ok = whole(e.Value, &usage) && len(usage.Bytes) > 0; ok {
				c.usage = usage.Bytes[0]
			}
		case "2.5.29.37":
			var uses []asn1.ObjectIdentifier
			ok = whole(e.Value, &uses)
			c.extended = map[string]bool{}
			for _, u := range uses {
				c.extended[u.String()] = true
			}
		default:
			ok = !e.Critical
		}
		if !ok {
			return fmt.Errorf("%w: extension %s", ErrMalformed, oid)
		}
	}
	return nil
}

func whole(der []byte, into any) bool {
	rest, err := asn1.Unmarshal(der, into)
	return err == nil && len(rest) == 0
}

// ValidAt says whether the certificate is valid at a time.
func (c *Certificate) ValidAt(t time.Time) bool {
	return !t.Before(c.NotBefore) && !t.After(c.NotAfter)
}

// IsCountry says whether the certificate may sign others: a country's (CSCA).
func (c *Certificate) IsCountry() bool { return c.authority && c.usage&useCertificate != 0 }

// MaySign says whether the certificate may sign documents: it is no country's, and not for
// something else, such as master lists.
func (c *Certificate) MaySign() bool {
	return !c.authority && c.usage&useSignature != 0 && len(c.extended) == 0
}

// maySignLists says whether the certificate may sign master lists.
func (c *Certificate) maySignLists() bool {
	return !c.authority && c.usage&useSignature != 0 && c.extended[useMasterList.String()]
}

// IssuedBy checks the signature on the certificate with the key of a country. The name
// of the issuer must be that of the country, or the number of the key: some issuers
// write the same name in other types of strings.
func (c *Certificate) IssuedBy(country *Certificate) error {
	if !country.IsCountry() {
		return fmt.Errorf("%w: %q may not sign certificates", ErrMalformed, country.Subject)
	}
	byKey := len(c.signer) > 0 && bytes.Equal(c.signer, country.keyID)
	byName := bytes.Equal(c.issuer, country.name)
	if !byKey && (!byName || (len(c.signer) > 0 && len(country.keyID) > 0)) {
		return ErrAnother
	}
	return country.Key.Verify(c.algorithm, 0, c.signed, c.signature)
}

// ErrAnother says that a certificate or list names another issuer.
var ErrAnother = errors.New("signer: issued by another")
