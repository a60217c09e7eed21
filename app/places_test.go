package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A broken archive shows when the lists of places are read: not by the start of a role,
// which would hold their memory ever after, but by `atrio check`. // DESIGN 6
func TestNoRoleReadsThePlacesBeforeSomebodyAsks(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "places.csv")
	path := configuration(t, func(s string) string { return "[places]\narchive = \"" + archive + "\"\n" + s })
	must(t, "migrate", "-c", path)
	keep := func(text string) {
		t.Helper()
		if err := os.WriteFile(archive, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const head = "CODCATASTALE,DENOMINAZIONE_IT,SIGLAPROVINCIA,DATAISTITUZIONE,DATACESSAZIONE\n"
	keep(head + "A900,PROVA,Milano,1861-03-17,9999-12-31\n")
	for _, role := range []string{"gateway", "portal"} {
		n := newNode(t, path, role)
		n.get("/readyz")
		n.get("/login")
		if strings.Contains(n.log.String(), "no province") {
			t.Errorf("%s read the places: %s", role, n.log.String())
		}
		for range 2 { // what comes with the program, and a line in the log once
			if p, _ := n.plant.Places().Find("H501", n.clock()); p.Name != "Roma" {
				t.Errorf("%s found %+v", role, p)
			}
		}
		if strings.Count(n.log.String(), "line 2: \\\"Milano\\\" is no province") != 1 {
			t.Errorf("%s does not tell that the archive is broken: %s", role, n.log.String())
		}
	}
	refusedWith(t, "line 2", "check", "-c", path)
	keep("CODICE,NOME\n")
	refusedWith(t, "no column CODCATASTALE", "check", "-c", path)
	refusedWith(t, "no column CODCATASTALE", "serve", "gateway", "-c", path)
}
