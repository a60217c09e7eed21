package rao_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/enroltest"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/rao/raotest"
	"atrio/idp/proofing/rao/sealed"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/web"
	"atrio/web/webtest"
)

var start = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

const (
	mine   = "PRVMRA83E50A744N"
	others = "RSSMRA80A01H501U"
)

var halves = sealed.Halves{First: "Abc234", Second: "Xyz789"}

// desk is the page of one applicant whose contract is signed, a public body and the
// authority of its seal.
type desk struct {
	*webtest.Client
	base      string
	store     *idpdb.Store
	vault     *evidence.Vault
	authority *st.Authority
	seal      sealed.Seal
	own       bool
	// id and holder are those of the request that is on the page.
	id, holder string

	mu    sync.Mutex
	now   time.Time
	lines []audit.Event
}

func (k *desk) clock() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *desk) advance(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = k.now.Add(d)
}

func (k *desk) note(_ context.Context, ev audit.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lines = append(k.lines, ev)
}

// refusals gives the reasons of the refusals since the last time.
func (k *desk) refusals() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var list []string
	for _, line := range k.lines {
		if line.Action != audit.RequestToken || line.Detail["request"] == "" {
			k.T.Errorf("a line about a token: %+v", line)
		}
		list = append(list, line.Reason)
	}
	k.lines = nil
	return strings.Join(list, " ")
}

func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, fn)
}

// open makes a request of Amira Prova that waits for her token.
func open(t *testing.T, d *db.DB) *desk {
	t.Helper()
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	k := &desk{Client: webtest.New(t), store: idpdb.NewStore(d, ring, nil), authority: st.New(start), now: start}
	k.authority.Clock = k.clock
	k.seal = raotest.Seal(k.authority, k.authority.Granted)
	k.vault = enroltest.Vault(t, k.store, ring, k.clock)
	register, err := rao.ReadRegister([]byte(raotest.Register + "c_altro;CF:IT-11111111111;Comune di Altrove\n"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(k.authority.Granted.Certificate)
	judge := &rao.Judge{Authorities: pool, Policies: rao.Policies(), Register: register, Fetcher: k.authority}
	k.base = webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "idp", base, k.clock, rao.Pages(), way.Pages())
		site.Keyring, site.Refused, site.Log = ring, k.note, slog.New(slog.NewTextHandler(&bytes.Buffer{}, nil))
		site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: k.clock, Idle: 999 * time.Hour, Absolute: 999 * time.Hour}
		free := func(next web.HandlerFunc) web.HandlerFunc { return next }
		tokens := &rao.Tokens{
			Site: site, Way: &way.Way{Site: site, Store: k.store, Now: k.clock}, Store: k.store, Keeper: k.vault, Judge: judge,
			Limiter: &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: ring, Now: k.clock},
			Own:     func(string) bool { return k.own }, Provider: "Identità di prova", Limit: free, UploadLimit: free, Now: k.clock,
		}
		return site.Handler(tokens, enroltest.SignIn{Site: site, Store: k.store, Now: k.clock}, enroltest.Pages{way.Request, way.Sign})
	})
	k.begin("request", "amira")
	return k
}

// begin makes a request about Amira that stands before the token, and signs its holder in.
func (k *desk) begin(id, holder string) {
	k.T.Helper()
	k.id, k.holder = id, holder
	r := enroltest.Amira(enrolment.RAO, k.clock())
	r.ID, r.Holder, r.Number = id, holder, enrolment.NewNumber()
	r.Data.Email = holder + "@example.org"
	r.Data.Person.BirthDate = time.Date(1983, time.May, 10, 0, 0, 0, 0, time.UTC)
	r.Data.Document.Number = "CA00000AA"
	enroltest.Open(k.T, k.store, r, enroltest.ToDocuments...)
	k.take(id, enrolment.FreezeContract, func(q *enrolment.Request) {
		q.Data.Contract = &enrolment.Contract{Evidence: "contract", SHA256: strings.Repeat("a", 64), Version: "1", At: start}
	})
	k.take(id, enrolment.Sign, func(q *enrolment.Request) {
		q.Data.Signed = &enrolment.Signing{At: k.clock(), Contract: q.Data.Contract.SHA256, Phone: "mac"}
	})
	k.Get(k.base + "/test/in/" + holder)
}

// take takes a step of the applicant elsewhere.
func (k *desk) take(id string, act enrolment.Act, edit func(*enrolment.Request)) {
	k.T.Helper()
	by := enrolment.Author{Role: enrolment.Applicant, ID: enroltest.Request(k.T, k.store, id).Holder}
	enroltest.Take(k.T, k.store, id, enrolment.Change{Act: act, By: by, At: k.clock(), Edit: edit})
}

func (k *desk) request() enrolment.Request {
	k.T.Helper()
	return enroltest.Request(k.T, k.store, k.id)
}

// claims are those of a token of now, with changes.
func (k *desk) claims(changes ...func(*sealed.Claims)) sealed.Claims {
	c := raotest.Claims(mine, k.clock())
	for _, change := range changes {
		change(&c)
	}
	return c
}

// token seals claims, and what belongs inside with changes.
func (k *desk) token(c sealed.Claims, changes ...func(*sealed.Data)) string {
	k.T.Helper()
	return k.by(k.seal, c, changes...)
}

func (k *desk) by(s sealed.Seal, c sealed.Claims, changes ...func(*sealed.Data)) string {
	k.T.Helper()
	d := raotest.Data(c)
	d.Attributes.Mandatory.Email = k.holder + "@example.org"
	for _, change := range changes {
		change(&d)
	}
	token, err := s.Token(c, d, halves)
	if err != nil {
		k.T.Fatal(err)
	}
	return token
}

// give pastes a token on the page.
func (k *desk) give(token string) *webtest.Page {
	k.T.Helper()
	page := k.Get(k.base + way.RAO).Expect(http.StatusOK)
	return k.Submit(page.FormWith("token"), "token", token)
}

// code types the halves.
func (k *desk) code(first, second string) *webtest.Page {
	k.T.Helper()
	page := k.Get(k.base + way.RAO).Expect(http.StatusOK)
	return k.Submit(page.FormWith("first"), "first", first, "second", second)
}

func (k *desk) kept() map[evidence.Kind][]evidence.Item {
	k.T.Helper()
	return enroltest.Kept(k.T, k.vault, k.id)
}

// mails are those that wait to be sent.
func (k *desk) mails() (list []notify.Message) {
	k.T.Helper()
	queue, err := (&shareddb.Store{DB: k.store.DB}).ClaimMessages(k.T.Context(), notify.Mail, k.clock(), time.Nanosecond, 100)
	if err != nil {
		k.T.Fatal(err)
	}
	for _, m := range queue {
		if m.Message.Subject != "" {
			list = append(list, m.Message)
		}
	}
	return list
}
