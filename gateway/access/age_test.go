package access

import (
	"testing"
	"time"
)

func TestAnAgeOutsideTheRangeIsNotAdmitted(t *testing.T) {
	on := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		ages Ages
		born string
		want AgeOutcome
	}{
		{Ages{}, "", AgeAdmitted}, {Ages{}, "2025-01-01", AgeAdmitted},
		{Ages{14, 17}, "2012-03-10", AgeAdmitted}, // 14 today
		{Ages{14, 17}, "2012-03-11", AgeTooYoung}, // 14 tomorrow
		{Ages{14, 17}, "2008-03-11", AgeAdmitted}, // 18 tomorrow
		{Ages{14, 17}, "2008-03-10", AgeTooOld},   // 18 today
		{Ages{Min: 18}, "1920-01-01", AgeAdmitted},
		{Ages{Max: 13}, "2020-01-01", AgeAdmitted}, {Ages{Max: 13}, "2000-01-01", AgeTooOld},
		{Ages{Min: 14}, "", AgeUnknown}, {Ages{Min: 14}, "10/03/2000", AgeUnknown}, {Ages{Min: 14}, "2026-03-11", AgeUnknown},
	} {
		if got := c.ages.Admits(c.born, on); got != c.want {
			t.Errorf("%+v, born %s: %d, want %d", c.ages, c.born, got, c.want)
		}
	}
}

func TestWhoWasBornOnALeapDayCompletesTheYearInMarch(t *testing.T) {
	for day, want := range map[string]AgeOutcome{"2026-02-28": AgeTooYoung, "2026-03-01": AgeAdmitted, "2028-02-29": AgeAdmitted} {
		on, _ := time.Parse(time.DateOnly, day)
		if got := (Ages{Min: 14}).Admits("2012-02-29", on); got != want {
			t.Errorf("on %s: %d", day, got)
		}
	}
}

func TestOnlyARangeThatBeginsBelowTheMajorityIsForMinors(t *testing.T) {
	for ages, want := range map[Ages]bool{{}: false, {Min: 14}: true, {Max: 17}: true, {Min: 14, Max: 17}: true, {Min: 18}: false, {Min: 20, Max: 30}: false} {
		if got := ages.ForMinors(); got != want {
			t.Errorf("%+v: %v", ages, got)
		}
	}
}
