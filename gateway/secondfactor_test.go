package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/authn/otp"
	"atrio/db"
	"atrio/gateway/secondfactor"
	"atrio/gateway/secondfactor/enrolment"
	"atrio/web/webtest"
)

const factorsPage = "/account/second-factor"

// keyOf reads the key of an app from the page that shows it.
func keyOf(p *webtest.Page) []byte {
	key, err := otp.DecodeSecret(webtest.Text(p.Find("#key")))
	if err != nil {
		panic(err)
	}
	return key
}

// app sets an app up for who is signed in with b, and gives its key.
func (s *stage) app(b *webtest.Client) []byte {
	s.t.Helper()
	p := b.Get(s.url+factorsPage+"/app").Expect(http.StatusOK, "Crea l’account manualmente")
	key := keyOf(p)
	b.Submit(p.FormWith("code"), "code", otp.Generate(key, s.clock.Now()), "label", "telefono blu").
		Expect(http.StatusOK, "L’app è attiva", "Codici di recupero")
	return key
}

// code is a code of an app that was not used before.
func (s *stage) code(key []byte) string {
	s.clock.Advance(otp.Period)
	return otp.Generate(key, s.clock.Now())
}

// message is the newest message of a channel.
func (s *stage) message(channel string) (to, body string) {
	s.t.Helper()
	err := s.db.Read().QueryRowContext(s.t.Context(), `SELECT recipient, body FROM outbox WHERE channel = $1 ORDER BY id DESC LIMIT 1`, channel).Scan(&to, &body)
	if err != nil {
		s.t.Fatal(err)
	}
	return to, body
}

func (s *stage) smsCode() string {
	_, body := s.message("sms")
	return sixDigits.FindString(body)
}

// away lets so much time pass that the proof is too old, but not the session.
func (s *stage) away(b *webtest.Client) {
	s.clock.Advance(10 * time.Minute)
	b.Get(s.url + "/account")
	s.clock.Advance(6 * time.Minute)
}

func TestAnAppIsSetUpAndConfirmsWhoIsThere(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	b.Get(s.url+factorsPage).Expect(http.StatusOK, "Non hai ancora attivato un secondo fattore", "Attiva 2FA tramite app")
	key := s.app(b)
	if to, body := s.message("mail"); to != "ada@posta.example.it" || !strings.Contains(body, "telefono blu") || strings.Contains(body, otp.EncodeSecret(key)) {
		t.Errorf("the notice: %s %q", to, body)
	}
	list := b.Get(s.url+factorsPage).Expect(http.StatusOK, "telefono blu", "Non hai codici di recupero")
	s.away(b)
	p := b.Get(list.Link("Rimuovi telefono blu")).Expect(http.StatusOK, "Conferma che sei tu")
	before, journeys := s.count(`SELECT count(*) FROM session`), s.cookiesOf(b)
	p = b.Submit(p.FormWith("way"), "way", "factor").Expect(http.StatusOK, "Inserisci il codice dell’app", "Codice OTP")
	p = b.Submit(p.FormWith("code"), "code", s.code(key)).Expect(http.StatusOK, "Autenticazione a due fattori (2FA)", "telefono blu")
	if n := s.count(`SELECT count(*) FROM session`); n != before {
		t.Errorf("%d sessions, before %d: the new one takes the place of the old one", n, before)
	}
	if body := b.Get(s.url + "/session").Body; !strings.Contains(body, `"amr":["mfa","otp"]`) || !strings.Contains(body, "SpidL2") {
		t.Errorf("the session says %s", body)
	}
	p = b.Get(p.Link("Rimuovi telefono blu")).Expect(http.StatusOK, "È il tuo ultimo secondo fattore")
	b.Submit(p.FormWith("factor")).Expect(http.StatusOK, "Il secondo fattore è stato rimosso", "Non hai ancora attivato")
	b.Get(s.url+"/account/history").Expect(http.StatusOK, "Secondo fattore attivato", "Secondo fattore rimosso", "Identità confermata con il secondo fattore")
	if s.cookiesOf(b) != journeys {
		t.Error("the journey was not dropped")
	}
}

