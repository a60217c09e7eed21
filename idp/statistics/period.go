package statistics

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Period is a week or a quarter, by the calendar of Italy.
type Period struct {
	// Name is as it was asked for: "2026-W10", "2026-Q1".
	Name     string
	From, To time.Time
	Quarter  bool
}

// zone is that of the days of the records; web/locale has the zone files.
var zone = func() *time.Location {
	z, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err) // the files are part of the program
	}
	return z
}()

var periodForm = regexp.MustCompile(`^([0-9]{4})-(W([0-9]{2})|Q([1-4]))$`)

// ParsePeriod reads an ISO week (ISO 8601 2.2.10: the first has the first Thursday) or a
// quarter.
func ParsePeriod(text string) (Period, error) {
	m := periodForm.FindStringSubmatch(text)
	if m == nil {
		return Period{}, fmt.Errorf("%q is no week as 2026-W10 and no quarter as 2026-Q1", text)
	}
	y, _ := strconv.Atoi(m[1])
	if m[4] != "" {
		q, _ := strconv.Atoi(m[4])
		from := time.Date(y, time.Month(3*q-2), 1, 0, 0, 0, 0, zone)
		return Period{Name: text, From: from, To: from.AddDate(0, 3, 0), Quarter: true}, nil
	}
	week, _ := strconv.Atoi(m[3])
	fourth := time.Date(y, time.January, 4, 0, 0, 0, 0, zone) // is in the first week
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7).AddDate(0, 0, 7*(week-1))
	if gotYear, gotWeek := monday.ISOWeek(); gotYear != y || gotWeek != week {
		return Period{}, fmt.Errorf("%s: the year has no such week", text)
	}
	return Period{Name: text, From: monday, To: monday.AddDate(0, 0, 7)}, nil
}

// Over tells whether nothing more comes in the period.
func (p Period) Over(now time.Time) bool { return !now.Before(p.To) }
