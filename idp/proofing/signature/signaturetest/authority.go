// Package signaturetest is a test authority, for tests and for the demonstration: it issues certificates of every kind that
// people upload signatures with, answers about them (CRL, OCSP), stamps time, and writes
// the trusted list that vouches for it. Names and keys are nobody's.
//
// Keys are made anew by each process; everything else follows from the time given.
package signaturetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"maps"
	"math/big"
	"sync"
	"time"
)

// Authority is a provider of trust services with a granted, a withdrawn and an unlisted
// CA, an authority for time and the operator of the list.
type Authority struct {
	Now time.Time
	// Base stands before the addresses in certificates: "http://qtsp.example".
	Base string
	// Granted issues qualified certificates, Withdrawn did once, Unlisted is on no list.
	Granted, Withdrawn, Unlisted *CA
	// Stamps is the CA of TSA, which signs tokens.
	Stamps *CA
	TSA    *Identity
	// Operator signs the trusted list.
	Operator *Identity

	// Clock gives the time of answers and of certificates to come; nil for always Now.
	Clock func() time.Time

	mu     sync.Mutex
	serial int64
	// Silent makes the addresses unreachable: "ocsp", "crl".
	Silent map[string]bool
}

// CA is an issuing authority with its answers.
type CA struct {
	Identity
	Name      string
	Responder *Identity
	Revoked   map[string]Revocation

	mu sync.Mutex // of Revoked
}

// revoked gives a copy of the entries.
func (ca *CA) revoked() map[string]Revocation {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	return maps.Clone(ca.Revoked)
}

// Revocation is an entry of a CRL.
type Revocation struct {
	At     time.Time
	Reason int
}

// Identity is a certificate with its key.
type Identity struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// must ends a test run: nothing here fails but by a mistake of who uses it.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("signaturetest: %v", err))
	}
	return v
}

// NewKey makes a key on P-256.
func NewKey() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

// RSAKey is an RSA key of 2048 bits, the same all through a process.
var RSAKey = sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 2048)) })

// ShortRSAKey is one that is too short.
var ShortRSAKey = sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 1024)) })

// New makes an authority whose certificates are good at now.
func New(now time.Time) *Authority {
	a := &Authority{Now: now.UTC().Truncate(time.Second), Base: "http://qtsp.example", Silent: map[string]bool{}}
	a.Granted = a.newCA("granted")
	a.Withdrawn = a.newCA("withdrawn")
	a.Unlisted = a.newCA("unlisted")
	a.Stamps = a.newCA("stamps")
	a.TSA = a.Issue(a.Stamps, func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: "Fittizia TSA", Country: []string{"IT"}}
		c.KeyUsage = x509.KeyUsageContentCommitment
		c.ExtraExtensions = []pkix.Extension{ForStamps(true)}
	})
	a.Operator = a.self(pkix.Name{CommonName: "Fittizia operator of the list", Country: []string{"IT"}}, x509.KeyUsageDigitalSignature)
	return a
}

func (a *Authority) next() *big.Int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serial++
	return big.NewInt(0x1000 + a.serial)
}

// present is the time of answers.
func (a *Authority) present() time.Time {
	if a.Clock == nil {
		return a.Now
	}
	return a.Clock().UTC().Truncate(time.Second)
}

// life is how long certificates of authorities last, in years: longer than the clock of a
// demonstration jumps.
const life = 60

func (a *Authority) self(name pkix.Name, usage x509.KeyUsage) *Identity {
	key := NewKey()
	c := &x509.Certificate{SerialNumber: a.next(), Subject: name, NotBefore: a.Now.AddDate(-8, 0, 0), NotAfter: a.Now.AddDate(life, 0, 0),
		KeyUsage: usage, IsCA: usage&x509.KeyUsageCertSign != 0, BasicConstraintsValid: true}
	der := must(x509.CreateCertificate(rand.Reader, c, c, key.Public(), key))
	return &Identity{must(x509.ParseCertificate(der)), key}
}

func (a *Authority) newCA(name string) *CA {
	own := a.self(pkix.Name{CommonName: "Fittizia CA " + name, Organization: []string{"Fittizia S.p.A."}, Country: []string{"IT"}}, x509.KeyUsageCertSign|x509.KeyUsageCRLSign)
	ca := &CA{Identity: *own, Name: name, Revoked: map[string]Revocation{}}
	ca.Responder = a.Issue(ca, func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: "Fittizia OCSP " + name, Country: []string{"IT"}}
		c.KeyUsage = x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
		c.NotAfter = a.Now.AddDate(life, 0, 0)
	})
	return ca
}

// Change alters a certificate before it is issued.
type Change func(*x509.Certificate)

// Issue issues a certificate, by default for nothing in particular, good for a year.
func (a *Authority) Issue(ca *CA, changes ...Change) *Identity {
	return a.IssueFor(ca, NewKey(), changes...)
}

