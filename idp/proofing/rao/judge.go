package rao

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"
	"time"

	"atrio/idp/proofing/rao/sealed"
	"atrio/idp/proofing/signature/revocation"
)

// The refusals that need more than the token.
const (
	// UnknownAuthority: nobody we trust issued the seal.
	UnknownAuthority sealed.Refusal = "unknown_authority"
	// WrongPolicy: the certificate is not that of a seal of a public office; WrongUse: its
	// key is for something else.
	WrongPolicy sealed.Refusal = "wrong_policy"
	WrongUse    sealed.Refusal = "wrong_use"
	SealExpired sealed.Refusal = "seal_expired"
	Revoked     sealed.Refusal = "revoked"
	Suspended   sealed.Refusal = "suspended"
	// Unreachable: whether it is revoked could not be asked. It is never accepted. // A21
	Unreachable sealed.Refusal = "unreachable"
	// UnknownIssuer: no body with this code may identify people; OtherBody: the seal is
	// another body's.
	UnknownIssuer sealed.Refusal = "unknown_issuer"
	OtherBody     sealed.Refusal = "other_body"
	// OtherPerson: the token is not about the applicant.
	OtherPerson sealed.Refusal = "other_person"
	// Used and Dead: it was used, or its code was typed wrong too often.
	Used sealed.Refusal = "used"
	Dead sealed.Refusal = "dead"
)

// refusals lists what a person may be told.
func refusals() []sealed.Refusal {
	return []sealed.Refusal{
		sealed.Form, sealed.Altered, sealed.WeakKey, sealed.Expired, sealed.NotYet, sealed.Code, sealed.Inside, UnknownAuthority, WrongPolicy,
		WrongUse, SealExpired, Revoked, Suspended, Unreachable, UnknownIssuer, OtherBody, OtherPerson, Used, Dead,
	}
}

// Judge says which body sealed a token, and whether it may.
type Judge struct {
	// Authorities are those that issue seals, Policies those of seals.
	Authorities *x509.CertPool
	Policies    []string
	Register    Register
	// Fetcher asks whether certificates are revoked.
	Fetcher revocation.Fetcher
}

// Verdict is a token that is accepted, closed as it is, with its proof.
type Verdict struct {
	sealed.Token
	Issuer Issuer
	Policy string
	// Chain is from the seal to the authority that is trusted; Answers say for each of it
	// but the last that it is not revoked.
	Chain   []*x509.Certificate
	Answers []revocation.Answer
	At      time.Time
}

// Judge gives the verdict about a token at a time, or a refusal. A seal whose certificate
// is over is not believed, whenever it says that it sealed: nobody stamped the time.
func (j *Judge) Judge(ctx context.Context, token string, at time.Time) (v Verdict, err error) {
	v.At = at
	if v.Token, err = sealed.Read(token); err != nil {
		return v, err
	}
	seal := v.Certificates[0]
	if v.Chain, err = j.chain(v.Certificates, at); err != nil {
		return v, err
	}
	if v.Policy, err = j.kind(seal); err != nil {
		return v, err
	}
	issuer, known := j.Register[v.Claims.Issuer]
	switch v.Issuer = issuer; {
	case !known:
		return v, UnknownIssuer
	case !slices.Equal(organizations(seal), []string{issuer.Organization}):
		return v, OtherBody
	}
	if err := v.Current(at); err != nil {
		return v, err
	}
	v.Answers, err = j.unrevoked(ctx, v.Chain, at)
	return v, err
}

// chain leads to an authority that is trusted, by the shortest way.
func (j *Judge) chain(sent []*x509.Certificate, at time.Time) ([]*x509.Certificate, error) {
	between := x509.NewCertPool()
	for _, c := range sent[1:] {
		between.AddCert(c)
	}
	chains, err := sent[0].Verify(x509.VerifyOptions{Roots: j.Authorities, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert.Equal(sent[0]) {
		return nil, SealExpired
	}
	if err != nil {
		return nil, errors.Join(UnknownAuthority, err)
	}
	shortest := slices.MinFunc(chains, func(a, b []*x509.Certificate) int { return len(a) - len(b) })
	if len(shortest) < 2 { // a seal that is itself among the authorities
		return nil, UnknownAuthority
	}
	return shortest, nil
}

// kind tells seals of public offices from all other certificates of the same authorities.
func (j *Judge) kind(c *x509.Certificate) (policy string, err error) {
	for _, p := range c.Policies {
		if slices.Contains(j.Policies, p.String()) {
			policy = p.String()
			break
		}
	}
	switch {
	case policy == "":
		return "", WrongPolicy
	case c.IsCA, c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0, c.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0:
		return "", WrongUse
	}
	return policy, nil
}

var oidOrganization = asn1.ObjectIdentifier{2, 5, 4, 97}

// organizations are the identifiers of the body in a certificate, of which there is one.
func organizations(c *x509.Certificate) (list []string) {
	for _, n := range c.Subject.Names {
		if text, ok := n.Value.(string); ok && n.Type.Equal(oidOrganization) {
			list = append(list, text)
		}
	}
	return list
}

// unrevoked asks about every certificate but the trusted one.
func (j *Judge) unrevoked(ctx context.Context, chain []*x509.Certificate, at time.Time) (answers []revocation.Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
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
			return nil, fmt.Errorf("rao: the authority %q is revoked: %w", c.Subject.CommonName, UnknownAuthority)
		case a.Status != revocation.Good:
			return nil, errors.Join(Unreachable, fmt.Errorf("rao: %s does not know the certificate", a.Source))
		}
		answers = append(answers, a)
	}
	return answers, nil
}
