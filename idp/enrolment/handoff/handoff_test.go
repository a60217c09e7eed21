package handoff_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"atrio/base/audit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/enroltest"
	"atrio/idp/enrolment/handoff"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence/picture"
	"atrio/idp/evidence/picture/picturetest"
	"atrio/idp/idpdb"
	"atrio/web"
	"atrio/web/webtest"
)

var begin = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

// desk is the computer of one applicant; telephones are further browsers.
type desk struct {
	*webtest.Client
	base  string
	store *idpdb.Store
	at    atomic.Int64

	mu      sync.Mutex
	reasons []string
}

func (k *desk) now() time.Time          { return time.UnixMicro(k.at.Load()).UTC() }
func (k *desk) advance(d time.Duration) { k.at.Add(d.Microseconds()) }
func (k *desk) request() enrolment.Request {
	k.T.Helper()
	return enroltest.Request(k.T, k.store, "request")
}

func (k *desk) note(_ context.Context, ev audit.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reasons = append(k.reasons, ev.Reason)
}

func open(t *testing.T, d *db.DB) *desk {
	t.Helper()
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	k := &desk{Client: webtest.New(t), store: idpdb.NewStore(d, ring, nil)}
	k.at.Store(begin.UnixMicro())
	k.base = webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "idp", base, k.now, handoff.Pages(), way.Pages(), picture.Pages())
		site.Keyring, site.Refused = ring, k.note
		site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: k.now, Idle: time.Hour, Absolute: 8 * time.Hour}
		free := func(next web.HandlerFunc) web.HandlerFunc { return next }
		h := &handoff.Handler{
			Site: site, Way: &way.Way{Site: site, Store: k.store, Now: k.now}, Store: k.store, Limit: free, UploadLimit: free, Now: k.now,
			Pictures: picture.NewIntake(picturetest.Limits()), Keeper: enroltest.Vault(t, k.store, ring, k.now),
		}
		return site.Handler(h, enroltest.SignIn{Site: site, Store: k.store, Now: k.now}, out{site}, enroltest.Pages{way.Documents, way.Login})
	})
	enroltest.Open(t, k.store, enroltest.Amira(enrolment.Point, begin), append(slices.Clone(enroltest.ToPhone), enrolment.SavePerson)...)
	k.Get(k.base + "/test/in/amira")
	return k
}

// out ends the session, as "Esci" does.
type out struct{ site *web.Site }

func (o out) Mount(m *web.Mux) {
	m.Get("/test/out", func(w http.ResponseWriter, r *http.Request) error { return o.site.Sessions.Clear(w, r) })
}

// begun is the page with the code, and the code.
func (k *desk) begun() (*webtest.Page, string) {
	k.T.Helper()
	k.Get(k.base + way.Handoff).Expect(http.StatusOK)
	p := k.Submit(k.Get(k.base+way.Handoff).Form(`form[action="/enrol/handoff"]`)).Expect(http.StatusOK, "Aspettiamo il telefono")
	code := p.Text("dd strong")
	if len(code) != 9 {
		k.T.Fatalf("code %q", code)
	}
	return p, code
}

// another begins anew, whatever stands there.
func (k *desk) another() string {
	k.T.Helper()
	p := k.Get(k.base + way.Handoff)
	k.Submit(p.Form("form#end"))
	_, code := k.begun()
	return code
}

type telephone struct {
	*webtest.Client
	base string
}

func (k *desk) telephone() telephone { return telephone{webtest.New(k.T), k.base} }

// brings types a code.
func (p telephone) brings(code string) *webtest.Page {
	p.T.Helper()
	return p.Submit(p.Get(p.base+"/enrol/camera?code=").FormWith("code"), "code", code)
}

func (p telephone) page() *webtest.Page { return p.Get(p.base + "/enrol/camera") }

// chooses presses a number at the computer.
func (k *desk) chooses(number string) *webtest.Page {
	k.T.Helper()
	return k.Submit(k.Get(k.base+way.Handoff).Expect(http.StatusOK, "Quale numero").FormWith("number"), "number", number)
}

func (k *desk) expectReasons(want ...string) {
	k.T.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Equal(k.reasons, want) {
		k.T.Errorf("refused %v, not %v", k.reasons, want)
	}
	k.reasons = nil
}

func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, fn)
}

