package gateway_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"atrio/base/audit"
	"atrio/base/keys"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/ledger"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
	"atrio/web/webtest"
)

// former is what the program of an earlier time left: testdata/before_accounts.json.
type former struct {
	Keys struct{ Sealing, Audit string }
	Rows map[string][]map[string]any
}

func readFormer(t *testing.T) (f former) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "before_accounts.json"))
	if err != nil {
		t.Fatal(err)
	}
	in := json.NewDecoder(bytes.NewReader(data))
	in.UseNumber()
	if err := in.Decode(&f); err != nil {
		t.Fatal(err)
	}
	return f
}

// modules are the tables of that time: the histories as far as they had come.
func (f former) modules(t *testing.T) (list []db.Module) {
	t.Helper()
	last := map[string]int{}
	for _, row := range f.Rows["schema_version"] {
		n, err := strconv.Atoi(fmt.Sprint(row["number"]))
		if err != nil {
			t.Fatal(err)
		}
		last[fmt.Sprint(row["module"])] = max(last[fmt.Sprint(row["module"])], n)
	}
	for _, m := range modules() {
		old := fstest.MapFS{}
		err := fs.WalkDir(m.FS, ".", func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || e.Name()[:4] > fmt.Sprintf("%04d", last[m.Name]) {
				return err
			}
			data, err := fs.ReadFile(m.FS, path)
			old[path] = &fstest.MapFile{Data: data}
			return err
		})
		if err != nil || len(old) == 0 {
			t.Fatalf("%s: %v", m.Name, err)
		}
		list = append(list, db.Module{Name: m.Name, FS: old})
	}
	return list
}

// fill writes the rows into the tables of that time. The provider of that time is the
// one of the stage.
func (f former) fill(t *testing.T, d *db.DB) {
	t.Helper()
	for _, table := range slices.Sorted(maps.Keys(f.Rows)) {
		if table == "schema_version" {
			continue
		}
		for _, row := range f.Rows[table] {
			columns := slices.Sorted(maps.Keys(row))
			var marks []string
			var values []any
			for i, c := range columns {
				marks, values = append(marks, fmt.Sprint("$", i+1)), append(values, plain(t, row[c]))
			}
			own := "" // PostgreSQL numbers these rows itself unless told otherwise
			if d.Dialect() == db.Postgres && (table == "audit" || table == "outbox") {
				own = " OVERRIDING SYSTEM VALUE"
			}
			run(t, d, `INSERT INTO `+table+` (`+strings.Join(columns, ", ")+`)`+own+` VALUES (`+strings.Join(marks, ", ")+`)`, values...)
		}
	}
	if d.Dialect() == db.Postgres {
		for _, table := range []string{"audit", "outbox"} {
			run(t, d, `ALTER TABLE `+table+` ALTER COLUMN id RESTART WITH 1000`)
		}
	}
}

func plain(t *testing.T, v any) any {
	t.Helper()
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			t.Fatal(err)
		}
		return n
	case map[string]any:
		b, err := base64.StdEncoding.DecodeString(fmt.Sprint(v["base64"]))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	return v
}

