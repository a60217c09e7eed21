package rulescmd

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"atrio/app/command"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
)

// installed is an installation with one person, whose Codice Persona is code.
func installed(t *testing.T) (path string, d *db.DB) {
	t.Helper()
	address := dbtest.URL(t, db.SQLite, shareddb.Module(), gatewaydb.Module())
	d = dbtest.Open(t, address)
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		for _, statement := range []string{
			`INSERT INTO account (id, code, state, given_name, family_name, email, language, created_at)
				VALUES ('a1', '` + code + `', 'active', 'Ada', 'Prova', 'ada@posta.example.it', 'it', 1)`,
			`INSERT INTO attribute (account_id, name, source, issuer, value, at) VALUES ('a1', 'citizenship', 'declared', '', 'IT', 1767225600000000)`,
			`INSERT INTO affiliation (id, account_id, kind, unit, from_at, until_at, source, at) VALUES
				('t1', 'a1', 'employee', 'Segreteria', 1577836800000000, 0, 'register', 1), ('t2', 'a1', 'student', '', 0, 1577836800000000, 'register', 1)`,
			`INSERT INTO identity (id, account_id, door, issuer, subject, linked_at, last_used_at) VALUES ('i1', 'a1', 'cie', 'x', 'y', 1, 1)`,
		} {
			if _, err := tx.ExecContext(t.Context(), statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "atrio.toml")
	text := `
[gateway]
listen = "127.0.0.1:0"
base_url = "https://login.example.it"
database = "` + address + `"
keys = "/nowhere"
[[gateway.decision]]
rule = "declaration"
act = "Decreto di prova 1/2026"
date = "2026-01-02"
signer = "Il Rettore"
[[gateway.decision]]
rule = "outage-opening"
act = "Decreto di prova 2/2026"
date = "2026-01-02"
signer = "Il Rettore"
[[gateway.decision]]
rule = "staff-exemption"
act = "Decreto di prova 3/2026"
date = "2026-01-02"
signer = "Il Rettore"
[[gateway.service]]
client_id = "stipendi"
name = { it = "Stipendi", en = "Payslips" }
redirect_uris = ["https://stipendi.example.it/r"]
auth = "none"
level = 2
class = "staff"
owner = { unit = "Personale", email = "personale@example.it" }
[[gateway.service]]
client_id = "campus"
name = { it = "Campus", en = "Campus" }
redirect_uris = ["https://campus.example.it/r"]
auth = "none"
level = 2
class = "community"
parental_authorisation = true
assessment = { act = "Valutazione 1/2026", date = "2026-01-02" }
owner = { unit = "Corsi", email = "corsi@example.it" }
[[gateway.service]]
client_id = "segreteria"
name = { it = "Segreteria", en = "Student office" }
redirect_uris = ["https://segreteria.example.it/r"]
auth = "none"
level = 2
class = "administrative"
owner = { unit = "Segreteria", email = "segreteria@example.it" }
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, d
}

// code is the Codice Persona of the one person, free is nobody's.
var code, free = draw(), draw()

func draw() string {
	c, err := account.NewCode(account.DefaultDigits)
	if err != nil {
		panic(err)
	}
	return string(c)
}

// rules runs a command line.
func rules(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	var line Command
	parser, err := kong.New(&line, kong.Bind(command.Streams{Out: &out}), kong.BindTo(t.Context(), (*context.Context)(nil)))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(args)
	if err == nil {
		err = parsed.Run()
	}
	return out.String(), err
}

func TestTheListTellsWhatEveryRuleRestsOn(t *testing.T) {
	path, _ := installed(t)
	out, err := rules(t, "list", "-c", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"duty\n  Whoever has Italian citizenship alone", "law, CAD art. 64 c. 3-bis; d.l. 76/2020 art. 24 c. 4; in force since 2021-10-01",
		"decision, DPR 445/2000 art. 47; CAD art. 3; Decreto di prova 1/2026 of 2026-01-02, signed by Il Rettore\n  frees from duty",
		"staff-exemption", "eidas-for-italians", "not in force: the institution has taken no act",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	out, err = rules(t, "list", "-c", path, "--at", "2021-09-30T12:00:00Z", "--language", "it")
	if err != nil || !strings.Contains(out, "Chi ha solo la cittadinanza italiana") || !strings.Contains(out, "in force since 2021-10-01 (not in force on 2021-09-30)") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAPersonAtAServiceIsExplained(t *testing.T) {
	path, d := installed(t)
	ask := func(more ...string) string {
		t.Helper()
		out, err := rules(t, append([]string{"explain", "-c", path, "--person", code, "--at", "2026-03-10T12:00:00Z", "--reason", "ticket 42"}, more...)...)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(strings.Fields(out), " ")
	}
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"--service", "segreteria"}, []string{
			"person " + code, "citizenship: only Italian (declared, 2026-01-01)", "has entered by [cie]", "service segreteria: administrative, level 2",
			"spid level 2 enter open", "local two factors use_federated duty", "edugain one factor use_federated duty",
		}},
		{[]string{"--service", "segreteria", "--door", "local", "--second-factor"}, []string{
			"free-choice silent no other citizenship is known", "staff-exemption silent this is no service for staff", "duty decides", "outcome: use_federated", "ways on: [cie spid declare citizenship login help]",
		}},
		{[]string{"--service", "segreteria", "--door", "spid", "--level", "1", "--language", "it"}, []string{"level decides l’accesso è di livello inferiore", "outcome: level_too_low"}},
		{nil, []string{"own account, level 2", "local one factor enrol second-factor", "local two factors enter"}},
		// The same person is an employee at the payslips, and a citizen at the student office.
		{[]string{"--service", "stipendi"}, []string{
			"affiliation: employee from 2020-01-01", "affiliation: student until 2019-12-31", "service stipendi: staff", "local one factor enrol", "local two factors enter open", "passkey two factors enter open",
		}},
		{[]string{"--service", "stipendi", "--door", "local", "--second-factor"}, []string{"staff-exemption lifts works for the institution", "duty lifted", "outcome: enter"}},
		{[]string{"--service", "campus", "--door", "cie"}, []string{"parental-authorisation decides it is not known whether", "outcome: needs_parent", "ways on: [cie spid account login help]"}},
	} {
		out := ask(c.args...)
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v: %q is missing in\n%s", c.args, want, out)
			}
		}
	}
	var lines int
	err := d.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM audit WHERE action = 'data.read' AND subject = 'a1' AND detail LIKE '%ticket 42%'`).Scan(&lines)
	if err != nil || lines != 7 {
		t.Errorf("%d lines of the audit log, %v", lines, err)
	}
}

func TestQuestionsWithoutAnAnswerAreRefused(t *testing.T) {
	path, d := installed(t)
	for want, args := range map[string][]string{
		"not a Codice Persona": {"--person", "123", "--reason", "x"},
		"no account has":       {"--person", free, "--reason", "x"},
		"there is no service":  {"--person", code, "--reason", "x", "--service", "nessuno"},
		"level of assurance":   {"--person", code, "--reason", "x", "--level", "4"},
		"say why":              {"--person", code, "--reason", " "},
		"missing flags":        {"--person", code},
		"--door must be":       {"--person", code, "--reason", "x", "--door", "window"},
	} {
		if out, err := rules(t, append([]string{"explain", "-c", path}, args...)...); err == nil || !strings.Contains(err.Error(), want) || out != "" {
			t.Errorf("%s: %v %s", want, err, out)
		}
	}
	var lines int
	if err := d.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM audit`).Scan(&lines); err != nil || lines != 0 {
		t.Errorf("%d lines about what was not shown, %v", lines, err)
	}
}
