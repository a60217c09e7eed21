package portal_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/test/testop"
	"atrio/web/webtest"
)

// refusedEntry begins a login that must fail, and checks that nobody came in.
func (w *world) refusedEntry(t *testing.T, status int, text string) *webtest.Page {
	t.Helper()
	c := webtest.New(t)
	p := c.Get(w.start("/courses/statica")).Expect(status, text, "Codice di riferimento")
	c.Get(w.url+"/dashboard").Expect(200, "Ateneo e studenti universitari")
	var sessions, learners int
	count(t, w.db, `SELECT count(*) FROM session`, &sessions)
	count(t, w.db, `SELECT count(*) FROM learner`, &learners)
	if sessions+learners != 0 {
		t.Errorf("a refused login left %d sessions and %d learners", sessions, learners)
	}
	return p
}

func TestAnIDTokenThatIsNotExactlyRightIsRefused(t *testing.T) {
	set := func(name string, value any) func(*testop.Server) {
		return func(op *testop.Server) { op.Claims = func(c map[string]any) { c[name] = value } }
	}
	without := func(name string) func(*testop.Server) {
		return func(op *testop.Server) { op.Claims = func(c map[string]any) { delete(c, name) } }
	}
	signed := func(sign func(op *testop.Server, c map[string]any) string) func(*testop.Server) {
		return func(op *testop.Server) { op.Sign = func(c map[string]any) string { return sign(op, c) } }
	}
	for name, bend := range map[string]func(*testop.Server){
		"nonce of another login":       set("nonce", "other"),
		"no nonce":                     without("nonce"),
		"another issuer":               set("iss", "https://gateway.example"),
		"another audience":             set("aud", "other"),
		"one more audience":            set("aud", []string{"portal", "other"}),
		"no audience":                  without("aud"),
		"authorized party is another":  set("azp", "other"),
		"expired":                      set("exp", time.Date(2030, 12, 31, 23, 59, 0, 0, time.UTC).Unix()),
		"no expiry":                    without("exp"),
		"not yet valid":                set("nbf", time.Date(2031, 1, 1, 1, 0, 0, 0, time.UTC).Unix()),
		"no subject":                   without("sub"),
		"endless subject":              set("sub", strings.Repeat("a", 256)),
		"subject with a NUL":           set("sub", "a\x00b"),
		"hash of another access token": set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
		"subject of another type":      set("sub", 7),
		"alg none":                     signed(func(_ *testop.Server, c map[string]any) string { return testop.Unsigned(c) }),
		"alg HS256 with the public key": signed(func(op *testop.Server, c map[string]any) string {
			return op.HS256(op.PublicKey(), c)
		}),
		"alg HS256 with the client's secret": signed(func(op *testop.Server, c map[string]any) string {
			return op.HS256([]byte(strings.Repeat(op.Secret, 2)), c)
		}),
		"signed by a stranger": signed(func(op *testop.Server, c map[string]any) string { return testop.Start(t).SignedBy(c) }),
		"no token":             signed(func(*testop.Server, map[string]any) string { return "" }),
		"half a token":         signed(func(*testop.Server, map[string]any) string { return "e30.e30" }),
		"endless token":        signed(func(*testop.Server, map[string]any) string { return strings.Repeat("a.", 200<<10) }),
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t)
			bend(w.op)
			w.refusedEntry(t, 403, "L’accesso non è riuscito")
			if !strings.HasPrefix(w.reason(), "login_") {
				t.Errorf("reason %q", w.reason())
			}
		})
	}
}

