// Package atrio_test holds the house to its map: which room may import which,
// how large files grow, and that nobody builds an empty room. Each rule carries
// the reason that is shown when it is broken.
package atrio_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "atrio/"

// floors, from the roof to the ground. A room imports only rooms on floors
// below its own, never another room of its own floor.
var floors = [][]string{
	{"cmd"},
	{"app"},
	{"gateway", "idp", "portal"},
	{"federation", "db"},
	{"saml", "people", "authn", "web", "mrtd"},
	{"base", "assets"},
}

// rules inside the rooms.
var rules = []struct {
	pkg     string // the package or everything below it
	mustNot []string
	why     string
}{
	{"gateway/access", []string{"database/sql", "net/http", "atrio/web", "atrio/db"}, "rules must be readable by a lawyer and testable in a table"},
	{"gateway/release", []string{"database/sql", "net/http", "atrio/web", "atrio/db"}, "what a service is told must be decidable without a request"},
	{"gateway/helpdesk", []string{"database/sql", "atrio/db"}, "what the desk decides must be readable without how it is done"},
	{"saml/xmlsec", []string{"encoding/xml", "net/http", "atrio/base", "atrio/web"}, "one strict reader, usable alone; encoding/xml changes meaning (reference: GO-2021-0058)"},
	{"saml", []string{"encoding/xml", "database/sql", "atrio/base", "atrio/web", "atrio/db"}, "messages are data and the package is for other programs too"},
	{"federation", []string{"database/sql", "html/template", "atrio/web", "atrio/db"}, "a world outside is data and checks: no pages, no SQL"},
	{"mrtd", []string{"database/sql", "html/template", "atrio/base"}, "documents are data and a conversation, and the package is for other programs too"},
	{"people", []string{"database/sql", "net/http", "html/template"}, "plain things"},
	{"base", []string{"database/sql", "html/template"}, "small, no SQL, no page"},
	{"db", []string{"net/http", "html/template"}, "the store knows no page; shareddb alone may see web's types"},
	{"gateway", []string{"github.com/luikyv/go-oidc/pkg/provider", "github.com/luikyv/go-oidc/pkg/goidc"}, "go-oidc stays behind gateway/oidcop, so that it can be replaced"},
}

// exempt from a rule: package prefix → imports that it may have all the same.
var exempt = map[string][]string{
	"gateway/oidcop": {"github.com/luikyv/go-oidc/pkg/provider", "github.com/luikyv/go-oidc/pkg/goidc"},
	"db/shareddb":    {"net/http"},
}

// only says who may import a package at all.
var only = []struct{ imported, from, why string }{
	{"modernc.org/sqlite", "db", "drivers are the store's matter"},
	{"github.com/jackc/pgx/v5/stdlib", "db", "drivers are the store's matter"},
	{"github.com/prometheus/client_golang/prometheus", "app", "metrics are read at the roof; packages offer figures"},
	{"github.com/alecthomas/kong", "app", "one command line"},
	{"filippo.io/age", "base/keys", "key files are written and read in one place"},
	{"github.com/linxGnu/gosmpp/pdu", "base/notify/smpp", "the form of messages to a centre is one package's matter"},
	{"github.com/miekg/pkcs11", "cmd/atrio-pkcs11", "C code of others runs in a process of its own"},
	{"github.com/go-webauthn/webauthn/webauthn", "authn/passkey", "it moves fast and breaks between versions: one package wraps it"},
	{"github.com/go-webauthn/webauthn/protocol", "authn/passkey", "it moves fast and breaks between versions: one package wraps it"},
	{"github.com/coder/websocket", "mrtd/relay", "the conversation with a relay is one package's matter"},
	{"github.com/pion/webrtc/v4", "idp/proofing/video/studio", "media of strangers are taken in at one place, behind its limits"},
	{"rsc.io/qr", "base/qrcode", "a code is drawn in one place, a secret into the page itself"},
	{"golang.org/x/crypto/argon2", "authn/password", "hashing is bounded in one place"},
}

type goPackage struct {
	ImportPath string
	Dir        string
	Imports    []string
	GoFiles    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles", "./...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p goPackage
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		all = append(all, p)
	}
	if len(all) < 30 {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

func floorOf(pkg string) int {
	room, _, _ := strings.Cut(pkg, "/")
	for i, rooms := range floors {
		for _, r := range rooms {
			if r == room {
				return i
			}
		}
	}
	return -1
}

func within(pkg, prefix string) bool { return pkg == prefix || strings.HasPrefix(pkg, prefix+"/") }

func TestRoomsImportOnlyFloorsBelow(t *testing.T) {
	for _, p := range packages(t) {
		if around(p.ImportPath) {
			continue
		}
		from := floorOf(p.ImportPath)
		if from < 0 {
			t.Errorf("%s stands in no room of the map", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			other, ours := strings.CutPrefix(imported, module)
			if !ours || room(other) == room(p.ImportPath) {
				continue
			}
			if to := floorOf(other); to <= from {
				t.Errorf("%s imports %s: a room imports only floors below it, never a neighbour", p.ImportPath, other)
			}
		}
	}
}

func TestProductDatabasesAreImportedByTheRoofAlone(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			other, _ := strings.CutPrefix(imported, module)
			for _, store := range []string{"gateway/gatewaydb", "idp/idpdb", "portal/portaldb"} {
				if within(other, store) && !within(p.ImportPath, store) && !within(p.ImportPath, "app") && !around(p.ImportPath) {
					t.Errorf("%s imports %s: packages declare the store they need, the roof hands it in", p.ImportPath, other)
				}
			}
		}
	}
}

