package profile

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func at(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err) // a slip in the test itself
	}
	return t
}

func TestAgeIsCountedInBirthdays(t *testing.T) {
	for _, x := range []struct {
		born, on string
		want     int
	}{
		{"2012-11-22", "2026-11-21", 13}, {"2012-11-22", "2026-11-22", 14}, {"2012-11-22", "2026-12-01", 14}, {"2012-12-31", "2027-01-01", 14},
		{"2012-02-29", "2026-02-28", 13}, {"2012-02-29", "2026-03-01", 14}, {"2012-02-29", "2028-02-29", 16}, {"2026-11-22", "2026-11-22", 0},
		{"", "2026-11-22", -1}, {"22/11/2012", "2026-11-22", -1}, {"2013-02-29", "2026-11-22", -1}, {"2030-01-01", "2026-11-22", -4},
	} {
		if got := Age(x.born, at(x.on)); got != x.want {
			t.Errorf("born %q is %d on %s, want %d", x.born, got, x.on, x.want)
		}
	}
}

func TestTheStepsOfTheFirstEntryComeInTheirOrder(t *testing.T) {
	now := at("2026-11-22")
	done := Learner{CompletedAt: now, Details: Details{BirthDate: "1990-01-01"}}
	young := done
	young.BirthDate = "2015-01-01"
	both := map[Document]bool{Privacy: true, Terms: true}
	for name, x := range map[string]struct {
		l        Learner
		accepted map[Document]bool
		want     Step
	}{
		"new":                   {Learner{}, nil, StepProfile},
		"new, accepted":         {Learner{}, both, StepProfile},
		"profile done":          {done, nil, StepTerms},
		"privacy only":          {done, map[Document]bool{Privacy: true}, StepTerms},
		"terms only":            {done, map[Document]bool{Terms: true}, StepTerms},
		"all done":              {done, both, StepDone},
		"proved to be under 14": {young, both, StepProfile},
	} {
		if got := Next(x.l, x.accepted, now); got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

func TestTheWayBackIsALocalPage(t *testing.T) {
	for value, want := range map[string]string{
		"/courses?q=a&area=b#c": "/courses?q=a&area=b#c", "": "/dashboard", "https://evil.example": "/dashboard", "//evil.example": "/dashboard",
		`/\evil.example`: "/dashboard", "/a\r\nX: y": "/dashboard", "/\t/evil.example": "/dashboard", "evil": "/dashboard", "/" + strings.Repeat("a", 3000): "/dashboard",
	} {
		if got := returnTo(value); got != want {
			t.Errorf("%.40q leads to %q", value, got)
		}
	}
	for _, x := range []struct{ method, address, want string }{
		{"GET", "/dashboard?a=1&b=2", "/login?return=%2Fdashboard%3Fa%3D1%26b%3D2"},
		{"POST", "/courses/statica/enrol?x=1", "/login?return=%2Fcourses%2Fstatica%2Fenrol"},
		{"GET", "//evil.example/x", "/login?return=%2Fdashboard"},
	} {
		if got := LoginURL(httptest.NewRequest(x.method, x.address, nil)); got != x.want {
			t.Errorf("%s %s: %s", x.method, x.address, got)
		}
	}
}
