package enrolmentdb_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/setting"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/idpdb"
	"atrio/idp/idpdb/idpdbtest"
	"atrio/idp/proofing/point"
	"atrio/web"
	"atrio/web/webtest"
)

func booked(at time.Time, places int) func(*enrolment.Request) {
	return func(r *enrolment.Request) {
		r.Point, r.Data.Booking = "roma", &enrolment.Booking{At: at, Lasts: 20 * time.Minute, Places: places}
	}
}

// I8: of many who want the same time, as many get it as there are places.
func TestAnAppointmentIsGivenOnce(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		at := idpdbtest.Present.AddDate(0, 0, 3)
		var requests []enrolment.Request
		for n := range 10 {
			requests = append(requests, idpdbtest.Ready(t, s, fmt.Sprint("many", n)))
		}
		var wg sync.WaitGroup
		var got, full atomic.Int32
		for _, r := range requests {
			wg.Go(func() {
				_, err := idpdbtest.Step(context.WithoutCancel(t.Context()), s, r, enrolment.Book, idpdbtest.Applicant(r), booked(at, 3))
				switch {
				case err == nil:
					got.Add(1)
				case errors.Is(err, enrolment.ErrFull):
					full.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got.Load() != 3 || full.Load() != 7 {
			t.Errorf("%d appointments, %d too late; there are 3 places", got.Load(), full.Load())
		}
		taken, err := s.Booked(t.Context(), "roma", idpdbtest.Present, idpdbtest.Present.AddDate(0, 0, 10))
		if err != nil || taken[at] != 3 {
			t.Errorf("booked %v, %v", taken, err)
		}
		for _, r := range requests { // who was too late stands where they stood
			now, err := s.Request(t.Context(), r.ID)
			if err != nil || (now.State == enrolment.PointBooked) != (now.Data.Booking != nil) {
				t.Errorf("%s with %+v, %v", now.State, now.Data.Booking, err)
			}
			if now.State == enrolment.PointBooked { // another time gives the first one free
				if _, err := idpdbtest.Step(t.Context(), s, now, enrolment.Book, idpdbtest.Applicant(now), booked(at.Add(time.Hour), 1)); err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		if taken, err := s.Booked(t.Context(), "roma", idpdbtest.Present, idpdbtest.Present.AddDate(0, 0, 10)); err != nil || taken[at] != 2 || taken[at.Add(time.Hour)] != 1 {
			t.Errorf("after another choice: %v, %v", taken, err)
		}
	})
}

// I9: reminded the day before, and led on after a missed appointment.
func TestWhoMissesAnAppointmentIsToldAndTakesAnother(t *testing.T) {
	idpdbtest.Each(t, func(t *testing.T, s *idpdb.Store) {
		at := idpdbtest.Present.AddDate(0, 0, 3)
		comes, misses := idpdbtest.Ready(t, s, "comes"), idpdbtest.Ready(t, s, "misses")
		for _, r := range []*enrolment.Request{&comes, &misses} {
			var err error
			if *r, err = idpdbtest.Step(t.Context(), s, *r, enrolment.Book, idpdbtest.Applicant(*r), booked(at, 2)); err != nil {
				t.Fatal(err)
			}
		}
		now := func() time.Time { return idpdbtest.Present }
		site := &web.Site{Role: "idp", BaseURL: "https://idp.example.org", Institution: webtest.Theme(), Now: now, Log: slog.New(slog.DiscardHandler)}
		pages := webtest.NewPages(t, point.Pages(), way.Pages())
		site.Pages = pages
		b := &point.Booking{
			Site: site, Way: &way.Way{Site: site, Store: s, Now: now}, Store: s, Provider: "Identità di prova", Now: now,
			Directory: point.NewDirectory([]point.CircuitConfig{{ID: "centro", Name: "Centri"}}, []point.PointConfig{{ID: "roma", Circuit: "centro", Name: "Centro di Roma", Street: "Via di Prova 1", Town: "Roma", Slot: setting.Duration(20 * time.Minute)}}),
		}
		run := func(at time.Time) {
			t.Helper()
			if err := b.Jobs()[0].Run(t.Context(), at); err != nil {
				t.Fatal(err)
			}
		}
		mails := func(subject string) int {
			t.Helper()
			return idpdbtest.Count(t, s, `SELECT count(*) FROM outbox WHERE subject LIKE $1`, "%"+subject+"%")
		}
		run(at.Add(-25 * time.Hour))
		if mails("domani") != 0 {
			t.Error("reminded too early")
		}
		run(at.Add(-23 * time.Hour))
		run(at.Add(-22 * time.Hour))
		if n := mails("domani"); n != 2 {
			t.Errorf("%d reminders, want one for each", n)
		}
		if _, err := idpdbtest.Step(t.Context(), s, comes, enrolment.Identify, enrolment.Author{Role: enrolment.Collector, ID: "carla"}, func(r *enrolment.Request) {
			r.Data.Contract = &enrolment.Contract{SHA256: "hash"}
			r.Data.Signed = &enrolment.Signing{Contract: "hash"}
		}); err != nil {
			t.Fatal(err)
		}
		run(at.Add(23 * time.Hour))
		if got, err := s.Request(t.Context(), misses.ID); err != nil || got.State != enrolment.PointBooked {
			t.Errorf("the appointment is over on its own day: %s, %v", got.State, err)
		}
		run(at.Add(25 * time.Hour))
		run(at.Add(26 * time.Hour))
		got, err := s.Request(t.Context(), misses.ID)
		if err != nil || got.State != enrolment.ContractReady || got.Data.Booking != nil || mails("non sei venuto") != 1 {
			t.Errorf("after a missed appointment: %s, %v, %d mails", got.State, err, mails("non sei venuto"))
		}
		if got, err := s.Request(t.Context(), comes.ID); err != nil || got.State != enrolment.OperatorCheck {
			t.Errorf("who came: %s, %v", got.State, err)
		}
		if n := idpdbtest.Count(t, s, `SELECT count(*) FROM appointment`); n != 0 {
			t.Errorf("%d appointments are left", n)
		}
		if events, err := s.Events(t.Context(), misses.ID); err != nil || events[len(events)-1].By.Role != enrolment.System || !strings.Contains(string(events[len(events)-1].Act), "no_show") {
			t.Errorf("the last step: %+v, %v", events, err)
		}
	})
}