func TestAReloadShowsTheSameKeyAndASecondSendingAddsNothing(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	one := b.Get(s.url + factorsPage + "/app")
	two := b.Get(s.url + factorsPage + "/app?lang=en")
	if string(keyOf(one)) != string(keyOf(two)) {
		t.Error("another language has another key: what was scanned before is void")
	}
	if before := s.db.Commits(); b.Get(s.url+factorsPage+"/app").Status != http.StatusOK || s.db.Commits() != before {
		t.Error("an abandoned setting-up leaves a row")
	}
	u, _ := url.Parse(s.url)
	jar := b.HTTP.Jar.Cookies(u)
	form := url.Values{"code": {otp.Generate(keyOf(one), s.clock.Now())}, "label": {""}}
	for range 2 {
		again := webtest.New(t)
		again.HTTP.Jar.SetCookies(u, jar)
		p, err := again.Do(http.MethodPost, s.url+factorsPage+"/app", form, one)
		if err != nil || p.Status != http.StatusOK {
			t.Fatal(p, err)
		}
	}
	if n := s.count(`SELECT count(*) FROM factor`); n != 1 {
		t.Errorf("%d factors", n)
	}
}

func TestAWrongClockIsTold(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	p := b.Get(s.url + factorsPage + "/app")
	key := keyOf(p)
	for away, want := range map[time.Duration]string{
		3 * time.Minute: "avanti di circa 3 minuti", -4 * time.Minute: "indietro di circa 4 minuti", 20 * time.Minute: "Il codice non corrisponde",
	} {
		p = b.Submit(p.FormWith("code"), "code", otp.Generate(key, s.clock.Now().Add(away))).Expect(http.StatusUnprocessableEntity, want)
	}
	if !s.refusedFor("clock_off") || !s.refusedFor("wrong_code") {
		t.Error("no audit line")
	}
	if n := s.count(`SELECT count(*) FROM factor`); n != 0 {
		t.Error("a wrong code confirmed an app")
	}
}

func TestANumberIsConfirmedByACode(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	ask := b.Get(s.url+factorsPage+"/sms").Expect(http.StatusOK, "Un SMS può essere intercettato")
	for typed, want := range map[string]string{
		"": "Compila questo campo", "123": "Inserisci un numero di cellulare completo", "+41 79 123 45 67": "non possiamo inviare codici", "899 123 456": "non possiamo inviare codici",
	} {
		b.Submit(ask.FormWith("number"), "number", typed).Expect(http.StatusUnprocessableEntity, want)
	}
	p := b.Submit(ask.FormWith("number"), "number", "333 123 4567").Expect(http.StatusOK, "Conferma il tuo numero", "•••••• 567")
	if to, body := s.message("sms"); to != "+393331234567" || !strings.Contains(body, "attivare questo numero") {
		t.Errorf("%s %q", to, body)
	}
	first := s.smsCode()
	b.Submit(p.FormWith("resend"), "resend", "yes").Expect(http.StatusTooManyRequests, "troppi codici")
	s.clock.Advance(time.Minute)
	p = b.Submit(p.FormWith("resend"), "resend", "yes").Expect(http.StatusOK, "Abbiamo inviato un altro codice")
	second := s.smsCode()
	if first != second {
		p = b.Submit(p.FormWith("code"), "code", first).Expect(http.StatusUnprocessableEntity, "Il codice non è corretto")
	}
	b.Submit(p.FormWith("code"), "code", second).Expect(http.StatusOK, "Il numero è attivo", "Crea i codici di recupero")
	b.Submit(ask.FormWith("number"), "number", "+39 333 1234567").Expect(http.StatusUnprocessableEntity, "Questo numero è già attivo")

	s.away(b)
	p = b.Get(s.url+factorsPage+"/app").Expect(http.StatusOK, "Conferma che sei tu")
	p = b.Submit(p.FormWith("way"), "way", "factor").Expect(http.StatusOK, "Invieremo un codice al numero •••••• 567")
	sms := s.count(`SELECT count(*) FROM outbox WHERE channel = 'sms'`)
	p = b.Submit(p.FormWith("number")).Expect(http.StatusOK, "Abbiamo inviato un codice")
	if n := s.count(`SELECT count(*) FROM outbox WHERE channel = 'sms'`); n != sms+1 {
		t.Errorf("%d messages more", n-sms)
	}
	b.Submit(p.FormWith("code"), "code", second).Expect(http.StatusUnprocessableEntity, "Il codice non è corretto", "4 tentativi")
	b.Submit(p.FormWith("code"), "code", s.smsCode()).Expect(http.StatusOK, "Imposta l’account sull’app")
}

