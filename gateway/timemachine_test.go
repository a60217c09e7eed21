package gateway_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/notify"
	"atrio/base/setting"
	"atrio/db/dbtest"
	"atrio/gateway"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/web/webtest"
)

const aDay = 24 * time.Hour

// end is the end of something that began before the time machine started.
type end struct {
	what string
	ends time.Time
	// holds uses it: n is 0 a second before the end, 1 at the end. To use a thing may
	// prolong it or use it up: then there are two.
	holds func(n int) bool
}

// look is one look at something with an end.
type look struct {
	end
	n  int
	at time.Time
}

// Whatever has an end has it at its time, and not a second before: the clock moves
// through all of them, and every job runs each time it stops. // Issue 4
func TestTheTimeMachineMovesThroughEveryEnd(t *testing.T) {
	s := newStageAt(t, "127.0.0.1", dbtest.SQLite(t, modules()...), func(s *stage, deps *gateway.Deps) {
		openAllDoors(s, deps)
		withADesk(s, deps)
		s.config.Limits = gateway.LimitsConfig{PostsPerMinute: 100_000, CodesPerHour: 1000}
		s.config.Password.MaxAge = setting.Duration(60 * aDay)
		s.config.Decisions = acts(access.Undertaking)
	})
	m := &machine{stage: s, began: s.clock.Now()}
	m.declarations() // each takes as long as it takes: the short ones come last
	m.accounts()
	m.factors()
	m.graces()
	m.registrations()
	m.sessions()
	m.codes()
	var looks []look
	for _, e := range m.ends {
		looks = append(looks, look{e, 0, e.ends.Add(-time.Second)}, look{e, 1, e.ends})
	}
	slices.SortStableFunc(looks, func(a, b look) int { return a.at.Compare(b.at) })
	for _, l := range looks {
		m.travel(l.at)
		if got := l.holds(l.n); got != (l.n == 0) {
			t.Errorf("%s, %v after the beginning: holds %t", l.what, l.at.Sub(m.began), got)
		}
	}
	m.verified()
}

// machine moves the clock of a stage.
type machine struct {
	*stage
	began time.Time
	ends  []end
	busy  []*webtest.Client // who is active all the first day
}

// over notes the end of something that begins now.
func (m *machine) over(what string, life time.Duration, holds func(n int) bool) {
	m.ends = append(m.ends, end{what, m.clock.Now().Add(life), holds})
}

// travel goes to a time. Who is busy looks at a page every ten minutes of the first day.
func (m *machine) travel(to time.Time) {
	m.t.Helper()
	for now := m.clock.Now(); now.Before(to); now = m.clock.Now() {
		step := to.Sub(now)
		if now.Sub(m.began) < aDay {
			step = min(step, 10*time.Minute)
			for _, b := range m.busy {
				b.Get(m.url + "/session")
			}
		}
		m.clock.Advance(step)
	}
	m.nights(0)
}

// someone plants a person with a password, with an app when they shall have one.
func (m *machine) someone(name string, withApp bool) (code account.Code, key []byte) {
	m.t.Helper()
	code, err := account.NewCode(9)
	if err != nil {
		m.t.Fatal(err)
	}
	err = m.gw.Seed(m.t.Context(), account.Seed{
		Account:  account.Account{Code: code, GivenName: name, FamilyName: "Esempio", Email: name + "@posta.example.it", Language: "it"},
		Password: secret,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	if withApp {
		key = m.app(m.entered(code))
	}
	return code, key
}

// entered is a browser of somebody with no more than a password.
func (m *machine) entered(code account.Code) *webtest.Client {
	m.t.Helper()
	b := m.browser()
	m.typeIn(b, code, secret).Expect(http.StatusOK, "Il mio account")
	return b
}

// to counts the messages to an address whose text holds something.
func (m *machine) to(address, text string) (n int, last notify.Message) {
	m.nights(0)
	for _, one := range m.delivered {
		if one.To == address && strings.Contains(one.Subject+one.Text, text) {
			n, last = n+1, one
		}
	}
	return n, last
}

// led tells whether a form or a link leads on.
func led(p *page) bool { return p.Status < 400 }

// pair makes two of what fn makes.
func pair[T any](fn func(n int) T) [2]T { return [2]T{fn(0), fn(1)} }

// clerk is a member of the desk at work.
func (m *machine) clerk() *webtest.Client {
	m.t.Helper()
	m.becomes(deskPeople["clerk"])
	defer func() { m.idp.attributes = ada() }()
	if m.count(`SELECT count(*) FROM account WHERE code = $1`, string(deskCode)) == 0 {
		b := m.browser()
		m.choose(b, b.Submit(b.Get(m.start("")).FormWith("notice"), "notice", "on"))
		m.recode(m.codeOf(b), string(deskCode))
	}
	b := m.browser()
	b.Get(m.start(""))
	m.busy = append(m.busy, b)
	return b
}
