package signature

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"atrio/idp/proofing/signature/cms"
	"atrio/idp/proofing/signature/refusal"
	"atrio/idp/proofing/signature/revocation"
	"atrio/idp/proofing/trustlist"
)

func stampBad(detail string) *refusal.Error { return refusal.New(refusal.TimeStampBad, detail) }

// checkTimeStamps verifies every token over the signature and gives the earliest time.
// Our own time decides whether a certificate is good: a token only has to be right, as
// a wrong one says that something is not what it claims to be.
func (v *Verifier) checkTimeStamps(ctx context.Context, list *trustlist.List, signer *x509.Certificate, s *cms.Signer, at time.Time) (time.Time, error) {
	var first time.Time
	for _, token := range s.TimeStamps {
		made, err := v.checkTimeStamp(ctx, list, token, s.Value, at)
		if err != nil {
			return time.Time{}, err
		}
		if made.Before(signer.NotBefore) {
			return time.Time{}, stampBad("older than the certificate of the signer")
		}
		if first.IsZero() || made.Before(first) {
			first = made
		}
	}
	return first, nil
}

func (v *Verifier) checkTimeStamp(ctx context.Context, list *trustlist.List, token, value []byte, at time.Time) (time.Time, error) {
	m, err := cms.Parse(token)
	if err != nil || !m.ContentType.Equal(cms.OIDTimeStamp) || m.Content == nil {
		return time.Time{}, stampBad("not a token of time").Because(err)
	}
	c, err := m.Verify(true, m.Content)
	if err != nil {
		return time.Time{}, stampBad("the signature on the token").Because(err)
	}
	info, err := readStamp(m.Content)
	if err != nil {
		return time.Time{}, err
	}
	h := info.hash.New()
	h.Write(value)
	if !bytes.Equal(h.Sum(nil), info.imprint) {
		return time.Time{}, stampBad("a token over something else")
	}
	if info.time.After(at.Add(revocation.Skew)) {
		return time.Time{}, stampBad("a token from the future")
	}
	return info.time, v.checkAuthority(ctx, list, c, info.time, at)
}

// checkAuthority looks for the authority in the trusted list: the certificate itself is
// listed, or its issuer is, as a granted service for qualified time stamps.
func (v *Verifier) checkAuthority(ctx context.Context, list *trustlist.List, c *x509.Certificate, made, at time.Time) error {
	if !onlyForStamps(c) || made.Before(c.NotBefore) || made.After(c.NotAfter) {
		return stampBad("the certificate is not for tokens of time, or was not valid then")
	}
	issuer, services := list.Issuer(c, trustlist.QualifiedTimeStamps)
	services = append(services, list.Itself(c, trustlist.QualifiedTimeStamps)...)
	if len(services) == 0 || slices.ContainsFunc(services, func(s *trustlist.Service) bool { return !s.Good(made) }) {
		return stampBad("the authority for time is not in the trusted list")
	}
	if issuer == nil { // the list speaks for this one certificate itself
		return nil
	}
	if _, err := v.checkRevocation(ctx, c, issuer, at); err != nil {
		if refusal.Of(err).Pending() {
			return err
		}
		return stampBad("the certificate of the authority for time").Because(err)
	}
	return nil
}

var oidExtKeyUsage = asn1.ObjectIdentifier{2, 5, 29, 37}

// onlyForStamps: one extended usage, critical (RFC 3161 2.3).
func onlyForStamps(c *x509.Certificate) bool {
	critical := slices.ContainsFunc(c.Extensions, func(x pkix.Extension) bool { return x.Critical && x.Id.Equal(oidExtKeyUsage) })
	return critical && len(c.ExtKeyUsage) == 1 && c.ExtKeyUsage[0] == x509.ExtKeyUsageTimeStamping &&
		len(c.UnknownExtKeyUsage) == 0 && len(c.UnhandledCriticalExtensions) == 0 && !c.IsCA
}

// stamp is TSTInfo (RFC 3161 2.4.2), what of it counts.
type stamp struct {
	hash    crypto.Hash
	imprint []byte
	time    time.Time
}

func readStamp(data []byte) (stamp, error) {
	bad := stampBad("a malformed token")
	s := cryptobyte.String(data)
	var all, imprint cryptobyte.String
	var version int
	var policy asn1.ObjectIdentifier
	if !s.ReadASN1(&all, tag.SEQUENCE) || !s.Empty() || !all.ReadASN1Integer(&version) || version != 1 ||
		!all.ReadASN1ObjectIdentifier(&policy) || !all.ReadASN1(&imprint, tag.SEQUENCE) {
		return stamp{}, bad
	}
	h, err := cms.ReadHash(&imprint)
	if err != nil {
		return stamp{}, bad.Because(err)
	}
	out := stamp{hash: h}
	if !imprint.ReadASN1Bytes(&out.imprint, tag.OCTET_STRING) || !imprint.Empty() || !all.SkipASN1(tag.INTEGER) {
		return stamp{}, bad
	}
	var ok bool
	if out.time, ok = readStampTime(&all); !ok {
		return stamp{}, bad
	}
	// accuracy, ordering, nonce, tsa and extensions change nothing of what is used
	for !all.Empty() {
		var rest cryptobyte.String
		var t tag.Tag
		if !all.ReadAnyASN1(&rest, &t) {
			return stamp{}, bad
		}
	}
	return out, nil
}

// readStampTime reads genTime, which may have fractions of a second (RFC 3161 2.4.2).
func readStampTime(s *cryptobyte.String) (time.Time, bool) {
	var text cryptobyte.String
	if !s.ReadASN1(&text, tag.GeneralizedTime) || len(text) > 32 {
		return time.Time{}, false
	}
	t, err := time.Parse("20060102150405Z", string(text)) // Parse admits a fraction
	return t, err == nil
}
