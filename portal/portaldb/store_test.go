package portaldb_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/portal/course"
	"atrio/portal/login"
	"atrio/portal/portaldb"
	"atrio/portal/profile"
	"atrio/web"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func each(t *testing.T, fn func(t *testing.T, s *portaldb.Store)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), portaldb.Module()}, func(t *testing.T, d *db.DB) {
		fn(t, &portaldb.Store{DB: d})
	})
}

func session(handle string) func(string) web.Session {
	return func(learner string) web.Session {
		return web.Session{Hash: []byte(handle), Handle: handle, Subject: learner, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), AuthTime: now}
	}
}

var arrival = login.Arrival{Issuer: "https://gateway.example", Subject: "s-1", Name: "Bianca Esempio", Email: "bianca@example.test"}

func TestFirstArrivalMakesALearnerAndTheNextOneUpdatesIt(t *testing.T) {
	each(t, func(t *testing.T, s *portaldb.Store) {
		ctx := context.Background()
		before := s.DB.Commits()
		first, err := s.Arrive(ctx, arrival, now, session("a"))
		if err != nil {
			t.Fatal(err)
		}
		if n := s.DB.Commits() - before; n != 1 {
			t.Errorf("an arrival took %d commits, want 1", n)
		}
		if err := s.SaveDetails(ctx, first.ID, profile.Details{Gender: "female", BirthDate: "1999-01-02"}, now); err != nil {
			t.Fatal(err)
		}
		again := arrival
		again.Name = "Bianca Nuova"
		second, err := s.Arrive(ctx, again, now.Add(time.Hour), session("b"))
		if err != nil {
			t.Fatal(err)
		}
		if second.ID != first.ID || second.Name != "Bianca Nuova" || second.BirthDate != "1999-01-02" || !second.CompletedAt.Equal(now) {
			t.Errorf("the second arrival gave %+v", second)
		}
		proved := again
		proved.BirthDate = "1999-01-03"
		third, err := s.Arrive(ctx, proved, now, session("c"))
		if err != nil || third.BirthDate != "1999-01-03" || third.BirthSource != "gateway" {
			t.Errorf("a proved birth date must win: %+v, %v", third, err)
		}
	})
}

func TestManyArrivalsAtOnceMakeOneLearner(t *testing.T) {
	each(t, func(t *testing.T, s *portaldb.Store) {
		ids := make([]string, 16)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				l, err := s.Arrive(context.Background(), arrival, now, session(string(rune('A'+i))))
				if err != nil {
					t.Error(err)
				}
				ids[i] = l.ID
			})
		}
		all.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Fatalf("two learners: %v", ids)
			}
		}
	})
}

func TestAcceptancesCountInTheVersionInForceOnly(t *testing.T) {
	each(t, func(t *testing.T, s *portaldb.Store) {
		ctx := context.Background()
		l, err := s.Arrive(ctx, arrival, now, session("a"))
		if err != nil {
			t.Fatal(err)
		}
		old := profile.Acceptance{Document: profile.Privacy, Version: "1999-01", Lang: "it", At: now}
		valid := profile.Acceptance{Document: profile.Terms, Version: profile.Version(profile.Terms), Lang: "en", At: now}
		for range 2 {
			if err := s.Accept(ctx, l.ID, []profile.Acceptance{old, valid}); err != nil {
				t.Fatal(err)
			}
		}
		accepted, err := s.Accepted(ctx, l.ID)
		if err != nil || accepted[profile.Privacy] || !accepted[profile.Terms] {
			t.Errorf("accepted %v, %v", accepted, err)
		}
	})
}

func TestEnrolmentsComeAndGoAndComeBack(t *testing.T) {
	each(t, func(t *testing.T, s *portaldb.Store) {
		ctx := context.Background()
		c := course.Course{ID: "statica", Title: course.Text{It: "Statica"}, Starts: "2026-01-01"}
		if err := s.SaveCourses(ctx, []course.Course{c}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Enrol(ctx, "learner", "statica", now); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.Enrolments(ctx, "learner")
		if err != nil || len(list) != 1 || !list[0].EnrolledAt.Equal(now) {
			t.Fatalf("enrolments %v, %v", list, err)
		}
		if err := s.Unenrol(ctx, "learner", "statica", now); err != nil {
			t.Fatal(err)
		}
		if list, _ = s.Enrolments(ctx, "learner"); len(list) != 0 {
			t.Errorf("still enrolled: %v", list)
		}
		if err := s.Enrol(ctx, "learner", "statica", now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if list, _ = s.Enrolments(ctx, "learner"); len(list) != 1 {
			t.Error("coming back must enrol again")
		}
		if _, err := s.Course(ctx, "nothing"); !fault.Is(err, fault.NotFound) {
			t.Errorf("unknown course: %v", err)
		}
	})
}

func TestASessionEndsWithItsAuditLineOrWhenItIsReplaced(t *testing.T) {
	each(t, func(t *testing.T, s *portaldb.Store) {
		ctx := context.Background()
		sessions := &shareddb.Store{DB: s.DB}
		first, err := s.Arrive(ctx, arrival, now, session("a"))
		if err != nil {
			t.Fatal(err)
		}
		again := arrival
		again.Replaces = []byte("a")
		if _, err := s.Arrive(ctx, again, now, session("b")); err != nil {
			t.Fatal(err)
		}
		if _, err := sessions.FindSession(ctx, []byte("a"), now); !fault.Is(err, fault.NotFound) {
			t.Errorf("the replaced session: %v", err)
		}
		found, err := sessions.FindSession(ctx, []byte("b"), now)
		if err != nil {
			t.Fatal(err)
		}
		before := s.DB.Commits()
		if err := s.Leave(ctx, *found, now); err != nil {
			t.Fatal(err)
		}
		if n := s.DB.Commits() - before; n != 1 {
			t.Errorf("leaving took %d commits, want 1", n)
		}
		if list, err := sessions.ListSessions(ctx, first.ID, now); err != nil || len(list) != 0 {
			t.Errorf("sessions left: %v, %v", list, err)
		}
		var lines int
		err = s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM audit WHERE action = 'session.ended' AND actor = $1`, first.ID).Scan(&lines)
		if err != nil || lines != 1 {
			t.Errorf("%d audit lines, %v", lines, err)
		}
	})
}
