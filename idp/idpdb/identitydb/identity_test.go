package identitydb_test

import (
	"errors"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db/shareddb"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/web"
)

func TestAnIdentityComesBackAsItWasStored(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		want := idpdbtest.Ada()
		idpdbtest.Create(t, s, want)
		want.PasswordAt = want.CreatedAt // the age of a new password begins with the identity
		got, err := s.Identity(t.Context(), "ada")
		if err != nil || *got != *want {
			t.Fatalf("got %+v, %v\nwant %+v", got, err, want)
		}
		if _, err := s.Identity(t.Context(), "nobody"); !errors.Is(err, identity.ErrUnknown) {
			t.Errorf("unexpected %v", err)
		}
		for _, change := range []func(*identity.Identity){
			func(i *identity.Identity) { i.ID, i.UserID = "b", "b@example.org" },
			func(i *identity.Identity) { i.ID, i.SPIDCode = "b", "TESTABCDEFGH02" },
		} {
			twin := idpdbtest.Ada()
			change(twin)
			if err := s.Create(t.Context(), twin, identity.Secrets{}); !fault.Is(err, fault.Conflict) {
				t.Errorf("a taken code or User ID gives %v", err)
			}
		}
	})
}

func TestASuspensionEndsTheSessions(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		session := web.Session{Hash: []byte("hash"), Handle: "h", Subject: "ada", CreatedAt: idpdbtest.Present, SeenAt: idpdbtest.Present, ExpiresAt: idpdbtest.Present.Add(time.Hour), AuthTime: idpdbtest.Present}
		if err := s.OpenSession(t.Context(), session, audit.Event{At: idpdbtest.Present, Role: "idp", Action: audit.LoginSucceeded, Outcome: audit.OK}); err != nil {
			t.Fatal(err)
		}
		shared := &shareddb.Store{DB: s.DB}
		if _, err := shared.FindSession(t.Context(), session.Hash, idpdbtest.Present); err != nil {
			t.Fatal(err)
		}
		if err := s.SetState(t.Context(), "ada", identity.Suspended, idpdbtest.Present); err != nil {
			t.Fatal(err)
		}
		if _, err := shared.FindSession(t.Context(), session.Hash, idpdbtest.Present); !fault.Is(err, fault.NotFound) {
			t.Errorf("the session is still there: %v", err)
		}
		if err := s.SetState(t.Context(), "nobody", identity.Revoked, idpdbtest.Present); !errors.Is(err, identity.ErrUnknown) {
			t.Errorf("unexpected %v", err)
		}
	})
}
