package idp_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// phone is a telephone with the app, as its script is.
type phone struct {
	*world
	client *http.Client
	key    *ecdsa.PrivateKey
	device string
}

func newPhone(w *world) *phone {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &phone{world: w, key: key, client: &http.Client{Jar: jar}}
}

func (p *phone) sign(lines ...string) string {
	p.t.Helper()
	digest := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, digest[:])
	if err != nil {
		p.t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// said is what the app is told.
type said struct {
	Status  int
	Device  string   `json:"device"`
	Devices []string `json:"devices"`
	Notice  string   `json:"notice"`
	Nonce   string   `json:"nonce"`
	Error   string   `json:"error"`
	Left    int      `json:"left"`
	State   string   `json:"state"`
	Prompts []struct {
		ID      string `json:"id"`
		Device  string `json:"device"`
		Service string `json:"service"`
		Level   int    `json:"level"`
		Numbers []int  `json:"numbers"`
	} `json:"prompts"`
}

func (p *phone) call(path string, body any) (s said) {
	p.t.Helper()
	method, raw := http.MethodGet, []byte(nil)
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			p.t.Fatal(err)
		}
		method = http.MethodPost
	}
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, bytes.NewReader(raw))
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Accept", "application/json")
	answer, err := p.client.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	s.Status = answer.StatusCode
	if err := json.NewDecoder(answer.Body).Decode(&s); err != nil {
		p.t.Fatal(err)
	}
	return s
}

// bind sends a code with a token.
func (p *phone) bind(token, code string) said {
	p.t.Helper()
	spki, err := x509.MarshalPKIXPublicKey(&p.key.PublicKey)
	if err != nil {
		p.t.Fatal(err)
	}
	s := p.call("/app/bind", map[string]string{
		"token": token, "code": code, "name": "Telefono blu", "key": base64.RawURLEncoding.EncodeToString(spki), "proof": p.sign("atrio app: bind", token),
	})
	if s.Status == http.StatusCreated {
		p.device = s.Device
	}
	return s
}

// enter lets the app in.
func (p *phone) enter() said {
	p.t.Helper()
	nonce := p.call("/app/nonce", nil).Nonce
	return p.call("/app/enter", map[string]any{"nonce": nonce, "devices": []map[string]string{{"device": p.device, "signature": p.sign("atrio app: enter", nonce, p.device)}}})
}

// decide answers a prompt with a number, signed as it says.
func (p *phone) decide(s said, number int, decision string) said {
	p.t.Helper()
	if len(s.Prompts) != 1 {
		p.t.Fatalf("%d requests wait: %+v", len(s.Prompts), s)
	}
	a := s.Prompts[0]
	return p.call("/app/answer", map[string]any{
		"prompt": a.ID, "device": p.device, "number": number, "decision": decision,
		"signature": p.sign("atrio app: answer", a.ID, a.Service, strconv.Itoa(a.Level), strconv.Itoa(number), decision),
	})
}

// ownPages opens the account page.
func (w *world) ownPages(who string) *webtest.Client {
	w.t.Helper()
	browser := webtest.New(w.t)
	page := browser.Get(w.base + "/account/login")
	browser.Submit(page.FormWith("password"), "username", who, "password", secret).Expect(http.StatusOK)
	return browser
}

// opens a page of the own pages that asks for a proof of the highest level that somebody has.
func (w *world) opens(browser *webtest.Client, path, who string) *webtest.Page {
	w.t.Helper()
	p := browser.Get(w.base + path).Expect(http.StatusOK)
	if !holds(p, "username") {
		return p
	}
	p = browser.Submit(p.FormWith("username"), "username", who, "password", secret).Expect(http.StatusOK)
	if number := map[string]string{ada: adaPhone, bruno: brunoPhone}[who]; number != "" {
		v := &visit{world: w, browser: browser, page: p}
		switch {
		case who == ada:
			if !holds(p, "code") {
				v.page = browser.Get(v.codes()).Expect(http.StatusOK)
			}
			w.clock.Advance(time.Minute) // a code of the app is taken once
			v.code(w.totp())
		case !holds(p, "code"):
			v.code(v.toCode(number))
		default:
			v.code(codeOf.FindString(w.sms(number)))
		}
		p = v.page
	}
	return p.Expect(http.StatusOK)
}

// holds reports whether a page asks for something of that name.
func holds(p *webtest.Page, name string) bool {
	for _, f := range p.Forms() {
		if f.Values.Has(name) {
			return true
		}
	}
	return false
}

