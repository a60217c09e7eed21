package credentialdb_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/idp/credential"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
)

func TestUnknownUserIDsAreNoError(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		if id, phc, err := s.Password(t.Context(), "ada@example.org"); id != "ada" || phc != "$hash" || err != nil {
			t.Errorf("%q %q %v", id, phc, err)
		}
		if id, phc, err := s.Password(t.Context(), "nobody@example.org"); id != "" || phc != "" || err != nil {
			t.Errorf("%q %q %v", id, phc, err)
		}
		// A hash of another password than the one that was compared takes no place.
		for _, newer := range []string{"$new", "$late"} {
			if err := s.Rehash(t.Context(), "ada", "$hash", newer); err != nil {
				t.Fatal(err)
			}
		}
		if _, phc, _ := s.Password(t.Context(), "ada@example.org"); phc != "$new" {
			t.Errorf("hash is %q", phc)
		}
	})
}

func TestFailuresAreCountedExactlyInParallel(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		b := []ratelimit.Bucket{{Key: "b", Limit: ratelimit.Limit{Name: "many", Burst: 50, Per: time.Hour}}, {Key: "a", Limit: idpdbtest.Limit}}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := s.Charge(context.Background(), b, idpdbtest.Present); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		tats, err := s.Standing(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if got := b[0].Limit.Left(tats[0], idpdbtest.Present); got != 30 {
			t.Errorf("%d tries left, want 30", got)
		}
		if got := idpdbtest.Limit.Left(tats[1], idpdbtest.Present); got != 0 {
			t.Errorf("%d tries left, want 0", got)
		}
		if err := s.Purge(t.Context(), idpdbtest.Present.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if tats, _ = s.Standing(t.Context(), b); !tats[0].IsZero() || !tats[1].IsZero() {
			t.Errorf("not purged: %v", tats)
		}
	})
}

func TestATimeStepIsUsedOnceByAllNodes(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		var right, replayed atomic.Int32
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				v, err := s.TryTOTP(context.Background(), idpdbtest.Try(string(rune('a'+n))), func(key []byte) (int64, bool) {
					return 42, string(key) == "12345678901234567890"
				})
				switch {
				case err != nil:
					t.Error(err)
				case v.Outcome == secondfactor.Right:
					right.Add(1)
				case v.Outcome == secondfactor.Replayed:
					replayed.Add(1)
				}
			})
		}
		wg.Wait()
		if right.Load() != 1 || replayed.Load() != 7 {
			t.Errorf("%d right, %d replayed", right.Load(), replayed.Load())
		}
	})
}

func TestWrongCodesEndTheLogin(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		wrong := func([]byte) (int64, bool) { return 0, false }
		for left := 2; left >= 0; left-- {
			if v, err := s.TryTOTP(t.Context(), idpdbtest.Try("f"), wrong); err != nil || v.Outcome != secondfactor.Wrong || v.Left != left {
				t.Fatalf("%+v, %v; want %d left", v, err, left)
			}
		}
		v, err := s.TryTOTP(t.Context(), idpdbtest.Try("f"), func([]byte) (int64, bool) { return 1, true })
		if err != nil || v.Outcome != secondfactor.Waiting || v.Left != 0 {
			t.Errorf("a right code after the limit: %+v, %v", v, err)
		}
		// Right codes are not counted.
		for step := range int64(6) {
			if v, err := s.TryTOTP(t.Context(), idpdbtest.Try("g"), func([]byte) (int64, bool) { return step, true }); err != nil || v.Outcome != secondfactor.Right {
				t.Fatalf("%+v, %v", v, err)
			}
		}
	})
}

func sending(flow string, at time.Time, digest string) credential.Sending {
	return credential.Sending{
		Flow: flow, Identity: "ada", Digest: []byte(digest), At: at, Expires: at.Add(10 * time.Minute), Pause: time.Minute,
		Message: notify.Message{Channel: notify.SMS, To: "+393330000001", Text: "x", Lang: "it"},
		Caps:    []ratelimit.Bucket{{Key: "cap", Limit: idpdbtest.Limit}},
		Audit:   audit.Event{At: at, Role: "idp", Action: audit.CodeSent, Outcome: audit.OK},
	}
}

func TestSentCodesWorkOnceAndUntilTheyAreReplaced(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		check := func(flow, digest string, want secondfactor.Outcome) {
			t.Helper()
			if v, err := s.TrySMS(t.Context(), idpdbtest.Try(flow), []byte(digest)); err != nil || v.Outcome != want {
				t.Errorf("%s %s: %+v, %v; want %d", flow, digest, v, err, want)
			}
		}
		send := func(m credential.Sending) (wait time.Duration) {
			t.Helper()
			wait, err := s.SendSMS(t.Context(), m)
			if err != nil {
				t.Fatal(err)
			}
			return wait
		}
		check("f", "one", secondfactor.Stale) // nothing was sent
		if wait := send(sending("f", idpdbtest.Present.Add(-2*time.Minute), "one")); wait != 0 {
			t.Fatalf("wait %v", wait)
		}
		if wait := send(sending("f", idpdbtest.Present.Add(-time.Minute-time.Second), "two")); wait != time.Second {
			t.Errorf("wait %v, want the pause", wait)
		}
		if wait := send(sending("f", idpdbtest.Present, "two")); wait != 0 {
			t.Errorf("wait %v", wait)
		}
		check("f", "one", secondfactor.Wrong)
		check("other", "two", secondfactor.Stale)
		check("f", "two", secondfactor.Right)
		check("f", "two", secondfactor.Stale)
		send(sending("g", idpdbtest.Present, "three"))
		if wait := send(sending("h", idpdbtest.Present, "four")); wait <= 0 {
			t.Error("the cap does not hold")
		}
		late := idpdbtest.Try("g")
		late.At = idpdbtest.Present.Add(10 * time.Minute)
		if v, err := s.TrySMS(t.Context(), late, []byte("three")); err != nil || v.Outcome != secondfactor.Stale {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

func TestTheKeyOfTheAppIsNotReadableInTheTable(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		idpdbtest.Create(t, s, idpdbtest.Ada())
		var stored string
		if err := s.DB.Read().QueryRowContext(t.Context(), `SELECT secret FROM totp WHERE identity = 'ada'`).Scan(&stored); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(stored, "12345678") {
			t.Error("the key is stored in clear")
		}
		// Rotation of the sealing keys does not lose it.
		first, second, third := seal.Key{ID: "k1", Secret: [32]byte{1}}, seal.Key{ID: "k2", Secret: [32]byte{2}}, seal.Key{ID: "k3", Secret: [32]byte{3}}
		rotated := idpdb.NewStore(s.DB, seal.NewKeyring("idp", third, second).WithMACKey(first.Secret), nil)
		v, err := rotated.TryTOTP(t.Context(), idpdbtest.Try("f"), func(key []byte) (int64, bool) { return 1, string(key) == "12345678901234567890" })
		if err != nil || v.Outcome != secondfactor.Right {
			t.Errorf("%+v, %v", v, err)
		}
	})
}
