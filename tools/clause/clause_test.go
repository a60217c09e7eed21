package clause

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCitationsAreReadInAllTheirForms(t *testing.T) {
	for text, want := range map[string]string{
		"RFC 9700 2.1.1, ASVS 10.4.6":                            "RFC 9700 2.1.1|ASVS 10.4.6",
		"ASVS 5.0 6.5.4.":                                        "ASVS 6.5.4",
		"SAML-bindings 3.4, 3.5":                                 "SAML-bindings 3.4|SAML-bindings 3.5",
		"SPID-RT 1.2.2; SAML-profiles 4.1.4.3":                   "SPID-RT 1.2.2|SAML-profiles 4.1.4.3",
		"(SPID-RT, messaggi di errore)":                          "SPID-RT messaggi di errore",
		"SPID-RT single logout: only level 1":                    "SPID-RT single logout",
		"SPID-RT: two digits":                                    "SPID-RT",
		"SPID Avviso 29 v3: critical":                            "Avviso SPID 29",
		"Avviso 18":                                              "Avviso SPID 18",
		"Avviso SPID 3":                                          "Avviso SPID 3",
		"Avviso eIDAS 01-2018":                                   "Avviso eIDAS 01-2018",
		"un avviso al gestore; Avviso importante":                "",
		"CIE-SAML codiciErrore, protocolli":                      "CIE-SAML codiciErrore|CIE-SAML protocolli",
		"CIE-SAML codici di errore":                              "CIE-SAML codiciErrore",
		"CIE by law":                                             "",
		"RFC 9231 2.3.2 to 2.3.4, 2.3.6":                         "RFC 9231 2.3.2|RFC 9231 2.3.4|RFC 9231 2.3.6",
		"RFC 1951 (SAML-bindings 3.4.4.1)":                       "RFC 1951|SAML-bindings 3.4.4.1",
		"RFC 7523 3 (7)":                                         "RFC 7523 3",
		"RFC 4226 5.3, RFC 6238 1.2.":                            "RFC 4226 5.3|RFC 6238 1.2",
		"XML 1.0, 2.2":                                           "XML 1.0 2.2",
		"XML 1.0 2.3 (fifth edition)":                            "XML 1.0 2.3",
		"XMLDSIG 1.1 6.4.3":                                      "XMLDSIG 6.4.3",
		"http://www.w3.org/2001/10/xml-exc-c14n#":                "",
		"OIDC RP-Initiated Logout 1.0, 2":                        "OIDC-RP-logout 2",
		"SP 800-63B-4 3.1.1.2 requires":                          "SP 800-63B-4 3.1.1.2",
		"GDPR art. 5(1)(c)":                                      "GDPR art. 5",
		"as DM 23 December 1976 (GU 345/1976), art. 6 wants it.": "DM 23 December 1976 art. 6",
		"PDF/UA-1 7.5, ISO 32000-1 14.8.4":                       "ISO 14289-1 7.5|ISO 32000-1 14.8.4",
		"OpenType 1.9.1, glyf":                                   "OpenType glyf",
		"WCAG 2.2 1.4.3":                                         "WCAG 2.2 1.4.3",
		"ETSI EN 319 412-1 5.1.3":                                "ETSI EN 319 412-1 5.1.3",
		"ITU-T X.520":                                            "ITU-T X.520",
		"no clause at all, G3.7":                                 "",
	} {
		var got []string
		for _, c := range citations(text) {
			got = append(got, c.String())
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestClausesStandInTheOrderOfTheirNumbers(t *testing.T) {
	all := []Clause{{"RFC 9110", "12.5.4"}, {"RFC 9110", "8.8.3.3"}, {"RFC 822", "3"}, {"RFC 9110", "10.2.3"}, {"RFC 9110", ""}}
	slices.SortFunc(all, compare)
	if got := fmt.Sprint(all); got != "[RFC 822 3 RFC 9110 RFC 9110 8.8.3.3 RFC 9110 10.2.3 RFC 9110 12.5.4]" {
		t.Error(got)
	}
}

// house is a small repository with an index.
func house(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("git", "-C", root, "init", "-q").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return root
}

func faultsOf(t *testing.T, root string) []string {
	t.Helper()
	x, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	return x.Check()
}

func write(t *testing.T, root string) {
	t.Helper()
	x, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Write(); err != nil {
		t.Fatal(err)
	}
}

const (
	code = "package a\n\nvar _ = 1 // RFC 9110 10.2.3, SAML-core 5.4\n\nvar row = []string{\"SPID-RT 1.2.2; SAML-core 2.3.3\", \"the header of RFC 9110 12.5.4\"}\n"
	test = "package a\n\nimport \"testing\"\n\n// RFC 9110 10.2.3\nfunc TestWaiting(t *testing.T) {}\n\nfunc TestByHand(t *testing.T) {}\n"
	page = "# Clauses\n\n<!-- table -->\nold\n<!-- end of table -->\nafter\n"
)

func TestTheIndexFollowsTheCodeAndKeepsWhatPeopleWrote(t *testing.T) {
	root := house(t, map[string]string{"a/a.go": code, "a/a_test.go": test, "a/a.sql": "-- RFC 5322 3.6.4\n", "docs/clauses/README.md": page})
	if faults := faultsOf(t, root); len(faults) != 5 || !strings.Contains(strings.Join(faults, "\n"), "RFC 9110 10.2.3 has no row") {
		t.Fatalf("%q", faults)
	}
	write(t, root)
	rfc := filepath.Join(root, "docs/clauses/rfc.md")
	text, err := os.ReadFile(rfc)
	if err != nil || !strings.Contains(string(text), "| RFC 5322 3.6.4 |  | `a` |  |\n| RFC 9110 10.2.3 |  | `a` | TestWaiting |\n") {
		t.Fatalf("%v: %s", err, text)
	}
	if faults := faultsOf(t, root); len(faults) != 5 {
		t.Errorf("empty sentences pass: %q", faults)
	}
	for _, name := range []string{"rfc", "saml-core", "spid-rt"} {
		path := filepath.Join(root, "docs/clauses", name+".md")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		filled := strings.ReplaceAll(strings.ReplaceAll(string(text), " |  | `", " | it is so | `"), "| TestWaiting |", "| TestByHand, TestThatIsGone, TestWaiting |")
		if err := os.WriteFile(path, []byte(filled), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if faults := faultsOf(t, root); len(faults) != 1 || !strings.Contains(faults[0], "out of date") {
		t.Errorf("a test that is gone: %q", faults)
	}
	write(t, root)
	if faults := faultsOf(t, root); len(faults) != 0 {
		t.Errorf("%q", faults)
	}
	text, _ = os.ReadFile(rfc)
	readme, _ := os.ReadFile(filepath.Join(root, "docs/clauses/README.md"))
	if !strings.Contains(string(text), "| it is so | `a` | TestByHand, TestWaiting |") || !strings.Contains(string(readme), "[rfc](rfc.md) | RFCs | 2 |") || !strings.HasSuffix(string(readme), "after\n") {
		t.Errorf("%s\n%s", text, readme)
	}
	// A row that nothing cites is told, and goes.
	if err := os.Remove(filepath.Join(root, "a/a.sql")); err != nil {
		t.Fatal(err)
	}
	if faults := faultsOf(t, root); len(faults) != 1 || !strings.Contains(faults[0], "RFC 5322 3.6.4, which no code cites") {
		t.Errorf("%q", faults)
	}
	write(t, root)
	if faults := faultsOf(t, root); len(faults) != 0 {
		t.Errorf("%q", faults)
	}
}

func TestFormsThatASearchWouldMissAreTold(t *testing.T) {
	for comment, want := range map[string]string{
		"RFC9110": "RFC9110", "SAML core 2.3": "SAML core 2", "saml-core 2.3": "saml-core 2", "OpenID Connect Core 1.0, 3.1": "OpenID Connect Core", "Avviso n. 29": "Avviso n. 29",
		"ASVS V6.2": "ASVS V6", "see § 4": "§ 4", "section 5.2 of it": "section 5.2", "FOO 1.2.3": "FOO 1.2.3", "Foo-Bar 2.0 1.2.3": "Foo-Bar 2.0 1.2.3",
	} {
		root := house(t, map[string]string{"a.go": "package a\n\nvar _ = 1 // " + comment + "\n", "docs/clauses/README.md": page})
		faults := faultsOf(t, root)
		if len(faults) != 1 || !strings.Contains(faults[0], want) || !strings.HasPrefix(faults[0], "a.go:3 ") {
			t.Errorf("%q: %q", comment, faults)
		}
	}
}

func TestEveryDocumentHasAPage(t *testing.T) {
	for _, s := range Specs() {
		if !slices.ContainsFunc(Pages(), func(p Page) bool { return p.File == s.File }) {
			t.Errorf("%s has no page", s.Name)
		}
		mention := s.Name
		switch {
		case s.Name == "RFC":
			mention += " 9110 1"
		case len(s.chapters) > 0:
			mention += " " + s.chapters[0]
		default:
			mention += " 1"
		}
		if found := citations(mention); len(found) != 1 || found[0].String() != mention {
			t.Errorf("%q is read as %v", mention, found)
		}
	}
}
