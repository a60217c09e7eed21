// Package raotest has the seal of a public body, for tests and for the demonstration: of a
// test authority, which nobody else believes. Bodies and people are invented.
package raotest

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"os"
	"path/filepath"
	"time"

	"atrio/idp/proofing/rao/sealed"
	st "atrio/idp/proofing/signature/signaturetest"
)

// The body of tests, and the policy of its seal.
const (
	Code         = "c_prova"
	Organization = "CF:IT-00000000000"
	Name         = "Comune di Prova"
	Policy       = "1.3.76.16.4.1.1"
)

// Register is one with this body.
const Register = "# enti di prova\n" + Code + ";" + Organization + ";" + Name + "\n"

// OfBody is the profile of the seal of a body.
func OfBody(organization string) st.Change {
	return func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: "Sigillo di prova", Organization: []string{Name}, Country: []string{"IT"}, ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: organization},
		}}
		c.KeyUsage = x509.KeyUsageContentCommitment
	}
}

// Seal issues the seal of the body; changes make others of it.
func Seal(a *st.Authority, ca *st.CA, changes ...st.Change) sealed.Seal {
	return SealFor(st.RSAKey(), a, ca, changes...)
}

// SealFor is Seal for an RSA key that is there.
func SealFor(key crypto.Signer, a *st.Authority, ca *st.CA, changes ...st.Change) sealed.Seal {
	made := a.IssueFor(ca, key, append([]st.Change{OfBody(Organization), st.Policy(Policy)}, changes...)...)
	return sealed.Seal{Key: made.Key.(*rsa.PrivateKey), Certificates: []*x509.Certificate{made.Certificate}}
}

// Claims are those of a token about a person, made at a time.
func Claims(fiscalCode string, at time.Time) sealed.Claims {
	at = at.UTC().Truncate(time.Second)
	return sealed.Claims{
		Issuer: Code, Operator: "sportello-7", Identification: "11111111-1111-4111-8111-111111111111", ID: "22222222-2222-4222-8222-222222222222",
		Issued: at, Expires: at.Add(sealed.Life), FiscalCode: fiscalCode,
	}
}

// Data are those inside the token of claims, about Amira Prova.
func Data(c sealed.Claims) sealed.Data {
	return sealed.Data{
		Info:       sealed.Info{ID: c.Identification, Issued: c.Issued.Unix(), Issuer: sealed.Issuer{Code: c.Issuer, Reference: c.Operator}},
		HealthCard: sealed.HealthCard{Type: "TS", Number: "80380000000000000009", Expires: "2030-01-01"},
		Attributes: sealed.Attributes{Mandatory: sealed.Mandatory{
			Name: "AMIRA", FamilyName: "PROVA", BirthPlace: "A744", BirthCounty: "CO", BirthNation: "IT", BirthDate: "1983-05-10", Gender: "F",
			FiscalCode: sealed.FiscalPrefix + c.FiscalCode, Email: "amira@example.org",
			Card:    sealed.IDCard{Type: "cartaIdentita", Number: "CA00000AA", Issuer: "Comune di Prova", Issued: "2020-05-10", Expires: "2030-05-10"},
			Phone:   sealed.Phone{Country: "+39", Number: "3330000009"},
			Address: sealed.Address{Type: "Via", Name: "di Prova", Number: "1", PostalCode: "26900", Municipality: "E648", County: "LO", Nation: "IT"},
		}},
	}
}

// KeyIn reads the key of the seal that Files wrote into a directory, nil without one.
func KeyIn(dir string) crypto.Signer {
	text, err := os.ReadFile(filepath.Join(dir, keyFile))
	if err != nil {
		return nil
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if rsaKey, ok := key.(*rsa.PrivateKey); ok && err == nil {
		return rsaKey
	}
	return nil
}

const keyFile = "seal-key.pem"

// Files writes a seal into a directory, as it is configured: its certificate and its key.
func Files(s sealed.Seal, dir string) (certificate, key string, err error) {
	der, err := x509.MarshalPKCS8PrivateKey(s.Key)
	if err != nil {
		return "", "", err
	}
	var chain []byte
	for _, one := range s.Certificates {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: one.Raw})...)
	}
	certificate, key = filepath.Join(dir, "seal.pem"), filepath.Join(dir, keyFile)
	if err := os.WriteFile(certificate, chain, 0o600); err != nil {
		return "", "", err
	}
	return certificate, key, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
}
