package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"atrio/test/faults/rig"
)

// rounds is how often a login is measured: the commits of jobs, which run beside
// the requests, fall into some rounds and never into all.
const rounds = 6

// costs are the commits of each request of a login, by role: the least of all rounds.
type costs map[string]map[string]float64

// A login costs what the design says. // DESIGN decision 3
func TestALoginCostsAsManyCommitsAsDesigned(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]rig.Options{"sqlite": {}, "postgres": {Postgres: true}} {
		t.Run(name, func(t *testing.T) {
			d := rig.Start(t, program, options)
			amira := rig.NewCitizen(t, d, "Amira")
			amira.Visit()
			login, hit := costs{}, costs{}
			for range rounds {
				amira = amira.Tomorrow()
				login.measure(t, amira, func() bool { return amira.At("portal/dashboard") })
				signOutOfPortal(t, amira)
				hit.measure(t, amira, func() bool { return amira.At("portal/dashboard") })
			}
			t.Logf("commits of a login: %s", login)
			t.Logf("commits when the gateway has a session: %s", hit)
			login.expect(t, map[string]map[string]float64{
				"gateway": {"POST gateway/spid/acs": 1, "GET portal/login/callback": 1},
				"idp":     {"POST idp/login/*/code": 1, "POST idp/login/*/consent": 1},
				"portal":  {"GET portal/login/callback": 1},
			})
			hit.expect(t, map[string]map[string]float64{
				"gateway": {"GET portal/login/callback": 1},
				"portal":  {"GET portal/login/callback": 1},
			})
		})
	}
}

// signOutOfPortal forgets the portal's session and leaves the gateway's.
func signOutOfPortal(t *testing.T, c *rig.Citizen) {
	t.Helper()
	c.Browser().Forget(c.Demo.Portal(), "portal_session")
	c.Do("portal", rig.Get(c.Demo.Portal()+"/login"))
}

// measure goes on until done and counts what each request commits in each role.
func (k costs) measure(t *testing.T, c *rig.Citizen, done func() bool) {
	t.Helper()
	seen := c.Browser().Seen
	defer func() { c.Browser().Seen = seen }()
	this := costs{}
	var before map[string]float64
	c.Browser().Sends = func(rig.Request) { before = commits(c.Demo) }
	defer func() { c.Browser().Sends = nil }()
	c.Browser().Seen = func(r rig.Request, p *rig.Page) {
		seen(r, p)
		after := commits(c.Demo)
		for _, role := range rig.Roles() {
			if this[role] == nil {
				this[role] = map[string]float64{}
			}
			this[role][label(c.Demo, r)] += after[role] - before[role]
		}
	}
	c.Until(done)
	for role, list := range this {
		if k[role] == nil {
			k[role] = maps.Clone(list)
		}
		for request, n := range list {
			if least, known := k[role][request]; !known || n < least {
				k[role][request] = n
			}
		}
	}
}

// String lists what is not free.
func (k costs) String() string {
	var b strings.Builder
	for _, role := range rig.Roles() {
		var sum float64
		var at []string
		for _, request := range slices.Sorted(maps.Keys(k[role])) {
			if n := k[role][request]; n > 0 {
				sum += n
				at = append(at, request)
			}
		}
		fmt.Fprintf(&b, "%s %v (%s); ", role, sum, strings.Join(at, ", "))
	}
	return b.String()
}

// expect compares: what is not named costs nothing.
func (k costs) expect(t *testing.T, want map[string]map[string]float64) {
	t.Helper()
	for role, list := range k {
		for _, request := range slices.Sorted(maps.Keys(list)) {
			if n := list[request]; n != want[role][request] {
				t.Errorf("%s commits %v times at %s, want %v", role, n, request, want[role][request])
			}
		}
		for request := range want[role] {
			if _, there := list[request]; !there {
				t.Errorf("%s: the login has no %s: %v", role, request, slices.Sorted(maps.Keys(list)))
			}
		}
	}
}

func commits(d *rig.Demo) map[string]float64 {
	out := map[string]float64{}
	for _, role := range rig.Roles() {
		out[role] = d.Metric("atrio_commits_total", role)
	}
	return out
}

// label is a request without what differs from login to login.
func label(d *rig.Demo, r rig.Request) string {
	address, _, _ := strings.Cut(r.Address, "?")
	for name, base := range map[string]string{"gateway": d.Gateway(), "idp": d.IdP(), "portal": d.Portal()} {
		if path, ok := strings.CutPrefix(address, base+"/"); ok {
			parts := strings.Split(path, "/")
			if name == "idp" && len(parts) > 1 && parts[0] == "login" {
				parts[1] = "*"
			}
			return r.Method + " " + name + "/" + strings.Join(parts, "/")
		}
	}
	return r.Method + " " + address
}
