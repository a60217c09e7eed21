package xsd_test

import (
	"os/exec"
	"testing"

	"atrio/saml"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// verify runs xmlsec1 on the signature that is a child of the element at a path of local
// names, with the key of the signer's certificate and no other.
func verify(t *testing.T, document []byte, path string, s xmlsec.Signer) error {
	t.Helper()
	need(t, "xmlsec1", "xmlsec1")
	e := samltest.Find(t, document, path)
	xpath := ""
	for step := e; step != nil; step = step.Parent {
		xpath = "/*[local-name()='" + step.Name.Local + "']" + xpath
	}
	return run(exec.Command("xmlsec1", "--verify", "--pubkey-cert-pem", samltest.CertificateFile(t, s),
		"--enabled-reference-uris", "same-doc", "--enabled-key-data", "rsa,ec",
		"--id-attr:ID", e.Name.Space+":"+e.Name.Local,
		"--node-xpath", xpath+"/*[local-name()='Signature' and namespace-uri()='"+saml.NamespaceSignature+"']",
		samltest.File(t, "document.xml", document)))
}
