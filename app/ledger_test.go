package app

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/app/auditcmd"
	"atrio/app/command"
	"atrio/base/audit"
	"atrio/base/keys"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/ledger"
	"atrio/gateway/oidcop"
	"atrio/idp/idpdb"
	"atrio/idp/samlsso"
	"atrio/people/person"
	"atrio/saml/binding"
	"atrio/web"
)

var loginAt = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

const (
	txn          = "0123456789abcdef0123456789abcdef"
	authnRequest = `<AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:protocol" ID="_request1" IssueInstant="2026-11-22T09:59:00Z"></AuthnRequest>`
	authnAnswer  = `<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol" ID="_response1" IssueInstant="2026-11-22T09:59:58Z"><Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_assertion1">` +
		`<Subject><NameID NameQualifier="https://id.example.it">_name</NameID></Subject></Assertion></Response>`
)

// books is a configured gateway with a person, a login, a token and a refusal.
type books struct {
	t      *testing.T
	config string
	db     *db.DB
	person account.Account
}

// eachBooks opens them on both databases.
func eachBooks(t *testing.T, fn func(t *testing.T, b *books)) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		b := &books{t: t, config: configuration(t, func(s string) string {
			return regexp.MustCompile(`"sqlite://[^"]*gateway\.db"`).ReplaceAllLiteralString(s, `"`+rawURL+`"`)
		})}
		if _, errs, status := atrio(t, "migrate", "-c", b.config); status != 0 {
			t.Fatal(errs)
		}
		b.db = dbtest.Open(t, rawURL)
		b.fill()
		fn(t, b)
	})
}

