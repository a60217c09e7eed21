package signature

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	tag "golang.org/x/crypto/cryptobyte/asn1"

	"atrio/idp/proofing/cns/card"
	"atrio/idp/proofing/signature/refusal"
	"atrio/idp/proofing/trustlist"
	"atrio/people/person"
)

// Statements of a qualified certificate (ETSI EN 319 412-5 4.2, 5).
var (
	oidStatements  = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
	oidCompliance  = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 1}
	oidDevice      = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 4} // QcSSCD
	oidType        = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6}
	oidLegislation = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 7}
	oidForSigning  = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6, 1}
)

// checkProfile looks at what a certificate says of itself. It comes before the issuer is
// known, so that who used the wrong card reads which card it was: people take those for
// entering services, regional ones among them, and the CIE for a digital signature.
func checkProfile(c *x509.Certificate) error {
	switch {
	case card.OfCIE(c):
		return refusal.New(refusal.CIEFEA, "the certificate of a CIE")
	case hasPolicy(c, card.Policies()), looksLikeCNS(c):
		return refusal.New(refusal.CNSKey, "the certificate of a card for entering services")
	case c.KeyUsage&x509.KeyUsageContentCommitment == 0 || c.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0 || c.IsCA:
		return refusal.New(refusal.WrongKeyUsage, "not a certificate for signing documents")
	}
	for _, oid := range c.UnhandledCriticalExtensions {
		if !oid.Equal(oidStatements) {
			return refusal.New(refusal.NotQualified, "a critical extension that is not known")
		}
	}
	if !qualified(c) {
		return refusal.New(refusal.NotQualified, "the statements of a qualified certificate are missing")
	}
	return nil
}

func hasPolicy(c *x509.Certificate, list []string) bool {
	return slices.ContainsFunc(c.Policies, func(o x509.OID) bool { return slices.Contains(list, o.String()) })
}

// looksLikeCNS knows a card by its common name, codice fiscale and number of the card,
// and by what its key is for.
func looksLikeCNS(c *x509.Certificate) bool {
	code, _, ok := strings.Cut(c.Subject.CommonName, "/")
	_, err := person.ParseFiscalCode(code)
	return ok && err == nil && c.KeyUsage&x509.KeyUsageContentCommitment == 0 && slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
}

// qualified says whether a certificate claims to be qualified, for signatures, with the
// key in a device: QcCompliance, QcType esign, QcSSCD; and under no other law than that
// of the Union (QcCClegislation).
func qualified(c *x509.Certificate) bool {
	var value []byte
	for _, x := range c.Extensions {
		if x.Id.Equal(oidStatements) {
			value = x.Value
		}
	}
	s := cryptobyte.String(value)
	var list cryptobyte.String
	if !s.ReadASN1(&list, tag.SEQUENCE) || !s.Empty() {
		return false
	}
	var compliance, device, signing bool
	for !list.Empty() {
		var one cryptobyte.String
		var oid asn1.ObjectIdentifier
		if !list.ReadASN1(&one, tag.SEQUENCE) || !one.ReadASN1ObjectIdentifier(&oid) {
			return false
		}
		switch {
		case oid.Equal(oidCompliance):
			compliance = true
		case oid.Equal(oidDevice):
			device = true
		case oid.Equal(oidType):
			signing = isForSigning(one)
		case oid.Equal(oidLegislation):
			return false
		}
	}
	return compliance && device && signing
}

// isForSigning reads QcType, which says one thing.
func isForSigning(s cryptobyte.String) bool {
	var kinds cryptobyte.String
	var kind asn1.ObjectIdentifier
	return s.ReadASN1(&kinds, tag.SEQUENCE) && s.Empty() && kinds.ReadASN1ObjectIdentifier(&kind) && kinds.Empty() && kind.Equal(oidForSigning)
}

// checkIssuer finds the authority in the trusted list. It has to be good now and when
// the certificate was issued, in every entry that has its key, and to issue for
// signatures of people (ETSI TS 119 612 5.5, eIDAS art. 22, 32).
func checkIssuer(list *trustlist.List, c *x509.Certificate, at time.Time) (*x509.Certificate, *trustlist.Service, error) {
	issuer, services := list.Issuer(c, trustlist.QualifiedCertificates)
	if issuer == nil {
		return nil, nil, refusal.New(refusal.ChainUnknown, "the issuer is not in the trusted list")
	}
	for _, s := range services {
		if !s.Good(at) || !s.Good(c.NotBefore) {
			return nil, nil, refusal.New(refusal.IssuerWithdrawn, "the issuer is, or was, not granted")
		}
	}
	for _, s := range services {
		p := s.At(at)
		if !p.ForSignatures || p.TakesAway(c) {
			return nil, nil, refusal.New(refusal.NotQualified, "the trusted list says that it is not for signatures of people")
		}
	}
	return issuer, services[0], nil
}

func checkDates(c, issuer *x509.Certificate, at time.Time) error {
	switch {
	case at.Before(c.NotBefore):
		return refusal.New(refusal.NotYetValid, "the certificate is not valid yet")
	case at.After(c.NotAfter):
		return refusal.New(refusal.Expired, "the certificate has expired")
	case at.Before(issuer.NotBefore), at.After(issuer.NotAfter):
		return refusal.New(refusal.IssuerWithdrawn, "the certificate of the issuer is not valid now")
	}
	return nil
}

// Attributes of a subject (ITU-T X.520).
var (
	oidSurname      = asn1.ObjectIdentifier{2, 5, 4, 4}
	oidSerialNumber = asn1.ObjectIdentifier{2, 5, 4, 5}
	oidGivenName    = asn1.ObjectIdentifier{2, 5, 4, 42}
)

// checkPerson compares the codice fiscale (ETSI EN 319 412-1 5.1.3).
func (v *Verifier) checkPerson(c *x509.Certificate, want person.FiscalCode) (Signer, error) {
	s := Signer{CommonName: c.Subject.CommonName, Subject: c.Subject.String(), Issuer: c.Issuer.String(),
		Serial: c.SerialNumber.Text(16), NotBefore: c.NotBefore, NotAfter: c.NotAfter}
	var numbers []string
	for _, a := range c.Subject.Names {
		value, ok := a.Value.(string)
		switch {
		case !ok:
		case a.Type.Equal(oidSurname):
			s.Surname = value
		case a.Type.Equal(oidGivenName):
			s.GivenName = value
		case a.Type.Equal(oidSerialNumber):
			numbers = append(numbers, value)
		}
	}
	if len(numbers) != 1 {
		return s, refusal.New(refusal.CFMissing, "no serial number in the subject, or several")
	}
	code, ok := strings.CutPrefix(numbers[0], "TINIT-")
	if !ok && v.OldFiscalCode {
		code, ok = strings.CutPrefix(numbers[0], "IT:")
	}
	cf, err := person.ParseFiscalCode(code)
	if !ok || err != nil || string(cf) != code {
		return s, refusal.New(refusal.CFMissing, "the subject has no codice fiscale")
	}
	if s.FiscalCode = cf; cf != want {
		return s, refusal.New(refusal.CFMismatch, "the codice fiscale of somebody else")
	}
	return s, nil
}
