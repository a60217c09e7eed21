package webtest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"atrio/web"
	"atrio/web/ui"
)

// Serve starts a server on a free port of the loopback interface for the
// handler that build makes for its base URL, and stops it with the test.
func Serve(t testing.TB, build func(baseURL string) http.Handler) (baseURL string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	baseURL = "http://" + server.Listener.Addr().String()
	server.Config.Handler = build(baseURL)
	web.ServerTimeouts(server.Config)
	server.Start()
	t.Cleanup(server.Close)
	return baseURL
}

// parsed are the sets of pages of this process: a set does not change, and to parse all
// pages of a role takes longer than most tests, under the race detector above all.
var parsed struct {
	sync.Mutex
	sets []parsedSet // a handful in each process
}

type parsedSet struct {
	pages []ui.Pages
	set   *ui.Set
}

// NewPages gives the pages of a site in the test theme, parsed once in a process.
func NewPages(t testing.TB, pages ...ui.Pages) *ui.Set {
	t.Helper()
	parsed.Lock()
	defer parsed.Unlock()
	for _, one := range parsed.sets {
		if slices.EqualFunc(one.pages, pages, samePages) {
			return one.set
		}
	}
	set, err := web.NewPages(Theme(), pages...)
	if err != nil {
		t.Fatal(err)
	}
	parsed.sets = append(parsed.sets, parsedSet{pages, set})
	return set
}

// samePages: embedded files are the same when their table is; files of a test, which
// cannot be compared, never are.
func samePages(a, b ui.Pages) bool {
	return a.Name == b.Name && reflect.ValueOf(a.FS).Comparable() && reflect.ValueOf(b.FS).Comparable() && a.FS == b.FS
}

// NewSite makes the shell of a role for tests, in the test theme and without a
// log; the test adds what it needs to the literal.
func NewSite(t testing.TB, role, baseURL string, now func() time.Time, pages ...ui.Pages) *web.Site {
	t.Helper()
	return &web.Site{
		Role: role, BaseURL: baseURL, Institution: Theme(), Pages: NewPages(t, pages...),
		Now: now, Log: slog.New(slog.DiscardHandler),
	}
}
