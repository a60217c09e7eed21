package helpdb_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/help"
)

func TestAnswersOfADayAreSummedUpAndForgottenByDays(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s, ctx := gatewaydb.NewStore(d, nil), t.Context()
		day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		count := func(topic, lang string, at time.Time, useful bool) {
			t.Helper()
			if err := s.CountVote(ctx, help.Vote{Topic: topic, Language: lang, Day: at, Useful: useful}); err != nil {
				t.Error(err)
			}
		}
		var all sync.WaitGroup
		for range 10 { // none of those that come together is lost
			all.Go(func() { count("credentials", "it", day, true) })
		}
		all.Wait()
		count("credentials", "it", day, false)
		count("credentials", "it", day.AddDate(0, 0, 1), false)
		count("credentials", "en", day, true)
		count("help", "it", day.AddDate(0, 0, 1), true)

		if n, err := s.FoundUseful(ctx, "credentials"); n != 11 || err != nil {
			t.Errorf("%d found it useful, %v", n, err)
		}
		if n, err := s.FoundUseful(ctx, "provider"); n != 0 || err != nil {
			t.Errorf("%d found useful what nobody answered about, %v", n, err)
		}
		totals := func(since time.Time, want ...help.Total) {
			t.Helper()
			got, err := s.HelpVotes(ctx, since)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("since %s: %v, %v", since, got, err)
			}
		}
		totals(day, help.Total{Topic: "credentials", Language: "en", Yes: 1}, help.Total{Topic: "credentials", Language: "it", Yes: 10, No: 2}, help.Total{Topic: "help", Language: "it", Yes: 1})
		after := []help.Total{{Topic: "credentials", Language: "it", No: 1}, {Topic: "help", Language: "it", Yes: 1}}
		totals(day.AddDate(0, 0, 1), after...)
		if err := s.PurgeVotes(ctx, day.AddDate(0, 0, 1), day.AddDate(0, 0, 1)); err != nil {
			t.Fatal(err)
		}
		totals(time.Time{}, after...)
	})
}
