package chip_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/seal"
	"atrio/base/setting"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/enroltest"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/chip"
	"atrio/idp/proofing/chip/live"
	"atrio/idp/proofing/video/studio"
	"atrio/mrtd/messaging"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/relay"
	"atrio/web"
	"atrio/web/webtest"
)

var start = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

// italy issues the documents of the tests; old is a signer of hers whose time is over.
type country struct {
	csca, signer, old *mrtdtest.Authority
}

var italy = sync.OnceValue(func() country {
	key := func() mrtdtest.Key {
		k := mrtdtest.NewKey(12)
		k.Explicit = true
		return k
	}
	c := mrtdtest.NewCountry("IT", key(), mrtdtest.Years(start, 8, 8))
	return country{c, c.Signer(key(), mrtdtest.Years(start, 4, 6)), c.Signer(key(), mrtdtest.Years(start, 5, -1))}
})

// world is the pages of one provider on one database.
type world struct {
	t     *testing.T
	base  string
	store *idpdb.Store
	vault *evidence.Vault
	db    *db.DB
	pages http.Handler
	chip  *chip.Chip
	ring  *seal.Keyring

	mu      sync.Mutex
	now     time.Time
	refused []audit.Event
	// broken is what the vault fails with.
	broken error
	// ahead is how far the clock of films was moved, in nanoseconds.
	ahead atomic.Int64
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

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) { fn(t, open(t, d)) })
}

func one(t *testing.T) *world {
	return open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()))
}

func open(t *testing.T, d *db.DB, edits ...func(*chip.Chip)) *world {
	t.Helper()
	w := &world{t: t, now: start, db: d}
	begun := time.Now()
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	w.ring, w.store = ring, idpdb.NewStore(d, ring, nil)
	w.vault = enroltest.Vault(t, w.store, ring, w.clock)
	media := &studio.Studio{Config: studio.Config{UDP: "127.0.0.1:0", Segment: setting.Duration(time.Second)}, Vault: w.vault, Ring: ring, Now: w.clock}
	t.Cleanup(func() {
		if err := media.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	w.base = webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "idp", base, w.clock, chip.Pages(), studio.Pages(), way.Pages(), evidence.Pages())
		site.Keyring = ring
		site.Refused = func(_ context.Context, ev audit.Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.refused = append(w.refused, ev)
		}
		site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: w.clock, Idle: 8 * time.Hour, Absolute: 24 * time.Hour}
		free := func(next web.HandlerFunc) web.HandlerFunc { return next }
		w.chip = &chip.Chip{
			Site: site, Way: &way.Way{Site: site, Store: w.store, Now: w.clock}, Store: w.store, Keeper: keeper{w}, Keyring: ring,
			Trust: chip.Believing(nil, italy().csca.Certificate), Clients: []chip.ClientConfig{{Name: "Lettore di prova", URL: "https://lettore.example.org"}},
			Limit: free, RelayLimit: free, UploadLimit: free, FilmLimit: free, Now: w.clock,
			Live: &live.Director{Media: media, AtOnce: 2, Now: w.clock, Elapsed: func() time.Duration { return time.Since(begun) + time.Duration(w.ahead.Load()) }}, Upload: true,
			Servers: studio.Config{Servers: []studio.Server{{URL: "turns:turn.example:443", User: "u", Password: setting.Secret("p")}}}.ForBrowser,
		}
		for _, edit := range edits {
			edit(w.chip)
		}
		w.pages = site.Handler(w.chip, enroltest.SignIn{Site: site, Store: w.store, Now: w.clock})
		return w.pages
	})
	return w
}

// keeper is the vault, until it breaks.
type keeper struct{ w *world }

func (k keeper) Put(ctx context.Context, n evidence.New) (evidence.Item, error) {
	k.w.mu.Lock()
	broken := k.w.broken
	k.w.mu.Unlock()
	if broken != nil {
		return evidence.Item{}, broken
	}
	return k.w.vault.Put(ctx, n)
}

func (k keeper) Record(ctx context.Context, n evidence.NewRecording) (*evidence.Recorder, error) {
	return k.w.vault.Record(ctx, n)
}

// breaks has the vault fail; nil mends it.
func (w *world) breaks(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = err
}

// applicant is somebody whose contract is ready, before a browser.
type applicant struct {
	*webtest.Client
	w  *world
	id string
	// on is what stands on the document that was declared.
	on mrtdtest.Person
}

var me = func(r enrolment.Request) enrolment.Author {
	return enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}
}

// apply opens a request of a person; n tells people apart.
func (w *world) apply(n int, edit func(*enrolment.Data)) *applicant {
	w.t.Helper()
	now := w.clock()
	r := enrolment.Request{
		ID: fmt.Sprint("request-", n), Holder: fmt.Sprint("holder-", n), Number: enrolment.NewNumber(), State: enrolment.MailPending, Method: enrolment.Chip, Version: 1, Opened: now, Changed: now,
		Data: enrolment.Data{
			Area: enrolment.Private, Email: fmt.Sprintf("amira%c@example.org", 'a'+n), Language: "it", Phone: fmt.Sprintf("+3933300001%02d", n), PhoneAt: now,
			Person:   enrolment.Person{GivenName: "Amira", FamilyName: "Prova", Gender: "F", BirthDate: time.Date(1983, time.May, 10, 0, 0, 0, 0, time.UTC), Citizenship: "IT", FiscalCode: "PRVMRA83E50A744N"},
			Document: identity.Document{Kind: "cartaIdentita", Number: "CA00001AA", Issuer: "Comune di Prova", IssuedOn: time.Date(2023, time.April, 12, 0, 0, 0, 0, time.UTC), ExpiresOn: time.Date(2033, time.May, 10, 0, 0, 0, 0, time.UTC)},
		},
	}
	if edit != nil {
		edit(&r.Data)
	}
	enroltest.Open(w.t, w.store, r, enroltest.ToDocuments...)
	a := &applicant{Client: webtest.New(w.t), w: w, id: r.ID, on: amira()}
	a.take(enrolment.FreezeContract, me(r), func(q *enrolment.Request) {
		q.Data.Contract = &enrolment.Contract{Evidence: "paper", SHA256: "hash", Version: "1", At: now}
	})
	a.Get(w.base + "/test/in/" + r.Holder)
	return a
}