// IssueFor issues a certificate for a key.
func (a *Authority) IssueFor(ca *CA, key crypto.Signer, changes ...Change) *Identity {
	now := a.present()
	c := &x509.Certificate{SerialNumber: a.next(), NotBefore: now.AddDate(0, -6, 0), NotAfter: now.AddDate(0, 6, 0), BasicConstraintsValid: true,
		OCSPServer: []string{a.Base + "/ocsp/" + ca.Name}, CRLDistributionPoints: []string{a.Base + "/crl/" + ca.Name}}
	for _, change := range changes {
		change(c)
	}
	der := must(x509.CreateCertificate(rand.Reader, c, ca.Certificate, key.Public(), ca.Key))
	return &Identity{must(x509.ParseCertificate(der)), key}
}

// Person issues a qualified certificate for signatures to the holder of a codice fiscale.
func (a *Authority) Person(ca *CA, cf string, changes ...Change) *Identity {
	return a.Issue(ca, append([]Change{Qualified("TINIT-" + cf)}, changes...)...)
}

// Qualified is the profile of a qualified certificate with a serial number in the subject.
func Qualified(number string) Change {
	return func(c *x509.Certificate) {
		c.Subject = Name(number)
		c.KeyUsage = x509.KeyUsageContentCommitment
		c.ExtraExtensions = append(c.ExtraExtensions, Statements(Compliance, Device, ForSigning))
	}
}

// Name is the subject of a person with these serial numbers.
func Name(numbers ...string) pkix.Name {
	n := pkix.Name{CommonName: "Prova Fittizia", Country: []string{"IT"}}
	add := func(oid asn1.ObjectIdentifier, v string) {
		n.ExtraNames = append(n.ExtraNames, pkix.AttributeTypeAndValue{Type: oid, Value: v})
	}
	add(asn1.ObjectIdentifier{2, 5, 4, 4}, "FITTIZIA")
	add(asn1.ObjectIdentifier{2, 5, 4, 42}, "PROVA")
	for _, v := range numbers {
		add(asn1.ObjectIdentifier{2, 5, 4, 5}, v)
	}
	return n
}

// Named puts names into the subject of Qualified.
func Named(given, family string) Change {
	return func(c *x509.Certificate) {
		c.Subject.CommonName = given + " " + family
		for i := range c.Subject.ExtraNames {
			switch n := &c.Subject.ExtraNames[i]; {
			case n.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 4}):
				n.Value = family
			case n.Type.Equal(asn1.ObjectIdentifier{2, 5, 4, 42}):
				n.Value = given
			}
		}
	}
}

// Statements of qualified certificates (ETSI EN 319 412-5), DER of a QCStatement.
var (
	Compliance  = statement(asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 1}, nil)
	Device      = statement(asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 4}, nil)
	ForSigning  = statement(asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6}, []asn1.ObjectIdentifier{{0, 4, 0, 1862, 1, 6, 1}})
	ForSealing  = statement(asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6}, []asn1.ObjectIdentifier{{0, 4, 0, 1862, 1, 6, 2}})
	ForBoth     = statement(asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6}, []asn1.ObjectIdentifier{{0, 4, 0, 1862, 1, 6, 1}, {0, 4, 0, 1862, 1, 6, 2}})
	Legislation = statement(asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 7}, []string{"CH"})
)

func statement(oid asn1.ObjectIdentifier, info any) []byte {
	if info == nil {
		return must(asn1.Marshal([]asn1.ObjectIdentifier{oid}))
	}
	return must(asn1.Marshal([]asn1.RawValue{{FullBytes: must(asn1.Marshal(oid))}, {FullBytes: must(asn1.Marshal(info))}}))
}

// Statements is the extension that holds statements.
func Statements(all ...[]byte) pkix.Extension {
	var list []asn1.RawValue
	for _, one := range all {
		list = append(list, asn1.RawValue{FullBytes: one})
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}, Value: must(asn1.Marshal(list))}
}

// ForStamps is the extended usage of an authority for time, which has to be critical and
// the only one; more are others, by their last number.
func ForStamps(critical bool, more ...int) pkix.Extension {
	usages := []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}}
	for _, n := range more {
		usages = append(usages, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, n})
	}
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: must(asn1.Marshal(usages))}
}

// Policy adds a policy, in dotted form.
func Policy(oid string) Change {
	return func(c *x509.Certificate) { c.Policies = append(c.Policies, must(x509.ParseOID(oid))) }
}

// CNS is the profile of a card for entering services.
func CNS(cf string) Change {
	return func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: cf + "/1234567890123456.AbCdEf", OrganizationalUnit: []string{"Fittizia"}, Country: []string{"IT"}}
		c.KeyUsage = x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		Policy("1.3.76.16.2.1")(c)
	}
}

// CIE is the profile of an electronic identity card.
func CIE(cf string) Change {
	return func(c *x509.Certificate) {
		c.Subject = pkix.Name{CommonName: cf + "/CA00000AA", Country: []string{"IT"}}
		c.KeyUsage = x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		Policy("1.3.76.47.4")(c)
	}
}

// Dates sets the validity.
func Dates(from, to time.Time) Change {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = from, to }
}

// Revoke revokes a certificate; reason 6 suspends it.
func (ca *CA) Revoke(c *x509.Certificate, at time.Time, reason int) {
	ca.mu.Lock()
	defer ca.mu.Unlock()
	ca.Revoked[c.SerialNumber.String()] = Revocation{at, reason}
}
