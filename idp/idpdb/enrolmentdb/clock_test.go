package enrolmentdb_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
)

// A37: no decision is stored at a time before what was signed already.
func TestA37NoStepIsStoredBeforeWhatWasSigned(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Walked(t, s, idpdbtest.Open(t, s, "1"), append(idpdbtest.UntilContract, enrolment.Identify)...)
		key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
		clock := &idpdb.Clock{Signer: key.Public().(ed25519.PublicKey)}
		s = idpdb.NewStore(s.DB, s.Keyring, clock)
		sign := func(at time.Time) {
			t.Helper()
			err := (&audit.Sequencer{Store: &shareddb.Store{DB: s.DB}, Key: key, Log: slog.New(slog.DiscardHandler)}).Run(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
		}
		decide := func(at time.Time) error {
			after, event, err := r.Do(enrolment.Change{Act: enrolment.Reject, By: enrolment.Author{Role: enrolment.Approver, ID: "remo"}, At: at, Reason: "no"})
			if err != nil {
				t.Fatal(err)
			}
			return s.Save(t.Context(), enrolment.Step{After: after, Event: event, Audit: audit.Event{At: at, Role: "idp"}})
		}
		signed := r.Changed.Add(time.Hour)
		sign(signed)
		if err := decide(signed.Add(-10 * time.Minute)); !errors.Is(err, audit.ErrClock) {
			t.Fatalf("decided before what was signed: %v", err)
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM request_event WHERE act = 'reject'`); n != 0 {
			t.Error("the decision is written")
		}
		// Nor far ahead of the clock that all nodes share, where there is one.
		clock.Real = true
		if err := decide(time.Date(2200, time.January, 1, 0, 0, 0, 0, time.UTC)); errors.Is(err, audit.ErrAhead) != (s.DB.Dialect() == db.Postgres) {
			t.Fatalf("decided ahead of every clock: %v", err)
		}
		if s.DB.Dialect() == db.SQLite {
			return // decided: its node is alone
		}
		if err := decide(signed.Add(-30 * time.Second)); err != nil { // another node's clock
			t.Error(err)
		}
	})
}
