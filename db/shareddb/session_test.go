package shareddb_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/web"
)

func session(n int, subject string) web.Session {
	return web.Session{
		Hash: []byte(fmt.Sprintf("hash-%026d\x00", n)), Handle: fmt.Sprint("handle", n), Subject: subject,
		CreatedAt: now.Add(time.Duration(n) * time.Second), SeenAt: now, ExpiresAt: now.Add(time.Hour),
		Method: "spid", ACR: "https://www.spid.gov.it/SpidL2", AMR: []string{"pwd", "otp"}, AuthTime: now.Add(-time.Minute),
		UserAgent: `Firefox "140" è`, Address: "2001:db8::1", Data: map[string]string{"issuer": "https://idp.example.it"},
	}
}

func insertSession(t *testing.T, s *shareddb.Store, sessions ...web.Session) {
	t.Helper()
	inTx(t, s, func(ctx context.Context, q db.Queryer) error {
		for _, one := range sessions {
			if err := shareddb.InsertSession(ctx, q, one); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestSessionIsFoundAsItWasStoredUntilItExpires(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		want := session(1, "anna")
		bare := web.Session{Hash: []byte("bare"), Handle: "bare", Subject: "anna", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), AuthTime: now}
		insertSession(t, s, want, bare)
		for _, w := range []web.Session{want, bare} {
			got, err := s.FindSession(t.Context(), w.Hash, now)
			must(t, err)
			if !reflect.DeepEqual(*got, w) {
				t.Errorf("got  %+v\nwant %+v", *got, w)
			}
		}
		for name, find := range map[string]func() (*web.Session, error){
			"at its end":   func() (*web.Session, error) { return s.FindSession(t.Context(), want.Hash, want.ExpiresAt) },
			"unknown hash": func() (*web.Session, error) { return s.FindSession(t.Context(), []byte("other"), now) },
		} {
			if got, err := find(); !fault.Is(err, fault.NotFound) || got != nil {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		}
	})
}

func TestSessionsAreListedNewestFirstForTheirOwnerOnly(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		old := session(9, "anna")
		old.ExpiresAt = now
		insertSession(t, s, session(1, "anna"), session(3, "anna"), session(2, "anna"), session(4, "bruno"), old)
		list, err := s.ListSessions(t.Context(), "anna", now)
		must(t, err)
		var handles []string
		for _, one := range list {
			handles = append(handles, one.Handle)
		}
		if fmt.Sprint(handles) != "[handle3 handle2 handle1]" {
			t.Fatalf("got %v", handles)
		}
	})
}

func TestSessionsEndByHashByHandleAndAllAtOnce(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		ctx := t.Context()
		for n := range 5 {
			insertSession(t, s, session(n, "anna"))
		}
		insertSession(t, s, session(7, "bruno"))

		must(t, s.EndSession(ctx, session(0, "").Hash, now))
		must(t, s.EndSession(ctx, session(0, "").Hash, now)) // once more: logging out twice is no error
		if _, err := s.FindSession(ctx, session(0, "").Hash, now); !fault.Is(err, fault.NotFound) {
			t.Fatalf("an ended session was found: %v", err)
		}

		if err := s.EndSessionByHandle(ctx, "bruno", "handle1", now); !fault.Is(err, fault.NotFound) {
			t.Fatalf("another person's session: %v", err)
		}
		must(t, s.EndSessionByHandle(ctx, "anna", "handle1", now))
		if err := s.EndSessionByHandle(ctx, "anna", "handle1", now); !fault.Is(err, fault.NotFound) {
			t.Fatalf("twice: %v", err)
		}

		inTx(t, s, func(ctx context.Context, q db.Queryer) error { return shareddb.EndSessionsOf(ctx, q, "anna", now) })
		if n := rows(t, s, "session"); n != 1 {
			t.Fatalf("%d sessions left, want bruno's", n)
		}
	})
}

func TestTouchCostsAtMostOneCommitAMinute(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		one := session(1, "anna")
		insertSession(t, s, one)
		before := s.DB.Commits()
		for i := range 12 { // every 15 seconds from 0:15 to 3:00
			must(t, s.TouchSession(t.Context(), one.Hash, now.Add(time.Duration(i+1)*15*time.Second)))
		}
		if n := s.DB.Commits() - before; n != 3 {
			t.Fatalf("%d commits", n)
		}
		got, err := s.FindSession(t.Context(), one.Hash, now)
		must(t, err)
		if want := now.Add(3 * time.Minute); !got.SeenAt.Equal(want) {
			t.Fatalf("seen at %v, want %v", got.SeenAt, want)
		}
		must(t, s.TouchSession(t.Context(), []byte("unknown"), now))
	})
}

func TestPurgeRemovesExactlyWhatExpired(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		late := session(2, "anna")
		late.ExpiresAt = now.Add(2 * time.Hour)
		insertSession(t, s, session(1, "anna"), late)
		must(t, s.Purge(t.Context(), now.Add(time.Hour)))
		if _, err := s.FindSession(t.Context(), late.Hash, now.Add(time.Hour)); err != nil || rows(t, s, "session") != 1 {
			t.Fatalf("%v, %d rows", err, rows(t, s, "session"))
		}
	})
}

// A32: what a session knows of its person says nothing to who has the database alone, and
// belongs to no other session.
func TestASessionIsSealed(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		old := session(1, "anna")
		insertSession(t, s, old) // before the role sealed
		shareddb.SealRows(s.DB, seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}}))
		first, second := session(2, "anna"), session(3, "bruno")
		insertSession(t, s, first, second)
		for _, w := range []web.Session{old, first, second} {
			if got, err := s.FindSession(t.Context(), w.Hash, now); err != nil || !reflect.DeepEqual(*got, w) {
				t.Errorf("got  %+v, %v\nwant %+v", got, err, w)
			}
		}
		var clear int
		must(t, s.DB.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM session WHERE user_agent || address <> '' OR data LIKE '%issuer%'`).Scan(&clear))
		if clear != 1 {
			t.Errorf("%d sessions are in clear, want the one from before", clear)
		}
		inTx(t, s, func(ctx context.Context, q db.Queryer) error {
			_, err := q.ExecContext(ctx, `UPDATE session SET data = (SELECT o.data FROM session o WHERE o.subject = 'bruno') WHERE handle = 'handle2'`)
			return err
		})
		if got, err := s.FindSession(t.Context(), first.Hash, now); !fault.Is(err, fault.NotFound) {
			t.Errorf("with the data of another: %+v, %v", got, err)
		}
		if list, err := s.ListSessions(t.Context(), "anna", now); err != nil || len(list) != 1 || list[0].Handle != old.Handle {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
