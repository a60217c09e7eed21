// Package card reads the certificate of a Carta Nazionale dei Servizi: whose card it is,
// or why it is none that says so. It is pure: no network, no clock, no store. Whether an
// authority vouches for the certificate and whether it is revoked is asked elsewhere;
// what is read here counts only together with both.
//
// The profile is that of the CNS: a key that signs logins and no documents, the policy of
// the CNS, and a common name of codice fiscale, card and hash of the data on the card. // 2.b
package card

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"atrio/people/person"
)

// Refusal says why a certificate is not taken; it is the end of the keys
// "idp.cns.refused." and of the reasons "card_" in the audit log.
type Refusal string

// The refusals that the certificate alone tells.
const (
	// Signature: the key signs documents; the CNS has another one for logins. // A22
	Signature Refusal = "signature_certificate"
	// CIE: the electronic identity card is another way.
	CIE Refusal = "cie"
	// NotCNS: no policy of a CNS, or a use that a CNS has not ("CNS-like"). // E05
	NotCNS Refusal = "not_cns"
	// Name: the common name is not that of a CNS; Issuer: no body is named that issued it.
	Name   Refusal = "wrong_name"
	Issuer Refusal = "no_issuer"
	// WeakKey: the key is shorter than may be relied upon.
	WeakKey Refusal = "weak_key"

	Expired     Refusal = "expired"
	NotYetValid Refusal = "not_yet_valid"
)

// Error makes a refusal an error.
func (r Refusal) Error() string { return "card: " + string(r) }

// Of gives the refusal in an error, "" when there is none.
func Of(err error) Refusal {
	var r Refusal
	errors.As(err, &r)
	return r
}

// Holder is what a card says.
type Holder struct {
	FiscalCode person.FiscalCode
	// Card is the number of the card.
	Card string
	// Unit is the body that issued it (OU), Organization what it belongs to.
	Unit, Organization string
	// Policy is the one by which the certificate is that of a CNS.
	Policy string
	// Issuer is the authority that signed the certificate, Serial its number, in hexadecimal.
	Issuer, Serial      string
	NotBefore, NotAfter time.Time
}

// Policies are those of the CNS and of the regional cards of services. // 2.b
func Policies() []string {
	return []string{"1.3.76.16.2.1", "1.3.159.6.1.3.2.10", "1.3.76.12.1.1.10.2.2.10"}
}

// ofCIE begins the policies of the electronic identity card.
const ofCIE = "1.3.76.47.4"

// OfCIE tells whether a certificate is one of the electronic identity card, which has several.
func OfCIE(c *x509.Certificate) bool {
	return slices.ContainsFunc(c.Policies, func(p x509.OID) bool {
		return p.String() == ofCIE || strings.HasPrefix(p.String(), ofCIE+".")
	})
}

// Read reads a certificate by the accepted policies, at a time.
func Read(c *x509.Certificate, policies []string, at time.Time) (Holder, error) {
	policy, err := kind(c, policies)
	if err != nil {
		return Holder{}, err
	}
	switch {
	case at.Before(c.NotBefore):
		return Holder{}, NotYetValid
	case at.After(c.NotAfter):
		return Holder{}, Expired
	case !strong(c.PublicKey):
		return Holder{}, WeakKey
	}
	h := Holder{Policy: policy, Issuer: c.Issuer.CommonName, Serial: c.SerialNumber.Text(16), NotBefore: c.NotBefore, NotAfter: c.NotAfter}
	if h.FiscalCode, h.Card, err = name(c); err != nil {
		return Holder{}, err
	}
	h.Unit, h.Organization = strings.Join(c.Subject.OrganizationalUnit, ", "), strings.Join(c.Subject.Organization, ", ")
	if strings.TrimSpace(h.Unit) == "" {
		return Holder{}, Issuer
	}
	return h, nil
}

// kind tells certificates of a CNS from all others that lie on cards.
func kind(c *x509.Certificate, accepted []string) (policy string, err error) {
	var named []string
	for _, p := range c.Policies {
		named = append(named, p.String())
	}
	found := slices.IndexFunc(named, func(p string) bool { return slices.Contains(accepted, p) })
	switch {
	case c.KeyUsage&x509.KeyUsageContentCommitment != 0:
		return "", Signature
	case found < 0 && OfCIE(c):
		return "", CIE
	case found < 0, c.IsCA, c.KeyUsage&x509.KeyUsageDigitalSignature == 0, c.KeyUsage&(x509.KeyUsageCertSign|x509.KeyUsageCRLSign) != 0,
		!slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth), len(c.UnhandledCriticalExtensions) > 0:
		return "", NotCNS
	}
	return named[found], nil
}

// strong tells whether a key may be relied upon.
func strong(key any) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= 2048
	case *ecdsa.PublicKey:
		return k.Curve.Params().BitSize >= 256
	}
	return false
}

// nameForm is "<codice fiscale>/<card>.<hash of the personal data, base64>".
var nameForm = regexp.MustCompile(`^([A-Z0-9]{16})/([0-9A-Za-z]{4,24})\.([A-Za-z0-9+/]{4,44}={0,2})$`)

// name reads the common name, of which there is one.
func name(c *x509.Certificate) (person.FiscalCode, string, error) {
	var found []string
	for _, n := range c.Subject.Names {
		if text, ok := n.Value.(string); n.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 3}) && ok {
			found = append(found, text)
		}
	}
	if len(found) != 1 {
		return "", "", Name
	}
	parts := nameForm.FindStringSubmatch(found[0])
	if parts == nil {
		return "", "", Name
	}
	code, err := person.ParseFiscalCode(parts[1])
	if err != nil {
		return "", "", Name
	}
	return code, parts[2], nil
}
