package program

import (
	"context"
	"crypto/rand"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"atrio/authn/otp"
	"atrio/authn/password"
	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/keys"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/secondfactor"
	"atrio/people/person"
)

// member is an account of the gateway with a password, which is chosen for all, and an app.
type member struct {
	code  account.Code
	email string
	key   []byte
}

// withMembers starts the demonstration in a directory of its own, in which n members are
// stored as a registration leaves them; the settings are wide for one address.
func withMembers(b testing.TB, n int) (*process, []member) {
	dir := b.TempDir()
	settings := wide(b, dir)
	demo(b, dir, "--config", settings).stop() // makes keys and schema
	members := plant(b, dir, n)
	return demo(b, dir, "--config", settings), members
}

// plant stores members while nothing runs. All have one hash: it costs what any costs.
func plant(b testing.TB, dir string, n int) []member {
	ctx := context.Background()
	d, err := db.Open(ctx, "sqlite://"+filepath.ToSlash(filepath.Join(dir, "gateway.db")))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	held, err := keys.Open(filepath.Join(dir, "keys-gateway"), "gateway")
	if err != nil {
		b.Fatal(err)
	}
	ring, err := held.Keyring()
	if err != nil {
		b.Fatal(err)
	}
	hash, err := password.New(password.Settings{}).Hash(ctx, chosen)
	if err != nil {
		b.Fatal(err)
	}
	store, now := gatewaydb.NewStore(d, ring), time.Now()
	members := make([]member, n)
	for i := range members {
		if members[i], err = plantOne(ctx, store, i, hash, now); err != nil {
			b.Fatal(err)
		}
	}
	return members
}

func plantOne(ctx context.Context, store *gatewaydb.Store, i int, hash string, now time.Time) (member, error) {
	m := member{email: fmt.Sprintf("prova%d@posta.example.org", i), key: make([]byte, 20)}
	rand.Read(m.key) //nolint:errcheck // never fails
	var err error
	if m.code, err = account.NewCode(9); err != nil {
		return member{}, err
	}
	a := account.Account{
		ID: account.NewID(), Code: m.code, State: account.Active, GivenName: "Prova", FamilyName: "Finti", Email: m.email, Language: "it",
		CreatedAt: now, PasswordAt: now,
	}
	born := []account.Attribute{{Name: person.BirthDate, Value: "1983-05-10", Source: account.Declared, At: now}}
	if err := store.PlantAccount(ctx, a, born, hash); err != nil {
		return member{}, err
	}
	return m, store.AddFactor(ctx, secondfactor.Addition{
		Factor: secondfactor.Factor{ID: account.NewID(), AccountID: a.ID, Kind: kinds.TOTP, CreatedAt: now}, Secret: m.key,
		Event: audit.Event{At: now, Role: "gateway", Subject: a.ID},
	})
}

// codeAt is what the app of a member shows.
func (m member) codeAt(now time.Time) string { return otp.Generate(m.key, now) }