func TestRecoveryCodesAreShownOnceAndWorkOnce(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	b.Get(s.url+factorsPage+"/recovery").Expect(http.StatusOK, "Potrai crearli dopo")
	s.app(b)
	p := b.Get(s.url + factorsPage + "/recovery")
	p = b.Submit(p.Form("form[action='"+factorsPage+"/recovery']")).Expect(http.StatusOK, "Questi codici si vedono solo adesso")
	var codes []string
	for _, n := range p.FindAll("#codes code") {
		codes = append(codes, webtest.Text(n))
	}
	if len(codes) != 10 {
		t.Fatalf("codes %v", codes)
	}
	if p := b.Get(s.url + factorsPage + "/recovery"); p.Has(codes[0]) || !p.Has("Te ne restano 10") {
		t.Error("the codes are shown again")
	}
	for n := range 2 {
		s.away(b)
		p := b.Get(s.url+factorsPage+"/app").Expect(http.StatusOK, "Conferma che sei tu")
		p = b.Submit(p.FormWith("way"), "way", "factor")
		p = b.Get(p.Link("Usa un codice di recupero")).Expect(http.StatusOK, "Inserisci un codice di recupero")
		p = b.Submit(p.FormWith("code"), "code", "ABCD").Expect(http.StatusUnprocessableEntity, "12 lettere e cifre")
		if n > 0 {
			p = b.Submit(p.FormWith("code"), "code", codes[0]).Expect(http.StatusUnprocessableEntity, "non è corretto o è già stato usato")
		}
		b.Submit(p.FormWith("code"), "code", strings.ToLower(codes[n])).Expect(http.StatusOK, "Imposta l’account sull’app")
		if _, body := s.message("mail"); !strings.Contains(body, "è stato usato un codice di recupero") {
			t.Errorf("the owner is not told: %q", body)
		}
	}
}

func TestOnlyAFreshProofChangesFactors(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	key := s.app(b)
	s.away(b)
	for _, path := range []string{"/app", "/sms", "/sms/code", "/recovery", "/remove?factor=x"} {
		b.Get(s.url+factorsPage+path).Expect(http.StatusOK, "Conferma che sei tu")
		p, err := b.Do(http.MethodPost, s.url+factorsPage+path, url.Values{"code": {otp.Generate(key, s.clock.Now())}, "number": {"3331234567"}}, b.Get(s.url+"/account"))
		if err != nil || !p.Has("Conferma che sei tu") {
			t.Errorf("%s was taken without a proof: %v", path, err)
		}
	}
	p := b.Get(s.url + factorsPage + "/confirm?to=second-factor-app")
	b.Submit(p.FormWith("way"), "way", "other").Expect(http.StatusBadRequest, "Torna alla 2FA")
	login := b.Submit(p.FormWith("way"), "way", "login").Expect(http.StatusOK, "Accedi ai Servizi Online")
	b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "Imposta l’account sull’app")
}

func TestTooManyWrongCodesEndTheChallenge(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	key := s.app(b)
	s.away(b)
	p := b.Get(s.url + factorsPage + "/app")
	p = b.Submit(p.FormWith("way"), "way", "factor")
	b.Submit(p.FormWith("code"), "code", "12345").Expect(http.StatusUnprocessableEntity, "Inserisci 6 cifre")
	used := s.code(key)
	wrong := func(want string, status int) {
		t.Helper()
		b.Submit(p.FormWith("code"), "code", otp.Generate(key, s.clock.Now().Add(time.Hour))).Expect(status, want)
	}
	for _, want := range []string{"4 tentativi", "3 tentativi", "2 tentativi", "1 tentativo"} {
		wrong(want, http.StatusUnprocessableEntity)
	}
	wrong("Hai inserito troppi codici sbagliati", http.StatusTooManyRequests)
	b.Submit(p.FormWith("code"), "code", used).Expect(http.StatusForbidden) // the journey is gone
	if !s.refusedFor("exhausted") {
		t.Error("no audit line")
	}
	p = b.Get(s.url + factorsPage + "/app")
	p = b.Submit(p.FormWith("way"), "way", "factor")
	b.Submit(p.FormWith("code"), "code", s.code(key)).Expect(http.StatusOK, "Imposta l’account sull’app")
}

