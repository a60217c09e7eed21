package proofingdb_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/proofing/chip"
	"atrio/idp/proofing/chip/live"
)

func TestOneOfManyFilmsBegins(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		r := idpdbtest.Open(t, s, "1")
		line := audit.Event{At: idpdbtest.Present, Role: "idp", Action: audit.RequestChip, Outcome: audit.OK}
		bounds := func(at time.Time) chip.FilmBounds {
			return chip.FilmBounds{Stale: at.Add(-2 * time.Minute), Since: idpdbtest.Present, Most: 3}
		}
		begin := func(session string, at time.Time) error {
			return s.BeginFilm(t.Context(), chip.LiveFilm{Request: r.ID, Session: session, At: at, Camera: live.Camera{Used: "Camera della stanza"}}, bounds(at), line)
		}
		var running sync.WaitGroup
		got := make(chan error, 20)
		for n := range cap(got) {
			running.Go(func() { got <- begin(fmt.Sprint("s", n), idpdbtest.Present) })
		}
		running.Wait()
		close(got)
		began := 0
		for err := range got {
			switch {
			case err == nil:
				began++
			case !errors.Is(err, chip.ErrFilming):
				t.Error(err)
			}
		}
		if began != 1 {
			t.Fatalf("%d films began", began)
		}
		one, n, err := s.LastFilm(t.Context(), r.ID, idpdbtest.Present)
		if err != nil || n != 1 || one.State != chip.Filming || one.Camera.Used != "Camera della stanza" {
			t.Fatalf("%+v, %d, %v", one, n, err)
		}
		var camera string
		if err := s.DB.Read().QueryRowContext(t.Context(), `SELECT camera FROM face_film WHERE session = $1`, one.Session).Scan(&camera); err != nil || camera == "" || camera == one.Camera.Used {
			t.Errorf("%q, %v", camera, err)
		}
		// The node went down: later another film begins, and the lost one has no end any more.
		later := idpdbtest.Present.Add(3 * time.Minute)
		if err := begin("later", later); err != nil {
			t.Fatal(err)
		}
		if err := s.EndFilm(t.Context(), live.Film{Request: r.ID, Session: one.Session, Ended: later}, line); !errors.Is(err, enrolment.ErrState) {
			t.Errorf("a film that was given up ends: %v", err)
		}
		// What never began counts for nothing; what was cut does.
		if err := s.VoidFilm(t.Context(), "later"); err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 2; n++ {
			at := later.Add(time.Duration(n) * time.Second)
			session := fmt.Sprint("cut", n)
			if err := begin(session, at); err != nil {
				t.Fatal(err)
			}
			if err := s.EndFilm(t.Context(), live.Film{Request: r.ID, Session: session, Cut: live.Lost, Ended: at}, line); err != nil {
				t.Fatal(err)
			}
		}
		if one, n, err := s.LastFilm(t.Context(), r.ID, idpdbtest.Present); err != nil || n != 3 || one.State != chip.Cut || one.Film.Cut != live.Lost {
			t.Errorf("%+v, %d, %v", one, n, err)
		}
		if err := begin("fourth", later.Add(time.Minute)); !errors.Is(err, chip.ErrFilms) || !fault.Is(err, fault.TooMany) {
			t.Errorf("a fourth film: %v", err)
		}
		if err := s.SendFilm(t.Context(), "cut2", enrolment.Step{After: r}); !errors.Is(err, enrolment.ErrState) {
			t.Errorf("a film that was cut is sent: %v", err)
		}
		if one, n, err := s.LastFilm(t.Context(), r.ID, later.Add(time.Hour)); err != nil || n != 0 || one.Session != "" {
			t.Errorf("%+v, %d, %v", one, n, err)
		}
	})
}