var (
	tokenOf = regexp.MustCompile(`/app#([\w-]{22})`)
	codeOf  = regexp.MustCompile(`\b\d{6}\b`)
	shownOf = regexp.MustCompile(`<strong>(\d\d)</strong>`)
)

// begin begins a binding at the account page; the token, and the code of the SMS.
func (w *world) begin(browser *webtest.Client, number string) (token, code string) {
	w.t.Helper()
	page := w.opens(browser, "/account/app", map[string]string{adaPhone: ada, brunoPhone: bruno}[number])
	page = browser.Submit(page.Form("form[action=/account/app]")).Expect(http.StatusOK, "Inquadra il codice")
	found := tokenOf.FindStringSubmatch(page.Body)
	if found == nil {
		w.t.Fatal("no link to the app")
	}
	return found[1], codeOf.FindString(w.sms(number))
}

// bound is a telephone of somebody.
func (w *world) bound(who, number string) *phone {
	w.t.Helper()
	token, code := w.begin(w.ownPages(who), number)
	p := newPhone(w)
	if s := p.bind(token, code); s.Status != http.StatusCreated {
		w.t.Fatalf("not bound: %+v", s)
	}
	return p
}

const (
	adaPhone   = "+393330000001"
	brunoPhone = "+393330000002"
)

// shown is the number on the page of the browser.
func (v *visit) shown() int {
	v.t.Helper()
	found := shownOf.FindStringSubmatch(v.page.Body)
	if found == nil {
		v.t.Fatalf("no number on the page: %s", v.page.Text("body"))
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		v.t.Fatal(err)
	}
	return n
}

// askAgain presses "Invia la richiesta".
func (v *visit) askAgain() {
	v.t.Helper()
	for _, f := range v.page.Forms() {
		if strings.HasSuffix(f.Action, "/app") {
			v.page = v.browser.Submit(f)
			return
		}
	}
	v.t.Fatalf("nothing to press: %s", v.page.Text("body"))
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		fn(t, newWorldOn(t, d, &clock{now: samltest.Start}))
	})
}

// E30, REG 28
func TestATelephoneIsBoundAndConfirmsALoginOfLevel2ByItsNumber(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.bound(bruno, brunoPhone)
		v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
		v.page.Expect(http.StatusOK, "Conferma con l’app", "Servizi Prova")
		number := v.shown()
		if s := p.call("/app/pending", nil); s.Status != http.StatusUnauthorized {
			t.Errorf("an app that proved nothing is told: %+v", s)
		}
		if s := p.enter(); s.Status != http.StatusOK || len(s.Devices) != 1 {
			t.Fatalf("%+v", s)
		}
		asked := p.call("/app/pending", nil)
		if len(asked.Prompts) != 1 || asked.Prompts[0].Service != "Servizi Prova" || asked.Prompts[0].Level != 2 || len(asked.Prompts[0].Numbers) != 3 {
			t.Fatalf("%+v", asked)
		}
		// Before the answer the button leads nowhere.
		v.page = v.browser.Submit(v.page.Form("form[data-await]"))
		if v.shown() != number {
			t.Error("the request changed")
		}
		if s := p.decide(asked, number, "approve"); s.Status != http.StatusOK || s.State != "approved" {
			t.Fatalf("%+v", s)
		}
		if s := p.decide(asked, number, "approve"); s.Status != http.StatusGone {
			t.Errorf("an answer counts twice: %+v", s)
		}
		v.page = v.browser.Submit(v.page.Form("form[data-await]")).Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
		l := v.press("consent", "yes").login()
		if l.Level != spid.L2 || l.SessionIndex != "" {
			t.Errorf("unexpected %+v", l)
		}
		w.level(v.browser, spid.L1).page.Expect(http.StatusOK, "User ID") // no session is left
		w.ownPages(bruno).Get(w.base+"/account").Expect(http.StatusOK, "App del telefono")
	})
}

// The stream says the same as a call.
func TestTheAppIsToldByAStream(t *testing.T) {
	w := newWorld(t)
	p := w.bound(bruno, brunoPhone)
	p.enter()
	w.level(webtest.New(t), spid.L2).password(bruno, secret)
	answer, err := p.client.Get(w.base + "/app/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("the stream is %q", got)
	}
	first := make([]byte, 4096)
	n, err := io.ReadAtLeast(answer.Body, first, len("retry: 500\n\ndata: {"))
	if err != nil || !strings.Contains(string(first[:n]), "retry: 500") {
		t.Fatalf("%q, %v", first[:n], err)
	}
	if more := string(first[:n]); !strings.Contains(more, "Servizi Prova") {
		t.Errorf("the stream says %q", more)
	}
}

