// Package refusal names every cause for which a signed contract is not accepted,
// one word a cause. The words are stable: the audit log, the state of a request and
// the texts for the person (idp/proofing/signature/texts) rely on them.
package refusal

import (
	"errors"
	"fmt"
)

// Reason is a cause.
type Reason string

// What is wrong with the file.
const (
	TooLarge          Reason = "too_large"
	Malformed         Reason = "malformed"
	UnsupportedFormat Reason = "unsupported_format" // XAdES, ASiC, an image, …
	NotSigned         Reason = "not_signed"
	Detached          Reason = "detached" // the signature alone
	Nested            Reason = "nested"   // a .p7m inside a .p7m
	OtherContent      Reason = "other_content"
	SeveralSigners    Reason = "several_signers"
	IncrementalUpdate Reason = "incremental_update" // the PDF was changed beside the signature
	ActiveContent     Reason = "active_content"
)

// What is wrong with the signature.
const (
	WeakAlgorithm Reason = "weak_algorithm"
	BadSignature  Reason = "bad_signature" // it is not over these bytes, or not by this key
	NotBound      Reason = "not_bound"     // signingCertificateV2 is missing or names another certificate
	TimeStampBad  Reason = "time_stamp_bad"
)

// What is wrong with the certificate.
const (
	CertificateMissing Reason = "certificate_missing"
	CNSKey             Reason = "cns_key"
	CIEFEA             Reason = "cie_fea"
	WrongKeyUsage      Reason = "wrong_key_usage"
	NotQualified       Reason = "not_qualified"
	ChainUnknown       Reason = "chain_unknown"
	IssuerWithdrawn    Reason = "issuer_withdrawn"
	CFMissing          Reason = "cf_missing"
	CFMismatch         Reason = "cf_mismatch"
	Expired            Reason = "expired"
	NotYetValid        Reason = "not_yet_valid"
	Revoked            Reason = "revoked"
	Suspended          Reason = "suspended"
)

// What nobody could find out now: the request waits, and nothing is accepted.
const (
	RevocationUnreachable Reason = "revocation_unreachable"
	TrustListStale        Reason = "trust_list_stale"
)

// All lists the reasons in the order of this file; each that is not pending has a text.
func All() []Reason {
	return []Reason{TooLarge, Malformed, UnsupportedFormat, NotSigned, Detached, Nested, OtherContent, SeveralSigners,
		IncrementalUpdate, ActiveContent, WeakAlgorithm, BadSignature, NotBound, TimeStampBad, CertificateMissing, CNSKey,
		CIEFEA, WrongKeyUsage, NotQualified, ChainUnknown, IssuerWithdrawn, CFMissing, CFMismatch, Expired, NotYetValid,
		Revoked, Suspended, RevocationUnreachable, TrustListStale}
}

// Key names the public text of a refusal in the catalogue; Key + ".help" says what to do.
func (r Reason) Key() string { return "idp.signature." + string(r) }

// Pending says that the same upload may be accepted later: ask again, refuse nothing.
func (r Reason) Pending() bool { return r == RevocationUnreachable || r == TrustListStale }

// Error is a refusal. Detail is a fixed English phrase for engineers; neither it nor
// the cause quotes what was uploaded.
type Error struct {
	Reason Reason
	Detail string
	cause  error
}

// New makes a refusal.
func New(r Reason, detail string) *Error { return &Error{Reason: r, Detail: detail} }

// Because gives a copy with a private cause.
func (e *Error) Because(cause error) *Error { return &Error{e.Reason, e.Detail, cause} }

func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("signature: %s: %s: %v", e.Reason, e.Detail, e.cause)
	}
	return fmt.Sprintf("signature: %s: %s", e.Reason, e.Detail)
}

// Unwrap gives the private cause.
func (e *Error) Unwrap() error { return e.cause }

// Of gives the reason of an error, "" if it is no refusal.
func Of(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}
