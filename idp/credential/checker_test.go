package credential_test

import (
	"context"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"atrio/authn/password"
	"atrio/authn/secondfactor"
	"atrio/base/seal"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/credential"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/people/person"
	"atrio/saml/samltest"
)

// crowded is a hasher during whose work others fail against the same User ID.
type crowded struct {
	credential.Hasher
	meanwhile func()
}

func (h crowded) Verify(ctx context.Context, phc, typed string) (ok, rehash bool, err error) {
	h.meanwhile()
	return h.Hasher.Verify(ctx, phc, typed)
}

func (h crowded) VerifyDummy(ctx context.Context, typed string) error {
	h.meanwhile()
	return h.Hasher.VerifyDummy(ctx, typed)
}

// Tries that were waiting for the hasher when the limit was reached must not be
// an oracle: right, wrong and unknown get the same answer.
func TestTriesBeyondTheLimitTellNothingAboutThePassword(t *testing.T) {
	const userID, right = "ada.prova@example.org", "Corretto-Cavallo-9"
	d := dbtest.SQLite(t, shareddb.Module(), idpdb.Module())
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	store := idpdb.NewStore(d, ring, nil)
	hasher := password.New(password.Settings{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}})
	clock := samltest.NewClock()
	seeder := &identity.Seeder{Store: store, Hasher: hasher, Provider: "TEST", Now: clock.Now}
	holder := identity.Holder{GivenName: "Ada", FamilyName: "Prova", FiscalCode: person.FiscalCode("PRVDAA90E44F205X"), Email: userID}
	if _, err := seeder.Plant(t.Context(), identity.Seed{Holder: holder, Password: right}); err != nil {
		t.Fatal(err)
	}
	c := &credential.Checker{Store: store, Keyring: ring, Limits: credential.DefaultLimits(), Now: clock.Now, Hasher: hasher}
	try := func(flow, user, typed string) credential.Verdict {
		v, err := c.Password(t.Context(), credential.PasswordTry{Flow: flow, UserID: user, Password: typed, Address: netip.MustParseAddr("192.0.2.1")})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	var seen []credential.Verdict
	for _, one := range []struct{ flow, user, typed string }{{"a", userID, right}, {"b", userID, "sbagliata"}, {"c", "nessuno@example.org", "sbagliata"}} {
		clock.Advance(48 * time.Hour) // all limits are free again
		c.Hasher = crowded{hasher, func() {
			c.Hasher = hasher
			for n := range c.Limits.Pair.Burst {
				try(one.flow+strconv.Itoa(n), one.user, "sbagliata")
			}
		}}
		seen = append(seen, try(one.flow, one.user, one.typed))
	}
	for _, v := range seen {
		if v.Outcome != secondfactor.Waiting || v != seen[0] {
			t.Errorf("a try beyond the limit is told apart: %+v", seen)
		}
	}
}
