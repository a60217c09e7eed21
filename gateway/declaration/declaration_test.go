package declaration

import (
	"errors"
	"testing"
	"time"

	"atrio/gateway/access"
	"atrio/gateway/doors"
	"atrio/web/ui"
	"atrio/web/webtest"
)

var (
	rome  = time.FixedZone("CEST", 7200)
	now   = time.Date(2026, 5, 20, 23, 30, 0, 0, rome)
	terms = Terms{Life: 90 * 24 * time.Hour, Renewals: 2, Reminders: []time.Duration{14 * 24 * time.Hour, 3 * 24 * time.Hour}}
)

func days(n int) time.Time { return now.AddDate(0, 0, n) }

func TestADeclarationEndsAtAMidnight(t *testing.T) {
	d, err := terms.Next(nil, now)
	if err != nil || d.Number != 1 || d.By != BySelf || !d.Until.Equal(time.Date(2026, 8, 19, 0, 0, 0, 0, rome)) {
		t.Fatalf("%+v %v", d, err)
	}
	if last := LastDay(d.Until).Format(time.DateOnly); last != "2026-08-18" { // ninety days after the 20th of May
		t.Error(last)
	}
}

func TestWhoMayRenewAndWhen(t *testing.T) {
	first := Declaration{Number: 1, By: BySelf, Made: days(-80), Until: days(10)}
	lapsed := Declaration{Number: 1, By: BySelf, Made: days(-100), Until: days(-10)}
	fresh := Declaration{Number: 1, By: BySelf, Made: days(-1), Until: days(89)}
	second := Declaration{Number: 2, By: BySelf, Made: days(-10), Until: days(-1)}
	desk := Declaration{Number: 2, By: ByDesk, Made: days(-10), Until: days(-1)}
	old := Declaration{Number: 1, By: BySelf, Made: days(-500), Until: days(-400)}
	withdrawn := Declaration{Number: 1, By: BySelf, Made: days(-9), Until: days(-3), Withdrawn: days(-3)}
	for name, c := range map[string]struct {
		history []Declaration
		state   access.DeclarationState
		byDesk  bool
		alone   error
		desk    error
		number  int
	}{
		"nobody":                     {nil, access.NotDeclared, false, nil, nil, 1},
		"just made":                  {[]Declaration{fresh}, access.Declared, false, ErrNotYet, ErrNotYet, 2},
		"nearly over":                {[]Declaration{first}, access.Declared, false, nil, nil, 2},
		"over":                       {[]Declaration{lapsed}, access.Lapsed, false, nil, nil, 2},
		"twice, over":                {[]Declaration{lapsed, second}, access.Lapsed, true, ErrDesk, nil, 3},
		"once, and once by the desk": {[]Declaration{lapsed, desk}, access.Lapsed, false, nil, nil, 3},
		"more than a year ago":       {[]Declaration{old}, access.NotDeclared, false, nil, nil, 2},
		"withdrawn":                  {[]Declaration{withdrawn}, access.Withdrawn, false, ErrDesk, nil, 2},
	} {
		s := terms.Standing(c.history, now)
		if s.State != c.state || s.ByDesk != c.byDesk {
			t.Errorf("%s: %+v", name, s)
		}
		d, err := terms.Next(c.history, now)
		if !errors.Is(err, c.alone) || d.Number != c.number {
			t.Errorf("%s, alone: %+v %v", name, d, err)
		}
		if d, err := terms.AtDesk(c.history, now); !errors.Is(err, c.desk) || d.By != ByDesk || err == nil && !d.Until.After(now) {
			t.Errorf("%s, at the desk: %+v %v", name, d, err)
		}
	}
	if d, _ := terms.Next([]Declaration{first}, now); !d.Until.After(first.Until.AddDate(0, 0, 89)) {
		t.Errorf("a renewal in time loses days: %v", d.Until)
	}
}

func TestWithoutRenewalsTheFirstIsStillThePersonsOwn(t *testing.T) {
	none := Terms{Life: time.Hour}
	if _, err := none.Next(nil, now); err != nil {
		t.Error(err)
	}
	if _, err := none.Next([]Declaration{{Number: 1, By: BySelf, Until: days(-1)}}, now); !errors.Is(err, ErrDesk) {
		t.Error(err)
	}
}

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	flow := "0123456789abcdef0123456789abcdef"
	full := view{
		Errors: ui.Errors{{Field: "reason", Key: "declaration.reason.missing"}, {Field: "words", Key: "declaration.words.long", Args: []any{"max", 500}}, {Field: "sure", Key: "declaration.date_changed"}},
		Flow:   flow, Service: "Tasse", State: "lapsed", Until: now, Open: true, Last: now, On: "2026-05-20", Desk: true, Reasons: Reasons(), Reason: "other", Words: "<b>", MaxWords: 500, Sure: true,
		Back: "/entry?flow=" + flow, Help: "/help",
	}
	views := []any{view{Back: "/account", Help: "/help"}, full}
	for _, state := range []access.DeclarationState{access.NotDeclared, access.Declared, access.Lapsed, access.Withdrawn} {
		views = append(views, view{State: string(state), Until: now, Back: "/account", Help: "/help"})
	}
	webtest.Pages(t, Pages(), map[string][]any{"form": views}, doors.Pages())
}