// E02, A05: the telephone adds pictures once its number was found at the computer, and
// nothing of the request is opened by it.
func TestA05ATelephoneAddsPicturesOnceItsNumberIsFound(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		shown, code := k.begun()
		if k.Get(k.base+way.Handoff).Text("dd strong") != code {
			t.Error("another code after the page was loaded again")
		}
		if !strings.Contains(shown.Text("dl"), k.base+"/enrol/camera") || shown.Find("svg path[d]") == nil {
			t.Error("address or QR code is missing")
		}
		p := k.telephone()
		waits := p.Get(p.base + "/enrol/camera?code=" + code) // what the QR code opens
		if k.Get(k.base + way.Handoff).Expect(http.StatusOK); k.Get(k.base + way.Handoff).Has("Quale numero") {
			t.Fatal("a look at the address used the code up")
		}
		number := p.Submit(waits.FormWith("code")).Expect(http.StatusOK, "Cerca questo numero", "a…@example.org").Text(".atrio-number")
		choice := k.Get(k.base + way.Handoff).FindAll(".atrio-numbers button")
		if len(choice) != 3 || !slices.ContainsFunc(choice, func(one *html.Node) bool { return webtest.Text(one) == number }) {
			t.Fatalf("the number %s is not among those of the computer", number)
		}
		if blind := p.page(); blind.Find("input[type=file]") != nil {
			t.Error("pictures are taken before the number was found")
		}
		k.chooses(number).Expect(http.StatusOK, "Il telefono è collegato", "0 di 4")
		page := p.page().Expect(http.StatusOK, "Manda le fotografie")
		page = p.Upload(page.FormWith("document_front"), map[string][]byte{"document_front": picturetest.Card(), "document_back": []byte("no picture")})
		page.Expect(http.StatusUnprocessableEntity)
		if page.Find("#document_back-error") == nil || page.Find("#document_front-error") != nil {
			t.Error("what is wrong is not said at its field")
		}
		k.Get(k.base+way.Handoff).Expect(http.StatusOK, "1 di 4")
		rest := map[string][]byte{}
		for _, what := range enrolment.Pictures()[1:] {
			rest[string(what)] = picturetest.Card()
		}
		p.Upload(page.FormWith("document_front"), rest).Expect(http.StatusOK, "Ci sono tutte")
		r := k.request()
		if len(r.Data.Pictures) != 4 || r.State != enrolment.PersonalData {
			t.Fatalf("%v in %s", r.Data.Pictures, r.State)
		}
		for _, address := range []string{way.Request, way.Documents, way.Handoff, "/enrol/picture/document_front"} {
			q := p.Get(p.base + address)
			if q.Has("Amira") || q.Has("PRVMRA83E50A744N") || strings.HasPrefix(q.Body, "\xff\xd8") || q.Has("Il telefono è collegato") {
				t.Errorf("%s is open to the telephone", address)
			}
		}
		k.expectReasons()
	})
}

// A05: a code holds two minutes and once; whoever asks is told one thing.
func TestA05ACodeHoldsTwoMinutesAndOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		const no = "Questo codice non vale"
		k.telephone().brings("ZZZZ-ZZZZ").Expect(http.StatusUnprocessableEntity, no)
		k.telephone().brings("four").Expect(http.StatusUnprocessableEntity, "otto lettere e cifre")
		_, code := k.begun()
		k.advance(2 * time.Minute)
		k.telephone().brings(code).Expect(http.StatusUnprocessableEntity, no)
		code = k.another()
		old := code
		k.Submit(k.Get(k.base + way.Handoff).Form("form#end"))
		k.telephone().brings(old).Expect(http.StatusUnprocessableEntity, no) // called off
		_, code = k.begun()
		k.telephone().brings(old).Expect(http.StatusUnprocessableEntity, no) // replaced
		k.advance(time.Minute)
		k.telephone().brings(code).Expect(http.StatusOK, "Cerca questo numero")
		k.expectReasons("handoff_code", "handoff_code", "handoff_code", "handoff_code")
	})
}

// A05: of many telephones with one code one is asked for its number, and because the code
// is known to more than one nobody gets in.
func TestA05ACodeThatTwoTelephonesBringLetsNobodyIn(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		_, code := k.begun()
		thief, own := k.telephone(), k.telephone()
		thief.brings(code).Expect(http.StatusOK, "Cerca questo numero")
		own.brings(code).Expect(http.StatusUnprocessableEntity, "Questo codice non vale")
		k.Get(k.base+way.Handoff).Expect(http.StatusOK, "Continua sul telefono")
		p := k.Submit(k.Get(k.base + way.Handoff).Form(`form[action="/enrol/handoff"]`)) // the page offers a new code
		p.Expect(http.StatusOK, "Aspettiamo il telefono")
		if p := thief.page(); p.Find(".atrio-number") != nil || p.Has("Cerca questo numero") {
			t.Errorf("the first telephone goes on: %s", p.Text("main"))
		}
		k.expectReasons("handoff_code")
	})
}