func TestAChallengeBelongsToItsSession(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	key := s.app(b)
	s.away(b)
	p := b.Get(s.url + factorsPage + "/app")
	p = b.Submit(p.FormWith("way"), "way", "factor")
	cancelled := b.Submit(p.Form("form#cancel"))
	cancelled.Expect(http.StatusOK, "Il mio account")
	b.Submit(p.FormWith("code"), "code", s.code(key)).Expect(http.StatusForbidden)

	p = b.Get(s.url + factorsPage + "/app")
	p = b.Submit(p.FormWith("way"), "way", "factor")
	b.Get(s.start("")) // a new login in another tab
	b.Submit(p.FormWith("code"), "code", s.code(key)).Expect(http.StatusConflict, "Nel frattempo la sessione è finita o è cambiata")
	b.Submit(b.Get(s.url + "/logout").Form("main form[action='/logout']"))
	b.Get(p.URL.String()).Expect(http.StatusConflict)
	b.Get(s.url + "/second-factor?flow=x").Expect(http.StatusForbidden)
	b.Get(s.url + "/second-factor").Expect(http.StatusForbidden)
	b.Get(s.url+factorsPage).Expect(http.StatusOK, "Accedi ai Servizi Online")
}

// G4, issue 4: every form refuses what no browser sends, with a page and never a 5xx.
func TestHostileFieldsGetAClearPage(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	s.app(b)
	b.Submit(b.Get(s.url+factorsPage+"/sms").FormWith("number"), "number", "333 123 4567")
	challenge := func() *webtest.Page { // each try in a journey of its own
		p, err := b.Do(http.MethodPost, s.url+factorsPage+"/confirm", url.Values{"way": {"factor"}, "to": {"second-factor-app"}}, b.Get(s.url+"/account"))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	hostile := []url.Values{
		{}, {"code": {"1", "2"}}, {"code": {strings.Repeat("9", 60_000)}}, {"code": {"\x00"}}, {"code": {"\xff"}}, {"code": {"<script>alert(1)</script>"}},
		{"number": {strings.Repeat("3", 50_000)}}, {"number": {"<b>"}}, {"factor": {"x", "y"}}, {"factor": {"' OR 1=1"}}, {"to": {"-1"}, "way": {"x"}},
		{"label": {strings.Repeat("è", 20_000)}, "code": {"123456"}}, {"method": {"passkey"}, "code": {"123456"}}, {"method": {"recovery"}, "code": {strings.Repeat("A", 60_000)}},
	}
	for _, path := range []string{"/app", "/sms", "/sms/code", "/remove", "/confirm", "challenge", "challenge/send", "challenge/cancel"} {
		for n, values := range hostile {
			from, address := b.Get(s.url+"/account"), s.url+factorsPage+path
			form := url.Values{}
			for name, list := range values {
				form[name] = list
			}
			if rest, ok := strings.CutPrefix(path, "challenge"); ok {
				from = challenge()
				if address = s.url + "/second-factor" + rest; from.Status == http.StatusOK && from.URL.Path == "/second-factor" {
					form.Set("flow", from.URL.Query().Get("flow"))
				}
			}
			p, err := b.Do(http.MethodPost, address, form, from)
			if err != nil {
				t.Fatal(err)
			}
			if p.Status >= 500 || strings.Contains(p.Body, "<script>alert") || p.Find("h1") == nil {
				t.Errorf("%s, fields %d: %d\n%.300s", path, n, p.Status, p.Text("main"))
			}
		}
	}
}

// G4.2: after a fresh federated login, with a second road, and back again.
func TestTwoFactorsByDigitalIdentityAreChosenAndGivenUp(t *testing.T) {
	s := newDoors(t)
	b := s.browser()
	s.enter(b)
	p := b.Get(s.url+factorsPage+"/federated").Expect(http.StatusOK, "Prima serve una seconda strada", "Che cosa cambia")
	forced, err := b.Do(http.MethodPost, s.url+factorsPage+"/federated", url.Values{}, p)
	if err != nil || forced.Status != http.StatusConflict {
		t.Fatalf("without a second road: %d, %v", forced.Status, err)
	}
	b.Get(s.url + "/cie/login") // CIE becomes the second road: it is the same person by the codice fiscale
	p = b.Get(s.url+factorsPage+"/federated").Expect(http.StatusOK, "Attiva 2FA SPID/CIE/eIDAS")
	form := p.Form("form[action='" + factorsPage + "/federated']")
	b.Submit(form).Expect(http.StatusOK, "La 2FA SPID/CIE/eIDAS è attiva")
	b.Submit(form).Expect(http.StatusOK)
	if n := s.count(`SELECT count(*) FROM factor WHERE kind = 'federated'`); n != 1 {
		t.Errorf("%d rows", n)
	}
	s.away(b)
	p = b.Get(s.url+factorsPage+"/federated").Expect(http.StatusOK, "Conferma che sei tu")
	if p.Has("Usa il mio secondo fattore") {
		t.Error("a wish cannot be asked for")
	}
	login := b.Submit(p.FormWith("way"), "way", "login")
	b.Get(login.Link("Identità Uno")).Expect(http.StatusOK, "È attiva")
	p = b.Get(s.url + factorsPage)
	p = b.Get(p.Link("Rimuovi 2FA SPID/CIE/eIDAS")).Expect(http.StatusOK, "restano collegati")
	b.Submit(p.FormWith("factor")).Expect(http.StatusOK, "Il secondo fattore è stato rimosso")
	if n := s.count(`SELECT count(*) FROM factor`); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// G4.1: who is stopped for want of a second factor sets one up, which counts in this
// login, and goes on to the service.
func TestAFirstFactorCountsInTheLoginInWhichItIsSetUp(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	err := s.db.Tx(t.Context(), func(tx *db.Tx) error { // as the door of passwords opens a session
		_, err := tx.ExecContext(t.Context(), `UPDATE session SET method = 'local', acr = 'https://refeds.org/profile/sfa', amr = '["pwd"]', data = '{"code":"1","name":"Ada","level":"1"}'`)
		if err == nil {
			_, err = tx.ExecContext(t.Context(), `DELETE FROM identity`) // who has one enters by it for this
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	login := b.Get(s.url + "/test/begin?state=abc")
	p := b.Get(s.url+enrolment.URL(login.URL.Query().Get("flow"))).Expect(http.StatusOK, "Per entrare in Open Knowledge serve un secondo fattore")
	p = b.Get(p.Link("Attiva 2FA tramite app"))
	key := keyOf(p)
	p = b.Submit(p.FormWith("code"), "code", otp.Generate(key, s.clock.Now())).Expect(http.StatusOK, "L’app è attiva")
	if body := b.Get(s.url + "/session").Body; !strings.Contains(body, `"amr":["pwd","otp","mfa"]`) || !strings.Contains(body, secondfactor.ACR) {
		t.Errorf("the session says %s", body)
	}
	p = b.Submit(p.Form("form[action='"+factorsPage+"/recovery']")).Expect(http.StatusOK, "Questi codici si vedono solo adesso")
	b.NoRedirect = true
	if to := b.Get(p.Link("Continua verso Open Knowledge")).URL; to.Path != "/oidc/authorize" || to.RawQuery != "state=abc" {
		t.Errorf("led to %s", to)
	}
	b.NoRedirect = false

	// A password alone adds nothing beside it, nor takes it away.
	err = s.db.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE session SET amr = '["pwd"]', data = '{"code":"1","name":"Ada","level":"1"}'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Get(s.url+factorsPage+"/sms").Expect(http.StatusOK, "Conferma che sei tu")
	// The same login may be stopped once more for a second factor, and goes on with it.
	p = b.Get(s.url+"/second-factor?"+login.URL.RawQuery).Expect(http.StatusOK, "Serve per entrare in Open Knowledge")
	b.NoRedirect = true
	p = b.Submit(p.FormWith("code"), "code", s.code(key))
	if p.Status != http.StatusSeeOther || p.Header.Get("Location") != "/oidc/authorize?state=abc" {
		t.Errorf("%d to %s", p.Status, p.Header.Get("Location"))
	}
}
