package console_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/authn/passkey"
	"atrio/base/audit"
	"atrio/base/keys/archivekey"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/base/setting"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/db/shareddb/shareddbtest"
	"atrio/idp/backoffice/operator"
	"atrio/idp/backoffice/operator/operatortest"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/idp/evidence/picture/picturetest"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/point/console"
	"atrio/web"
	"atrio/web/ui"
	"atrio/web/webtest"
)

// The operators of the tests.
const (
	olga   = "olga.prova@punto.example.org"   // at Lodi
	oreste = "oreste.prova@punto.example.org" // at Lodi too
	franca = "franca.prova@punto.example.org" // at Forlì, where another network is
	bruno  = "bruno.prova@bar.example.org"    // at a bar of the other circuit
	remo   = "remo.prova@gestore.example.org" // decides, collects nothing
)

// own is the codice fiscale of Olga.
const own = "PRVLGO80A41H501D"

func staff() []operator.Config {
	return []operator.Config{
		{Name: "Olga Prova", Email: olga, Roles: []string{"collector"}, Point: "lodi", FiscalCode: setting.Secret(own), TrainedUntil: "2026-03-20"},
		{Name: "Oreste Prova", Email: oreste, Roles: []string{"collector"}, Point: "lodi"},
		{Name: "Franca Prova", Email: franca, Roles: []string{"collector"}, Point: "forli"},
		{Name: "Bruno Prova", Email: bruno, Roles: []string{"collector"}, Point: "bar"},
		{Name: "Remo Prova", Email: remo, Roles: []string{"approver"}},
	}
}

func directory() *point.Directory {
	return point.NewDirectory(
		[]point.CircuitConfig{{ID: "centri", Name: "Centri di prova"}, {ID: "negozi", Name: "Negozi di prova", Uploads: "operator"}},
		[]point.PointConfig{
			{ID: "lodi", Circuit: "centri", Name: "Centro di Lodi", Street: "Via di Prova 1", Town: "Lodi", Hours: []string{"mon-sun 08:00-20:00"}},
			{ID: "forli", Circuit: "centri", Name: "Sportello unico", Street: "Via di Prova 2", Town: "Forlì", Hours: []string{"mon-sun 08:00-20:00"}, Networks: []string{"192.0.2.0/24"}},
			{ID: "bar", Circuit: "negozi", Name: "Bar di prova", Street: "Via di Prova 3", Town: "Lodi", Hours: []string{"mon-sun 08:00-20:00"}},
		})
}

// world is a provider with Points, on one database.
type world struct {
	t       *testing.T
	db      *db.DB
	store   *idpdb.Store
	vault   *evidence.Vault
	base    string
	roster  *operator.Roster
	inviter *operator.Inviter

	mu    sync.Mutex
	now   time.Time
	lines []audit.Event
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// refused reports whether a refusal was written with that reason.
func (w *world) refused(reason string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.lines, func(ev audit.Event) bool { return ev.Reason == reason })
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) { fn(t, open(t, d)) })
}

func one(t *testing.T) *world {
	return open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()))
}