func TestTheTablesOfAMatterAreImportedThroughTheStoreOfTheirProductAlone(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			other, _ := strings.CutPrefix(imported, module)
			for _, store := range []string{"gateway/gatewaydb", "idp/idpdb"} {
				if within(other, store) && other != store && !within(p.ImportPath, store) {
					t.Errorf("%s imports %s: what matters stand in which package is for %s to know", p.ImportPath, other, store)
				}
			}
		}
	}
}

func TestInnerRulesHold(t *testing.T) {
	for _, p := range packages(t) {
		for _, r := range rules {
			if !within(p.ImportPath, r.pkg) {
				continue
			}
			for _, imported := range p.Imports {
				for _, bad := range r.mustNot {
					if within(imported, bad) && !isExempt(p.ImportPath, bad) {
						t.Errorf("%s must not import %s: %s", p.ImportPath, imported, r.why)
					}
				}
			}
		}
		for _, o := range only {
			for _, imported := range p.Imports {
				if imported == o.imported && !within(p.ImportPath, o.from) && !around(p.ImportPath) {
					t.Errorf("%s imports %s, which only %s may: %s", p.ImportPath, imported, o.from, o.why)
				}
			}
		}
	}
}

func TestEveryPackageSaysWhatItOwns(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) == 0 {
			continue
		}
		found := false
		for _, f := range p.GoFiles {
			data, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			found = found || bytes.Contains(data, []byte("\n// Package ")) || bytes.HasPrefix(data, []byte("// Package ")) || bytes.HasPrefix(data, []byte("// Command "))
		}
		if !found {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

// maxLines is where a file fails; see STYLE.md for the sizes to aim at.
const maxLines = 600

func TestNoFileGrowsTooLong(t *testing.T) {
	for _, p := range packages(t) {
		for _, f := range p.GoFiles {
			file, err := os.Open(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			lines := 0
			for s := bufio.NewScanner(file); s.Scan(); lines++ {
			}
			file.Close()
			if lines > maxLines {
				t.Errorf("%s/%s has %d lines, the limit is %d", p.ImportPath, f, lines, maxLines)
			}
		}
	}
}

// maxPackage is the ceiling of a package, without its tests; see STYLE.md.
const maxPackage = 2000

// large are the packages that stand over it, and why. Whoever adds one has to say so here.
var large = map[string]string{
	"app/plant":                "all wiring of the three products by literals; the figures of /metrics (some 500 lines) could leave, and have not yet",
	"base/keys":                "one owner of key files: change, rotation, sealing and tokens are methods of one Store over one directory",
	"federation/spid/spidsaml": "both sides of SPID, with their tables of checks; services and providers could be two packages, and are not yet",
	"gateway":                  "the order of a login, a file a step, all of them methods of Flow; a few lines over",
	"saml/xmlsec":              "one strict reader: canonical form and signatures work on its unexported nodes",
	"web":                      "the chain before a handler; a few lines over, sessions could leave first",
}

func TestNoPackageGrowsTooLarge(t *testing.T) {
	for _, p := range packages(t) {
		if around(p.ImportPath) {
			continue
		}
		lines := 0
		for _, f := range p.GoFiles {
			data, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Fatal(err)
			}
			lines += bytes.Count(data, []byte("\n"))
		}
		switch why, known := large[p.ImportPath]; {
		case lines > maxPackage && !known:
			t.Errorf("%s has %d lines, the ceiling is %d: a matter of it wants a package of its own", p.ImportPath, lines, maxPackage)
		case lines <= maxPackage && known:
			t.Errorf("%s has %d lines and is no exception any more (%s)", p.ImportPath, lines, why)
		}
	}
}

func room(pkg string) string { r, _, _ := strings.Cut(pkg, "/"); return r }

// around are the rooms that nothing imports: tests, benchmarks, tools.
func around(pkg string) bool {
	return within(pkg, "test") || within(pkg, "bench") || within(pkg, "tools") || pkg == "atrio"
}

func isExempt(pkg, imported string) bool {
	for prefix, list := range exempt {
		if !within(pkg, prefix) {
			continue
		}
		for _, i := range list {
			if i == imported {
				return true
			}
		}
	}
	return false
}
