// Package signature answers one question: is this upload exactly the frozen contract,
// signed once, with the qualified certificate of the person who has this codice
// fiscale, good now? (eIDAS art. 26, 28, 32)
//
// It knows no page, no table and no network: answers of authorities come through a
// Fetcher, the trusted list and the time from the caller. Every refusal has one reason
// with texts of its own (Texts). What cannot be found out now is pending, never accepted.
//
// Below it stand cms (messages), pdfsigned (PDF), revocation (OCSP, CRL) and refusal
// (the reasons); idp/proofing/trustlist reads the list.
package signature

import (
	"context"
	"crypto/x509"
	"embed"
	"errors"
	"io/fs"
	"time"

	"atrio/idp/proofing/signature/cms"
	"atrio/idp/proofing/signature/refusal"
	"atrio/idp/proofing/signature/revocation"
	"atrio/idp/proofing/trustlist"
	"atrio/people/person"
)

//go:embed texts
var files embed.FS

// Texts are the texts of the reasons: texts/it.json and texts/en.json.
func Texts() fs.FS { return files }

// Request is what is asked.
type Request struct {
	// Contract is the frozen PDF (pdfsigned.Check says whether a file may be frozen).
	Contract   []byte
	FiscalCode person.FiscalCode
	Upload     []byte
	// At is when the upload was received: this time decides, not the one claimed.
	At time.Time
}

// Format is the form of a signature.
type Format string

// The two forms.
const (
	PAdES Format = "PAdES"
	CAdES Format = "CAdES"
)

// Verdict is what is known of an accepted signature.
type Verdict struct {
	Signer Signer
	Format Format
	// Algorithm names signature and hash.
	Algorithm string
	// SignedAt is what the signer claims, StampedAt what an authority for time vouches
	// for; zero if nobody says.
	SignedAt, StampedAt time.Time
	Evidence            Evidence
}

// Signer is the person, as the certificate says. Comparing the names with those of the
// request is for the caller: registers and certificates write them differently.
type Signer struct {
	FiscalCode                     person.FiscalCode
	GivenName, Surname, CommonName string
	Subject, Issuer, Serial        string
	NotBefore, NotAfter            time.Time
}

// Evidence is what proves the verdict in twenty years, beside contract and upload.
type Evidence struct {
	// Certificates are those of the signer and of its issuer, DER.
	Certificates [][]byte
	// Revocation is what the authority said of the signer's certificate.
	Revocation revocation.Answer
	// TimeStamps are the tokens (RFC 3161), each verified.
	TimeStamps [][]byte
	// List is territory, number and digest of the trusted list, Service the entry used.
	List, Service string
}

// DefaultMaxBytes bounds uploads where the configuration says nothing.
const DefaultMaxBytes = 10 << 20

// Verifier verifies. Its fields are set once.
type Verifier struct {
	// List gives the trusted list in use, nil if there is none.
	List func() *trustlist.List
	// Fetcher reaches the authorities.
	Fetcher revocation.Fetcher
	// OldFiscalCode also admits "IT:" before a codice fiscale, as certificates of before
	// ETSI EN 319 412-1 have it.
	OldFiscalCode bool
	// MaxBytes bounds an upload; DefaultMaxBytes if zero.
	MaxBytes int
}

// Verify gives the verdict, or a refusal (refusal.Of tells the reason). An error that is
// no refusal is a mistake of ours: the contract cannot have been frozen like this.
func (v *Verifier) Verify(ctx context.Context, r Request) (Verdict, error) {
	limit := v.MaxBytes
	if limit == 0 {
		limit = DefaultMaxBytes
	}
	if len(r.Upload) > limit {
		return Verdict{}, refusal.New(refusal.TooLarge, "more octets than allowed")
	}
	o, err := open(r.Contract, r.Upload)
	if err != nil {
		return Verdict{}, err
	}
	c, err := o.message.Verify(false, o.signed...)
	if err != nil {
		return Verdict{}, reasonOf(err)
	}
	out := Verdict{Format: o.format, Algorithm: o.message.Signer.Algorithm.String(), SignedAt: o.claimed}
	if err := checkProfile(c); err != nil {
		return Verdict{}, err
	}
	list := v.List()
	if !list.Fresh(r.At) {
		return Verdict{}, refusal.New(refusal.TrustListStale, "no trusted list, or one past its next update")
	}
	issuer, service, err := checkIssuer(list, c, r.At)
	if err != nil {
		return Verdict{}, err
	}
	if out.Signer, err = v.checkPerson(c, r.FiscalCode); err != nil {
		return Verdict{}, err
	}
	if err := checkDates(c, issuer, r.At); err != nil {
		return Verdict{}, err
	}
	out.Evidence = Evidence{Certificates: [][]byte{c.Raw, issuer.Raw}, List: list.String(), Service: service.Provider + " · " + service.Name}
	if out.Evidence.Revocation, err = v.checkRevocation(ctx, c, issuer, r.At); err != nil {
		return Verdict{}, err
	}
	if out.StampedAt, err = v.checkTimeStamps(ctx, list, c, &o.message.Signer, r.At); err != nil {
		return Verdict{}, err
	}
	out.Evidence.TimeStamps = o.message.Signer.TimeStamps
	return out, nil
}

// reasonOf gives the refusal for what package cms found.
func reasonOf(err error) error {
	for _, known := range []struct {
		err    error
		reason refusal.Reason
	}{
		{cms.ErrWeak, refusal.WeakAlgorithm},
		{cms.ErrSignature, refusal.BadSignature},
		{cms.ErrSigners, refusal.SeveralSigners},
		{cms.ErrUnsigned, refusal.NotSigned},
		{cms.ErrCertificate, refusal.CertificateMissing},
		{cms.ErrBinding, refusal.NotBound},
		{cms.ErrKind, refusal.UnsupportedFormat},
	} {
		if errors.Is(err, known.err) {
			return refusal.New(known.reason, "the signed message").Because(err)
		}
	}
	return refusal.New(refusal.Malformed, "the signed message").Because(err)
}

func (v *Verifier) checkRevocation(ctx context.Context, c, issuer *x509.Certificate, at time.Time) (revocation.Answer, error) {
	a, err := revocation.Check(ctx, v.Fetcher, c, issuer, at)
	if err != nil {
		return a, refusal.New(refusal.RevocationUnreachable, "nobody says whether the certificate is good").Because(err)
	}
	switch a.Status {
	case revocation.Good:
		return a, nil
	case revocation.Suspended:
		return a, refusal.New(refusal.Suspended, "the certificate is on hold")
	}
	return a, refusal.New(refusal.Revoked, "the certificate is revoked")
}
