package rules

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"

	"atrio/saml/xmlsec"
)

func signatureRules() []Rule {
	return []Rule{
		{ID: "signature", Clause: "SPID-RT metadata", Severity: Error,
			Title: "the document is signed", Advice: "sign the whole EntityDescriptor, by an enveloped signature over its ID",
			check: func(s *subject) { s.want(s.signature() != nil, "Signature", "there is none") }},
		{ID: "signature-first", Clause: "SAML-metadata 2.3.2", Severity: Error,
			Title: "the signature is the first child", Advice: "put Signature before everything else",
			check: func(s *subject) {
				if first := s.root.Elements(); s.signature() != nil {
					s.want(first[0].Name == ds("Signature"), "Signature", "it stands behind %s", first[0].Name.Local)
				}
			}},
		{ID: "signature-algorithm", Clause: "Avviso SPID 29", Severity: Error,
			Title: "signature and digest are of the SHA-2 family", Advice: "sign with RSA or ECDSA and SHA-256, SHA-384 or SHA-512",
			check: (*subject).signatureAlgorithm},
		{ID: "signature-certificate", Clause: "SPID-RT metadata; CIE-SAML metadata", Severity: Error,
			Title: "the signature carries the certificate of its key", Advice: "write X509Certificate into the KeyInfo of the signature: the portals look for it",
			check: func(s *subject) {
				if s.signature() != nil {
					s.want(s.embedded() != nil, "Signature/KeyInfo/X509Data", "there is no certificate that can be read")
				}
			}},
		{ID: "signature-valid", Clause: "SAML-core 5.4", Severity: Error,
			Title: "the signature verifies with its certificate", Advice: "sign again: the document was changed afterwards, or by another key",
			check: func(s *subject) {
				if c := s.embedded(); c != nil {
					_, err := xmlsec.Verify(s.root, []crypto.PublicKey{c.PublicKey})
					s.want(err == nil, "Signature", "%s", xmlsec.CodeOf(err))
				}
			}},
		{ID: "signature-key", Clause: "SPID-RT metadata", Severity: Warning,
			Title: "the document is signed with a key of the service", Advice: "sign with the key of a KeyDescriptor, so that nobody needs a second certificate",
			check: func(s *subject) {
				if c := s.embedded(); c != nil && len(s.certificates) > 0 {
					known := slices.ContainsFunc(s.certificates, func(k certificate) bool { return k.x509 != nil && k.x509.Equal(c) })
					s.want(known, "Signature/KeyInfo/X509Data", "the certificate stands in no KeyDescriptor")
				}
			}},
	}
}

func (s *subject) signature() *xmlsec.Element { return s.root.Child(ds("Signature")) }

func (s *subject) signatureAlgorithm() {
	if s.signature() == nil {
		return
	}
	info := s.signature().Child(ds("SignedInfo"))
	for where, e := range map[string]*xmlsec.Element{
		"SignatureMethod": info.Child(ds("SignatureMethod")), "DigestMethod": info.Child(ds("Reference")).Child(ds("DigestMethod")),
	} {
		// …#rsa-sha256, …#ecdsa-sha512, …#sha384
		algorithm := attr(e, "Algorithm")
		strong := slices.ContainsFunc([]string{"sha256", "sha384", "sha512"}, func(h string) bool { return strings.HasSuffix(algorithm, h) })
		s.want(strong && !strings.Contains(algorithm, "hmac"), "Signature/SignedInfo/"+where, "%q", algorithm)
	}
}

// embedded is the certificate in the signature, nil when there is none.
func (s *subject) embedded() *x509.Certificate {
	return readCertificate(s.signature().Child(ds("KeyInfo")).Child(ds("X509Data")).Child(ds("X509Certificate")))
}

func readCertificate(e *xmlsec.Element) *x509.Certificate {
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(e.Text()), ""))
	if err != nil {
		return nil
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return c
}