func run(t *testing.T, d *db.DB, statement string, args ...any) {
	t.Helper()
	err := d.One(t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(t.Context(), statement, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// open puts the keys of that time into a directory, and reads them.
func (f former) open(t *testing.T) (*seal.Keyring, ed25519.PrivateKey) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "keys")
	der, err := base64.StdEncoding.DecodeString(f.Keys.Audit)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"sealing.keys": []byte(f.Keys.Sealing), "audit.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store, err := keys.Open(dir, "gateway")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := store.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	signer, err := store.Audit()
	if err != nil {
		t.Fatal(err)
	}
	return ring, signer
}

// old is a person of that time, as their provider speaks of them.
func (f former) old(email string) (id string, code account.Code, said map[string]string) {
	said = map[string]string{}
	for _, a := range f.Rows["account"] {
		if a["email"] != email {
			continue
		}
		id, code = fmt.Sprint(a["id"]), account.Code(fmt.Sprint(a["code"]))
		said["name"], said["familyName"], said["email"] = fmt.Sprint(a["given_name"]), fmt.Sprint(a["family_name"]), email
		said["fiscalNumber"] = "TINIT-" + fmt.Sprint(a["fiscal_code"])
	}
	for _, i := range f.Rows["identity"] {
		if i["account_id"] == id {
			said["spidCode"] = fmt.Sprint(i["subject"])
		}
	}
	for _, a := range f.Rows["attribute"] {
		if name := map[string]string{"birth_date": "dateOfBirth", "birth_place": "placeOfBirth", "gender": "gender"}[fmt.Sprint(a["name"])]; name != "" && a["account_id"] == id {
			said[name] = fmt.Sprint(a["value"])
		}
	}
	return id, code, said
}

// upgraded is a stage on the database of that time, a day later.
func upgraded(t *testing.T, d *db.DB, f former) (*stage, ed25519.PrivateKey) {
	t.Helper()
	if err := d.Migrate(t.Context(), f.modules(t)...); err != nil {
		t.Fatal(err)
	}
	f.fill(t, d)
	if err := d.Migrate(t.Context(), modules()...); err != nil {
		t.Fatal(err)
	}
	ring, signer := f.open(t)
	made, err := strconv.ParseInt(fmt.Sprint(f.Rows["account"][0]["created_at"]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	s := newStageWith(t, d, func(s *stage, deps *gateway.Deps) {
		s.clock.Advance(db.FromMicros(made).Add(24 * time.Hour).Sub(s.clock.Now()))
		s.idp = newProviderNamed(t, s.clock, "Identità Uno", certified(t, s.clock.Now()))
		deps.Directory, deps.SPIDSigner = s.idp, certified(t, s.clock.Now())
		deps.Site.Keyring, deps.Limiter.Keyring = ring, ring
		s.store = gatewaydb.NewStore(d, ring)
		deps.Store = s.store
	})
	run(t, d, `UPDATE identity SET issuer = $1`, s.idp.EntityID)
	return s, signer
}

// certified is a signer whose certificate is good at a time.
func certified(t *testing.T, at time.Time) xmlsec.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return samltest.Certified(t, key, at.AddDate(0, -1, 0), at.AddDate(0, 6, 0))
}

// The database that the program before accounts left, on both engines: nothing of it is
// lost, its people enter as before and are asked for a password, what was sealed opens,
// and the audit log is one chain. // G3.7
func TestTheDatabaseOfTheTimeBeforeAccountsIsUpgraded(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		f, d := readFormer(t), dbtest.Open(t, rawURL)
		s, signer := upgraded(t, d, f)
		for table, rows := range f.Rows {
			if n := s.count(`SELECT count(*) FROM ` + table); n != len(rows) && table != "schema_version" {
				t.Errorf("%s had %d rows and has %d", table, len(rows), n)
			}
		}
		s.sameHistory(f)
		s.runJobs()
		id, code, said := f.old("amira.finta@example.org")
		s.idp.attributes = said
		b := s.browser()
		ask := b.Get(s.start("")).Expect(http.StatusOK, "Scegli una password")
		b.Submit(ask.FormWith("again"), "password", secret, "again", secret).Expect(http.StatusOK, "Il mio account", string(code), "Amira Finta")
		if p := s.browser().Get(s.start("")); p.URL.Path != "/account" {
			t.Errorf("who has a password now is led to %s", p.URL)
		}
		s.typeIn(s.browser(), code, secret).Expect(http.StatusOK, "Il mio account", "Amira Finta")
		s.settingUp(b)

		_, other, said := f.old("tullio.modello@example.org")
		s.idp.attributes = said
		for range 2 { // whoever chooses later is asked again
			b = s.browser()
			ask = b.Get(s.start("")).Expect(http.StatusOK, "Scegli una password")
			b.Submit(ask.FormWith("later"), "later", "yes").Expect(http.StatusOK, "Il mio account", string(other))
		}
		if n := s.count(`SELECT count(*) FROM account`); n != len(f.Rows["account"]) {
			t.Errorf("%d accounts", n)
		}
		s.opened(f, id)
		s.chained(signer, len(f.Rows["audit"]))
	})
}

// sameHistory: no migration that was applied then has been changed since.
func (s *stage) sameHistory(f former) {
	s.t.Helper()
	if s.db.Dialect() != db.SQLite {
		return // the rows are of SQLite; twins have sums of their own
	}
	for _, row := range f.Rows["schema_version"] {
		if n := s.count(`SELECT count(*) FROM schema_version WHERE module = $1 AND number = $2 AND sha256 = $3`,
			row["module"], plain(s.t, row["number"]), row["sha256"]); n != 1 {
			s.t.Errorf("migration %v of %v is not what it was", row["number"], row["module"])
		}
	}
}

// settingUp does with an old account what is new.
func (s *stage) settingUp(b *webtest.Client) {
	s.t.Helper()
	s.app(b)
	b.Submit(b.Get(s.url+"/account/name").FormWith("chosen_name"), "chosen_name", "Ami").Expect(http.StatusOK, "Il nome scelto è salvato")
	b.Get(s.url+"/account/history").Expect(http.StatusOK, "Account creato")
}

// opened looks for the sealed pair of the first entry of an account.
func (s *stage) opened(f former, accountID string) {
	s.t.Helper()
	list, err := s.store.Pairs(s.t.Context(), ledger.Query{Any: ledger.Words{Account: accountID}, Limit: 10})
	if err != nil || len(list) == 0 {
		s.t.Fatalf("%d pairs, %v", len(list), err)
	}
	for _, e := range list {
		if e.ID == f.Rows["ledger"][0]["id"] || e.ID == f.Rows["ledger"][1]["id"] {
			if !bytes.Contains(e.Request, []byte("AuthnRequest")) || !bytes.Contains(e.Response, []byte("Amira")) || e.Subject == "" {
				s.t.Errorf("an old pair does not open: %+v", e)
			}
			return
		}
	}
	s.t.Error("the old pair is not found")
}

// chained goes on with the chain of the audit log and verifies all of it.
func (s *stage) chained(signer ed25519.PrivateKey, more int) {
	s.t.Helper()
	shared := &shareddb.Store{DB: s.db}
	if err := (&audit.Sequencer{Store: shared, Key: signer, Log: slog.New(slog.DiscardHandler)}).Run(s.t.Context(), s.clock.Now()); err != nil {
		s.t.Fatal(err)
	}
	report, err := audit.Verify(s.t.Context(), shared, signer.Public().(ed25519.PublicKey))
	if err != nil || len(report.Findings) > 0 || int(report.Rows) <= more {
		s.t.Errorf("the audit log: %+v, %v", report, err)
	}
}

// verified chains the audit log with a new key and verifies it.
func (s *stage) verified() {
	s.t.Helper()
	_, signer, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	s.chained(signer, 0)
}