// A28
func TestAWrongNumberIsRefusedAndThreeRequestsAreEnoughForTenMinutes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.bound(bruno, brunoPhone)
		p.enter()
		v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
		for n := range 3 {
			asked := p.call("/app/pending", nil)
			wrong := asked.Prompts[0].Numbers[0]
			if wrong == v.shown() {
				wrong = asked.Prompts[0].Numbers[1]
			}
			if s := p.decide(asked, wrong, "approve"); s.State != "wrong" {
				t.Fatalf("%+v", s)
			}
			v.page = v.browser.Submit(v.page.Form("form[data-await]")).Expect(http.StatusOK, "è stato toccato un altro numero")
			v.askAgain()
			if n < 2 {
				v.page.Expect(http.StatusOK, "tocca questo numero")
			}
		}
		v.page.Expect(http.StatusTooManyRequests, "Troppe richieste al telefono. Riprova tra 10 minuti")
		if !w.audit.has("app_prompts") {
			t.Error("no line about the refusal")
		}
		// Another browser does not get more of them, a code still opens.
		other := w.level(webtest.New(t), spid.L2).password(bruno, secret)
		other.page.Expect(http.StatusOK, "Invia la richiesta", "Usa invece un codice")
		if s := p.call("/app/pending", nil); len(s.Prompts) != 0 {
			t.Errorf("the telephone is asked a fourth time: %+v", s)
		}
	})
}

// A28: as "it was not me" at the own pages does.
func TestWhoReportsARequestSuspendsTheIdentityAndIsToldWhatToDo(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.bound(bruno, brunoPhone)
		p.enter()
		open, id := w.ownPages(bruno), w.id(bruno)
		v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
		asked := p.call("/app/pending", nil)
		if s := p.decide(asked, 0, "report"); s.State != "reported" {
			t.Fatalf("%+v", s)
		}
		v.page = v.browser.Submit(v.page.Form("form[data-await]"))
		v.expectAnomaly(25)
		if n := w.count(`SELECT count(*) FROM audit WHERE outcome = 'refused' AND reason = 'app_reported'`); n != 1 || w.audit.has("app_reported") {
			t.Errorf("%d lines about the report, and others: %v", n, w.audit.has("app_reported"))
		}
		if s := p.enter(); len(s.Devices) != 0 {
			t.Errorf("the app still stands: %+v", s)
		}
		if state, cause := w.state(id); state != identity.Suspended || cause != identity.Abuse {
			t.Errorf("%s, %s", state, cause)
		}
		open.Get(w.base+"/account").Expect(http.StatusOK, "User ID") // its sessions ended
		if got := w.sms(brunoPhone); !strings.Contains(got, "La tua identità è sospesa") || !strings.Contains(got, "cambia subito la password") {
			t.Errorf("the holder is told %q", got)
		}
		if got := w.subjects(bruno); !strings.Contains(got, "La tua identità è sospesa") {
			t.Errorf("the holder is told %q", got)
		}
		again := w.level(webtest.New(t), spid.L2).password(bruno, secret)
		again.expectAnomaly(23)
	})
}

// codes is the address of "Usa invece un codice".
func (v *visit) codes() string {
	v.t.Helper()
	return strings.TrimSuffix(v.page.Form("form[data-await]").Action, "/app/done") + "/code"
}

// toCode presses "Usa invece un codice" and has one sent; the code.
func (v *visit) toCode(number string) string {
	v.t.Helper()
	codes := v.codes()
	v.page = v.browser.Get(codes).Expect(http.StatusOK)
	v.page = v.browser.Submit(formAt(v.page, strings.TrimSuffix(strings.TrimPrefix(codes, v.base), "code")+"sms")).Expect(http.StatusOK, "codice")
	return codeOf.FindString(v.sms(number))
}

