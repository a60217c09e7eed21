package program

import (
	"net/http"
	"testing"
)

// logins is how many logins a median is taken of: between the two readings of the
// metrics a job may commit something of its own.
const logins = 9

// BenchmarkCommits counts what one login of a known person through all three roles
// commits in each, and what a login from an open session does. // DESIGN decision 3
func BenchmarkCommits(b *testing.B) {
	p := demo(b, b.TempDir())
	c := p.anyone()
	p.firstEntry(c)
	for b.Loop() {
		whole, again := map[string][]float64{}, map[string][]float64{}
		for range logins {
			visitor, now := browser(b), p.advance("31s")
			p.committed(whole, func() { p.enterPortal(visitor, c, now) })
			p.committed(again, func() { visitor.Get(p.at(2, "/login/start")).Expect(http.StatusOK) })
		}
		for _, role := range roles() {
			b.ReportMetric(median(whole[role]), role+"-commits")
			b.ReportMetric(median(again[role]), role+"-sso-commits")
		}
	}
}

func roles() []string { return []string{"gateway", "idp", "portal"} }

// committed adds what do commits in each role.
func (p *process) committed(to map[string][]float64, do func()) {
	before := map[string]float64{}
	for _, role := range roles() {
		before[role] = p.metric("atrio_commits_total", role)
	}
	do()
	for _, role := range roles() {
		to[role] = append(to[role], p.metric("atrio_commits_total", role)-before[role])
	}
}
