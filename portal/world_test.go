package portal_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/seal"
	"atrio/base/setting"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/portal"
	"atrio/portal/course"
	"atrio/portal/login"
	"atrio/portal/portaldb"
	"atrio/test/testop"
	"atrio/web"
	"atrio/web/webtest"
)

// world is a portal, its gateway and what the portal wrote.
type world struct {
	t     *testing.T
	url   string
	op    *testop.Server
	db    *db.DB
	store *portaldb.Store
	site  *web.Site

	mu     sync.Mutex
	now    time.Time // calendar time
	token  time.Time // token time
	events []audit.Event
	logs   strings.Builder
}

func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.Write(p)
}

func (w *world) log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.logs.String()
}

// reason is the last refusal that went to the audit, "" when there was none.
func (w *world) reason() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.events) == 0 {
		return ""
	}
	return w.events[len(w.events)-1].Reason
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) tokenTime() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.token
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now, w.token = w.now.Add(d), w.token.Add(d)
}

var courses = []course.Course{
	{ID: "statica", Title: course.Text{It: "Statica delle strutture", En: "Statics"}, Summary: course.Text{It: "Perché un ponte sta su."}, About: course.Text{It: "Forze.\n\nEquilibri."}, Area: "engineering", Language: "it", Hours: 12, Starts: "2026-09-01", Ends: "2026-12-31", Badge: true},
	{ID: "colore", Title: course.Text{It: "Teoria del colore"}, Summary: course.Text{It: "Vedere."}, About: course.Text{It: "Luce."}, Area: "design", Language: "en", Hours: 1, Starts: "2025-01-01", Ends: "2025-06-30"},
}

// begin starts a portal on a fresh SQLite behind a provider of its own.
func begin(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, op: testop.Start(t), now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), token: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)}
	w.op.Now = w.tokenTime
	w.db = dbtest.SQLite(t, shareddb.Module(), portaldb.Module())
	w.store = &portaldb.Store{DB: w.db}
	if err := w.store.SaveCourses(t.Context(), courses); err != nil {
		t.Fatal(err)
	}
	ring := seal.NewKeyring("portal", seal.Key{ID: "a", Secret: [32]byte{1}})
	w.url = webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "portal", base, w.clock, portal.Pages()...)
		site.Log, site.Keyring, site.Layout = slog.New(slog.NewJSONHandler(w, nil)), ring, portal.Layout
		site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: w.db}, Role: "portal", Now: w.clock, Idle: time.Hour, Absolute: 12 * time.Hour}
		site.Refused = func(_ context.Context, ev audit.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.events = append(w.events, ev)
		}
		w.op.RedirectURI, w.op.AfterLogout = base+"/login/callback", base+"/login?out"
		config := portal.Config{Login: login.Config{
			Issuer: w.op.URL, ClientID: w.op.ClientID, ClientSecret: setting.Secret(w.op.Secret),
			Contact: "aiuto@portale.example", RegisterURL: w.op.URL + "/register",
		}}
		if faults := config.Validate(); len(faults) > 0 {
			t.Fatal(faults)
		}
		w.site = site
		return site.Handler(portal.New(config, portal.Deps{
			Site: site, Keyring: ring, Learners: w.store, Arrivals: w.store, Courses: w.store, Now: w.clock, TokenTime: w.tokenTime,
		})...)
	})
	return w
}

// start is the address that begins a login.
func (w *world) start(back string) string {
	return w.url + "/login/start?return=" + url.QueryEscape(back)
}

// complete gives a browser whose person has finished the first entry.
func (w *world) complete() *webtest.Client {
	w.t.Helper()
	c := webtest.New(w.t)
	p := c.Get(w.start("/dashboard")).Expect(200, "Completa il tuo profilo")
	p = c.Submit(p.FormWith("gender"), profileOf("1990")...).Expect(200, "Privacy e termini")
	c.Submit(p.FormWith("terms"), "privacy", "on", "terms", "on").Expect(200, "La tua dashboard")
	return c
}

func profileOf(year string) []string {
	return []string{"gender", "undisclosed", "birth_day", "22", "birth_month", "11", "birth_year", year, "education", "bachelor", "occupation", "student"}
}

// pendings counts the logins that a browser has open.
func (w *world) pendings(c *webtest.Client) (names []string) {
	w.t.Helper()
	u, err := url.Parse(w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, k := range c.HTTP.Jar.Cookies(u) {
		if strings.Contains(k.Name, "_flow_") {
			names = append(names, k.Name)
		}
	}
	return names
}
