package idpdb_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/credential"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/samlsso"
	"atrio/web"
)

var present = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

// each runs fn on both databases.
func each(t *testing.T, fn func(t *testing.T, s *idpdb.Store)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		fn(t, &idpdb.Store{DB: d, Keyring: seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})})
	})
}

func ada() *identity.Identity {
	day := time.Date(1990, time.May, 4, 0, 0, 0, 0, time.UTC)
	return &identity.Identity{
		ID: "ada", SPIDCode: "TESTABCDEFGH01", UserID: "ada@example.org", State: identity.Active, Language: "en", Notices: identity.Notices{Mail: true, SMS: true},
		StateAt: present, CreatedAt: present, ExpiresAt: present.AddDate(2, 0, 0),
		Holder: identity.Holder{
			GivenName: "Ada", FamilyName: "Prova", Gender: "F", BirthDate: day, BirthPlace: "F205", BirthCounty: "MI",
			FiscalCode: "PRVDAA90E44F205X", Email: "ada@example.org", MobilePhone: "+393330000001", DigitalAddress: "ada@pec.example.org",
			Document: identity.Document{Kind: "cartaIdentita", Number: "CA1", Issuer: "comuneMilano", IssuedOn: day, ExpiresOn: day},
			Domicile: identity.Domicile{Street: "Via Prova 1", PostalCode: "00100", Municipality: "Roma", Province: "RM", Nation: "Italia"},
		},
		Factors: identity.Factors{Password: true, TOTP: true, SMS: true},
	}
}

func create(t *testing.T, s *idpdb.Store, i *identity.Identity) {
	t.Helper()
	if err := s.Create(t.Context(), i, identity.Secrets{PasswordHash: "$hash", TOTPKey: []byte("12345678901234567890")}); err != nil {
		t.Fatal(err)
	}
}

func TestAnIdentityComesBackAsItWasStored(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		want := ada()
		create(t, s, want)
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
			twin := ada()
			change(twin)
			if err := s.Create(t.Context(), twin, identity.Secrets{}); !fault.Is(err, fault.Conflict) {
				t.Errorf("a taken code or User ID gives %v", err)
			}
		}
	})
}

func TestASuspensionEndsTheSessions(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		create(t, s, ada())
		session := web.Session{Hash: []byte("hash"), Handle: "h", Subject: "ada", CreatedAt: present, SeenAt: present, ExpiresAt: present.Add(time.Hour), AuthTime: present}
		if err := s.OpenSession(t.Context(), session, audit.Event{At: present, Role: "idp", Action: audit.LoginSucceeded, Outcome: audit.OK}); err != nil {
			t.Fatal(err)
		}
		shared := &shareddb.Store{DB: s.DB}
		if _, err := shared.FindSession(t.Context(), session.Hash, present); err != nil {
			t.Fatal(err)
		}
		if err := s.SetState(t.Context(), "ada", identity.Suspended, present); err != nil {
			t.Fatal(err)
		}
		if _, err := shared.FindSession(t.Context(), session.Hash, present); !fault.Is(err, fault.NotFound) {
			t.Errorf("the session is still there: %v", err)
		}
		if err := s.SetState(t.Context(), "nobody", identity.Revoked, present); !errors.Is(err, identity.ErrUnknown) {
			t.Errorf("unexpected %v", err)
		}
	})
}

