package revocation

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"
)

var errCRL = errors.New("revocation: a CRL that cannot be used")

var oidDistributionPoint = asn1.ObjectIdentifier{2, 5, 29, 28}

func askCRL(ctx context.Context, f Fetcher, address string, c, issuer *x509.Certificate, at time.Time) (Answer, error) {
	data, err := f.CRL(ctx, address)
	if err != nil {
		return Answer{}, err
	}
	a, err := readCRL(data, address, c, issuer, at)
	a.CRL, a.Source = data, address
	return a, err
}

// readCRL verifies a complete CRL of the issuer itself and looks the certificate up.
func readCRL(data []byte, address string, c, issuer *x509.Certificate, at time.Time) (Answer, error) {
	if len(data) > maxCRL {
		return Answer{}, errCRL
	}
	list, err := x509.ParseRevocationList(data)
	if err != nil {
		return Answer{}, err
	}
	if !bytes.Equal(list.RawIssuer, issuer.RawSubject) || !fresh(list.ThisUpdate, list.NextUpdate, at) {
		return Answer{}, errCRL
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		return Answer{}, err
	}
	for _, e := range list.Extensions {
		if e.Id.Equal(oidDistributionPoint) {
			if !covers(e.Value, address) {
				return Answer{}, errCRL
			}
		} else if e.Critical { // a delta, for instance (RFC 5280 5.2.4)
			return Answer{}, errCRL
		}
	}
	answer := Answer{Status: Good, ProducedAt: list.ThisUpdate}
	found := slices.IndexFunc(list.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool {
		return e.SerialNumber.Cmp(c.SerialNumber) == 0
	})
	if found >= 0 {
		e := list.RevokedCertificateEntries[found]
		answer.Status, answer.Since = statusOf(e.ReasonCode), e.RevocationTime
	}
	for _, e := range list.RevokedCertificateEntries {
		for _, x := range e.Extensions {
			if x.Critical && !x.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 21}) { // an indirect list, for instance
				return Answer{}, errCRL
			}
		}
	}
	return answer, nil
}

// certificateHold is the reason of a suspension (RFC 5280 5.3.1).
const certificateHold = 6

func statusOf(reason int) Status {
	if reason == certificateHold {
		return Suspended
	}
	return Revoked
}

// covers says whether an IssuingDistributionPoint (RFC 5280 5.2.5) leaves the list
// complete for certificates of people: all reasons, not an indirect list, and, where it
// has a name, the name under which it was fetched.
func covers(value []byte, address string) bool {
	s := cryptobyte.String(value)
	var point, names cryptobyte.String
	if !s.ReadASN1(&point, tag.SEQUENCE) || !s.Empty() {
		return false
	}
	var named bool
	if !point.ReadOptionalASN1(&names, &named, tag.Tag(0).ContextSpecific().Constructed()) {
		return false
	}
	for !point.Empty() {
		var v cryptobyte.String
		var t tag.Tag
		if !point.ReadAnyASN1(&v, &t) || t != tag.Tag(1).ContextSpecific() { // onlyContainsUserCerts
			return false
		}
	}
	if !named {
		return true
	}
	var full cryptobyte.String
	if !names.ReadASN1(&full, tag.Tag(0).ContextSpecific().Constructed()) || !names.Empty() {
		return false
	}
	for !full.Empty() {
		var v cryptobyte.String
		var t tag.Tag
		if !full.ReadAnyASN1(&v, &t) {
			return false
		}
		if t == tag.Tag(6).ContextSpecific() && string(v) == address {
			return true
		}
	}
	return false
}