func TestUserinfoMustBeAboutTheSamePersonAndReadable(t *testing.T) {
	long := func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"sub":"subject-1","name":%q}`, strings.Repeat("a", 1<<20))
	}
	for name, bend := range map[string]func(*testop.Server){
		"another person": func(op *testop.Server) { op.UserInfo = func(c map[string]any) { c["sub"] = "subject-2" } },
		"nobody":         func(op *testop.Server) { op.UserInfo = func(c map[string]any) { delete(c, "sub") } },
		"another type":   func(op *testop.Server) { op.UserInfo = func(c map[string]any) { c["name"] = []string{"a"} } },
		"endless":        func(op *testop.Server) { op.Instead["/userinfo"] = long },
		"not JSON":       func(op *testop.Server) { op.Instead["/userinfo"] = func(http.ResponseWriter, *http.Request) {} },
		"redirect": func(op *testop.Server) {
			op.Instead["/userinfo"] = http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound).ServeHTTP
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := begin(t)
			bend(w.op)
			w.refusedEntry(t, 403, "L’accesso non è riuscito")
			if len(w.log()) > 8000 {
				t.Errorf("%d bytes of log for one refusal", len(w.log()))
			}
		})
	}
}

func TestAnAnswerOfAnotherIssuerOrWithoutOneIsNotRedeemed(t *testing.T) {
	for name, change := range map[string]func(q url.Values){
		"another": func(q url.Values) { q.Set("iss", "https://gateway.example") },
		"none":    func(q url.Values) { q.Del("iss") },
	} {
		w := begin(t)
		w.op.Answer = change
		w.refusedEntry(t, 400, "Questo accesso non si può completare")
		if w.reason() != "issuer_mismatch" || w.op.Calls("/token") != 0 {
			t.Errorf("%s: reason %q, %d codes sent", name, w.reason(), w.op.Calls("/token"))
		}
	}
	w := begin(t)
	w.op.Document = func(doc map[string]any) { delete(doc, "authorization_response_iss_parameter_supported") }
	w.op.Answer = func(q url.Values) { q.Del("iss") }
	webtest.New(t).Get(w.start("/")).Expect(200, "Completa il tuo profilo")
}

func TestARefusalOfTheGatewayIsExplainedAndLeadsBack(t *testing.T) {
	for code, want := range map[string]struct {
		status int
		text   string
	}{
		"access_denied":           {403, "Hai annullato l’accesso"},
		"login_required":          {403, "Il sistema di accesso non ha completato la richiesta"},
		"<script>":                {403, "Il sistema di accesso non ha completato la richiesta"},
		"temporarily_unavailable": {503, "Il sistema di accesso dell’ateneo non risponde"},
	} {
		w := begin(t)
		w.op.Answer = func(q url.Values) { q.Del("code"); q.Set("error", code) }
		p := w.refusedEntry(t, want.status, want.text)
		w.op.Answer = nil
		c := webtest.New(t)
		c.Follow(p, "Riprova").Expect(200, "Completa il tuo profilo")
		if p.Link("Torna alla pagina di accesso") != w.url+"/login" {
			t.Error("no way to the login page")
		}
	}
}

// answered stops a login at the answer of the gateway.
func (w *world) answered(c *webtest.Client) (callback string) {
	w.t.Helper()
	c.NoRedirect = true
	defer func() { c.NoRedirect = false }()
	return c.Get(c.Get(w.start("/courses/statica")).Header.Get("Location")).Header.Get("Location")
}

func TestAStateOpensOnceAndOnlyInTheBrowserThatBeganIt(t *testing.T) {
	w := begin(t)
	mine, other := webtest.New(t), webtest.New(t)
	callback := w.answered(mine)
	w.answered(other) // has a pending login too, of its own
	other.Get(callback).Expect(400, "iniziato in un altro browser")
	if w.op.Calls("/token") != 0 {
		t.Error("the code of another browser was redeemed")
	}
	mine.Get(callback).Expect(200, "Completa il tuo profilo")
	mine.Get(callback).Expect(400, "è già stato usato")
	if w.op.Calls("/token") != 1 || w.reason() != "login_state" {
		t.Errorf("%d redemptions, reason %q", w.op.Calls("/token"), w.reason())
	}
}

func TestAStateIsBoundToItsCookieAndItsTime(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	first, second := w.answered(c), w.answered(c)
	u, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	names := w.pendings(c)
	jar := c.HTTP.Jar.Cookies(u)
	values := map[string]string{}
	for _, k := range jar {
		values[k.Name] = k.Value
	}
	c.HTTP.Jar.SetCookies(u, []*http.Cookie{{Name: names[0], Value: values[names[1]], Path: "/"}, {Name: names[1], Value: values[names[0]], Path: "/"}})
	c.Get(first).Expect(400, "Questo accesso non si può completare")
	c.Get(second).Expect(400, "Questo accesso non si può completare")

	late := w.answered(c)
	w.advance(26 * time.Hour)
	// Too late for the code, not for the wish: one click begins anew with the same destination.
	if again := c.Get(late).Expect(400, "È scaduto").Link("Riprova"); !strings.Contains(again, "return=%2Fcourses%2Fstatica") {
		t.Errorf("the way on forgets the destination: %s", again)
	}
	if n := w.op.Calls("/token"); n != 0 {
		t.Errorf("%d codes were sent", n)
	}
}

func TestTheCallbackTakesHostileAddresses(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	good := w.answered(c)
	for _, query := range []string{
		"", "state=", "state=x", "code=x&state=" + strings.Repeat("A", 5000), "state=%00", "state=a&state=b", "state=%ff", "a;b", "%zz",
		"state=../../x", "state=0000000000ABCDEFGHIJKLMNOPQRSTUVWXYZ&code=x", "error=access_denied", good[strings.Index(good, "?")+1:] + "&code=again",
	} {
		p := c.Get(w.url + "/login/callback?" + query)
		if p.Status < 400 || p.Status > 499 || p.Text("h1") == "" {
			t.Errorf("%.60q: %d", query, p.Status)
		}
	}
	c.Get(strings.Replace(good, "code=", "nocode=", 1)).Expect(400, "Questo accesso non si può completare")
	if w.op.Calls("/token") != 0 {
		t.Error("a code was sent")
	}
}

func TestABrowserKeepsThreePendingLoginsAndLosesTheOldest(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	var answers []string
	for range 5 {
		w.advance(time.Second)
		answers = append(answers, w.answered(c))
	}
	if n := len(w.pendings(c)); n != 3 {
		t.Errorf("%d pending logins, want 3", n)
	}
	c.Get(answers[1]).Expect(400, "ne hai aperti altri dopo")
	c.Get(answers[2]).Expect(200, "Completa il tuo profilo")
	c.Get(answers[4]).Expect(200, "Completa il tuo profilo")
}

func TestAPrefetchBeginsNoLogin(t *testing.T) {
	w := begin(t)
	for name, value := range map[string]string{"Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch", "X-Moz": "prefetch"} {
		c := webtest.New(t)
		c.Header.Set(name, value)
		if p := c.Get(w.start("/")); p.Status != http.StatusTooEarly || len(w.pendings(c)) != 0 || w.op.Calls("/authorize") != 0 {
			t.Errorf("%s: %d, %v", name, p.Status, w.pendings(c))
		}
	}
}

func TestReturnAddressesNeverLeaveThePortal(t *testing.T) {
	w := begin(t)
	c := w.complete()
	for _, bad := range []string{
		"https://evil.example", "//evil.example", `/\evil.example`, `\\evil.example`, "/\t/evil.example", "/%0d%0aX: y\r\nLocation: //evil.example",
		"javascript:alert(1)", "/..//evil.example", "/.//evil.example", "/login/../..//evil.example", "///evil.example", "/é", "/" + strings.Repeat("a", 600),
		"data:text/html,x", "/@evil.example", "", "evil.example",
	} {
		for _, address := range []string{w.start(bad), w.url + "/login?return=" + url.QueryEscape(bad)} {
			p := c.Get(address)
			for _, step := range p.History {
				if to := strings.TrimPrefix(step, "GET "); !strings.HasPrefix(to, w.url+"/") && !strings.HasPrefix(to, w.op.URL+"/") {
					t.Errorf("%q leads to %s", bad, to)
				}
			}
		}
		c.NoRedirect = true
		form := url.Values{"return": {bad}, "gender": {"other"}, "birth_day": {"1"}, "birth_month": {"1"}, "birth_year": {"1990"}, "education": {"none"}, "occupation": {"other"}}
		p := c.Post(w.url+"/profile", form).Expect(303)
		if to := p.Header.Get("Location"); !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
			t.Errorf("the profile with return %q leads to %q", bad, to)
		}
		c.NoRedirect = false
	}
}

func TestHostileFormsGetAPageAndNeverAFailureOfOurs(t *testing.T) {
	w := begin(t)
	c := w.complete()
	long := strings.Repeat("à", 20<<10)
	bodies := []string{
		"", "x=1", "gender=female&gender=male", "gender=%00", "city=a%00b", "city=%ff", "%zz", "city=" + strings.Repeat("a", 100<<10),
		url.Values{"gender": {"other"}, "education": {"none"}, "occupation": {"other"}, "birth_day": {"1"}, "birth_month": {"1"}, "birth_year": {"1990"}, "city": {long}}.Encode(),
		"gender=other&education=none&occupation=other&birth_day=31&birth_month=2&birth_year=1990", "birth_day=99999999999999999999999&birth_year=-1",
		"gender=other&education=none&occupation=other&birth_day=1&birth_month=1&birth_year=2027", "gender=other&education=none&occupation=other&birth_day=1&birth_month=1&birth_year=1990&city=a%0Ab",
		strings.Repeat("a=1&", 300), "gender=<script>&education=root&occupation='; DROP TABLE learner --",
	}
	for _, path := range []string{"/profile", "/welcome/terms"} {
		for _, body := range bodies {
			res := post(t, c, w.url+path, body)
			if res < 400 || res > 499 {
				t.Errorf("%s %.60q: %d", path, body, res)
			}
		}
	}
	for _, id := range []string{"%00", "%ff", "..%2f..", "a%20b", strings.Repeat("a", 5000), "'", "STATICA"} {
		for _, path := range []string{"/courses/" + id, "/courses/" + id + "/unenrol"} {
			if p := c.Get(w.url + path); p.Status != 404 {
				t.Errorf("%s: %d", path, p.Status)
			}
		}
	}
	for query, want := range map[string]int{"q=%00": 400, "q=a&q=b": 400, "q=%ff": 400, "q=" + long[:9000]: 200, "area=<b>&state='": 200, "q=.*%25_": 200} {
		if p := c.Get(w.url + "/courses?" + query); p.Status != want {
			t.Errorf("/courses?%.40s: %d, want %d", query, p.Status, want)
		}
	}
	for _, path := range []string{"/login?return=a&return=b", "/login?return=%00", "/login/start?return=%ff", "/profile?return=a&return=b", "/welcome/terms?return=%00"} {
		if p := c.Get(w.url + path); p.Status != 400 {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}

// post sends raw bytes as a form.
func post(t *testing.T, c *webtest.Client, address, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

func TestWhatTheGatewayTellsIsBoundedAndEscaped(t *testing.T) {
	w := begin(t)
	w.op.Person["name"] = "<script>alert(1)</script> \x00\u202e" + strings.Repeat("é", 5000)
	w.op.Person["email"] = "a@b\x00.example\r\nBcc: x@y"
	w.op.Person["birthdate"], w.op.Person["gender"] = "0000-00-00", "<b>"
	w.op.Claims = func(c map[string]any) {
		c["acr"], c["amr"] = strings.Repeat("\x00x", 9999), make([]string, 500)
	}
	c := webtest.New(t)
	p := c.Get(w.start("/")).Expect(200, "<script>alert(1)</script> éé", "Giorno")
	if p.Find("main script") != nil || strings.Contains(p.Body, "\u202e") || strings.Count(p.Body, "é") > 500 {
		t.Error("the name came through unbounded or unescaped")
	}
	if p.Has("Bcc:") {
		t.Error("an address of two lines is shown")
	}
}

func TestWhoHasNoNameCanStillSignOut(t *testing.T) {
	w := begin(t)
	w.op.Person = map[string]any{"sub": "subject-9"}
	c := webtest.New(t)
	p := c.Get(w.start("/")).Expect(200, "Il tuo profilo")
	c.Submit(p.Form("form.atrio-logout")).Expect(200, "Hai chiuso la sessione.")
	w.op.Person = map[string]any{"sub": "subject-8", "given_name": "Ugo", "family_name": "Prova"}
	c.Get(w.start("/")).Expect(200, "Ugo Prova")
}

func TestNoSecretStandsInTheLog(t *testing.T) {
	w := begin(t)
	c := w.complete()
	c.Submit(c.Get(w.url + "/").Form("form.atrio-logout"))
	w.op.Claims = func(claims map[string]any) { claims["nonce"] = "x" }
	webtest.New(t).Get(w.start("/"))
	log := w.log()
	for _, secret := range []string{"Bianca", "bianca@", "access-", "eyJ", "subject-1", w.op.Secret, url.QueryEscape(w.op.Secret), "code=", "state="} {
		if strings.Contains(log, secret) {
			t.Errorf("%q stands in the log", secret)
		}
	}
	if !strings.Contains(log, "nonce of another login") {
		t.Errorf("the cause is missing:\n%s", log)
	}
}
