package registerscmd

import (
	"bytes"
	"context"
	"fmt"
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

// office is an installation with people, whose Codici Persona are codes.
type office struct {
	t      *testing.T
	config string
	db     *db.DB
	codes  []string
}

func newOffice(t *testing.T, people int) *office {
	t.Helper()
	address := dbtest.URL(t, db.SQLite, shareddb.Module(), gatewaydb.Module())
	o := &office{t: t, db: dbtest.Open(t, address), config: filepath.Join(t.TempDir(), "atrio.toml")}
	for n := range people {
		code, err := account.NewCode(account.DefaultDigits)
		if err != nil {
			t.Fatal(err)
		}
		o.codes = append(o.codes, string(code))
		id := fmt.Sprint("a", n)
		o.change(`INSERT INTO account (id, code, state, given_name, family_name, email, language, created_at) VALUES ($1, $2, 'active', 'Ada', 'Prova', $3, 'it', 1)`, id, string(code), id+"@posta.example.it")
		o.change(`INSERT INTO person_code (code, account_id, assigned_at) VALUES ($1, $2, 1)`, string(code), id)
	}
	text := "[gateway]\nlisten = \"127.0.0.1:0\"\nbase_url = \"https://login.example.it\"\ndatabase = \"" + address + "\"\nkeys = \"/nowhere\"\n"
	if err := os.WriteFile(o.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) change(statement string, args ...any) {
	o.t.Helper()
	err := o.db.One(o.t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(o.t.Context(), statement, args...)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) count(query string, args ...any) (n int) {
	o.t.Helper()
	if err := o.db.Read().QueryRowContext(o.t.Context(), query, args...).Scan(&n); err != nil {
		o.t.Fatal(err)
	}
	return n
}

// imports a file with these lines under the columns person, citizenships, kind, unit.
func (o *office) imports(lines []string, more ...string) (string, error) {
	o.t.Helper()
	path := filepath.Join(o.t.TempDir(), "file.csv")
	if err := os.WriteFile(path, []byte("person,citizenships,kind,unit\n"+strings.Join(lines, "\n")), 0o600); err != nil {
		o.t.Fatal(err)
	}
	var out bytes.Buffer
	var line Command
	parser, err := kong.New(&line, kong.Bind(command.Streams{Out: &out}), kong.BindTo(o.t.Context(), (*context.Context)(nil)))
	if err != nil {
		o.t.Fatal(err)
	}
	parsed, err := parser.Parse(append([]string{"import", path, "-c", o.config, "--reason", "ufficio"}, more...))
	if err == nil {
		err = parsed.Run()
	}
	return out.String(), err
}

// staff are lines about so many people.
func (o *office) staff(n int) (lines []string) {
	for _, code := range o.codes[:n] {
		lines = append(lines, code+",IT,employee,Segreteria")
	}
	return lines
}

func TestAFileIsImportedOnceAndTold(t *testing.T) { // G2.5, G2.8
	o := newOffice(t, 230) // three commits
	o.change(`INSERT INTO attribute (account_id, name, source, issuer, value, at) VALUES ('a1', 'citizenship', 'declared', '', 'XX', 1)`)
	out, err := o.imports(o.staff(230), "--dry-run")
	if err != nil || !strings.Contains(out, "changed 230, the same 0, left 0; affiliations ended: 0 (a dry run") || o.count(`SELECT count(*) FROM affiliation`)+o.count(`SELECT count(*) FROM audit`)+o.count(`SELECT count(*) FROM outbox`) != 0 {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"changed 230, the same 0", "changed 0, the same 230"} {
		out, err := o.imports(o.staff(230))
		if err != nil || !strings.Contains(out, want) || strings.Contains(out, "Ada") || strings.Contains(out, "@") {
			t.Errorf("%v\n%.300s", err, out)
		}
	}
	if n := o.count(`SELECT count(*) FROM affiliation WHERE kind = 'employee' AND source = 'register' AND until_at = 0`); n != 230 {
		t.Errorf("%d affiliations", n)
	}
	if n := o.count(`SELECT count(*) FROM outbox WHERE recipient = 'a1@posta.example.it' AND body LIKE '%solo la cittadinanza italiana%Vale dal%'`); n != 1 || o.count(`SELECT count(*) FROM outbox`) != 1 {
		t.Errorf("%d mails to who declared something else, %d in all", n, o.count(`SELECT count(*) FROM outbox`))
	}
	if n := o.count(`SELECT count(*) FROM audit WHERE action = 'register.imported' AND detail LIKE '%ufficio%' AND detail LIKE '%"state":"began"%'`); n != 2 || o.count(`SELECT count(*) FROM audit WHERE action = 'register.told'`) != 230 {
		t.Errorf("%d lines about imports", n)
	}
}

func TestPeopleWhoDoNotFitAreLeftAndTheRestIsDone(t *testing.T) {
	o := newOffice(t, 4)
	stranger, err := account.NewCode(account.DefaultDigits)
	if err != nil {
		t.Fatal(err)
	}
	o.change(`UPDATE account SET state = 'closed', closed_at = 1 WHERE id = 'a2'`)
	out, err := o.imports(append(o.staff(3), string(stranger)+",IT,,"))
	if err == nil || !strings.Contains(err.Error(), "2 people of the file were left") || !strings.Contains(out, "line 4\t"+o.codes[2]+"\tleft: the account is closed") || !strings.Contains(out, "line 5\t\tleft: there is no such account") {
		t.Errorf("%v\n%s", err, out)
	}
	if n := o.count(`SELECT count(*) FROM affiliation`); n != 2 {
		t.Errorf("%d affiliations", n)
	}
	o.change(`UPDATE account SET fiscal_code = 'FNTPRV80A01H501U' WHERE id = 'a0'`)
	path := filepath.Join(t.TempDir(), "two.csv")
	if err := os.WriteFile(path, []byte("person,fiscal_code,citizenships\n"+o.codes[0]+",,IT\n,FNTPRV80A01H501U,BR\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	err = importFile{Configured: command.Configured{Config: []string{o.config}}, File: path, Reason: "x"}.Run(t.Context(), command.Streams{Out: &told})
	if err == nil || !strings.Contains(told.String(), "line 2 names the same account in another way") {
		t.Errorf("%v\n%s", err, told.String())
	}
}

func TestAFullFileEndsWhatItDoesNotName(t *testing.T) {
	o := newOffice(t, 60)
	if _, err := o.imports(o.staff(60)); err != nil {
		t.Fatal(err)
	}
	if out, err := o.imports(o.staff(40), "--complete", "employee"); err == nil || !strings.Contains(err.Error(), "20 of 60") || out != "" {
		t.Errorf("a file that was cut off: %v\n%s", err, out)
	}
	if n := o.count(`SELECT count(*) FROM affiliation WHERE until_at = 0`); n != 60 {
		t.Fatalf("%d are left", n)
	}
	// Who is in doubt is spared.
	o.change(`UPDATE account SET state = 'frozen' WHERE id = 'a51'`)
	file := append(o.staff(50), o.codes[51]+",,employee,Segreteria")
	for _, more := range [][]string{{"--dry-run"}, nil} {
		out, err := o.imports(file, append(more, "--complete", "employee")...)
		if err == nil || !strings.Contains(out, "affiliations ended: 9") || !strings.Contains(out, "not in the file\t"+o.codes[50]+"\temployee ends") {
			t.Errorf("%v\n%s", err, out)
		}
	}
	if n := o.count(`SELECT count(*) FROM affiliation WHERE until_at = 0`); n != 51 {
		t.Errorf("%d are left", n)
	}
	if out, err := o.imports(o.staff(1), "--complete", "employee", "--many"); err != nil || !strings.Contains(out, "affiliations ended: 50") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := o.imports(o.staff(1), "--complete", "employee"); err != nil || !strings.Contains(out, "affiliations ended: 0") {
		t.Errorf("the second time: %v\n%s", err, out)
	}
}

func TestABadFileOrOrderImportsNothing(t *testing.T) {
	o := newOffice(t, 1)
	for want, more := range map[string][]string{
		"is none of student": {"--complete", "boss"}, "goes with --complete": {"--many"}, "say why": {"--reason", " "},
	} {
		if out, err := o.imports(o.staff(1), more...); err == nil || !strings.Contains(err.Error(), want) || out != "" {
			t.Errorf("%s: %v %s", want, err, out)
		}
	}
	if _, err := o.imports(append(o.staff(1), "x,IT,,")); err == nil || !strings.Contains(err.Error(), "nothing was imported:\nline 3: person: is not") {
		t.Error(err)
	}
	if n := o.count(`SELECT count(*) FROM affiliation`) + o.count(`SELECT count(*) FROM audit`); n != 0 {
		t.Errorf("%d rows", n)
	}
}
