package enrolment_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/idp/enrolment"
)

func TestAFactShowsWhatCanBeReadAndNoMore(t *testing.T) {
	for want, parts := range map[string][]string{
		"Amira · Prova":                {"Amira", "", "Prova"},
		"turned eman":                  {"turned \u202eeman\u2066\x00\n"},
		strings.Repeat("è", 200) + "…": {strings.Repeat("è", 201)},
		"2026-03-10 09:30 UTC":         {enrolment.Instant(time.Date(2026, time.March, 10, 10, 30, 0, 0, time.FixedZone("", 3600)))},
	} {
		if got := enrolment.AppendFact(nil, "name", parts...); !slices.Equal(got, []enrolment.Fact{{Name: "name", Value: want}}) {
			t.Errorf("%q: %v", parts, got)
		}
	}
	if got := enrolment.AppendFact(nil, "name", "", enrolment.Instant(time.Time{})); len(got) != 0 {
		t.Errorf("a fact of nothing: %v", got)
	}
}
