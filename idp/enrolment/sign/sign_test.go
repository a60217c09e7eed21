package sign_test

import (
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/enroltest"
	"atrio/idp/enrolment/sign"
	"atrio/idp/enrolment/way"
	"atrio/idp/idpdb"
	"atrio/web"
	"atrio/web/webtest"
)

const (
	phone  = "+393330000009"
	holder = "amira"
)

var begin = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

// desk is the page of one applicant, whose contract is frozen.
type desk struct {
	*webtest.Client
	base  string
	db    *db.DB
	store *idpdb.Store
	at    atomic.Int64
}

func (k *desk) now() time.Time          { return time.UnixMicro(k.at.Load()).UTC() }
func (k *desk) advance(d time.Duration) { k.at.Add(d.Microseconds()) }
func (k *desk) request() enrolment.Request {
	k.T.Helper()
	return enroltest.Request(k.T, k.store, "request")
}

func open(t *testing.T, d *db.DB, method enrolment.Method) *desk {
	t.Helper()
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	k := &desk{Client: webtest.New(t), db: d, store: idpdb.NewStore(d, ring, nil)}
	k.at.Store(begin.UnixMicro())
	k.base = webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "idp", base, k.now, sign.Pages(), way.Pages())
		site.Keyring = ring
		site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: k.now, Idle: time.Hour, Absolute: 8 * time.Hour}
		h := &sign.Handler{
			Site: site, Way: &way.Way{Site: site, Store: k.store, Now: k.now}, Codes: k.store, SMSSender: "Prova", Now: k.now,
			Limiter: &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: ring, Now: k.now}, Limits: apply.DefaultLimits(),
			Limit: func(next web.HandlerFunc) web.HandlerFunc { return next },
		}
		return site.Handler(h, enroltest.SignIn{Site: site, Store: k.store, Now: k.now})
	})
	enroltest.Open(t, k.store, enroltest.Amira(method, begin), enroltest.ToDocuments...)
	k.freeze("one")
	k.NoRedirect = true
	k.Get(k.base + "/test/in/amira")
	return k
}

func (k *desk) freeze(hash string) {
	k.T.Helper()
	k.take(enrolment.FreezeContract, func(r *enrolment.Request) { r.Data.Contract = &enrolment.Contract{Evidence: "e", SHA256: hash} })
}

func (k *desk) take(act enrolment.Act, edit func(*enrolment.Request)) {
	k.T.Helper()
	enroltest.Take(k.T, k.store, "request", enrolment.Change{Act: act, By: enrolment.Author{Role: enrolment.Applicant, ID: holder}, At: begin, Edit: edit})
}

var digits = regexp.MustCompile(`\b\d{6}\b`)

// code asks for a code and gives the one that went to the telephone.
func (k *desk) code() string {
	k.T.Helper()
	if p := k.again(); p.Status != http.StatusSeeOther {
		k.T.Fatalf("no code is sent: %d", p.Status)
	}
	var text string
	err := k.db.Read().QueryRowContext(k.T.Context(), `SELECT body FROM outbox WHERE recipient = $1 ORDER BY id DESC LIMIT 1`, phone).Scan(&text)
	if err != nil {
		k.T.Fatal(err)
	}
	return digits.FindString(text)
}

func (k *desk) again() *webtest.Page {
	k.T.Helper()
	return k.Submit(k.Get(k.base + way.Sign).Form(`form[action="/enrol/sign/again"]`))
}

func (k *desk) try(code string) *webtest.Page {
	k.T.Helper()
	return k.Submit(k.Get(k.base+way.Sign).FormWith("code"), "code", code)
}

func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, fn)
}

// I5
func TestTheContractIsSignedWithACodeFromTheConfirmedTelephone(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d, enrolment.CNS)
		code := k.code()
		k.try(wrong(code)).Expect(http.StatusUnprocessableEntity, "Tentativi rimasti: 4")
		if k.request().Data.SignedNow() {
			t.Fatal("a wrong code signs")
		}
		k.try(code)
		r := k.request()
		if s := r.Data.Signed; !r.Data.SignedNow() || s.Phone == "" || s.Phone == phone || s.Operator != "" || r.State != enrolment.ContractReady {
			t.Errorf("after the right code: %+v in %s", s, r.State)
		}
		k.freeze("two")
		if k.request().Data.SignedNow() {
			t.Error("another contract is signed with the code for the one before")
		}
	})
}

// A01, E24
func TestACodeForOneContractSignsNoOtherAndEndsInTime(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d, enrolment.Video)
		code := k.code()
		k.freeze("two")
		k.try(code).Expect(http.StatusUnprocessableEntity, "Il codice non è giusto")
		k.advance(2 * time.Minute)
		code = k.code()
		k.advance(5*time.Minute + time.Second)
		k.try(code).Expect(http.StatusUnprocessableEntity, "Il codice non vale più")
		code = k.code()
		for range 5 {
			k.try(wrong(code)).Expect(http.StatusUnprocessableEntity)
		}
		k.try(code).Expect(http.StatusUnprocessableEntity, "Il codice non vale più")
		if k.request().Data.SignedNow() {
			t.Error("a dead code signs")
		}
	})
}

// A03, E26
func TestCodesForAContractAreFewAndApart(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d, enrolment.Chip)
		k.code()
		k.again().Expect(http.StatusTooManyRequests, "Aspetta un minuto")
		for range 4 {
			k.advance(2 * time.Minute)
			k.code()
		}
		k.advance(2 * time.Minute)
		k.again().Expect(http.StatusTooManyRequests, "troppi codici")
	})
}

func TestWhoSignsOtherwiseIsLedAway(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d, enrolment.Signature)
		if p := k.Get(k.base + way.Sign); p.Header.Get("Location") != way.Signature {
			t.Errorf("who signs with a key is asked for a code: %d", p.Status)
		}
	})
}

func TestOfFiftyRightCodesAtOnceOneSigns(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d, enrolment.CNS)
		code := k.code()
		page := k.Get(k.base + way.Sign)
		values := page.FormWith("code").Values
		values.Set("code", code)
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if _, err := k.Do(http.MethodPost, k.base+way.Sign, values, page); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		events, err := k.store.Events(t.Context(), "request")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, e := range events {
			if e.Act == enrolment.Sign {
				n++
			}
		}
		if n != 1 {
			t.Errorf("signed %d times", n)
		}
	})
}

func wrong(code string) string {
	last := (code[5]-'0'+1)%10 + '0'
	return code[:5] + string(last)
}
