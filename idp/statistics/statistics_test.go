package statistics_test

import (
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/statistics"
	_ "atrio/web/locale" // the zone files
)

func TestWeeksAndQuartersAreThoseOfTheCalendarOfItaly(t *testing.T) {
	for text, want := range map[string][2]string{
		"2026-W10": {"2026-03-01T23:00:00Z", "2026-03-08T23:00:00Z"},
		"2026-W13": {"2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"}, // summer time begins
		"2026-W01": {"2025-12-28T23:00:00Z", "2026-01-04T23:00:00Z"},
		"2026-W53": {"2026-12-27T23:00:00Z", "2027-01-03T23:00:00Z"},
		"2026-Q1":  {"2025-12-31T23:00:00Z", "2026-03-31T22:00:00Z"},
		"2026-Q4":  {"2026-09-30T22:00:00Z", "2026-12-31T23:00:00Z"},
	} {
		p, err := statistics.ParsePeriod(text)
		if err != nil || p.From.UTC().Format(time.RFC3339) != want[0] || p.To.UTC().Format(time.RFC3339) != want[1] {
			t.Errorf("%s: %v – %v, %v", text, p.From.UTC(), p.To.UTC(), err)
		}
		if p.Over(p.To.Add(-time.Microsecond)) || !p.Over(p.To) {
			t.Errorf("%s ends another time", text)
		}
	}
	for _, text := range []string{"", "2026", "2026-W00", "2026-W54", "2025-W53", "2026-Q0", "2026-Q5", "2026-W1", " 2026-W10", "../2026-W10"} {
		if p, err := statistics.ParsePeriod(text); err == nil {
			t.Errorf("%q is %+v", text, p)
		}
	}
}

// LG statistiche SPID, tables T2 and T11
func TestWaysAndLevelsHaveTheCodesOfTheTables(t *testing.T) {
	for _, c := range []struct {
		way      enrolment.Method
		document string
		want     int
	}{
		{enrolment.Signature, "passaporto", 3}, {enrolment.CNS, "cartaIdentita", 2}, {enrolment.Point, "patenteGuida", 5}, {enrolment.Video, "cartaIdentita", 4},
		{enrolment.RAO, "cartaIdentita", 6}, {enrolment.Chip, "cartaIdentita", 1}, {enrolment.Chip, "passaporto", 7}, {"", "cartaIdentita", 7},
	} {
		if got := statistics.Recognition(c.way, c.document); got != c.want {
			t.Errorf("%s with %s is %d, want %d", c.way, c.document, got, c.want)
		}
	}
	for _, c := range []struct {
		level  int
		method string
		want   int
	}{{1, "password", 10}, {1, "session", 10}, {2, "sms", 21}, {2, "app", 22}, {2, "totp", 23}, {3, "cns", 32}, {3, "x", 35}} {
		if got := statistics.Level(c.level, c.method); got != c.want {
			t.Errorf("level %d by %s is %d, want %d", c.level, c.method, got, c.want)
		}
	}
}