func open(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, db: d, now: time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)}
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	w.store = idpdb.NewStore(d, ring, nil)
	_, public, err := archivekey.Generate()
	if err != nil {
		t.Fatal(err)
	}
	offline, err := archivekey.Parse([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	w.vault = &evidence.Vault{Store: w.store, Keeping: w.store, Ring: ring, Offline: offline, Dir: t.TempDir(), Now: w.clock}
	server := httptest.NewUnstartedServer(nil)
	w.base = "http://" + strings.Replace(server.Listener.Addr().String(), "127.0.0.1", "localhost", 1) // a name, as keys need
	pages := webtest.NewPages(t, operator.Pages(), console.Pages(), way.Pages(), picture.Pages(), evidence.Pages())
	site := &web.Site{
		Role: "idp", BaseURL: w.base, Institution: webtest.Theme(), Pages: pages, Keyring: ring, Now: w.clock, Log: slog.New(slog.DiscardHandler), Layout: operator.Layout,
		Refused: func(_ context.Context, ev audit.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.lines = append(w.lines, ev)
		},
		Sessions: &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: w.clock, Idle: time.Hour, Absolute: 8 * time.Hour, Kinds: []web.SessionKind{operator.Kind()}},
	}
	keys, err := passkey.NewStrict(w.base, "Prova")
	if err != nil {
		t.Fatal(err)
	}
	free := func(next web.HandlerFunc) web.HandlerFunc { return next }
	w.roster = operator.NewRoster(ring, staff())
	w.inviter = &operator.Inviter{Store: w.store, Keyring: ring, Texts: pages.Catalog(), Site: w.base, Service: ui.Text{IT: "Prova", EN: "Trial"}, Role: "idp", Now: w.clock}
	desk := &operator.Desk{Site: site, Roster: w.roster, Store: w.store, Passkeys: keys, Keyring: ring, Now: w.clock, Limit: free}
	server.Config.Handler = site.Handler(desk, &console.Console{
		Desk: desk, Directory: directory(), Store: w.store, Requests: w.store, Codes: w.store, Keeper: w.vault, Pictures: picture.NewIntake(picturetest.Limits()),
		Limiter: &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: ring, Now: w.clock}, Limits: apply.DefaultLimits(), SMSSender: "Prova",
		Service: func(string) string { return "Identità di prova" }, UploadLimit: free,
	})
	server.Start()
	t.Cleanup(server.Close)
	return w
}

// desk is an operator at a screen, with the key.
type desk struct {
	operatortest.Desk
	w *world
}

// operator signs somebody in.
func (w *world) operator(email string) *desk {
	w.t.Helper()
	return &desk{operatortest.SignIn(w.t, w.db, w.inviter, w.roster, w.base, email), w}
}

