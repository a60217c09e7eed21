// Package spidcert holds the rules for the certificates of services of SPID as data:
// each with a name, so that a report says which one is broken. // Avviso SPID 29
package spidcert

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Rule is one thing that a certificate must be.
type Rule struct {
	ID, Title string
	broken    func(c Subject) string
}

// Subject is what is judged.
type Subject struct {
	Certificate *x509.Certificate
	// Private tells a private service from a public one.
	Private bool
	// EntityID of the service; empty leaves it out.
	EntityID string
	Now      time.Time
}

// Finding is the verdict of a rule; Problem is empty when it is kept.
type Finding struct {
	Rule    Rule
	Problem string
}

// Check runs all rules.
func Check(s Subject) []Finding {
	var all []Finding
	for _, r := range rules {
		all = append(all, Finding{r, r.broken(s)})
	}
	return all
}

// Rules lists them in the order of the notice. The list is shared: callers only read it.
func Rules() []Rule { return rules }

var rules = []Rule{
	{"key", "the key is RSA of 2048, 3072 or 4096 bits", brokenKey},
	{"signature", "the signature uses SHA-256 or SHA-512", brokenSignature},
	{"validity", "the certificate is good now", brokenValidity},
	{"subject-fields", "the subject has commonName, organizationName, uri, organizationIdentifier, countryName and localityName, each once", brokenFields},
	{"subject-forbidden", "the subject names no natural person: no name, surname, givenName, initials, pseudonym", brokenForbidden},
	{"organization-identifier", "organizationIdentifier is PA:IT-code of a public body, VATIT-number or CF:IT-code of a private one", brokenIdentifier},
	{"country", "countryName has two capital letters", brokenCountry},
	{"uri", "uri is the entityID", brokenURI},
	{"basic-constraints", "basicConstraints is there, not critical, CA:FALSE", brokenConstraints},
	{"key-usage", "keyUsage is critical and exactly digitalSignature and nonRepudiation", brokenUsage},
	{"policies", "certificatePolicies, not critical, has 1.3.76.16.6 and that of the sector", brokenPolicies},
}

func brokenKey(s Subject) string {
	key, ok := s.Certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return fmt.Sprintf("the key is %s", s.Certificate.PublicKeyAlgorithm)
	}
	if bits := key.N.BitLen(); !slices.Contains([]int{2048, 3072, 4096}, bits) {
		return fmt.Sprintf("the key has %d bits", bits)
	}
	return ""
}

func brokenSignature(s Subject) string {
	switch a := s.Certificate.SignatureAlgorithm; a {
	case x509.SHA256WithRSA, x509.SHA512WithRSA, x509.SHA256WithRSAPSS, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA256, x509.ECDSAWithSHA512:
		return ""
	default:
		return "it is " + a.String()
	}
}

func brokenValidity(s Subject) string {
	c := s.Certificate
	if s.Now.Before(c.NotBefore) || s.Now.After(c.NotAfter) {
		return fmt.Sprintf("it is good from %s to %s", c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339))
	}
	return ""
}

// Attributes of the subject by their identifiers.
var (
	required = map[string]string{
		"2.5.4.3": "commonName", "2.5.4.10": "organizationName", "2.5.4.83": "uri", "2.5.4.97": "organizationIdentifier",
		"2.5.4.6": "countryName", "2.5.4.7": "localityName",
	}
	forbidden = map[string]string{
		"2.5.4.41": "name", "2.5.4.4": "surname", "2.5.4.42": "givenName", "2.5.4.43": "initials", "2.5.4.65": "pseudonym",
	}
)

func values(s Subject, oid string) []string {
	var all []string
	for _, n := range s.Certificate.Subject.Names {
		if n.Type.String() == oid {
			all = append(all, strings.TrimSpace(fmt.Sprint(n.Value)))
		}
	}
	return all
}

func brokenFields(s Subject) string {
	var bad []string
	for oid, name := range required {
		if v := values(s, oid); len(v) != 1 || v[0] == "" {
			bad = append(bad, name)
		}
	}
	slices.Sort(bad)
	return note("missing, empty or twice: ", bad)
}

func brokenForbidden(s Subject) string {
	var bad []string
	for oid, name := range forbidden {
		if len(values(s, oid)) > 0 {
			bad = append(bad, name)
		}
	}
	slices.Sort(bad)
	return note("there is ", bad)
}

func note(before string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return before + strings.Join(names, ", ")
}

var (
	publicIdentifier  = regexp.MustCompile(`^PA:IT-\S{1,16}$`)
	privateIdentifier = regexp.MustCompile(`^(CF:IT-([A-Za-z0-9]{16}|[0-9]{11})|VATIT-[0-9]{11})$`)
)

func brokenIdentifier(s Subject) string {
	form := publicIdentifier
	if s.Private {
		form = privateIdentifier
	}
	for _, v := range values(s, "2.5.4.97") {
		if !form.MatchString(v) {
			return fmt.Sprintf("it is %q", v)
		}
	}
	return ""
}

func brokenCountry(s Subject) string {
	for _, v := range values(s, "2.5.4.6") {
		if len(v) != 2 || strings.ToUpper(v) != v {
			return fmt.Sprintf("it is %q", v)
		}
	}
	return ""
}

func brokenURI(s Subject) string {
	for _, v := range values(s, "2.5.4.83") {
		if s.EntityID != "" && v != s.EntityID {
			return fmt.Sprintf("it is %q, the service is %q", v, s.EntityID)
		}
	}
	return ""
}

// extension finds one by its identifier.
func extension(s Subject, oid asn1.ObjectIdentifier) (critical, there bool) {
	for _, x := range s.Certificate.Extensions {
		if x.Id.Equal(oid) {
			return x.Critical, true
		}
	}
	return false, false
}

func brokenConstraints(s Subject) string {
	critical, there := extension(s, asn1.ObjectIdentifier{2, 5, 29, 19})
	switch {
	case !there:
		return "it is missing"
	case critical:
		return "it is critical"
	case s.Certificate.IsCA:
		return "it says CA:TRUE"
	}
	return ""
}

func brokenUsage(s Subject) string {
	critical, there := extension(s, asn1.ObjectIdentifier{2, 5, 29, 15})
	switch {
	case !there:
		return "it is missing"
	case !critical:
		return "it is not critical"
	case s.Certificate.KeyUsage != x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment:
		return fmt.Sprintf("its bits are %b", s.Certificate.KeyUsage)
	}
	return ""
}

func brokenPolicies(s Subject) string {
	if critical, there := extension(s, asn1.ObjectIdentifier{2, 5, 29, 32}); !there || critical {
		return "they are missing or critical"
	}
	sector := "1.3.76.16.4.2.1"
	if s.Private {
		sector = "1.3.76.16.4.3.1"
	}
	var has []string
	for _, p := range s.Certificate.PolicyIdentifiers {
		has = append(has, p.String())
	}
	for _, want := range []string{"1.3.76.16.6", sector} {
		if !slices.Contains(has, want) {
			return want + " is missing"
		}
	}
	return ""
}
