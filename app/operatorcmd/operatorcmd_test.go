package operatorcmd

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"atrio/app/command"
	"atrio/base/keys"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/db/shareddb/shareddbtest"
	"atrio/idp/idpdb"
)

// installation is a provider with two operators.
type installation struct {
	t      *testing.T
	config string
	db     *db.DB
}

func install(t *testing.T, baseURL string) *installation {
	t.Helper()
	address, dir := dbtest.URL(t, db.SQLite, shareddb.Module(), idpdb.Module()), t.TempDir()
	i := &installation{t: t, db: dbtest.Open(t, address), config: filepath.Join(dir, "atrio.toml")}
	store, err := keys.Open(filepath.Join(dir, "keys"), "idp")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := store.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	shareddb.SealRows(i.db, ring)
	text := `[idp]
listen = "127.0.0.1:0"
base_url = "` + baseURL + `"
database = "` + address + `"
keys = "` + filepath.Join(dir, "keys") + `"
code = "TEST"
[[idp.operator]]
name = "Remo Prova"
email = "remo@example.org"
roles = ["approver", "fraud"]
trained_until = "2020-01-31"
[[idp.operator]]
name = "Carla Prova"
email = "carla@example.org"
roles = ["collector"]
point = "centro"
`
	if err := os.WriteFile(i.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return i
}

func (i *installation) run(args ...string) (string, error) {
	i.t.Helper()
	var out bytes.Buffer
	ctx := i.t.Context()
	parser, err := kong.New(&Command{}, kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(command.Streams{Out: &out, Err: &out}))
	if err != nil {
		i.t.Fatal(err)
	}
	parsed, err := parser.Parse(append(args, "--config", i.config))
	if err != nil {
		i.t.Fatal(err)
	}
	err = parsed.Run()
	return out.String(), err
}

func (i *installation) count(query string, args ...any) (n int) {
	i.t.Helper()
	if err := i.db.Read().QueryRowContext(i.t.Context(), query, args...).Scan(&n); err != nil {
		i.t.Fatal(err)
	}
	return n
}

func TestAnOperatorIsInvitedListedAndRevoked(t *testing.T) {
	i := install(t, "https://identita.example.org")
	out, err := i.run("list")
	if err != nil || !strings.Contains(out, "Remo Prova") || !strings.Contains(out, "approver,fraud") || !strings.Contains(out, "over") || !strings.Contains(out, "centro") {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := i.run("invite", "nobody@example.org"); err == nil || !strings.Contains(err.Error(), "nobody@example.org") {
		t.Errorf("an invitation of nobody: %v", err)
	}
	if out, err = i.run("invite", "Remo@example.org"); err != nil || !strings.Contains(out, "Remo Prova is invited until ") {
		t.Errorf("%s, %v", out, err)
	}
	if mails := shareddbtest.To(t, i.db, "remo@example.org"); len(mails) != 1 || !strings.Contains(mails[0], "https://identita.example.org/operator/invitation?link=") {
		t.Errorf("mails: %q", mails)
	}
	if n := i.count(`SELECT count(*) FROM audit WHERE action = 'operator.invited' AND detail LIKE '%uid%'`); n != 1 {
		t.Errorf("%d lines say who invited", n)
	}
	for _, bad := range [][]string{{"revoke", "remo@example.org", "--reason", " "}, {"revoke", "nobody@example.org", "--reason", "x"}} {
		if _, err := i.run(bad...); err == nil {
			t.Errorf("%v is done", bad)
		}
	}
	if _, err = i.run("revoke", "remo@example.org", "--reason", "key lost"); err != nil {
		t.Error(err)
	}
	if n := i.count(`SELECT count(*) FROM operator_invitation`); n != 0 {
		t.Errorf("%d invitations are open", n)
	}
	if n := i.count(`SELECT count(*) FROM audit WHERE action = 'operator.revoked' AND detail LIKE '%key lost%'`); n != 1 {
		t.Errorf("%d lines say why", n)
	}
}

func TestASiteWithoutADomainNameInvitesNobody(t *testing.T) {
	i := install(t, "https://192.0.2.7")
	if _, err := i.run("invite", "remo@example.org"); err == nil || !strings.Contains(err.Error(), "has no domain name") {
		t.Errorf("%v", err)
	}
}
