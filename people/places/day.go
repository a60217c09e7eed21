package places

import (
	"fmt"
	"time"
)

// day is a calendar day written as a number, 20140203: easy to compare and small.
type day int32

const (
	always day = 0        // before anybody can have been born
	still  day = 99991231 // the registers' way to say that something goes on
)

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day(y*10000 + int(m)*100 + d)
}

func parseDay(s string) (day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1000 {
		return 0, fmt.Errorf("%.20q is no day as 2006-01-02", s)
	}
	return dayOf(t), nil
}

func (d day) String() string { return fmt.Sprintf("%04d-%02d-%02d", d/10000, d/100%100, d%100) }

// time is midnight UTC, or zero for always and still.
func (d day) time() time.Time {
	if d == always || d == still {
		return time.Time{}
	}
	return d.date()
}

func (d day) date() time.Time {
	return time.Date(int(d/10000), time.Month(d/100%100), int(d%100), 0, 0, 0, 0, time.UTC)
}

// before is the day before.
func (d day) before() day { return dayOf(d.date().AddDate(0, 0, -1)) }

// after is the day after.
func (d day) after() day { return dayOf(d.date().AddDate(0, 0, 1)) }
