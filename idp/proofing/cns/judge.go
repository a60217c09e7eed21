package cns

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"atrio/idp/proofing/cns/card"
	"atrio/idp/proofing/signature/revocation"
)

// The refusals that need more than the certificate.
const (
	// UnknownAuthority: nobody we trust issued the certificate.
	UnknownAuthority card.Refusal = "unknown_authority"
	Revoked          card.Refusal = "revoked"
	Suspended        card.Refusal = "suspended"
	// Unreachable: whether it is revoked could not be asked. It is never accepted. // A21
	Unreachable card.Refusal = "unreachable"
	// OtherPerson: the card is not the applicant's.
	OtherPerson card.Refusal = "other_person"
	// Stale: the ceremony is over, was used, or never was. // A24
	Stale card.Refusal = "stale"
	// Moved: the request went on meanwhile.
	Moved card.Refusal = "moved"
	// Failed: something is wrong here.
	Failed card.Refusal = "failed"
)

// Refusals lists what a person may be told.
func Refusals() []card.Refusal {
	return []card.Refusal{
		card.Signature, card.CIE, card.NotCNS, card.Name, card.Issuer, card.WeakKey, card.Expired, card.NotYetValid,
		UnknownAuthority, Revoked, Suspended, Unreachable, OtherPerson, Stale, Moved, Failed,
	}
}

// Judge says whose card a certificate is. The key was proved by whoever calls: in a
// handshake.
type Judge struct {
	// Authorities are those that issue cards, Policies those of cards.
	Authorities *x509.CertPool
	Policies    []string
	// Fetcher asks whether certificates are revoked.
	Fetcher revocation.Fetcher
	Now     func() time.Time
}

// Verdict is a card that is accepted, with its proof.
type Verdict struct {
	card.Holder
	// Chain is from the card to the authority that is trusted.
	Chain []*x509.Certificate
	// Answers say for each of Chain but the last that it is not revoked.
	Answers []revocation.Answer
	At      time.Time
}

// maxChain bounds what a handshake may bring: card, issuer, root and one between.
const maxChain = 4

// Judge gives the verdict about the certificates of a handshake, or a card.Refusal. The
// kind of certificate is looked at first, because it can only refuse and says best what
// is wrong; what counts is read from a chain that was verified.
func (j *Judge) Judge(ctx context.Context, sent []*x509.Certificate) (Verdict, error) {
	at := j.Now()
	if len(sent) == 0 || len(sent) > maxChain {
		return Verdict{}, card.NotCNS
	}
	holder, err := card.Read(sent[0], j.Policies, at)
	if err != nil {
		return Verdict{}, err
	}
	chain, err := j.chain(sent, at)
	if err != nil {
		return Verdict{}, err
	}
	answers, err := j.unrevoked(ctx, chain, at)
	return Verdict{Holder: holder, Chain: chain, Answers: answers, At: at}, err
}

// chain leads to an authority that is trusted, by the shortest way.
func (j *Judge) chain(sent []*x509.Certificate, at time.Time) ([]*x509.Certificate, error) {
	between := x509.NewCertPool()
	for _, c := range sent[1:] {
		between.AddCert(c)
	}
	chains, err := sent[0].Verify(x509.VerifyOptions{Roots: j.Authorities, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return nil, errors.Join(UnknownAuthority, err)
	}
	shortest := chains[0]
	for _, c := range chains[1:] {
		if len(c) < len(shortest) {
			shortest = c
		}
	}
	if len(shortest) < 2 { // a card that is itself among the authorities
		return nil, UnknownAuthority
	}
	return shortest, nil
}

// unrevoked asks about every certificate but the trusted one.
func (j *Judge) unrevoked(ctx context.Context, chain []*x509.Certificate, at time.Time) (answers []revocation.Answer, err error) {
	for i, c := range chain[:len(chain)-1] {
		a, err := revocation.Check(ctx, j.Fetcher, c, chain[i+1], at)
		switch {
		case err != nil:
			return nil, errors.Join(Unreachable, err)
		case a.Status == revocation.Revoked && i == 0:
			return nil, Revoked
		case a.Status == revocation.Suspended && i == 0:
			return nil, Suspended
		case a.Status == revocation.Revoked, a.Status == revocation.Suspended:
			return nil, fmt.Errorf("cns: the authority %q is revoked: %w", c.Subject.CommonName, UnknownAuthority)
		case a.Status != revocation.Good:
			return nil, errors.Join(Unreachable, fmt.Errorf("cns: %s does not know the certificate", a.Source))
		}
		answers = append(answers, a)
	}
	return answers, nil
}