// A05: another number, or none of them, ends it.
func TestA05AnotherNumberEndsTheHandoff(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()))
	for _, pick := range []func(shown, right string) string{
		func(string, string) string { return "none" },
		func(shown, right string) string {
			for _, one := range strings.Fields(shown) {
				if one != right {
					return one
				}
			}
			return ""
		},
		func(string, string) string { return "" },
	} {
		_, code := k.begun()
		p := k.telephone()
		right := p.brings(code).Text(".atrio-number")
		shown := k.Get(k.base + way.Handoff).Text(".atrio-numbers")
		k.chooses(pick(shown, right)).Expect(http.StatusOK, "Non abbiamo collegato nessun telefono")
		if p.page().Expect(http.StatusOK, "è finito").Find("input[type=file]") != nil {
			t.Error("the telephone is let in")
		}
		k.expectReasons("handoff_number")
	}
	if n := len(k.request().Data.Pictures); n != 0 {
		t.Errorf("%d pictures", n)
	}
}

// A05: the telephone is bound to the session that let it in, and ends with it.
func TestA05TheTelephoneEndsWithTheSessionThatLetItIn(t *testing.T) {
	for name, ends := range map[string]func(k *desk){
		"signed out":        func(k *desk) { k.Get(k.base + "/test/out") },
		"disconnected":      func(k *desk) { k.Submit(k.Get(k.base + way.Handoff).Form("form#end")) },
		"after 30 minutes":  func(k *desk) { k.advance(30 * time.Minute) },
		"another was begun": func(k *desk) { k.another() },
		"withdrawn": func(k *desk) {
			enroltest.Take(k.T, k.store, "request", enrolment.Change{Act: enrolment.Withdraw, By: enrolment.Author{Role: enrolment.Applicant, ID: "amira"}, At: k.now()})
		},
	} {
		k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()))
		_, code := k.begun()
		p := k.telephone()
		k.chooses(p.brings(code).Text(".atrio-number")).Expect(http.StatusOK, "collegato")
		form := p.page().FormWith("document_front")
		ends(k)
		after := p.Upload(form, map[string][]byte{"document_front": picturetest.Card()})
		if after.Find("input[type=file]") != nil || len(k.request().Data.Pictures) != 0 {
			t.Errorf("%s: the telephone still adds pictures", name)
		}
		after.Expect(http.StatusOK, "è finito")
		k.expectReasons("handoff_pictures")
	}
}

// A05: another session of the same applicant neither sees the code nor lets a telephone in.
func TestA05AnotherSessionKnowsNothingOfTheHandoff(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()))
	_, code := k.begun()
	p := k.telephone()
	number := p.brings(code).Text(".atrio-number")
	other := &desk{Client: webtest.New(t), base: k.base}
	other.Get(k.base + "/test/in/amira")
	if q := other.Get(k.base + way.Handoff).Expect(http.StatusOK); q.Has(number) || q.Has(code) {
		t.Error("another session sees the numbers")
	}
	form := k.Get(k.base + way.Handoff).FormWith("number")
	other.Submit(form, "number", number).Expect(http.StatusOK, "Il codice non vale più")
	if p.page().Find("input[type=file]") != nil {
		t.Error("another session let the telephone in")
	}
	k.chooses(number).Expect(http.StatusOK, "collegato")
}

// A05: of many telephones at once one claims the code.
func TestA05OfManyTelephonesAtOnceOneClaims(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		_, code := k.begun()
		mac := k.store.Keyring.MAC("idp.handoff.code", code)
		var claimed atomic.Int32
		var wait sync.WaitGroup
		for n := range 12 {
			wait.Go(func() {
				_, err := k.store.ClaimHandoff(context.Background(), handoff.Handoff{
					Code: mac, Phone: []byte{byte(n), 1}, Numbers: []int{11, 22, 33}, Number: 22, Until: begin.Add(time.Minute),
				}, begin, audit.Event{At: begin, Role: "idp", Action: audit.RequestHandoff})
				if err == nil {
					claimed.Add(1)
				}
			})
		}
		wait.Wait()
		if claimed.Load() != 1 {
			t.Errorf("%d telephones claimed one code", claimed.Load())
		}
		held, err := k.store.HandoffOf(t.Context(), "request")
		if err != nil || held.State != handoff.Over {
			t.Errorf("after two brought it: %s, %v", held.State, err)
		}
	})
}