func TestUnknownUserIDsAreNoError(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		create(t, s, ada())
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

var limit = ratelimit.Limit{Name: "test", Burst: 3, Per: time.Hour}

func TestFailuresAreCountedExactlyInParallel(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		b := []ratelimit.Bucket{{Key: "b", Limit: ratelimit.Limit{Name: "many", Burst: 50, Per: time.Hour}}, {Key: "a", Limit: limit}}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := s.Charge(context.Background(), b, present); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		tats, err := s.Standing(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if got := b[0].Limit.Left(tats[0], present); got != 30 {
			t.Errorf("%d tries left, want 30", got)
		}
		if got := limit.Left(tats[1], present); got != 0 {
			t.Errorf("%d tries left, want 0", got)
		}
		if err := s.Purge(t.Context(), present.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if tats, _ = s.Standing(t.Context(), b); !tats[0].IsZero() || !tats[1].IsZero() {
			t.Errorf("not purged: %v", tats)
		}
	})
}

func try(flow string) credential.CodeTry {
	return credential.CodeTry{
		Flow: flow, Identity: "ada", At: present,
		Second: ratelimit.Bucket{Key: "second", Limit: ratelimit.Limit{Name: "s", Burst: 20, Per: time.Hour}}, Request: ratelimit.Bucket{Key: "request " + flow, Limit: limit},
		Audit: audit.Event{At: present, Role: "idp", Action: audit.CodeChecked, Outcome: audit.OK},
	}
}

func TestATimeStepIsUsedOnceByAllNodes(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		create(t, s, ada())
		var right, replayed atomic.Int32
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				v, err := s.TryTOTP(context.Background(), try(string(rune('a'+n))), func(key []byte) (int64, bool) {
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
	each(t, func(t *testing.T, s *idpdb.Store) {
		create(t, s, ada())
		wrong := func([]byte) (int64, bool) { return 0, false }
		for left := 2; left >= 0; left-- {
			if v, err := s.TryTOTP(t.Context(), try("f"), wrong); err != nil || v.Outcome != secondfactor.Wrong || v.Left != left {
				t.Fatalf("%+v, %v; want %d left", v, err, left)
			}
		}
		v, err := s.TryTOTP(t.Context(), try("f"), func([]byte) (int64, bool) { return 1, true })
		if err != nil || v.Outcome != secondfactor.Waiting || v.Left != 0 {
			t.Errorf("a right code after the limit: %+v, %v", v, err)
		}
		// Right codes are not counted.
		for step := range int64(6) {
			if v, err := s.TryTOTP(t.Context(), try("g"), func([]byte) (int64, bool) { return step, true }); err != nil || v.Outcome != secondfactor.Right {
				t.Fatalf("%+v, %v", v, err)
			}
		}
	})
}

func sending(flow string, at time.Time, digest string) credential.Sending {
	return credential.Sending{
		Flow: flow, Identity: "ada", Digest: []byte(digest), At: at, Expires: at.Add(10 * time.Minute), Pause: time.Minute,
		Message: notify.Message{Channel: notify.SMS, To: "+393330000001", Text: "x", Lang: "it"},
		Caps:    []ratelimit.Bucket{{Key: "cap", Limit: limit}},
		Audit:   audit.Event{At: at, Role: "idp", Action: audit.CodeSent, Outcome: audit.OK},
	}
}

func TestSentCodesWorkOnceAndUntilTheyAreReplaced(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		create(t, s, ada())
		check := func(flow, digest string, want secondfactor.Outcome) {
			t.Helper()
			if v, err := s.TrySMS(t.Context(), try(flow), []byte(digest)); err != nil || v.Outcome != want {
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
		if wait := send(sending("f", present.Add(-2*time.Minute), "one")); wait != 0 {
			t.Fatalf("wait %v", wait)
		}
		if wait := send(sending("f", present.Add(-time.Minute-time.Second), "two")); wait != time.Second {
			t.Errorf("wait %v, want the pause", wait)
		}
		if wait := send(sending("f", present, "two")); wait != 0 {
			t.Errorf("wait %v", wait)
		}
		check("f", "one", secondfactor.Wrong)
		check("other", "two", secondfactor.Stale)
		check("f", "two", secondfactor.Right)
		check("f", "two", secondfactor.Stale)
		send(sending("g", present, "three"))
		if wait := send(sending("h", present, "four")); wait <= 0 {
			t.Error("the cap does not hold")
		}
		late := try("g")
		late.At = present.Add(10 * time.Minute)
		if v, err := s.TrySMS(t.Context(), late, []byte("three")); err != nil || v.Outcome != secondfactor.Stale {
			t.Errorf("%+v, %v", v, err)
		}
	})
}

func answer(flow string) samlsso.Answer {
	return samlsso.Answer{
		Flow: flow, Until: present.Add(time.Hour),
		Access: &samlsso.Access{
			Identity: "ada", SPIDCode: "TESTABCDEFGH01", Service: "https://sp.example.org", ServiceName: "Servizi Prova", RequestID: "_1", ResponseID: "_2",
			Level: 2, Method: "totp", Anomaly: 1, At: present,
			Request: []byte(strings.Repeat("<request/>", 100)), Response: []byte("<response/>"),
		},
		Audit: []audit.Event{{At: present, Role: "idp", Action: audit.ResponseSent, Outcome: audit.OK}},
	}
}

func TestALoginIsAnsweredOnceAndKeptFor24Months(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		if err := s.Prepare(t.Context(), present); err != nil {
			t.Fatal(err)
		}
		before := s.DB.Commits()
		if err := s.Record(t.Context(), answer("f")); err != nil {
			t.Fatal(err)
		}
		if got := s.DB.Commits() - before; got != 1 {
			t.Errorf("%d commits", got)
		}
		if err := s.Record(t.Context(), answer("f")); !fault.Is(err, fault.Conflict) {
			t.Errorf("a second answer gives %v", err)
		}
		nobody := answer("g")
		nobody.Access = nil
		if err := s.Record(t.Context(), nobody); err != nil {
			t.Fatal(err)
		}
		list, err := s.Accesses(t.Context(), "ada", 10)
		if err != nil || len(list) != 1 || list[0].Service != "Servizi Prova" || !list[0].At.Equal(present) {
			t.Fatalf("%+v, %v", list, err)
		}
		for _, c := range []struct {
			at   time.Time
			want int
		}{{present.AddDate(0, 24, 0).Add(-time.Second), 1}, {present.AddDate(0, 24, 0), 0}} {
			if err := s.Purge(t.Context(), c.at); err != nil {
				t.Fatal(err)
			}
			if list, _ = s.Accesses(t.Context(), "ada", 10); len(list) != c.want {
				t.Errorf("%d accesses at %v, want %d", len(list), c.at, c.want)
			}
		}
	})
}

func TestTheKeyOfTheAppIsNotReadableInTheTable(t *testing.T) {
	each(t, func(t *testing.T, s *idpdb.Store) {
		create(t, s, ada())
		var stored string
		if err := s.DB.Read().QueryRowContext(t.Context(), `SELECT secret FROM totp WHERE identity = 'ada'`).Scan(&stored); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(stored, "12345678") {
			t.Error("the key is stored in clear")
		}
		// Rotation of the sealing keys does not lose it.
		first, second, third := seal.Key{ID: "k1", Secret: [32]byte{1}}, seal.Key{ID: "k2", Secret: [32]byte{2}}, seal.Key{ID: "k3", Secret: [32]byte{3}}
		rotated := &idpdb.Store{DB: s.DB, Keyring: seal.NewKeyring("idp", third, second).WithMACKey(first.Secret)}
		v, err := rotated.TryTOTP(t.Context(), try("f"), func(key []byte) (int64, bool) { return 1, string(key) == "12345678901234567890" })
		if err != nil || v.Outcome != secondfactor.Right {
			t.Errorf("%+v, %v", v, err)
		}
	})
}
