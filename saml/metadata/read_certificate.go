package metadata

import (
	"crypto/x509"
	"encoding/base64"
	"strings"

	"atrio/saml/xmlsec"
)

func readCertificates(e *xmlsec.Element) ([]Certificate, error) {
	var all []Certificate
	for _, key := range e.Named(name("KeyDescriptor")) {
		use := attribute(key, "use")
		if use != "" && use != "signing" && use != "encryption" {
			return nil, fail("metadata_key", "use of a KeyDescriptor is unknown")
		}
		info := key.Child(signatureName("KeyInfo"))
		if info == nil {
			return nil, fail("metadata_key", "a KeyDescriptor has no KeyInfo")
		}
		for _, data := range info.Named(signatureName("X509Data")) {
			for _, encoded := range data.Named(signatureName("X509Certificate")) {
				c, err := readCertificate(encoded.Text())
				if err != nil {
					return nil, err
				}
				c.Use = use
				all = append(all, c)
			}
		}
	}
	return all, nil
}

// readCertificate does not look at issuer and dates: in SAML metadata a certificate
// is a wrapping of a key, and metadata itself says how long the key counts.
func readCertificate(encoded string) (Certificate, error) {
	der, err := base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(encoded), ""))
	if err != nil {
		return Certificate{}, fail("metadata_certificate", "not base64")
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return Certificate{}, fail("metadata_certificate", "%v", err)
	}
	return Certificate{DER: der, X509: parsed}, nil
}
