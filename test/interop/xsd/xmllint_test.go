package xsd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atrio/saml/samltest"
)

// need fails the test when a tool of the system is missing: a check that did not run is
// not a check that passed.
func need(t *testing.T, command, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(command); err != nil {
		t.Fatalf("%s is missing; install the Debian package %s (tools/setup does)", command, pkg)
	}
}

// validate runs xmllint with the OASIS schemas, without network.
func validate(t *testing.T, document []byte) error {
	t.Helper()
	need(t, "xmllint", "libxml2-utils")
	for _, schema := range []string{"/usr/share/xml/opensaml/saml-schema-protocol-2.0.xsd", "/usr/share/xml/xmltooling/xenc-schema.xsd"} {
		if _, err := os.Stat(schema); err != nil {
			t.Fatalf("%v; install the Debian packages opensaml-schemas and xmltooling-schemas (tools/setup does)", err)
		}
	}
	catalog, err := filepath.Abs("catalog.xml")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("xmllint", "--nonet", "--noout", "--schema", "messages.xsd", samltest.File(t, "document.xml", document))
	cmd.Env = append(os.Environ(), "XML_CATALOG_FILES="+catalog)
	return run(cmd)
}

func run(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return &toolError{cmd.Args[0], string(out), err}
	}
	return nil
}

type toolError struct {
	tool, output string
	err          error
}

func (e *toolError) Error() string {
	return e.tool + ": " + e.err.Error() + "\n" + strings.TrimSpace(e.output)
}
