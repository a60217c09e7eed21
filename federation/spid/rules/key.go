package rules

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"strings"
)

// certificate is one of the service's certificates for signing.
type certificate struct {
	where string
	// x509 is nil when it cannot be read.
	x509 *x509.Certificate
}

func (s *subject) readCertificates() {
	for i, k := range s.service.Named(md("KeyDescriptor")) {
		if use := attr(k, "use"); use == "signing" || use == "" {
			s.certificates = append(s.certificates, certificate{
				at(service+"/KeyDescriptor", i), readCertificate(k.Child(ds("KeyInfo")).Child(ds("X509Data")).Child(ds("X509Certificate"))),
			})
		}
	}
}

// each looks at the certificates that can be read.
func (s *subject) each(look func(where string, c *x509.Certificate)) {
	for _, c := range s.certificates {
		if c.x509 != nil {
			look(c.where, c.x509)
		}
	}
}

// Attribute types of certificates. // Avviso SPID 29
var (
	typeURI            = asn1.ObjectIdentifier{2, 5, 4, 83}
	typeOrganizationID = asn1.ObjectIdentifier{2, 5, 4, 97}
	// natural are those of natural persons, which do not belong there.
	natural = map[string]string{"2.5.4.41": "name", "2.5.4.4": "surname", "2.5.4.42": "givenName", "2.5.4.43": "initials", "2.5.4.65": "pseudonym"}
)

func keyRules() []Rule {
	return []Rule{
		{ID: "signing-key", Clause: "SPID-RT metadata", Severity: Error,
			Title: "there is a KeyDescriptor for signing with a certificate", Advice: "publish the certificate of the key that signs the requests",
			check: func(s *subject) {
				s.want(len(s.certificates) > 0, service+"/KeyDescriptor", "there is none for signing")
				for _, c := range s.certificates {
					s.want(c.x509 != nil, c.where, "its X509Certificate cannot be read")
				}
			}},
		{ID: "key-size", Clause: "Avviso SPID 29", Severity: Error,
			Title: "keys are RSA of at least 2048 bits, or ECDSA of at least 256", Advice: "make a longer key and a certificate for it",
			check: func(s *subject) {
				s.each(func(where string, c *x509.Certificate) {
					switch key := c.PublicKey.(type) {
					case *rsa.PublicKey:
						s.want(key.N.BitLen() >= 2048, where, "RSA of %d bits", key.N.BitLen())
					case *ecdsa.PublicKey:
						s.want(key.Curve.Params().BitSize >= 256, where, "ECDSA of %d bits", key.Curve.Params().BitSize)
					default:
						s.found(where, "neither RSA nor ECDSA")
					}
				})
			}},
		{ID: "certificate-signature", Clause: "Avviso SPID 29", Severity: Error,
			Title: "certificates are signed with SHA-2", Advice: "make the certificate anew with SHA-256 or SHA-512",
			check: func(s *subject) {
				s.each(func(where string, c *x509.Certificate) {
					weak := c.SignatureAlgorithm == x509.SHA1WithRSA || c.SignatureAlgorithm == x509.ECDSAWithSHA1 || c.SignatureAlgorithm == x509.MD5WithRSA
					s.want(!weak, where, "%s", c.SignatureAlgorithm)
				})
			}},
		{ID: "certificate-dates", Clause: "Avviso SPID 29", Severity: Error,
			Title: "certificates are valid now", Advice: "announce a new certificate beside the old one before that ends",
			check: func(s *subject) {
				s.each(func(where string, c *x509.Certificate) {
					s.want(!s.options.Now.Before(c.NotBefore), where, "valid from %s", c.NotBefore.Format("2006-01-02"))
					s.want(s.options.Now.Before(c.NotAfter), where, "ended on %s", c.NotAfter.Format("2006-01-02"))
				})
			}},
		{ID: "certificate-subject", Clause: "Avviso SPID 29", Severity: Error, applies: notCIE,
			Title:  "certificates name the body: CN, O, L, C, uri = entityID, organizationIdentifier, and no natural person",
			Advice: "make the certificate with atrio metadata certificate, or ask for one with these fields",
			check:  func(s *subject) { s.each(s.subjectOf) }},
		{ID: "key-name", Clause: "SPID-RT metadata", Severity: Warning,
			Title: "KeyInfo has no KeyName", Advice: "leave KeyName out: some providers refuse it",
			check: func(s *subject) {
				for i, k := range s.service.Named(md("KeyDescriptor")) {
					s.want(k.Child(ds("KeyInfo")).Child(ds("KeyName")) == nil, at(service+"/KeyDescriptor", i), "it has one")
				}
			}},
	}
}

func (s *subject) subjectOf(where string, c *x509.Certificate) {
	said := map[string]string{}
	for _, n := range c.Subject.Names {
		value, _ := n.Value.(string)
		said[n.Type.String()] = value
		if word, bad := natural[n.Type.String()]; bad {
			s.found(where, "the subject has %s", word)
		}
	}
	for _, need := range []struct{ oid, word string }{{"2.5.4.3", "commonName"}, {"2.5.4.10", "organizationName"}, {"2.5.4.6", "countryName"}, {"2.5.4.7", "localityName"}} {
		s.want(said[need.oid] != "", where, "the subject lacks %s", need.word)
	}
	s.want(said[typeURI.String()] == s.report.EntityID, where, "uri is %q", said[typeURI.String()])
	id := said[typeOrganizationID.String()]
	s.want(strings.HasPrefix(id, "PA:IT-") || strings.HasPrefix(id, "VATIT-") || strings.HasPrefix(id, "CF:IT-"), where, "organizationIdentifier is %q", id)
}