func (b *books) fill() {
	b.t.Helper()
	k, err := keys.Open(filepath.Join(filepath.Dir(b.config), "keys-gateway"), "gateway")
	if err != nil {
		b.t.Fatal(err)
	}
	ring, err := k.Keyring()
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := k.Audit(); err != nil {
		b.t.Fatal(err)
	}
	store, ctx := gatewaydb.NewStore(b.db, ring), b.t.Context()
	visit := account.Visit{
		Asserted: person.Assertion{
			Door: person.DoorSPID, Issuer: "https://id.example.it", Subject: "TEST0987654321", Level: 2, NameID: "_name", FiscalCode: "FNTPRV80A41H501Y",
			Attributes: map[string]string{person.GivenName: "Prova", person.FamilyName: "Finti", person.FiscalNumber: "FNTPRV80A41H501Y"},
		},
		Once: []account.Once{{Kind: "t", ID: "1", Until: loginAt.Add(time.Hour)}}, Now: loginAt, Correlation: txn,
		Exchange: &account.Exchange{RequestID: "_request1", ResponseID: "_response1", AssertionID: "_assertion1", Request: binding.Deflate([]byte(authnRequest)), Response: []byte(authnAnswer)},
		Event:    audit.Event{At: loginAt, Role: "gateway", Reference: "AAAA-BBBB-0001"},
		Session: func(a account.Account) web.Session {
			return web.Session{Hash: []byte("h"), Handle: "h", Subject: a.ID, CreatedAt: loginAt, SeenAt: loginAt, ExpiresAt: loginAt.Add(time.Hour)}
		},
	}
	if _, _, err := store.Enter(ctx, visit); err != nil {
		b.t.Fatal(err)
	}
	visit.Once, visit.Exchange = nil, nil
	b.person, _, err = store.Register(ctx, account.FirstEntry{
		Visit: visit, Digits: 9, Email: "prova@example.org", EmailSource: account.FromSPID, Language: "it", Notice: "1",
		Welcome: func(account.Account) notify.Message {
			return notify.Message{Channel: notify.Mail, To: "prova@example.org", Subject: "x", Text: "x", Lang: "it"}
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	err = store.Redeem(ctx, oidcop.Grant{
		ID: "g", Client: "portale", Account: b.person.ID, Scopes: "openid", Level: 2, Correlation: txn, Subject: "pairwise-name", RedeemedAt: loginAt, ExpiresAt: loginAt.Add(time.Minute),
	}, nil, audit.Event{At: loginAt.Add(time.Second), Role: "gateway", Action: audit.CodeRedeemed, Outcome: audit.OK})
	if err != nil {
		b.t.Fatal(err)
	}
	err = store.KeepRefused(ctx, []ledger.Entry{{
		At: loginAt.Add(time.Hour), Door: person.DoorCIE, Issuer: "https://cie.example.it", Refused: "signature", RequestID: "_request2", ResponseID: "_response2",
		Reference: "ZZZZ-YYYY-0002", Sealed: ledger.Sealed{Response: []byte("<broken")},
	}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// run runs a command with the configuration of the books.
func (b *books) run(args ...string) (out, errs string, status int) {
	b.t.Helper()
	return atrio(b.t, append(args, "-c", b.config)...)
}

func (b *books) lines(t *testing.T) []audit.Row {
	t.Helper()
	rows, err := (&shareddb.Store{DB: b.db}).UnchainedEvents(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	var out []audit.Row
	for _, r := range rows {
		if r.Event.Action == audit.LedgerRead {
			out = append(out, r)
		}
	}
	return out
}

func TestATraceGoesFromEveryNameToThePersonTheServiceAndTheTimes(t *testing.T) { // G6.7
	eachBooks(t, func(t *testing.T, b *books) {
		for name, query := range map[string]string{
			"response": "_response1", "assertion": "_assertion1", "request": "_request1", "txn": txn, "spidCode": "TEST0987654321",
			"codice fiscale": "FNTPRV80A41H501Y", "with its prefix": "TINIT-FNTPRV80A41H501Y", "in small letters": "fntprv80a41h501y", "Codice Persona": string(b.person.Code),
		} {
			out, errs, status := b.run("audit", "trace", query, "--reason", "Prova 1")
			if status != 0 {
				t.Fatalf("%s: %d %s", name, status, errs)
			}
			for _, want := range []string{
				"2026-11-22T10:00:00Z  accepted  door spid  level 2  provider https://id.example.it", "Prova Finti", string(b.person.Code), txn,
				"_request1  2026-11-22T09:59:00Z", "_response1  2026-11-22T09:59:58Z", "2026-11-22T10:00:01Z  portale Portale  subject pairwise-name", "TEST0987654321", "FNTPRV80A41H501Y",
			} {
				if !strings.Contains(out, want) {
					t.Errorf("%s: %q is not in\n%s", name, want, out)
				}
			}
			if strings.Contains(out, "_response2") {
				t.Errorf("%s: another's row in\n%s", name, out)
			}
		}
		out, _, status := b.run("audit", "trace", "ZZZZ-YYYY-0002", "--reason", "Prova 1", "--json")
		var found auditcmd.Trace
		if err := json.Unmarshal([]byte(out), &found); err != nil || status != 0 || len(found.Logins) != 1 || found.Logins[0].Refused != "signature" || found.Logins[0].Door != "cie" || found.Logins[0].Person != nil {
			t.Errorf("a refusal by the number of its page: %v, %s", err, out)
		}
		out, _, status = b.run("audit", "trace", "AAAA-BBBB-0001", "--reason", "Prova 1")
		if status != 0 || !strings.Contains(out, "audit log: "+audit.LoginSucceeded) {
			t.Errorf("an accepted login by its number: %s", out)
		}
		var piped bytes.Buffer
		if status := run(t.Context(), []string{"audit", "trace", "-", "--reason", "Prova 1", "-c", b.config}, command.Streams{In: strings.NewReader("FNTPRV80A41H501Y\n"), Out: &piped, Err: io.Discard}); status != 0 || !strings.Contains(piped.String(), "Prova Finti") {
			t.Errorf("a question from standard input: %d %s", status, piped.String())
		}
		if _, errs, status := b.run("audit", "trace", "-", "--reason", "Prova 1"); status != 1 || !strings.Contains(errs, "no question") {
			t.Errorf("no question: %d %s", status, errs)
		}
		for _, nothing := range [][]string{{"_response9"}, {"_response1", "--from", "2026-11-23"}, {"_response1", "--to", "2026-11-21"}} {
			if out, errs, status := b.run(append([]string{"audit", "trace", "--reason", "Prova 1"}, nothing...)...); status != 1 || !strings.Contains(errs, "nothing is found") {
				t.Errorf("%v: %d %s %s", nothing, status, out, errs)
			}
		}
		if _, _, status := b.run("audit", "trace", "_response1", "--reason", "Prova 1", "--from", "2026-11-22", "--to", "2026-11-22"); status != 0 {
			t.Error("the last day is not included")
		}
	})
}

func TestNothingIsShownWithoutAReasonThatStandsInTheAuditLogFirst(t *testing.T) {
	eachBooks(t, func(t *testing.T, b *books) {
		commands := [][]string{
			{"audit", "trace", "FNTPRV80A41H501Y"}, {"audit", "ledger", "--subject", "FNTPRV80A41H501Y"},
			{"audit", "export", "--from", "2026-11-01", "--to", "2026-11-30", "--out", "-"},
		}
		for _, c := range commands {
			if out, errs, status := b.run(c...); status != 2 || out != "" || !strings.Contains(errs, "--reason") {
				t.Errorf("%v without a reason: %d %q %s", c, status, out, errs)
			}
			for _, bad := range []string{" ", strings.Repeat("x", audit.MaxText+1)} {
				if out, _, status := b.run(append(c, "--reason", bad)...); status != 1 || out != "" {
					t.Errorf("%v with the reason %q: %d %q", c, bad, status, out)
				}
			}
		}
		if n := len(b.lines(t)); n != 0 {
			t.Fatalf("%d lines although nothing was opened", n)
		}
		for n, c := range commands {
			if out, errs, status := b.run(append(c, "--reason", "Richiesta PG 1/2026")...); status != 0 || out == "" {
				t.Fatalf("%v: %d %s", c, status, errs)
			}
			rows := b.lines(t)
			if len(rows) != n+1 {
				t.Fatalf("%d lines after %v", len(rows), c)
			}
			d := rows[n].Event.Detail
			if d["purpose"] != "Richiesta PG 1/2026" || d["uid"] == "" || d["user"] == "" || d["what"] == "" {
				t.Errorf("the line says %v", d)
			}
			for _, value := range d {
				if strings.Contains(value, "FNTPRV80A41H501Y") {
					t.Errorf("the line names the person: %v", d)
				}
			}
		}
		// When the line cannot be written, nothing is shown.
		err := b.db.One(t.Context(), func(q db.Queryer) error {
			_, err := q.ExecContext(t.Context(), `ALTER TABLE audit RENAME TO audit_away`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range commands {
			if out, errs, status := b.run(append(c, "--reason", "x")...); status != 1 || out != "" || !strings.Contains(errs, "nothing is shown") {
				t.Errorf("%v without an audit log: %d %q %s", c, status, out, errs)
			}
		}
	})
}

func TestMessagesAreWrittenForTheirReaderAlone(t *testing.T) {
	eachBooks(t, func(t *testing.T, b *books) {
		dir := filepath.Join(t.TempDir(), "messaggi")
		trace := []string{"audit", "trace", "_response1", "--reason", "Prova", "--messages", dir}
		if _, errs, status := b.run(trace...); status != 0 {
			t.Fatal(errs)
		}
		files, err := filepath.Glob(dir + "/*")
		if err != nil || len(files) != 2 {
			t.Fatalf("%v, %v", files, err)
		}
		for n, want := range []string{authnRequest, authnAnswer} {
			data, err := os.ReadFile(files[n])
			info, errStat := os.Stat(files[n])
			if err != nil || errStat != nil || string(data) != want || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %q %v", files[n], data, err)
			}
		}
		if _, _, status := b.run(trace...); status != 1 {
			t.Error("files were written over")
		}
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, errs, status := b.run(trace...); status != 1 || !strings.Contains(errs, "chmod 700") {
			t.Errorf("a directory open to others: %s", errs)
		}
	})
}

func TestTheLedgerIsSearchedByTheFieldsOfTheRules(t *testing.T) { // SPID-RT registro
	eachBooks(t, func(t *testing.T, b *books) {
		for _, c := range []struct {
			choice     []string
			one, other bool
		}{
			{nil, true, true},
			{[]string{"--door", "cie"}, false, true},
			{[]string{"--provider", "https://id.example.it"}, true, false},
			{[]string{"--id", "_assertion1"}, true, false},
			{[]string{"--id", "_response2"}, false, true},
			{[]string{"--subject", "test0987654321"}, true, false},
			{[]string{"--subject", "FNTPRV80A41H501Y", "--id", "_response1"}, true, false},
			{[]string{"--subject", "FNTPRV80A41H501Y", "--id", "_response2"}, false, false},
			{[]string{"--name-id", "_name"}, true, false},
			{[]string{"--from", "2026-11-22T11:00:00Z"}, false, true},
			{[]string{"--to", "2026-11-22T11:00:00Z"}, true, false},
		} {
			out, _, status := b.run(append([]string{"audit", "ledger", "--reason", "Prova"}, c.choice...)...)
			if strings.Contains(out, "_response1") != c.one || strings.Contains(out, "_response2") != c.other || (status == 0) != (c.one || c.other) {
				t.Errorf("%v: %d\n%s", c.choice, status, out)
			}
		}
		out, _, _ := b.run("audit", "ledger", "--reason", "Prova", "--door", "spid", "--json")
		row := map[string]any{}
		if err := json.Unmarshal([]byte(out), &row); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]string{
			"AuthnReq_ID": "_request1", "AuthnReq_IssueInstant": "2026-11-22T09:59:00Z", "Resp_ID": "_response1", "Resp_IssueInstant": "2026-11-22T09:59:58Z",
			"Resp_Issuer": "https://id.example.it", "Assertion_ID": "_assertion1", "Assertion_subject": "_name", "Assertion_subject_NameQualifier": "https://id.example.it", "SpidCode": "TEST0987654321",
		} {
			if row[name] != want {
				t.Errorf("%s is %v", name, row[name])
			}
		}
	})
}

func TestTheRegisterOfTheProviderIsSearchedToo(t *testing.T) {
	path := configuration(t, nil)
	if _, errs, status := atrio(t, "migrate", "-c", path); status != 0 {
		t.Fatal(errs)
	}
	k, err := keys.Open(filepath.Join(filepath.Dir(path), "keys-idp"), "idp")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := k.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	store := idpdb.NewStore(dbtest.Open(t, "sqlite://"+filepath.Join(filepath.Dir(path), "idp.db")), ring, nil)
	err = store.Record(t.Context(), samlsso.Answer{Flow: "f", Until: loginAt.Add(time.Hour), Access: &samlsso.Access{
		Identity: "i", SPIDCode: "TEST0987654321", Service: "https://sp.example.org", RequestID: "_request1", ResponseID: "_response1", AssertionID: "_assertion1", NameID: "_name",
		Level: 2, Method: "totp", Anomaly: 1, At: loginAt, Request: []byte(authnRequest), Response: []byte(authnAnswer),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, choice := range [][]string{{"--subject", "TEST0987654321"}, {"--service", "https://sp.example.org"}, {"--id", "_assertion1"}, {"--name-id", "_name"}, {"--from", "2026-11-22", "--to", "2026-11-22"}} {
		out, errs, status := atrio(t, append([]string{"audit", "ledger", "idp", "--reason", "Prova", "-c", path}, choice...)...)
		if status != 0 || out != "2026-11-22T10:00:00Z\taccepted\thttps://sp.example.org\t_request1\t_response1\t_assertion1\tTEST0987654321\n" {
			t.Errorf("%v: %d %s%s", choice, status, out, errs)
		}
	}
	if out, _, status := atrio(t, "audit", "ledger", "idp", "--reason", "Prova", "--subject", "TEST0000000000", "-c", path); status != 1 || out != "" {
		t.Errorf("a stranger: %d %s", status, out)
	}
	if err := store.DB.One(t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(t.Context(), `UPDATE access SET spid_mac = x'00'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, choice := range [][]string{nil, {"--id", "_assertion1"}, {"--name-id", "_name"}} {
		out, errs, status := atrio(t, append([]string{"audit", "ledger", "idp", "--reason", "Prova", "-c", path}, choice...)...)
		if status != 1 || !strings.Contains(out, "\tCHANGED\t") || strings.Contains(out, "TEST0987654321") || !strings.Contains(errs, "1 rows were changed") {
			t.Errorf("an exchanged index, %v: %d %s%s", choice, status, out, errs)
		}
	}
}

func TestAnExportIsCompleteAndSigned(t *testing.T) {
	eachBooks(t, func(t *testing.T, b *books) {
		dir := t.TempDir()
		file, pem := filepath.Join(dir, "novembre.zip"), filepath.Join(dir, "audit-key.pem")
		public, errs, status := b.run("audit", "public-key", "gateway")
		if status != 0 {
			t.Fatal(errs)
		}
		if err := os.WriteFile(pem, []byte(public), 0o600); err != nil {
			t.Fatal(err)
		}
		export := []string{"audit", "export", "--from", "2026-11-01", "--to", "2026-11-30", "--reason", "PG 1", "--out", file}
		if out, errs, status := b.run(export...); status != 0 || !strings.Contains(out, "2 pairs, 1 tokens; not encrypted") {
			t.Fatal(status, out, errs)
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info.Mode(), err)
		}
		if _, _, status := b.run(export...); status != 1 {
			t.Error("a file was written over")
		}
		check := func(file string) (string, int) {
			out, errs, status := atrio(t, "audit", "check-export", file, "--key", pem)
			return out + errs, status
		}
		if text, status := check(file); status != 0 || !strings.Contains(text, "complete and unchanged: 2 pairs and 1 tokens") {
			t.Fatal(text)
		}
		content := unzip(t, file)
		if !bytes.Contains(content[auditcmd.IndexName], []byte(`"SpidCode":"TEST0987654321"`)) || !bytes.Contains(content[auditcmd.TokensName], []byte(`"service":"portale"`)) ||
			!bytes.Contains(content[auditcmd.ManifestName], []byte(`"reason": "PG 1"`)) || len(content) != 8 {
			t.Errorf("%d files: %s", len(content), content[auditcmd.IndexName])
		}
		for name, change := range map[string]func(map[string][]byte){
			"a message": func(c map[string][]byte) { c[responseOf(c)] = append(c[responseOf(c)], ' ') },
			"the index": func(c map[string][]byte) {
				c[auditcmd.IndexName] = bytes.Replace(c[auditcmd.IndexName], []byte("TEST"), []byte("TSET"), 1)
			},
			"the tokens": func(c map[string][]byte) { c[auditcmd.TokensName] = nil },
			"the manifest": func(c map[string][]byte) {
				c[auditcmd.ManifestName] = bytes.Replace(c[auditcmd.ManifestName], []byte("PG 1"), []byte("PG 2"), 1)
			},
			"the signature": func(c map[string][]byte) { c[auditcmd.SignatureName][0] ^= 1 },
			"one less":      func(c map[string][]byte) { delete(c, responseOf(c)) },
			"one more":      func(c map[string][]byte) { c["pairs/x.request.xml"] = []byte("<x/>") },
			"no manifest":   func(c map[string][]byte) { delete(c, auditcmd.ManifestName) },
		} {
			changed := unzip(t, file)
			change(changed)
			if text, status := check(rezip(t, changed)); status != 1 || !strings.Contains(text, auditcmd.ErrExport.Error()) {
				t.Errorf("%s: %d %s", name, status, text)
			}
		}
		empty := filepath.Join(dir, "dicembre.zip")
		if out, errs, status := b.run("audit", "export", "--from", "2026-12-01", "--to", "2026-12-31", "--reason", "PG 1", "--out", empty); status != 0 || !strings.Contains(out, "0 pairs") {
			t.Fatal(out, errs)
		}
		if text, status := check(empty); status != 0 {
			t.Error(text)
		}
		if _, errs, status := b.run("audit", "export", "--from", "2026-12-02", "--to", "2026-12-01", "--reason", "PG 1", "--out", filepath.Join(dir, "x.zip")); status != 1 {
			t.Error(errs)
		}
	})
}

func responseOf(content map[string][]byte) string {
	for name := range content {
		if strings.HasSuffix(name, ".response.xml") {
			return name
		}
	}
	return ""
}

func unzip(t *testing.T, file string) map[string][]byte {
	t.Helper()
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func rezip(t *testing.T, content map[string][]byte) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range content {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "changed.zip")
	if err := errors.Join(z.Close(), os.WriteFile(file, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestARowThatSomebodyChangedIsNamedAndHidesNoOther(t *testing.T) {
	eachBooks(t, func(t *testing.T, b *books) {
		err := b.db.One(t.Context(), func(q db.Queryer) error {
			_, err := q.ExecContext(t.Context(), `UPDATE ledger SET issuer = 'https://other.example.it' WHERE response_id = '_response1'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		out, errs, status := b.run("audit", "trace", "_response1", "--reason", "Prova")
		if status != 1 || !strings.Contains(out, "somebody changed this row") || !strings.Contains(errs, "1 rows were changed") {
			t.Errorf("trace: %d %s%s", status, out, errs)
		}
		out, errs, status = b.run("audit", "ledger", "--reason", "Prova")
		if status != 1 || !strings.Contains(out, "\tCHANGED\t") || !strings.Contains(out, "_response2") || !strings.Contains(errs, "1 rows were changed") {
			t.Errorf("search: %d %s%s", status, out, errs)
		}
		file := filepath.Join(t.TempDir(), "x.zip")
		out, errs, status = b.run("audit", "export", "--from", "2026-11-01", "--to", "2026-11-30", "--reason", "PG 1", "--out", file)
		if status != 0 || !strings.Contains(out, "2 pairs") || !strings.Contains(out, "warning: 1 rows were changed") {
			t.Errorf("export: %d %s%s", status, out, errs)
		}
		if head := unzip(t, file)[auditcmd.ManifestName]; !bytes.Contains(head, []byte(`"broken": 1`)) {
			t.Errorf("%s", head)
		}
	})
}

// Who exchanges the index of a row makes it be found by another person's name.
func TestARowFoundByTheNameOfAnotherIsNamedAsChanged(t *testing.T) {
	eachBooks(t, func(t *testing.T, b *books) {
		err := b.db.One(t.Context(), func(q db.Queryer) error {
			_, err := q.ExecContext(t.Context(), `UPDATE ledger SET fiscal_mac = subject_mac WHERE response_id = '_response1'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, choice := range [][]string{
			nil, {"--subject", "TEST0987654321"}, {"--subject", "TEST0987654321", "--id", "_response1"}, {"--id", "_response1"}, {"--name-id", "_name"},
		} {
			out, errs, status := b.run(append([]string{"audit", "ledger", "--reason", "Prova"}, choice...)...)
			if status != 1 || !strings.Contains(out, "\tCHANGED\t") || strings.Contains(out, "TEST0987654321") || !strings.Contains(errs, "1 rows were changed") {
				t.Errorf("%v: %d %s%s", choice, status, out, errs)
			}
		}
	})
}

func TestWithoutTheKeysNothingIsOpenedAndNoneAreMade(t *testing.T) {
	eachBooks(t, func(t *testing.T, b *books) {
		file := filepath.Join(filepath.Dir(b.config), "keys-gateway", "sealing.keys")
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		out, errs, status := b.run("audit", "trace", "_response1", "--reason", "Prova")
		if status != 1 || out != "" || !strings.Contains(errs, "does not hold the keys") {
			t.Errorf("%d %s%s", status, out, errs)
		}
		if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
			t.Error("keys were made")
		}
		if n := len(b.lines(t)); n != 0 {
			t.Errorf("%d lines although nothing was opened", n)
		}
	})
}