// messages gives the texts that wait for somebody, the latest last.
func (w *world) messages(to string) []string {
	w.t.Helper()
	return shareddbtest.To(w.t, w.db, to)
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	if err := w.db.Read().QueryRowContext(w.t.Context(), query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// at is the address of a request, below it what comes.
func (w *world) at(r enrolment.Request, below string) string {
	return w.base + console.Path + "/" + string(r.Number) + below
}

func (w *world) read(r enrolment.Request) enrolment.Request {
	w.t.Helper()
	now, err := w.store.Request(w.t.Context(), r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return now
}

// took takes a step, as others do.
func (w *world) took(r enrolment.Request, act enrolment.Act, by enrolment.Author, edit func(*enrolment.Request)) enrolment.Request {
	w.t.Helper()
	after, e, err := r.Do(enrolment.Change{Act: act, By: by, At: w.clock(), Reason: "per prova", Edit: edit})
	if err == nil {
		err = w.store.Save(w.t.Context(), enrolment.Step{After: after, Event: e, Audit: audit.Event{At: e.At, Role: "idp", Actor: by.ID}})
	}
	if err != nil {
		w.t.Fatalf("%s: %v", act, err)
	}
	return after
}

func author(r enrolment.Request) enrolment.Author {
	return enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}
}

// ready is a request with its contract; n makes a person, edit changes the request before
// it is opened.
func (w *world) ready(n int, edit func(*enrolment.Request)) enrolment.Request {
	w.t.Helper()
	now := w.clock()
	r := enrolment.Request{
		ID: fmt.Sprint("request-", n), Holder: fmt.Sprint("holder-", n), Number: enrolment.NewNumber(), State: enrolment.MailPending, Method: enrolment.Point, Circuit: "centri", Version: 1,
		Opened: now, Changed: now,
		Data: enrolment.Data{
			Area: enrolment.Private, Email: fmt.Sprintf("amira%c@example.org", 'a'+n), Language: "it", Phone: fmt.Sprintf("+3933300001%02d", n), PhoneAt: now,
			Person: enrolment.Person{
				GivenName: "Amira", FamilyName: "Prova", Gender: "F", BirthDate: time.Date(1983, time.May, 10, 0, 0, 0, 0, time.UTC), BirthPlace: "A744", BirthName: "Bellagio", BirthCounty: "CO",
				Citizenship: "IT", FiscalCode: "PRVMRA83E50A744N", Residence: identity.Domicile{Street: "Via di Prova 1", PostalCode: "26900", Municipality: "Lodi", Province: "LO", Nation: "IT"},
			},
			Document:   identity.Document{Kind: "cartaIdentita", Number: fmt.Sprintf("CA%05dAA", n), Issuer: "Comune di Lodi", IssuedOn: now.AddDate(-1, 0, 0), ExpiresOn: now.AddDate(5, 0, 0)},
			HealthCard: enrolment.HealthCard{Number: "80380000000000000009", ExpiresOn: now.AddDate(2, 0, 0)},
		},
	}
	if edit != nil {
		edit(&r)
	}
	err := w.store.Open(w.t.Context(), enrolment.Opening{
		Request: r, Password: "$" + r.ID, Link: []byte(r.ID), Until: now.Add(24 * time.Hour), Audit: audit.Event{At: now, Role: "idp"},
		Mail: notify.Message{Channel: notify.Mail, To: r.Data.Email, Subject: "s", Text: "t", Lang: "it"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, act := range []enrolment.Act{enrolment.ConfirmMail, enrolment.SetSecurity, enrolment.ConfirmPhone, enrolment.SavePerson} {
		r = w.took(r, act, author(r), nil)
	}
	if r.Circuit != "negozi" {
		pictures := map[enrolment.Picture]string{}
		for _, what := range enrolment.Pictures() {
			pictures[what] = w.keep(r, evidence.Kind(what), "image/jpeg", picturetest.Card())
		}
		r = w.took(r, enrolment.AddPictures, author(r), func(q *enrolment.Request) { q.Data.Pictures = pictures })
	}
	r = w.took(r, enrolment.SaveDocuments, author(r), nil)
	return w.frozen(r)
}

// frozen makes the contract.
func (w *world) frozen(r enrolment.Request) enrolment.Request {
	w.t.Helper()
	paper := w.keep(r, evidence.Contract, "application/pdf", []byte("%PDF-1.7 contratto di prova"))
	return w.took(r, enrolment.FreezeContract, author(r), func(q *enrolment.Request) {
		q.Data.Contract = &enrolment.Contract{Evidence: paper, SHA256: fmt.Sprintf("%064d", q.Version), Version: "1", At: w.clock()}
	})
}

func (w *world) booked(r enrolment.Request, at string, when time.Time) enrolment.Request {
	return w.took(r, enrolment.Book, author(r), func(q *enrolment.Request) {
		q.Point, q.Data.Booking = at, &enrolment.Booking{At: when, Lasts: 20 * time.Minute, Places: 1}
	})
}

func (w *world) keep(r enrolment.Request, kind evidence.Kind, media string, content []byte) string {
	w.t.Helper()
	item, err := w.vault.Put(w.t.Context(), evidence.New{Request: r.ID, Kind: kind, MediaType: media, Author: r.Holder, Content: content})
	if err != nil {
		w.t.Fatal(err)
	}
	return item.ID
}

var all = []string{"tick_person", "on", "tick_document", "on", "tick_health_card", "on", "tick_data", "on", "tick_contract", "on", "tick_contacts", "on"}

// form is the form of a page whose address ends so.
func form(p *webtest.Page, action string) *webtest.Form {
	for _, f := range p.Forms() {
		if strings.HasSuffix(f.Action, action) {
			return f
		}
	}
	p.Expect(0, "a form to "+action)
	return nil
}

// save sends the checklist to be kept.
func (k *desk) save(p *webtest.Page, pairs ...string) *webtest.Page {
	f := form(p, "/identify")
	f.Action = strings.TrimSuffix(f.Action, "/identify") + "/check"
	return k.Submit(f, pairs...)
}

// press sends a form, and the key when it is asked for.
func (k *desk) press(f *webtest.Form, pairs ...string) *webtest.Page {
	k.T.Helper()
	p := k.Submit(f, pairs...)
	if p.Has("Conferma che sei tu") {
		p = k.Answer(p)
	}
	return p
}
