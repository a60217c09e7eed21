package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/plant"
	"atrio/base/audit"
	"atrio/base/keys"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
)

// atrio runs a command line and gives what it printed and its status.
func atrio(t *testing.T, args ...string) (out, errs string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(t.Context(), args, command.Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return o.String(), e.String(), status
}

// configured writes a configuration of all three roles that works in a
// directory of the test.
func configuration(t *testing.T, change func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	text := strings.ReplaceAll(`
[gateway]
listen = "127.0.0.1:0"
base_url = "https://login.example.it"
database = "sqlite://DIR/gateway.db"
keys = "DIR/keys-gateway"
[gateway.spid]
locality = "Roma"
[gateway.spid.organization.it]
name = "Ateneo di Prova"
display_name = "Ateneo"
url = "https://www.example.it"
[gateway.spid.contact]
ipa_code = "prova"
email = "spid@example.it"
[[gateway.service]]
client_id = "portale"
name = { it = "Portale", en = "Portal" }
redirect_uris = ["https://corsi.example.it/login/callback"]
auth = "client_secret_basic"
secret_sha256 = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
level = 2
class = "teaching"
owner = { unit = "Corsi", email = "corsi@example.it" }
[[gateway.service.release]]
attribute = "name"
purpose = { it = "Chiamarti per nome", en = "Calling you by name" }
[idp]
listen = "127.0.0.1:0"
base_url = "https://id.example.it"
database = "sqlite://DIR/idp.db"
keys = "DIR/keys-idp"
code = "PROV"
display_name = "Identità di Prova"
organization = "Gestore di Prova"
organization_url = "https://id.example.it"
[portal]
listen = "127.0.0.1:0"
base_url = "https://corsi.example.it"
database = "sqlite://DIR/portal.db"
keys = "DIR/keys-portal"
[portal.login]
issuer = "https://login.example.it"
client_id = "portale"
client_secret = "segreto-di-prova"
`, "DIR", dir)
	if change != nil {
		text = change(text)
	}
	path := filepath.Join(dir, "atrio.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func replace(old, with string) func(string) string {
	return func(s string) string { return strings.ReplaceAll(s, old, with) }
}

func TestCheckPassesAfterMigrate(t *testing.T) {
	path := configuration(t, nil)
	if _, errs, status := atrio(t, "check", "-c", path); status != 1 || !strings.Contains(errs, "atrio migrate") {
		t.Errorf("check before migrate: status %d, %s", status, errs)
	}
	if out, errs, status := atrio(t, "migrate", "-c", path); status != 0 || strings.Count(out, "up to date") != 3 {
		t.Fatalf("migrate: status %d, %s%s", status, out, errs)
	}
	if out, errs, status := atrio(t, "check", "-c", path); status != 0 || !strings.Contains(out, "no mistake") {
		t.Errorf("check: status %d, %s%s", status, out, errs)
	}
}

func TestCheckTellsEveryMistakeOnALineOfItsOwn(t *testing.T) {
	for name, c := range map[string]struct {
		change func(string) string
		want   []string
	}{
		"unknown key":      {replace("ipa_code", "ipa_kode"), []string{"atrio.toml:14", "ipa_kode", "did you mean gateway.spid.contact.ipa_code?"}},
		"http":             {replace("https://login.example.it\"\ndatabase", "http://login.example.it\"\ndatabase"), []string{"gateway.base_url", "https"}},
		"shared database":  {replace("idp.db", "gateway.db"), []string{"gateway.database and idp.database are the same"}},
		"shared keys":      {replace("keys-idp", "keys-gateway"), []string{"gateway.keys and idp.keys are the same"}},
		"missing provider": {replace("[gateway.spid.organization.it]", "[[gateway.spid.providers]]\nmetadata_file = \"/nowhere.xml\"\n[gateway.spid.organization.it]"), []string{"nowhere.xml"}},
		"two at once":      {replace("PROV", "x"), []string{"idp.code"}},
		"wrong type":       {replace("level = 2", "level = \"two\""), []string{"atrio.toml:", "level"}},
		"colour":           {replace("[gateway.spid]", "[gateway.theme]\nbrand = \"#ffffff\"\n[gateway.spid]"), []string{"theme"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs, status := atrio(t, "check", "-c", configuration(t, c.change))
			if status != 1 {
				t.Errorf("status %d", status)
			}
			for _, want := range c.want {
				if !strings.Contains(errs, want) {
					t.Errorf("%q is not in:\n%s", want, errs)
				}
			}
			for line := range strings.Lines(errs) {
				if !strings.HasPrefix(line, "atrio: ") {
					t.Errorf("a mistake without its own line: %s", line)
				}
			}
		})
	}
}

func TestSecretsOfTheConfigurationAreNeverPrinted(t *testing.T) {
	path := configuration(t, replace("sqlite://", "postgres://utente:parola-segreta@127.0.0.1:1/x?ignored="))
	for _, args := range [][]string{{"check", "-c", path}, {"migrate", "-c", path}, {"serve", "portal", "-c", path}} {
		out, errs, status := atrio(t, args...)
		if status != 1 || strings.Contains(out+errs, "parola-segreta") || strings.Contains(out+errs, "segreto-di-prova") {
			t.Errorf("%v: status %d, %s%s", args, status, out, errs)
		}
	}
}

func TestMetadataIsPrintedSignedAndStable(t *testing.T) {
	path := configuration(t, nil)
	for role, want := range map[string]string{"gateway": "SPSSODescriptor", "idp": "IDPSSODescriptor"} {
		out, errs, status := atrio(t, "metadata", role, "-c", path)
		if status != 0 || !strings.Contains(out, want) || !strings.Contains(out, "SignatureValue") {
			t.Errorf("metadata %s: status %d, %s%s", role, status, out, errs)
		}
	}
}

func TestServicesAreListedAndSecretsDrawn(t *testing.T) {
	path := configuration(t, nil)
	if out, _, status := atrio(t, "service", "list", "-c", path); status != 0 || !strings.Contains(out, "portale") || !strings.Contains(out, "Chiamarti per nome") {
		t.Errorf("list: status %d, %s", status, out)
	}
	one, _, _ := atrio(t, "service", "secret")
	two, _, _ := atrio(t, "service", "secret")
	if !strings.Contains(one, "secret_sha256 = ") || one == two {
		t.Errorf("secrets: %s %s", one, two)
	}
}

func TestKeysAreListedAndRotated(t *testing.T) {
	path := configuration(t, nil)
	if _, errs, status := atrio(t, "metadata", "gateway", "-c", path); status != 0 {
		t.Fatal(errs)
	}
	before, _, _ := atrio(t, "keys", "list", "gateway", "-c", path)
	out, errs, status := atrio(t, "keys", "rotate", "gateway", "-c", path)
	if status != 0 || !strings.Contains(out, "new generation") || before == "" {
		t.Errorf("rotate: status %d, %s%s", status, out, errs)
	}
}

func TestAuditVerifyReportsAnEmptyLog(t *testing.T) {
	path := configuration(t, nil)
	if _, errs, status := atrio(t, "migrate", "-c", path); status != 0 {
		t.Fatal(errs)
	}
	if _, errs, status := atrio(t, "audit", "verify", "portal", "-c", path); status != 1 || !strings.Contains(errs, "audit.pem") {
		t.Errorf("without a key: status %d, %s", status, errs)
	}
	store, err := keys.Open(filepath.Join(filepath.Dir(path), "keys-portal"), "portal")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Audit(); err != nil {
		t.Fatal(err)
	}
	out, errs, status := atrio(t, "audit", "verify", "portal", "-c", path)
	if status != 0 || !strings.Contains(out, "chained rows: 0") {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
}

// A37: a node whose clock is behind what was signed does not start, until somebody says that
// the clock is right.
func TestA37ANodeWhoseClockIsBehindDoesNotStart(t *testing.T) {
	path := configuration(t, nil)
	if _, errs, status := atrio(t, "migrate", "-c", path); status != 0 {
		t.Fatal(errs)
	}
	dir := filepath.Dir(path)
	kept, err := keys.Open(filepath.Join(dir, "keys-portal"), "portal")
	if err != nil {
		t.Fatal(err)
	}
	key, err := kept.Audit()
	if err != nil {
		t.Fatal(err)
	}
	out, errs, status := atrio(t, "audit", "clock", "portal", "-c", path)
	if status != 0 || !strings.Contains(out, "not behind") {
		t.Errorf("nothing is signed yet: status %d, %s%s", status, out, errs)
	}
	f, err := config.Load([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), f.Portal.Database.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	store, ahead := &shareddb.Store{DB: d}, time.Now().AddDate(1, 0, 0)
	if err := store.AppendEvents(t.Context(), []audit.Event{{At: ahead, Role: "portal", Action: audit.DataRead}}); err != nil {
		t.Fatal(err)
	}
	if err := (&audit.Sequencer{Store: store, Key: key, Log: slog.New(slog.DiscardHandler)}).Run(t.Context(), ahead); err != nil {
		t.Fatal(err)
	}
	if _, errs, status := atrio(t, "serve", "portal", "-c", path); status != 1 || !strings.Contains(errs, "set the clock") {
		t.Errorf("it starts: status %d, %s", status, errs)
	}
	if _, errs, status := atrio(t, "audit", "clock", "portal", "-c", path); status != 1 || !strings.Contains(errs, "behind what was signed") {
		t.Errorf("status %d, %s", status, errs)
	}
	if _, errs, status := atrio(t, "audit", "clock", "portal", "-c", path, "--accept", "the clock had run ahead"); status != 0 {
		t.Errorf("status %d, %s", status, errs)
	}
	out, errs, status = atrio(t, "audit", "clock", "portal", "-c", path)
	if status != 0 || !strings.Contains(out, "not behind") {
		t.Errorf("after it was accepted: status %d, %s%s", status, out, errs)
	}
	if out, errs, status := atrio(t, "audit", "verify", "portal", "-c", path); status != 0 || !strings.Contains(out, "chained rows: 2") {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
	rows, err := store.ChainedEvents(t.Context(), 1, 10)
	if err != nil || len(rows) != 1 || rows[0].Event.Action != audit.ClockAccepted || rows[0].Event.Detail["reason"] != "the clock had run ahead" || rows[0].Event.Detail["uid"] == "" {
		t.Errorf("%+v, %v", rows, err)
	}
}

// A37: a node whose clock is ahead of the database's does not start, and is named by the check;
// a calendar of its own, as tests and the demonstration have, is compared with no clock.
func TestA37ANodeWhoseClockIsAheadDoesNotStart(t *testing.T) {
	eachDatabase(t, func(t *testing.T, path string, dialect db.Dialect) {
		f, err := config.Load([]string{path}, nil)
		if err != nil {
			t.Fatal(err)
		}
		begin := func(ahead time.Duration, real bool) error {
			p, err := plant.New(f, io.Discard, func() time.Time { return time.Now().Add(ahead) })
			if err != nil {
				t.Fatal(err)
			}
			p.Real = real
			r, _, err := p.OpenRole(t.Context(), f, "portal")
			if err == nil {
				err = r.Stop(t.Context())
			}
			return err
		}
		if err := begin(0, true); err != nil {
			t.Fatal(err)
		}
		if err := plant.CheckClock(t.Context(), f.Portal.Role, time.Now()); err != nil {
			t.Error(err)
		}
		shared := dialect == db.Postgres
		if err := plant.CheckClock(t.Context(), f.Portal.Role, time.Now().Add(time.Hour)); errors.Is(err, audit.ErrAhead) != shared {
			t.Errorf("the check: %v", err)
		}
		err = begin(time.Hour, true)
		if errors.Is(err, audit.ErrAhead) != shared || shared && !strings.Contains(err.Error(), "set the one that is wrong (NTP on both machines)") {
			t.Errorf("an hour ahead: %v", err)
		}
		if err := begin(time.Hour, false); err != nil {
			t.Errorf("a calendar of its own: %v", err)
		}
	})
}

var portalDatabase = regexp.MustCompile(`sqlite://[^"]*/portal\.db`)

// eachDatabase runs a test with a configuration whose portal is on either database.
func eachDatabase(t *testing.T, fn func(t *testing.T, path string, dialect db.Dialect)) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			url := dbtest.URL(t, dialect)
			fn(t, configuration(t, func(text string) string { return portalDatabase.ReplaceAllLiteralString(text, url) }), dialect)
		})
	}
}

func TestTheIdentityProviderIsNeverServedWithOthers(t *testing.T) {
	path := configuration(t, nil)
	for _, args := range [][]string{{"serve", "-c", path}, {"serve", "gateway", "idp", "-c", path}} {
		if _, errs, status := atrio(t, args...); status != 1 || !strings.Contains(errs, "must not share a process") {
			t.Errorf("%v: status %d, %s", args, status, errs)
		}
	}
	if _, errs, status := atrio(t, "serve", "nonsense", "-c", path); status != 2 || errs == "" {
		t.Errorf("an unknown role: status %d, %s", status, errs)
	}
}

func TestEveryCommandShowsAnExample(t *testing.T) {
	for _, command := range []string{"demo", "serve", "migrate", "check", "check installation", "check spid", "check cie", "metadata print", "metadata check", "metadata certificate", "service list", "service secret", "audit verify", "audit clock", "keys list", "keys rotate", "keys status", "keys next", "keys import",
		"keys promote", "keys retire", "keys forget", "keys encrypt", "keys decrypt", "keys secret",
		"codes import", "relay", "statistics", "help-votes", "places import", "places search", "trust-list import", "trust-list show", "provider list", "provider outage", "provider validator", "provider forget", "rules list", "rules explain", "rules open", "rules close", "rules declarations list", "rules declarations withdraw", "rules declarations extend"} {
		out, errs, status := atrio(t, append(strings.Fields(command), "--help")...)
		if status != 0 || !strings.Contains(out, "Example: atrio "+strings.Fields(command)[0]) {
			t.Errorf("%s --help: status %d, %s%s", command, status, out, errs)
		}
	}
	if out, _, status := atrio(t); status != 0 || !strings.Contains(out, "Commands:") {
		t.Errorf("without a command: status %d, %s", status, out)
	}
	if _, errs, status := atrio(t, "fly"); status != 2 || errs == "" {
		t.Errorf("an unknown command: status %d, %s", status, errs)
	}
}

func TestServeEndsWhenItIsTold(t *testing.T) {
	path := configuration(t, nil)
	ctx, stop := context.WithCancel(t.Context())
	var errs lockedBuffer
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"serve", "gateway", "portal", "-c", path}, command.Streams{In: strings.NewReader(""), Out: &errs, Err: &errs})
	}()
	errs.waitFor(t, `"msg":"ready"`)
	stop()
	if status := <-done; status != 0 {
		t.Errorf("status %d: %s", status, errs.String())
	}
}
