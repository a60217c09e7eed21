package faults

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sync/errgroup"

	"atrio/test/faults/rig"
)

// flows is how many logins are begun and left; the environment asks for more.
func flows(t *testing.T) int {
	t.Helper()
	text := os.Getenv("ATRIO_SOAK_FLOWS")
	if text == "" {
		return 1000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("ATRIO_SOAK_FLOWS is %q: write how many flows", text)
	}
	return n
}

// noLimits lets one address begin as many logins as a test needs.
const noLimits = "[gateway.limits]\nspid_starts_per_minute = 100000000\nposts_per_minute = 100000000\n" +
	"[idp.limits]\npasswords_per_minute = 100000000\nrequests_per_minute = 100000000\n"

// People who leave before the end leave nothing behind. // DESIGN decision 3
func TestLoginsThatAreAbandonedLeaveNoRows(t *testing.T) {
	t.Parallel()
	for name, postgres := range map[string]bool{"sqlite": false, "postgres": true} {
		t.Run(name, func(t *testing.T) {
			d := rig.Start(t, program, rig.Options{Postgres: postgres, Overrides: noLimits})
			d.Advance("0s") // every job has its row
			looks := map[string]*rig.Database{}
			for _, role := range rig.Roles() {
				looks[role] = d.Look(role)
			}
			before := tables(looks)
			n := flows(t)
			if postgres {
				n = min(n, 10_000)
			}
			if err := abandon(t.Context(), d, n); err != nil {
				t.Fatal(err)
			}
			d.Advance("1s") // what waits in memory is written
			after := tables(looks)
			for _, table := range slices.Sorted(maps.Keys(after)) {
				if after[table] != before[table] {
					t.Errorf("%s had %d rows and has %d after %d abandoned logins", table, before[table], after[table], n)
				}
			}
		})
	}
}

// tables counts the rows of all tables of all roles.
func tables(looks map[string]*rig.Database) map[string]int {
	out := map[string]int{}
	for role, l := range looks {
		for table, n := range l.Tables() {
			out[role+"."+table] = n
		}
	}
	return out
}

// abandon begins n logins in n browsers at every door and goes away at the
// provider's first page.
func abandon(ctx context.Context, d *rig.Demo, n int) error {
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range 4 {
		group.Go(func() error {
			over := &http.Transport{MaxIdleConnsPerHost: 4}
			defer over.CloseIdleConnections()
			for next.Add(1) <= int64(n) && ctx.Err() == nil {
				if err := (&stranger{over: over, cookies: map[string]string{}}).walk(d); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// stranger is a browser with as little as a login needs: it is made by the million.
type stranger struct {
	over    http.RoundTripper
	cookies map[string]string
}

// walk asks for all that a login begins with.
func (s *stranger) walk(d *rig.Demo) error {
	if _, err := s.expect(d.Gateway()+"/login", http.StatusOK); err != nil {
		return err
	}
	// From the portal: its own state, the authorization, the choice of a door.
	a, err := s.expect(d.Portal()+"/login/start?return=/dashboard", http.StatusSeeOther)
	if err != nil {
		return err
	}
	if a, err = s.expect(a.Header.Get("Location"), http.StatusSeeOther); err != nil {
		return err
	}
	choice, err := url.Parse(a.Header.Get("Location"))
	if err != nil || choice.Query().Get("flow") == "" {
		return fmt.Errorf("no flow: %s", choice)
	}
	if _, err := s.expect(d.Gateway()+choice.RequestURI(), http.StatusOK); err != nil {
		return err
	}
	// The door, and the provider's first page.
	a, err = s.expect(d.Gateway()+"/spid/login?"+url.Values{"idp": {d.IdP()}, "flow": {choice.Query().Get("flow")}}.Encode(), http.StatusFound)
	if err != nil {
		return err
	}
	if a, err = s.expect(a.Header.Get("Location"), http.StatusSeeOther); err != nil {
		return err
	}
	_, err = s.expect(d.IdP()+a.Header.Get("Location"), http.StatusOK)
	return err
}

// expect asks for an address and fails for another status.
func (s *stranger) expect(address string, status int) (rig.Answer, error) {
	r := rig.Get(address).HTTP()
	for name, value := range s.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	a := rig.Raw(s.over, r)
	if a.Err != nil {
		return a, a.Err
	}
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		s.cookies[c.Name] = c.Value
	}
	if a.Status != status {
		path, _, _ := strings.Cut(address, "?")
		return a, fmt.Errorf("%s answered %d, want %d\n%.500s", path, a.Status, status, a.Body)
	}
	return a, nil
}
