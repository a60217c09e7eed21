package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/app/command"
	"atrio/app/demo"
	"atrio/app/demo/cardoffice"
	"atrio/app/demo/signer"
	"atrio/app/demo/townhall"
	"atrio/db"
	"atrio/db/dbtest"
)

// lockedBuffer is written by a server and read by the test.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// waitFor polls until the text was written; the limit only ends a broken run.
func (b *lockedBuffer) waitFor(t *testing.T, text string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-tick.C {
		if strings.Contains(b.String(), text) {
			return
		}
	}
	t.Fatalf("%q was never written:\n%s", text, b.String())
}

// freeBase finds a port base whose neighbours are free too.
func freeBase(t *testing.T) int {
	t.Helper()
	for range 50 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		base := l.Addr().(*net.TCPAddr).Port
		l.Close()
		if base < 60000 && allFree(base, 0, 1, 2, 3, 9, 363) {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

func allFree(base int, offsets ...int) bool {
	for _, o := range offsets {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+o))
		if err != nil {
			return false
		}
		l.Close()
	}
	return true
}

// startDemo runs the demonstration until the test ends.
func startDemo(t *testing.T, dir string, more ...string) (base int, out *lockedBuffer, stop func() int) {
	t.Helper()
	base, out = freeBase(t), new(lockedBuffer)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	args := append([]string{"demo", "--dir", dir, "--port-base", fmt.Sprint(base)}, more...)
	go func() { done <- run(ctx, args, command.Streams{In: strings.NewReader(""), Out: out, Err: out}) }()
	stop = sync.OnceValue(func() int { cancel(); return <-done })
	t.Cleanup(func() { stop() })
	out.waitFor(t, "ready\n")
	return base, out, stop
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestTheDemoServesItsContract(t *testing.T) {
	dir := t.TempDir()
	base, out, stop := startDemo(t, dir)
	at := func(offset int, path string) string { return fmt.Sprintf("http://localhost:%d%s", base+offset, path) }
	for address, want := range map[string]string{
		at(0, "/login"): "Entra con SPID", at(0, "/spid/metadata"): "SPSSODescriptor", at(0, "/register"): "",
		at(0, "/.well-known/openid-configuration"): "authorization_endpoint",
		at(1, "/"):         "Identità di Prova",
		at(1, "/metadata"): "IDPSSODescriptor",
		at(2, "/"):         "Corsi aperti", at(2, "/courses"): "Statica per tutti", at(2, "/login"): "",
		at(3, "/"):                 "Atrio",
		at(3, "/cie/idp/metadata"): "IDPSSODescriptor", at(3, "/eidas/idpit/metadata"): "IDPSSODescriptor", at(3, "/people"): "Oksana Pryklad",
		at(3, "/clock"): "181d", at(3, "/service"): "servizio-livello-2",
		at(9, "/metrics"): "atrio_build_info", at(9, "/healthz"): "ok", at(9, "/readyz"): "ok",
		at(9, "/providers"): "Identità di Prova",
		at(0, "/healthz"):   "", at(1, "/readyz"): "", at(2, "/readyz"): "", at(3, "/readyz"): "",
	} {
		if status, body := get(t, address); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d without %q", address, status, want)
		}
	}
	if status, _ := get(t, at(0, "/session")); status != http.StatusUnauthorized {
		t.Errorf("/session without a session: %d", status)
	}
	_, people := get(t, at(3, "/people.json"))
	var list []map[string]any
	if err := json.Unmarshal([]byte(people), &list); err != nil || len(list) < 5 {
		t.Fatalf("people: %v, %s", err, people)
	}
	for _, key := range []string{"role", "name", "login", "password", "totp_secret", "phone", "email", "codice_fiscale", "spid_level", "story"} {
		if _, ok := list[0][key]; !ok {
			t.Errorf("people.json has no %s", key)
		}
	}
	for _, text := range []string{"bianca.esempio@example.org", "Giardino!2026", at(3, "")} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("%q is not printed", text)
		}
	}
	if status := stop(); status != 0 {
		t.Errorf("the demo ended with %d: %s", status, out.String())
	}
}

