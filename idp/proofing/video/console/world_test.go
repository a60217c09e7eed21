package console_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
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
	"atrio/idp/enrolment/contract"
	"atrio/idp/enrolment/form"
	"atrio/idp/enrolment/slip"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/booking"
	"atrio/idp/proofing/video/call"
	"atrio/idp/proofing/video/console"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
	"atrio/web"
	"atrio/web/ui"
	"atrio/web/webtest"
)

const (
	vera = "vera.prova@gestore.example.org"
	vito = "vito.prova@gestore.example.org"
	remo = "remo.prova@gestore.example.org" // decides, identifies nobody
	// own is the codice fiscale of Vito.
	own = "PRVVTI80A01H501S"
)

func staff() []operator.Config {
	return []operator.Config{
		{Name: "Vera Prova", Email: vera, Roles: []string{"video"}},
		{Name: "Vito Prova", Email: vito, Roles: []string{"video"}, FiscalCode: setting.Secret(own)},
		{Name: "Remo Prova", Email: remo, Roles: []string{"approver"}},
	}
}

// media is a studio without streams: rooms, who is in them, and one recording of each side
// that is really kept.
type media struct {
	vault *evidence.Vault

	mu    sync.Mutex
	rooms map[string]*room
}

type room struct {
	studio.Room
	joined map[studio.Side]int
	ended  string
}

func (m *media) Open(_ context.Context, r studio.Room) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rooms[r.Session] = &room{Room: r, joined: map[studio.Side]int{}}
	return nil
}

func (m *media) find(session string) (*room, error) {
	r := m.rooms[session]
	if r == nil || r.ended != "" {
		return nil, studio.ErrUnknown
	}
	return r, nil
}

func (m *media) Join(_ context.Context, session string, side studio.Side, offer string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.find(session)
	if err != nil {
		return "", err
	}
	r.joined[side]++
	return "answer to " + offer, nil
}

func (m *media) Stats(session string) (studio.Stats, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.find(session)
	if err != nil {
		return studio.Stats{}, false
	}
	s := studio.Stats{Sides: map[studio.Side]studio.SideStats{}}
	for side := range r.joined {
		s.Sides[side] = studio.SideStats{Connected: true, Width: 1280, Height: 720, FPS: 25, Audio: true, Video: true}
	}
	return s, true
}

func (m *media) Finish(ctx context.Context, session string, said studio.Manifest) (string, []string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.find(session)
	if err != nil {
		return "", nil, err
	}
	var recordings []string
	for _, side := range r.Sides {
		rec, err := m.vault.Record(ctx, evidence.NewRecording{Request: r.Request, Kind: evidence.VideoSegment, MediaType: "video/webm", Author: "system:studio"})
		if err != nil {
			return "", nil, err
		}
		if _, err := rec.Append(ctx, []byte("recording of "+string(side))); err != nil {
			return "", nil, err
		}
		recordings = append(recordings, rec.ID())
	}
	item, err := m.vault.Put(ctx, evidence.New{Request: r.Request, Kind: evidence.VideoManifest, MediaType: "application/json", Author: "system:studio", Content: fmt.Appendf(nil, "%+v", said)})
	if err != nil {
		return "", nil, fmt.Errorf("manifest: %w", err)
	}
	r.ended = "finished"
	return item.ID, recordings, nil
}

func (m *media) Abort(_ context.Context, session, reason string) (string, []string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.find(session)
	if err != nil {
		return "", nil, err
	}
	if r.ended = reason; len(r.joined) == 0 {
		return "", nil, nil
	}
	return "manifest-" + session, []string{"applicant-" + session, ""}, nil
}

func (m *media) Recover(ctx context.Context, r studio.Room, said studio.Manifest) (manifest.Kept, error) {
	return manifest.Recover(ctx, m.vault, keyring(), r.Request, r.Session, r.Sides, said)
}

func (m *media) Sessions() (list []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.rooms {
		if r.ended == "" {
			list = append(list, id)
		}
	}
	return list
}

// restart is what a new process knows: nothing.
func (m *media) restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rooms = map[string]*room{}
}

func (m *media) end(session string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rooms[session].ended
}

