package parental_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"atrio/gateway/parental"
)

var now = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// Codice civile art. 2: an authorisation ends with the majority at the latest.
func TestAnAuthorisationEndsWithTheMajority(t *testing.T) { // G2.9
	for _, c := range []struct {
		born, until string
		want        string // the last day
		err         error
	}{
		{"2011-05-01", "", "2029-04-30", nil},
		{"2008-02-29", "", "2026-03-01", parental.ErrAdult}, // a year is completed on 1 March
		{"2008-03-11", "", "2026-03-10", nil},
		{"2008-03-10", "", "", parental.ErrAdult},
		{"1980-01-01", "2026-04-01", "", parental.ErrAdult},
		{"2011-05-01", "2026-09-30", "2026-09-30", nil},
		{"2011-05-01", "2029-04-30", "2029-04-30", nil},
		{"2011-05-01", "2029-05-01", "", parental.ErrUntil},
		{"2011-05-01", "2026-03-10", "2026-03-10", nil},
		{"2011-05-01", "2026-03-09", "", parental.ErrUntil},
		{"2011-05-01", "10/3/2027", "", parental.ErrUntil},
		{"", "", "", parental.ErrUntil},
		{"", "2027-03-09", "2027-03-09", nil},
		{"", "2027-03-10", "", parental.ErrUntil},
	} {
		a, err := parental.Record(parental.Wish{By: parental.Parent, Document: parental.Identity, Until: c.until}, c.born, now)
		if !errors.Is(err, c.err) || err == nil && a.Until.Add(-time.Second).Format(time.DateOnly) != c.want {
			t.Errorf("born %q, until %q: %v, %v", c.born, c.until, a.Until, err)
		}
		if err == nil && (!a.Holds(now) || a.Holds(a.Until) || a.ID == "") {
			t.Errorf("born %q, until %q: %+v", c.born, c.until, a)
		}
	}
	taken := parental.Authorisation{Until: now.Add(time.Hour), Withdrawn: now}
	if taken.Holds(now) {
		t.Error("withdrawn, and it holds")
	}
}

func TestOnlyRolesAndDocumentsOfTheListAreRecorded(t *testing.T) {
	for _, by := range append(parental.Roles(), "", "mother Ada") {
		for _, d := range append(parental.Documents(), "", "number 12") {
			_, err := parental.Record(parental.Wish{By: by, Document: d}, "2011-05-01", now)
			if known := slices.Contains(parental.Roles(), by) && slices.Contains(parental.Documents(), d); known != (err == nil) || !known && !errors.Is(err, parental.ErrForm) {
				t.Errorf("%q, %q: %v", by, d, err)
			}
		}
	}
}
