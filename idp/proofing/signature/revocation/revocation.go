// Package revocation finds out whether a certificate is still good: by OCSP (RFC 6960)
// where the certificate names a responder, by CRL (RFC 5280 5) otherwise or when the
// responder gives no usable answer. It verifies what comes before it reads it.
//
// The network is the caller's: addresses come from a certificate that a listed
// authority issued, and only http and https ones are asked for. No usable answer is no
// answer: nothing is accepted on silence.
package revocation

import (
	"context"
	"crypto/x509"
	"errors"
	"net/url"
	"time"
)

// Fetcher gets the answers. It bounds time and size, follows no redirect to elsewhere
// and reaches no address of the inner network: all that is for the caller to see to.
type Fetcher interface {
	// OCSP posts a request (application/ocsp-request) and gives the body of the answer.
	OCSP(ctx context.Context, address string, request []byte) ([]byte, error)
	// CRL gets a list.
	CRL(ctx context.Context, address string) ([]byte, error)
}

// Status is what an authority says of a certificate.
type Status uint8

// Good, and what is not.
const (
	Unknown Status = iota
	Good
	Revoked
	Suspended
)

// ErrUnreachable says that nobody gave a usable answer now.
var ErrUnreachable = errors.New("revocation: no usable answer")

// Answer is a status with the octets that prove it, for the archive.
type Answer struct {
	Status Status
	// Since is when the certificate was revoked or suspended.
	Since time.Time
	// OCSP or CRL are the octets that said so, whichever was used.
	OCSP, CRL []byte
	// Source is the address that gave them.
	Source string
	// ProducedAt is thisUpdate of what was used.
	ProducedAt time.Time
}

// Skew is how far clocks of authorities may be ahead of ours.
const Skew = 5 * time.Minute

// Bounds of what is read and asked.
const (
	maxOCSP      = 64 << 10
	maxCRL       = 32 << 20
	maxAddresses = 2 // of a kind: somebody waits
	maxResponder = 4 // certificates in an answer
)

// Check asks, within the time that ctx gives, about a certificate whose issuer is trusted already. Only answers that are
// fresh at the time given count.
func Check(ctx context.Context, f Fetcher, c, issuer *x509.Certificate, at time.Time) (Answer, error) {
	causes := []error{ErrUnreachable}
	for _, address := range addresses(c.OCSPServer) {
		a, err := askOCSP(ctx, f, address, c, issuer, at)
		if err == nil {
			return a, nil
		}
		causes = append(causes, err)
		if errors.Is(err, errUnknown) {
			return Answer{}, errors.Join(causes...)
		}
	}
	for _, address := range addresses(c.CRLDistributionPoints) {
		a, err := askCRL(ctx, f, address, c, issuer, at)
		if err == nil {
			return a, nil
		}
		causes = append(causes, err)
	}
	return Answer{}, errors.Join(causes...)
}

// addresses are those of the web, no more than a few.
func addresses(all []string) []string {
	var out []string
	for _, one := range all {
		u, err := url.Parse(one)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(one) > 2048 {
			continue
		}
		if out = append(out, one); len(out) == maxAddresses {
			break
		}
	}
	return out
}

// fresh says whether something made at this and good until next may be used at a time.
func fresh(this, next, at time.Time) bool {
	return !this.IsZero() && !next.IsZero() && !this.After(at.Add(Skew)) && !next.Before(at)
}
