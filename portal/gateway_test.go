package portal_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/web/webtest"
)

func TestAGatewayThatIsDownIsExplainedAndFoundAgainWithoutARestart(t *testing.T) {
	w := begin(t)
	w.op.Down = true
	c := webtest.New(t)
	p := c.Get(w.start("/courses/statica")).Expect(503, "Il sistema di accesso dell’ateneo non risponde", "Riprova", "Codice di riferimento")
	if p.Header.Get("Retry-After") != "30" || len(w.pendings(c)) != 0 {
		t.Errorf("Retry-After %q, pending %v", p.Header.Get("Retry-After"), w.pendings(c))
	}
	c.Get(w.url+"/courses").Expect(200, "Statica") // reading needs no gateway
	w.op.Change(func() { w.op.Down = false })
	p = c.Follow(p, "Riprova").Expect(200, "Completa il tuo profilo")
	if p.FormWith("return").Values.Get("return") != "/courses/statica" {
		t.Error("the way back is lost")
	}
}

func TestAGatewayThatGoesDownDuringALoginIsWorthAnotherTry(t *testing.T) {
	broken := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	for name, answer := range map[string]http.HandlerFunc{
		"connection lost": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"token 503":       broken(503),
	} {
		w := begin(t)
		w.op.Instead["/token"] = answer
		p := w.refusedEntry(t, 503, "Il sistema di accesso dell’ateneo non risponde")
		w.op.Change(func() { w.op.Instead = map[string]http.HandlerFunc{} })
		webtest.New(t).Follow(p, "Riprova").Expect(200, "Completa il tuo profilo")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	w := begin(t)
	w.op.Instead["/token"] = broken(400)
	w.refusedEntry(t, 403, "L’accesso non è riuscito")
	if n := w.op.Calls("/token"); n != 1 {
		t.Errorf("the code was sent %d times", n)
	}
}

func TestADescriptionThatLeadsElsewhereIsRefused(t *testing.T) {
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint", "issuer"} {
		for _, to := range []string{"http://169.254.169.254/latest", "//evil.example", "file:///etc/passwd", "javascript:alert(1)", "/relative", "http://u:p@evil.example/"} {
			w := begin(t)
			w.op.Document = func(doc map[string]any) { doc[name] = to }
			webtest.New(t).Get(w.start("/")).Expect(503, "non risponde")
		}
	}
	for name, handler := range map[string]http.HandlerFunc{
		"endless":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, `{"a":%q}`, strings.Repeat("a", 1<<20)) },
		"no JSON":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"redirect": http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound).ServeHTTP,
		"teapot": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, strings.Repeat("secret ", 10000), http.StatusTeapot)
		},
	} {
		w := begin(t)
		w.op.Instead["/.well-known/openid-configuration"] = handler
		webtest.New(t).Get(w.start("/")).Expect(503, "non risponde")
		if len(w.log()) > 3000 {
			t.Errorf("%s: %d bytes of log", name, len(w.log()))
		}
	}
}

const description = "/.well-known/openid-configuration"

func TestTheDescriptionIsReadOnceAndAgainAfterTenMinutes(t *testing.T) {
	w := begin(t)
	enter := func() { webtest.New(t).Get(w.start("/")).Expect(200, "Completa il tuo profilo") }
	enter()
	enter()
	if n, keys := w.op.Calls(description), w.op.Calls("/jwks"); n != 1 || keys != 1 {
		t.Errorf("%d readings of the description, %d of the keys, want 1 and 1", n, keys)
	}
	w.advance(11 * time.Minute)
	enter()
	if n := w.op.Calls(description); n != 2 {
		t.Errorf("%d readings, want 2", n)
	}
	w.advance(11 * time.Minute)
	w.op.Instead[description] = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }
	enter() // the last good copy holds
}

func TestNewKeysOfTheGatewayAreFoundAndOldOnesForgotten(t *testing.T) {
	w := begin(t)
	webtest.New(t).Get(w.start("/")).Expect(200, "Completa il tuo profilo")
	var old string
	w.op.Claims = func(c map[string]any) { old = w.op.SignedBy(c) }
	webtest.New(t).Get(w.start("/")).Expect(200, "Completa il tuo profilo")
	w.op.Claims = nil
	w.op.Rotate()
	webtest.New(t).Get(w.start("/")).Expect(200, "Completa il tuo profilo")
	if n := w.op.Calls("/jwks"); n != 2 {
		t.Errorf("%d readings of the keys, want 2", n)
	}
	w.op.Sign = func(map[string]any) string { return old }
	webtest.New(t).Get(w.start("/")).Expect(403, "L’accesso non è riuscito")
	if !strings.Contains(w.log(), "failed to verify id token signature") {
		t.Error("the token of the old key was refused for another reason")
	}
}

func TestPeopleWhoComeAtOnceShareOneReading(t *testing.T) {
	w := begin(t)
	release, arrived := make(chan struct{}), make(chan struct{}, 20)
	w.op.Instead[description] = func(out http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		out.WriteHeader(http.StatusServiceUnavailable)
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			res, err := http.Get(w.start("/")) //nolint:noctx // ends with the test's server
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("status %d", res.StatusCode)
			}
		})
	}
	<-arrived
	close(release)
	all.Wait()
}