// A28: whatever the browser goes on with, a login that was called off in the app is refused,
// also after a code was right, and after the rows that are over were deleted.
func TestALoginThatWasCalledOffInTheAppIsNotOpenedByACode(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.bound(bruno, brunoPhone)
		p.enter()
		begin := func() (*visit, said, string) {
			v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
			return v, p.call("/app/pending", nil), v.toCode(brunoPhone)
		}
		v, asked, code := begin()
		if s := p.decide(asked, 0, "refuse"); s.State != "refused" {
			t.Fatalf("%+v", s)
		}
		w.clock.Advance(3 * time.Minute)
		w.job("idp.purge")
		v.code(code).expectAnomaly(25)

		v, asked, code = begin()
		v.code(code).page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
		if s := p.decide(asked, 0, "report"); s.State != "reported" {
			t.Fatalf("%+v", s)
		}
		v.press("consent", "yes").expectAnomaly(25)
	})
}

func TestARefusedRequestEndsTheLoginAndAnOldOneIsOver(t *testing.T) {
	w := newWorld(t)
	p := w.bound(bruno, brunoPhone)
	p.enter()
	v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
	if s := p.decide(p.call("/app/pending", nil), 0, "refuse"); s.State != "refused" {
		t.Fatalf("%+v", s)
	}
	v.page = v.browser.Submit(v.page.Form("form[data-await]"))
	v.expectAnomaly(25)

	late := w.level(webtest.New(t), spid.L2).password(bruno, secret)
	asked, number := p.call("/app/pending", nil), late.shown()
	w.clock.Advance(2 * time.Minute)
	if s := p.decide(asked, number, "approve"); s.Status != http.StatusGone {
		t.Errorf("a late answer counts: %+v", s)
	}
	late.page = late.browser.Submit(late.page.Form("form[data-await]")).Expect(http.StatusOK, "non è arrivata risposta in tempo")
	if s := p.enter(); len(s.Devices) != 1 {
		t.Errorf("who refuses keeps the app: %+v", s)
	}
}

// Nobody answers for another identity, with another key, or for another service.
func TestAnswersOfOthersAreRefused(t *testing.T) {
	w := newWorld(t)
	p, strangerPhone := w.bound(bruno, brunoPhone), w.bound(ada, adaPhone)
	p.enter()
	v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
	asked, number := p.call("/app/pending", nil), v.shown()
	if s := strangerPhone.decide(asked, number, "approve"); s.Status != http.StatusForbidden {
		t.Errorf("another identity answers: %+v", s)
	}
	thief := &phone{world: w, client: p.client, key: strangerPhone.key, device: p.device}
	if s := thief.decide(asked, number, "approve"); s.Status != http.StatusForbidden {
		t.Errorf("another key answers: %+v", s)
	}
	forged := asked
	forged.Prompts[0].Service = "Altro servizio"
	if s := p.decide(forged, number, "approve"); s.Status != http.StatusForbidden {
		t.Errorf("what was shown is not what is signed: %+v", s)
	}
	if !w.audit.has("app_signature") {
		t.Error("no line about the refusals")
	}
	if s := p.call("/app/pending", nil); len(s.Prompts) != 1 {
		t.Errorf("the request is gone: %+v", s)
	}
	for _, body := range []any{map[string]string{"extra": "x"}, []int{1}, map[string]any{"prompt": strings.Repeat("x", 5000)}} {
		if s := p.call("/app/answer", body); s.Status < 400 || s.Status > 499 {
			t.Errorf("nonsense is answered with %d", s.Status)
		}
	}
}

// E24, A01
func TestACodeBindsOneTelephoneAndOnlyForThisPurpose(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		// A code of a login binds nothing, and the code of the app opens no login.
		v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
		loginCode := codeOf.FindString(w.sms(brunoPhone))
		token, code := w.begin(w.ownPages(bruno), brunoPhone)
		p := newPhone(w)
		if loginCode != code {
			if s := p.bind(token, loginCode); s.Status != http.StatusUnprocessableEntity || s.Left != 4 {
				t.Errorf("a code of a login binds: %+v", s)
			}
			v.code(code).page.Expect(http.StatusUnprocessableEntity, "Il codice non è corretto")
		}
		var phones sync.WaitGroup
		var mu sync.Mutex
		statuses := map[int]int{}
		for range 50 {
			one := newPhone(w)
			phones.Go(func() {
				s := one.bind(token, code)
				mu.Lock()
				defer mu.Unlock()
				statuses[s.Status]++
			})
		}
		phones.Wait()
		if statuses[http.StatusCreated] != 1 || statuses[http.StatusGone] != 49 {
			t.Errorf("of fifty: %v", statuses)
		}
	})
}

