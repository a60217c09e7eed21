// Package mrtd reads the chip of an electronic passport or identity card (ICAO 9303,
// machine-readable travel documents) and judges what was read.
//
// Reading needs one thing: somebody who carries bytes to a chip and back, a
// [Transceiver]. It may be a reader at this machine or a phone far away: keys,
// challenges and verdicts stay here.
//
//	reader := mrtd.Reader{Key: key} // key, err := mrtd.KeyFromZone(number, birth, expiry), or KeyFromCAN
//	reading, err := reader.Read(ctx, transceiver)
//	if err != nil {
//		return mrtd.Reasons(err) // access_denied, connection_lost …
//	}
//	verdict, err := mrtd.Judge(reading, trust, now)
//
// Judge returns an error unless the document is genuine, valid and present: a country
// that the caller trusts signed its data, nothing was changed, nothing that matters is
// missing, no certificate has expired, and the chip proved that it is no copy. It says
// nothing about who holds it: compare the portrait with a face.
//
// Below it: apdu (commands), tlv (the form of files), lds (files), curve and messaging
// (cryptography), signature and signer (who signed). mrtdtest is a document made of
// software, for tests.
//
// Not spoken: PACE with Integrated Mapping, Chip Authentication Mapping or groups of
// integers, terminal authentication, files beyond 32 KiB.
package mrtd

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Transceiver carries one command to the chip and its answer back, status included. It
// returns when the context ends. It may be anybody's: nothing that it says is believed.
type Transceiver interface {
	Transceive(ctx context.Context, command []byte) (answer []byte, err error)
}

// Reason says why a document was not read or not accepted.
type Reason string

// Reasons of Read.
const (
	AccessDenied Reason = "access_denied"   // the chip does not open with this key: mistyped, another document
	Lost         Reason = "connection_lost" // the document was moved, the time is over
	Disturbed    Reason = "disturbed"       // an answer is not the chip's
	TooLarge     Reason = "too_large"       // a file or the number of commands goes beyond the limits
	Unsupported  Reason = "unsupported"     // a protocol or an algorithm that is not spoken here
	Refused      Reason = "refused"         // the chip refuses what every chip does
)

// Reasons of both.
const (
	Malformed     Reason = "malformed"
	WeakAlgorithm Reason = "weak_algorithm"
)

// Reasons of Judge.
const (
	Tampered        Reason = "tampered"         // data are not those that were signed
	UnknownIssuer   Reason = "unknown_issuer"   // no country that is trusted signed for the signer
	ExpiredSigner   Reason = "expired_signer"   // the signer's or the country's certificate is not valid now
	RevokedSigner   Reason = "revoked_signer"   // the country has withdrawn it
	StaleRevocation Reason = "stale_revocation" // no current list says that it has not
	CountryMismatch Reason = "country_mismatch" // one country issues, another signs
	MissingGroup    Reason = "missing_group"    // zone or portrait are not there
	ExpiredDocument Reason = "expired_document" // past its last day
	CloneSuspected  Reason = "clone_suspected"  // the chip should prove itself and does not
	NoChipProof     Reason = "no_chip_proof"    // the chip has nothing with which to prove itself, or nothing spoken here
	Replayed        Reason = "replayed"         // an answer to another challenge
)

// Error is one reason with its cause, which is for operators.
type Error struct {
	Reason Reason
	Cause  error
}

func (e *Error) Error() string { return fmt.Sprintf("mrtd: %s: %v", e.Reason, e.Cause) }
func (e *Error) Unwrap() error { return e.Cause }

func failf(r Reason, format string, args ...any) *Error {
	return &Error{r, fmt.Errorf(format, args...)}
}

// Refusal is everything that Judge has against a document.
type Refusal []*Error

func (r Refusal) Error() string {
	texts := make([]string, len(r))
	for i, e := range r {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap lets errors.As and errors.Is see every reason.
func (r Refusal) Unwrap() []error {
	all := make([]error, len(r))
	for i, e := range r {
		all[i] = e
	}
	return all
}

// Reasons lists the reasons in an error of this package.
func Reasons(err error) []Reason {
	var refusal Refusal
	if errors.As(err, &refusal) {
		var all []Reason
		for _, e := range refusal {
			all = append(all, e.Reason)
		}
		return all
	}
	var one *Error
	if errors.As(err, &one) {
		return []Reason{one.Reason}
	}
	return nil
}
