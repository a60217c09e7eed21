// Package appointment is when applicants can be met, at a Point or in a video session:
// opening times, the times that are free, reminders, and what becomes of those who do not
// come. Who meets them and how they are told is for the way of identification.
//
// I8, I9
package appointment

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Ahead is for how many days times are offered.
const Ahead = 21

var (
	hoursForm = regexp.MustCompile(`^(mon|tue|wed|thu|fri|sat|sun)(?:-(mon|tue|wed|thu|fri|sat|sun))? (\d{2}):(\d{2})-(\d{2}):(\d{2})$`)
	weekdays  = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

// Rome is where all clocks of appointments hang.
var Rome = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err) // web/locale links the zones in
	}
	return zone
}()

// opening is a time of a weekday, in minutes since midnight.
type opening struct {
	day      time.Weekday
	from, to int
}

// Hours are opening times.
type Hours struct {
	open   []opening
	closed map[string]bool
}

// ReadHours reads lines such as "mon-fri 09:00-12:30", and days on which it is closed all
// the same, such as "2026-12-24".
func ReadHours(lines, closed []string) (h Hours, err error) {
	h.closed = map[string]bool{}
	for _, day := range closed {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return h, fmt.Errorf("%q is no day; write 2026-12-24", day)
		}
		h.closed[day] = true
	}
	for _, line := range lines {
		m := hoursForm.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			return h, fmt.Errorf(`%q is no opening time; write "mon-fri 09:00-12:30"`, line)
		}
		first := slices.Index(weekdays, m[1])
		last := first
		if m[2] != "" {
			last = slices.Index(weekdays, m[2])
		}
		number := func(n int) int { v, _ := strconv.Atoi(m[n]); return v } // the form has digits only
		from, to := number(3)*60+number(4), number(5)*60+number(6)
		if number(4) > 59 || number(6) > 59 || to > 24*60 || from >= to {
			return h, fmt.Errorf("%q: these are no times one after the other", line)
		}
		for day := first; ; day = (day + 1) % 7 {
			h.open = append(h.open, opening{time.Weekday(day), from, to})
			if day == last {
				break
			}
		}
	}
	return h, nil
}

// Open tells whether it is open at a moment.
func (h Hours) Open(at time.Time) bool {
	local := at.In(Rome)
	if h.closed[local.Format(time.DateOnly)] {
		return false
	}
	minute := local.Hour()*60 + local.Minute()
	return slices.ContainsFunc(h.open, func(o opening) bool { return o.day == local.Weekday() && minute >= o.from && minute < o.to })
}

// Times lists when appointments of a length begin from a moment on, for so many days: those
// of the opening times that end before it closes, in the order of time. Days of a change of
// the clock have the times of the clock on the wall.
func (h Hours) Times(from time.Time, days int, lasts time.Duration) (list []time.Time) {
	year, month, day := from.In(Rome).Date()
	for n := range days {
		midnight := time.Date(year, month, day+n, 0, 0, 0, 0, Rome)
		if h.closed[midnight.Format(time.DateOnly)] {
			continue
		}
		for _, o := range h.open {
			if o.day != midnight.Weekday() {
				continue
			}
			length := int(lasts.Minutes())
			for minute := o.from; minute+length <= o.to; minute += length {
				at := time.Date(year, month, day+n, 0, minute, 0, 0, Rome)
				if at.After(from) {
					list = append(list, at.UTC())
				}
			}
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	return slices.CompactFunc(list, time.Time.Equal)
}

// Day is a day with its times, as a form offers them.
type Day struct {
	Day   time.Time
	Times []Time
}

// Time is what the form sends, and the time of the clock on the wall.
type Time struct{ Value, Shown string }

// Days sorts times by days.
func Days(free []time.Time) (days []Day) {
	for _, at := range free {
		local := at.In(Rome)
		if n := len(days); n == 0 || days[n-1].Day.Format(time.DateOnly) != local.Format(time.DateOnly) {
			days = append(days, Day{Day: local})
		}
		last := &days[len(days)-1]
		last.Times = append(last.Times, Time{at.Format(time.RFC3339), local.Format("15:04")})
	}
	return days
}

// Has tells whether a time is among them.
func Has(list []time.Time, at time.Time) bool {
	return slices.ContainsFunc(list, at.Equal)
}