// world is a provider with video sessions, on one database.
type world struct {
	t       *testing.T
	db      *db.DB
	store   *idpdb.Store
	vault   *evidence.Vault
	media   *media
	base    string
	roster  *operator.Roster
	inviter *operator.Inviter
	calls   *call.Call
	booking *booking.Booking
	site    *web.Site

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

func keyring() *seal.Keyring { return seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}}) }

func open(t *testing.T, d *db.DB) *world {
	return openWith(t, d, nil)
}

// openWith opens a world whose streams are somebody else's; nil for those of media.
func openWith(t *testing.T, d *db.DB, streams func(w *world) video.Media) *world {
	t.Helper()
	w := &world{t: t, db: d, now: time.Date(2026, time.March, 10, 9, 35, 0, 0, time.UTC)}
	ring := keyring()
	w.store = idpdb.NewStore(d, ring, nil)
	_, public, err := archivekey.Generate()
	if err != nil {
		t.Fatal(err)
	}
	offline, err := archivekey.Parse([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.vault = &evidence.Vault{Store: w.store, Keeping: w.store, Ring: ring, Offline: offline, Dir: dir, Now: w.clock}
	w.media = &media{vault: w.vault, rooms: map[string]*room{}}
	server := httptest.NewUnstartedServer(nil)
	w.base = "http://" + strings.Replace(server.Listener.Addr().String(), "127.0.0.1", "localhost", 1) // a name, as keys need
	pages := webtest.NewPages(t, operator.Pages(), console.Pages(), call.Pages(), booking.Pages(), video.Pages(), studio.Pages(), way.Pages(), slip.Pages(), form.Pages(), contract.Pages(), picture.Pages(), evidence.Pages())
	w.site = &web.Site{
		Role: "idp", BaseURL: w.base, Institution: webtest.Theme(), Pages: pages, Keyring: ring, Now: w.clock, Log: slog.New(slog.DiscardHandler), Layout: operator.Layout,
		Refused: func(_ context.Context, ev audit.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.lines = append(w.lines, ev)
		},
		Sessions: &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: w.clock, Idle: 24 * time.Hour, Absolute: 48 * time.Hour, Kinds: []web.SessionKind{operator.Kind()}},
	}
	keys, err := passkey.NewStrict(w.base, "Prova")
	if err != nil {
		t.Fatal(err)
	}
	free := func(next web.HandlerFunc) web.HandlerFunc { return next }
	w.roster = operator.NewRoster(ring, staff())
	w.inviter = &operator.Inviter{Store: w.store, Keyring: ring, Texts: pages.Catalog(), Site: w.base, Service: ui.Text{IT: "Prova", EN: "Prova"}, Role: "idp", Now: w.clock}
	desk := &operator.Desk{Site: w.site, Roster: w.roster, Store: w.store, Passkeys: keys, Keyring: ring, Now: w.clock, Limit: free}
	limiter := &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: ring, Now: w.clock}
	steps := &way.Way{Site: w.site, Store: w.store, Now: w.clock}
	var all video.Media = w.media
	if streams != nil {
		all = streams(w)
	}
	helpers := studio.Config{Servers: []studio.Server{{URL: "stun:stun.example"}, {URL: "turns:turn.example:443", Secret: "shared-secret"}}}
	shared := call.Room{Site: w.site, Store: w.store, Media: all, Hub: &video.Hub{}, Limiter: limiter, Servers: helpers.ForBrowser, Now: w.clock}
	w.calls = &call.Call{Room: shared, Way: steps, Keyring: ring, Provider: "Prova", OperatorName: w.roster.Name, Limit: free}
	w.booking = &booking.Booking{
		Site: w.site, Way: steps, Store: w.store, Provider: "Prova", Limit: free, Now: w.clock,
		Config: video.Config{Config: studio.Config{UDP: "127.0.0.1:1"}, Hours: []string{"mon-fri 09:00-18:00"}},
	}
	enter := mounter(func(m *web.Mux) {
		m.Get("/enter/{holder}", func(rw http.ResponseWriter, r *http.Request) error {
			s, secret := w.site.Sessions.New(r, r.PathValue("holder"), "password", "", nil, w.clock())
			if err := w.insert(s); err != nil {
				return err
			}
			w.site.Sessions.SetCookie(rw, secret)
			return nil
		})
	})
	server.Config.Handler = w.site.Handler(desk, enter, w.calls, w.booking, &console.Console{
		Room: shared, Desk: desk, Store: w.store, Requests: w.store, Codes: w.store, Limits: apply.DefaultLimits(), SMSSender: "Prova", Keeper: w.vault, Provider: "Prova",
	})
	server.Start()
	t.Cleanup(server.Close)
	return w
}

