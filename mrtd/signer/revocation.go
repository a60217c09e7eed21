package signer

import (
	"bytes"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"time"
)

// List is a country's revocation list (ICAO 9303-12).
type List struct {
	Raw                    []byte
	Issuer                 string
	ThisUpdate, NextUpdate time.Time

	serials   map[string]bool
	issuer    []byte
	keyID     []byte
	signed    []byte
	algorithm pkix.AlgorithmIdentifier
	signature []byte
}

// maxList is the longest revocation list that is read.
const maxList = 4 << 20

type revocationList struct {
	TBS struct {
		Raw        asn1.RawContent
		Version    int `asn1:"optional,default:0"`
		Algorithm  pkix.AlgorithmIdentifier
		Issuer     asn1.RawValue
		ThisUpdate time.Time
		NextUpdate time.Time `asn1:"optional"`
		Revoked    []struct {
			Serial     *big.Int
			Date       time.Time
			Extensions []pkix.Extension `asn1:"optional"`
		} `asn1:"optional"`
		Extensions []pkix.Extension `asn1:"optional,explicit,tag:0"`
	}
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

// ParseList reads a revocation list in DER.
func ParseList(der []byte) (*List, error) {
	var l revocationList
	if len(der) > maxList || !whole(der, &l) || !sameAlgorithm(l.Algorithm, l.TBS.Algorithm) || l.TBS.NextUpdate.IsZero() || l.Signature.BitLength%8 != 0 {
		return nil, fmt.Errorf("%w: revocation list of %d bytes", ErrMalformed, len(der))
	}
	out := &List{Raw: der, ThisUpdate: l.TBS.ThisUpdate, NextUpdate: l.TBS.NextUpdate, serials: map[string]bool{}, issuer: l.TBS.Issuer.FullBytes, signed: l.TBS.Raw, algorithm: l.Algorithm, signature: l.Signature.Bytes}
	var err error
	if out.Issuer, _, err = readName(out.issuer); err != nil {
		return nil, err
	}
	for _, e := range l.TBS.Extensions {
		if e.Id.String() == "2.5.29.35" {
			var id struct {
				KeyID  []byte        `asn1:"optional,tag:0"`
				Issuer asn1.RawValue `asn1:"optional,tag:1"`
				Serial *big.Int      `asn1:"optional,tag:2"`
			}
			if !whole(e.Value, &id) {
				return nil, fmt.Errorf("%w: extension of a revocation list", ErrMalformed)
			}
			out.keyID = id.KeyID
		} else if e.Critical { // a list of some only, or of changes: not what it looks like
			return nil, fmt.Errorf("%w: critical extension %s of a revocation list", ErrMalformed, e.Id)
		}
	}
	for _, r := range l.TBS.Revoked {
		for _, e := range r.Extensions {
			if e.Critical {
				return nil, fmt.Errorf("%w: critical extension %s of an entry", ErrMalformed, e.Id)
			}
		}
		out.serials[r.Serial.String()] = true
	}
	return out, nil
}

// IssuedBy checks that a country signed the list.
func (l *List) IssuedBy(country *Certificate) error {
	byKey := len(l.keyID) > 0 && bytes.Equal(l.keyID, country.keyID)
	byName := bytes.Equal(l.issuer, country.name)
	if !byKey && (!byName || (len(l.keyID) > 0 && len(country.keyID) > 0)) {
		return ErrAnother
	}
	if country.usage&useCRL == 0 {
		return fmt.Errorf("%w: %q may not sign revocation lists", ErrMalformed, country.Subject)
	}
	return country.Key.Verify(l.algorithm, 0, l.signed, l.signature)
}

// Current says whether the list speaks of a time.
func (l *List) Current(t time.Time) bool {
	return !t.Before(l.ThisUpdate) && !t.After(l.NextUpdate)
}

// Revoked says whether a certificate of the issuer is withdrawn.
func (l *List) Revoked(c *Certificate) bool { return l.serials[c.Serial.String()] }