// amira is who stands on the document that apply declares.
func amira() mrtdtest.Person {
	return mrtdtest.Person{State: "ITA", Number: "CA00001AA", Surname: "PROVA", Given: "AMIRA", Birth: "830510", Sex: "F", Expiry: "330510", PersonalNumber: "PRVMRA83E50A744N"}
}

func (a *applicant) request() enrolment.Request {
	a.T.Helper()
	return enroltest.Request(a.T, a.w.store, a.id)
}

// take takes a step, as other pages and people do.
func (a *applicant) take(act enrolment.Act, by enrolment.Author, edit func(*enrolment.Request)) {
	a.T.Helper()
	enroltest.Take(a.T, a.w.store, a.id, enrolment.Change{Act: act, By: by, At: a.w.clock(), Reason: "per prova", Edit: edit})
}

// code asks for a code, with the zone or with a CAN.
func (a *applicant) code(pairs ...string) (address, code string) {
	a.T.Helper()
	if len(pairs) == 0 {
		pairs = []string{"opener", "zone"}
	}
	p := a.Submit(a.Get(a.w.base+way.Chip+"?again=1").Expect(http.StatusOK).FormWith("opener"), pairs...).Expect(http.StatusOK, "Vale 5 minuti")
	return p.Text("#pairing-address"), p.Text("#pairing-code")
}

// present asks for a code and lays a document on a reader.
func (a *applicant) present(card relay.Card, pairs ...string) error {
	a.T.Helper()
	address, code := a.code(pairs...)
	return relay.Carry(a.T.Context(), address, code, card)
}

// shows expects words on the applicant's page.
func (a *applicant) shows(words ...string) *webtest.Page {
	a.T.Helper()
	return a.Get(a.w.base+way.Chip).Expect(http.StatusOK, words...)
}

// withKey is a document that signs challenges; strong one that opens by PACE and agrees on keys.
func withKey(p mrtdtest.Person, o ...mrtdtest.Option) *mrtdtest.Document {
	return italy().signer.Issue(p, p.Card(), append([]mrtdtest.Option{mrtdtest.WithActive(mrtdtest.NewKey(12))}, o...)...)
}

func strong(p mrtdtest.Person) *mrtdtest.Document {
	return italy().signer.Issue(p, p.Card(), mrtdtest.WithPACE(messaging.AES128, 12), mrtdtest.WithChip(mrtdtest.NewKey(12), messaging.AES128))
}

// audited reports whether a line with that reason was written.
func (w *world) audited(reason string) bool {
	w.t.Helper()
	return w.lines("enrolment.chip", reason) > 0
}

// lines counts those of an action with a reason.
func (w *world) lines(action, reason string) (n int) {
	w.t.Helper()
	if err := w.db.Read().QueryRowContext(w.t.Context(), `SELECT count(*) FROM audit WHERE action = $1 AND reason = $2`, action, reason).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// detailed counts the lines with a reason that name a request and its holder.
func (w *world) detailed(reason string, r enrolment.Request) (n int) {
	w.t.Helper()
	err := w.db.Read().QueryRowContext(w.t.Context(), `SELECT count(*) FROM audit WHERE reason = $1 AND subject = $2 AND detail LIKE $3`, reason, r.Holder, "%"+string(r.Number)+"%").Scan(&n)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// drawn counts the tasks that were drawn for a request.
func (w *world) drawn(r enrolment.Request) (n int) {
	w.t.Helper()
	err := w.db.Read().QueryRowContext(w.t.Context(), `SELECT count(*) FROM audit WHERE action = 'enrolment.chip' AND outcome = 'ok' AND subject = $1 AND detail LIKE '%drawn%'`, r.Holder).Scan(&n)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// endless sends a film of 200 MB, which no connection of this test carries: a server that has
// heard enough closes it.
func (w *world) endless(a *applicant) (status int, page string) {
	w.t.Helper()
	head := "--x\r\nContent-Disposition: form-data; name=\"film\"; filename=\"f\"\r\n\r\n"
	r := httptest.NewRequest(http.MethodPost, w.base+"/enrol/chip/face", io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, 200<<20)))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	for _, cookie := range a.HTTP.Jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	rec := httptest.NewRecorder()
	w.pages.ServeHTTP(rec, r)
	return rec.Code, rec.Body.String()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// webm begins as a film of a browser does, and goes on as long as n says.
func webm(n int) []byte {
	head := []byte("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm\x42\x87\x81\x04")
	return append(head, bytes.Repeat([]byte{7}, n-len(head))...)
}

// factsOf are what an operator is told, by name.
func factsOf(r enrolment.Request) map[string]string {
	told := map[string]string{}
	if r.Data.Verdict != nil {
		for _, f := range r.Data.Verdict.Facts {
			told[f.Name] = f.Value
		}
	}
	return told
}

func sorted(list []string) string {
	list = slices.Clone(list)
	slices.Sort(list)
	return strings.Join(list, " ")
}