func (w *world) insert(s web.Session) error {
	return w.db.Tx(w.t.Context(), func(tx *db.Tx) error { return shareddb.InsertSession(w.t.Context(), tx, s) })
}

type mounter func(*web.Mux)

func (m mounter) Mount(mux *web.Mux) { m(mux) }

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

func (w *world) last(to string) string {
	w.t.Helper()
	list := w.messages(to)
	if len(list) == 0 {
		w.t.Fatalf("nothing was sent to %s", to)
	}
	return list[len(list)-1]
}

func (w *world) read(r enrolment.Request) enrolment.Request {
	w.t.Helper()
	now, err := w.store.Request(w.t.Context(), r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return now
}

func (w *world) took(r enrolment.Request, act enrolment.Act, edit func(*enrolment.Request)) enrolment.Request {
	w.t.Helper()
	after, e, err := r.Do(enrolment.Change{Act: act, By: enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, At: w.clock(), Edit: edit})
	if err == nil {
		err = w.store.Save(w.t.Context(), enrolment.Step{After: after, Event: e, Audit: audit.Event{At: e.At, Role: "idp", Actor: r.Holder}})
	}
	if err != nil {
		w.t.Fatalf("%s: %v", act, err)
	}
	return after
}

// ready is a request with its contract, n makes a person; code is the codice fiscale.
func (w *world) ready(n int, code string, pictures bool) enrolment.Request {
	w.t.Helper()
	now := w.clock()
	r := enrolment.Request{
		ID: fmt.Sprint("request-", n), Holder: fmt.Sprint("holder-", n), Number: enrolment.NewNumber(), State: enrolment.MailPending, Method: enrolment.Video, Version: 1, Opened: now, Changed: now,
		Data: enrolment.Data{
			Area: enrolment.Private, Email: fmt.Sprintf("amira%c@example.org", 'a'+n), Language: "it", Phone: fmt.Sprintf("+3933300001%02d", n), PhoneAt: now,
			Person: enrolment.Person{
				GivenName: "Amira", FamilyName: "Prova", Gender: "F", BirthDate: time.Date(1983, time.May, 10, 0, 0, 0, 0, time.UTC), BirthPlace: "A744", BirthName: "Bellagio", BirthCounty: "CO",
				Citizenship: "IT", FiscalCode: code, Residence: identity.Domicile{Street: "Via di Prova 1", PostalCode: "26900", Municipality: "Lodi", Province: "LO", Nation: "IT"},
			},
			Document:   identity.Document{Kind: "cartaIdentita", Number: fmt.Sprintf("CA%05dAA", n), Issuer: "Comune di Lodi", IssuedOn: now.AddDate(-1, 0, 0), ExpiresOn: now.AddDate(5, 0, 0)},
			HealthCard: enrolment.HealthCard{Number: "80380000000000000009", ExpiresOn: now.AddDate(2, 0, 0)},
		},
	}
	err := w.store.Open(w.t.Context(), enrolment.Opening{
		Request: r, Password: "$" + r.ID, Link: []byte(r.ID), Until: now.Add(24 * time.Hour), Audit: audit.Event{At: now, Role: "idp"},
		Mail: notify.Message{Channel: notify.Mail, To: r.Data.Email, Subject: "s", Text: "t", Lang: "it"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, act := range []enrolment.Act{enrolment.ConfirmMail, enrolment.SetSecurity, enrolment.ConfirmPhone, enrolment.SavePerson} {
		r = w.took(r, act, nil)
	}
	if pictures {
		r = w.took(r, enrolment.AddPictures, func(q *enrolment.Request) {
			q.Data.Pictures = map[enrolment.Picture]string{}
			for _, what := range enrolment.Pictures() {
				q.Data.Pictures[what] = w.keep(r, evidence.Kind(what), picture.MediaType, []byte("picture of "+string(what)))
			}
		})
	}
	r = w.took(r, enrolment.SaveDocuments, nil)
	paper := w.keep(r, evidence.Contract, "application/pdf", []byte("%PDF-1.7 contratto di prova"))
	return w.took(r, enrolment.FreezeContract, func(q *enrolment.Request) {
		q.Data.Contract = &enrolment.Contract{Evidence: paper, SHA256: fmt.Sprintf("%064d", q.Version), Version: "1", At: w.clock()}
	})
}

func (w *world) signed(r enrolment.Request) enrolment.Request {
	return w.took(w.read(r), enrolment.Sign, func(q *enrolment.Request) {
		q.Data.Signed = &enrolment.Signing{At: w.clock(), Contract: q.Data.Contract.SHA256, Phone: "aa"}
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

// applicant is signed in as the holder of a request.
func (w *world) applicant(r enrolment.Request) *webtest.Client {
	c := webtest.New(w.t)
	c.Get(w.base + "/enter/" + r.Holder)
	return c
}

// waits enters the queue.
func (w *world) waits(r enrolment.Request) *webtest.Client {
	w.t.Helper()
	c := w.applicant(r)
	w.post(c, "/enrol/video/now", "consent", "on").Expect(http.StatusOK, "Sei in attesa")
	return c
}

func (w *world) post(c *webtest.Client, path string, pairs ...string) *webtest.Page {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return c.Post(w.base+path, values)
}

// live finds the session of a request.
func (w *world) live(r enrolment.Request) video.Session {
	w.t.Helper()
	s, err := w.store.SessionOf(w.t.Context(), r.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// meets takes the next, and both sides join.
func (k *desk) meets(r enrolment.Request, c *webtest.Client) video.Session {
	k.T.Helper()
	k.w.post(k.Client, "/operator/video/next").Expect(http.StatusOK, "passo 1 di 13")
	s := k.w.live(r)
	k.w.post(c, "/enrol/video/session/join", "offer", "a").Expect(http.StatusOK)
	k.act(s, "/join", "offer", "o").Expect(http.StatusOK)
	return s
}

// act sends a form of the console.
func (k *desk) act(s video.Session, path string, pairs ...string) *webtest.Page {
	return k.w.post(k.Client, "/operator/video/"+s.ID+path, pairs...)
}

// does a step with all its ticks.
func (k *desk) does(s video.Session, step video.Step) *webtest.Page {
	pairs := []string{"step", string(step)}
	for _, tick := range video.Seen(step) {
		pairs = append(pairs, "tick_"+tick, "on")
	}
	return k.act(s, "/step", pairs...)
}

var (
	codeForm  = regexp.MustCompile(`\b\d{6}\b`)
	tokenForm = regexp.MustCompile(`token=(\S+)`)
)

// until does all steps before one.
func (k *desk) until(s video.Session, r enrolment.Request, c *webtest.Client, before video.Step) {
	k.T.Helper()
	for _, step := range video.Steps() {
		if step == before {
			return
		}
		k.only(s, r, c, step)
	}
}

// only does one step, with what it needs.
func (k *desk) only(s video.Session, r enrolment.Request, c *webtest.Client, step video.Step) {
	k.T.Helper()
	switch step {
	case video.Messages:
		k.act(s, "/send").Expect(http.StatusOK)
		k.act(s, "/code", "code", codeForm.FindString(k.w.last(r.Data.Phone))).Expect(http.StatusOK, "Il codice è giusto")
		token := tokenForm.FindStringSubmatch(k.w.last(r.Data.Email))[1]
		k.w.post(c, "/enrol/video/mail", "token", token).Expect(http.StatusOK, "Fatto")
	case video.Contract:
		if !k.w.read(r).Data.SignedNow() {
			k.w.signed(r)
		}
	case video.Actions:
		k.act(s, "/draw", "gestures", "no").Expect(http.StatusOK)
	}
	k.does(s, step).Expect(http.StatusOK)
}

// identifies presses the last button, and gives the key when it is asked for.
func (k *desk) identifies(s video.Session) *webtest.Page {
	k.T.Helper()
	p := k.act(s, "/identify")
	if p.Has("Conferma che sei tu") {
		p = k.Answer(p)
	}
	return p
}
