package webtest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
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

// NewSite makes the shell of a role for tests, in the test theme and without a
// log; the test adds what it needs to the literal.
func NewSite(t testing.TB, role, baseURL string, now func() time.Time, pages ...ui.Pages) *web.Site {
	t.Helper()
	set, err := web.NewPages(Theme(), pages...)
	if err != nil {
		t.Fatal(err)
	}
	return &web.Site{
		Role: role, BaseURL: baseURL, Institution: Theme(), Pages: set,
		Now: now, Log: slog.New(slog.DiscardHandler),
	}
}