// A01
func TestFiveWrongCodesEndABinding(t *testing.T) {
	w := newWorld(t)
	token, code := w.begin(w.ownPages(bruno), brunoPhone)
	wrong := "000000"
	if wrong == code {
		wrong = "111111"
	}
	p := newPhone(w)
	for left := 4; left >= 0; left-- {
		if s := p.bind(token, wrong); s.Error != "wrong" || s.Left != left {
			t.Fatalf("%+v, want %d left", s, left)
		}
	}
	if s := p.bind(token, code); s.Status != http.StatusGone {
		t.Errorf("a sixth try counts: %+v", s)
	}
}

// Of fifty answers at the same time one counts.
func TestOneOfFiftyAnswersCounts(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.bound(bruno, brunoPhone)
		p.enter()
		v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
		asked, number := p.call("/app/pending", nil), v.shown()
		var all sync.WaitGroup
		var mu sync.Mutex
		won := 0
		for range 50 {
			all.Go(func() {
				s := p.decide(asked, number, "approve")
				mu.Lock()
				defer mu.Unlock()
				if s.Status == http.StatusOK {
					won++
				}
			})
		}
		all.Wait()
		if won != 1 {
			t.Errorf("%d answers count", won)
		}
	})
}

func TestARemovedTelephoneApprovesNothing(t *testing.T) {
	w := newWorld(t)
	p := w.bound(ada, adaPhone)
	p.enter()
	v := w.level(webtest.New(t), spid.L2).password(ada, secret)
	if s := p.decide(p.call("/app/pending", nil), v.shown(), "approve"); s.State != "approved" {
		t.Fatalf("%+v", s)
	}
	browser := w.ownPages(ada)
	list := w.opens(browser, "/account/app", ada).Expect(http.StatusOK, "Telefono blu")
	browser.Submit(list.Form("form[action=/account/app/remove]")).Expect(http.StatusOK, "Il telefono è scollegato", "Non hai telefoni collegati")
	v.page = v.browser.Submit(v.page.Form("form[data-await]")).Expect(http.StatusOK, "Inserisci il codice dell’app")
	if s := p.enter(); len(s.Devices) != 0 {
		t.Errorf("still there: %+v", s)
	}
	// Without a confirmed number there is no code to bind with.
	w.opens(w.ownPages(carla), "/account/app", carla).Expect(http.StatusOK, "serve un numero di cellulare confermato")
}

func TestTheAppIsAPageThatATelephoneKeeps(t *testing.T) {
	w := newWorld(t)
	w.do(http.MethodGet, "/app", nil).Expect(http.StatusOK, "App Identità di prova", "Tocca il numero")
	for path, kind := range map[string]string{"/app/manifest.webmanifest": "application/json", "/app/worker.js": "text/javascript; charset=utf-8"} {
		answer, err := http.Get(w.base + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if got := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || got != kind {
			t.Errorf("%s is %d %q", path, answer.StatusCode, got)
		}
	}
	icon := regexp.MustCompile(`"src":"(/static/favicon[^"]*)"`).FindStringSubmatch(w.do(http.MethodGet, "/app/manifest.webmanifest", nil).Body)
	if icon == nil {
		t.Fatal("the page has no icon")
	}
	w.do(http.MethodGet, icon[1], nil).Expect(http.StatusOK)
}

// What no id of ours can be is refused on both databases, never an error of ours.
func TestIdsOfAnotherFormAreRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		p := w.bound(bruno, brunoPhone)
		own := p.device
		for _, id := range []string{"", "\x00", "x\x00y", own + "\x00", "\xff\xfe", strings.Repeat("x", 22), strings.Repeat("\u00e0", 22), "' OR 1=1 --"} {
			for n, body := range []map[string]any{{"prompt": id, "device": own}, {"prompt": own, "device": id}} {
				body["number"], body["decision"], body["signature"] = 10, "approve", id
				if s := p.call("/app/answer", body); s.Status < 400 || s.Status > 499 {
					t.Errorf("answer %d with %q: %d", n, id, s.Status)
				}
			}
			nonce := p.call("/app/nonce", nil).Nonce
			if s := p.call("/app/enter", map[string]any{"nonce": nonce, "devices": []map[string]string{{"device": id, "signature": id}}}); s.Status != http.StatusOK || len(s.Devices) != 0 {
				t.Errorf("enter with %q: %+v", id, s)
			}
			if s := p.bind(id, id); s.Status < 400 || s.Status > 499 {
				t.Errorf("bind with %q: %d", id, s.Status)
			}
		}
	})
}