// A37: what was signed at a time to come stops no demonstration that goes on there, whatever
// the clock of its database says.
func TestTheTimeMachineMovesForwardAndRemembers(t *testing.T) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			dir := t.TempDir()
			var text string
			for _, role := range []string{"gateway", "idp", "portal"} {
				text += fmt.Sprintf("[%s]\ndatabase = %q\n", role, dbtest.URL(t, dialect))
			}
			path := filepath.Join(dir, "databases.toml")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			movesForward(t, dir, "--config", path)
		})
	}
}

func movesForward(t *testing.T, dir string, more ...string) {
	t.Helper()
	base, out, stop := startDemo(t, dir, more...)
	if strings.Contains(out.String(), "time machine") {
		t.Error("the clock is said to be ahead before it was moved")
	}
	address := fmt.Sprintf("http://localhost:%d/clock", base+3)
	move := func(body string) (int, time.Time) {
		res, err := http.Post(address, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var answer struct{ Now time.Time }
		if res.StatusCode == http.StatusOK {
			if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
				t.Fatal(err)
			}
		}
		return res.StatusCode, answer.Now
	}
	before := time.Now()
	if status, now := move(`{"advance":"181d"}`); status != http.StatusOK || now.Before(before.Add(181*24*time.Hour)) {
		t.Fatalf("181 days: %d, %v", status, now)
	}
	for _, bad := range []string{`{"advance":"-1h"}`, `{"advance":"soon"}`, `{"advance":"100000d"}`, `nonsense`, `{"back":"1h"}`} {
		if status, _ := move(bad); status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, status)
		}
	}
	if status := stop(); status != 0 {
		t.Fatal(status)
	}
	base, out, _ = startDemo(t, dir, more...)
	if !strings.Contains(out.String(), "the clock is 181d ahead") {
		t.Errorf("it is not said how the clock stands: %s", out.String())
	}
	address = fmt.Sprintf("http://localhost:%d/clock", base+3)
	if status, now := move(`{"advance":"0s"}`); status != http.StatusOK || now.Before(before.Add(181*24*time.Hour)) {
		t.Errorf("after a restart the clock is at %v", now)
	}
}

func TestOverridesAddTrustAndKeepTheDefaults(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "overrides.toml")
	text := `
[gateway.limits]
posts_per_minute = 100000
[[gateway.cie.providers]]
metadata_file = "altra-cie.xml"
[[gateway.service]]
client_id = "altro-servizio"
name = { it = "Altro servizio", en = "Other service" }
redirect_uris = ["http://localhost:1/callback"]
auth = "none"
level = 1
class = "community"
owner = { unit = "Prove", email = "prove@example.org" }
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &demonstration{command: demoCommand{Dir: dir, PortBase: 8080, Config: []string{path}}}
	d.addresses.Host, d.addresses.Base = "localhost", 8080
	desk, err := d.desk(nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.clock, err = demo.OpenClock(dir); err != nil {
		t.Fatal(err)
	}
	d.signer, d.cards, d.hall = signer.New(desk, d.clock.Now), cardoffice.New(desk, d.clock.Now), townhall.New(desk.BaseURL, d.clock.Now)
	f, err := d.config()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, s := range f.Gateway.Services {
		ids = append(ids, s.ClientID)
	}
	if got := strings.Join(ids, " "); !strings.Contains(got, portalClient) || !strings.Contains(got, "altro-servizio") {
		t.Errorf("services: %s", got)
	}
	// Of CIE the first one is asked.
	if p := f.Gateway.CIE.Providers; len(p) != 2 || p[0].MetadataFile != "altra-cie.xml" || p[1].MetadataFile != d.simulated("cie") {
		t.Errorf("providers of CIE: %+v", p)
	}
	if p := f.Gateway.EIDAS.Providers; len(p) != 1 || p[0].MetadataFile != d.simulated("eidas") {
		t.Errorf("providers of eIDAS: %+v", p)
	}
	if f.Gateway.Limits.PostsPerMinute != 100000 || f.Gateway.SupportMail == "" {
		t.Error("an override must replace its own setting only")
	}
}

func TestATakenPortIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	out, errs, status := atrio(t, "demo", "--dir", t.TempDir(), "--port-base", fmt.Sprint(port))
	if status != 1 || !strings.Contains(errs, fmt.Sprint(port)) {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
}
