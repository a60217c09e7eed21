package sms

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/base/notify"
)

var text = notify.Message{Channel: notify.SMS, To: "+393331234567", Text: "Codice \"493817\" & {from}\nnon è 100%", Reference: "7.1@idp"}

// gateway is a real HTTP server that keeps the last request.
type gateway struct {
	status  int
	header  http.Header
	body    []byte
	query   url.Values
	method  string
	calls   int
	prepare func(w http.ResponseWriter, r *http.Request)
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.calls++
	g.body, _ = io.ReadAll(r.Body)
	g.header, g.query, g.method = r.Header, r.URL.Query(), r.Method
	if g.prepare != nil {
		g.prepare(w, r)
	}
	w.WriteHeader(max(g.status, http.StatusOK))
	io.WriteString(w, `{"error":"+393331234567 refused: 493817"}`)
}

func (g *gateway) open(t *testing.T) *Sender {
	t.Helper()
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	s := &Sender{URL: server.URL + "/send", Type: JSON, Body: `{"to":"{to}","text":"{text}","from":"{from}","ref":"{reference}"}`,
		From: "Atrio", AuthHeader: "Authorization", Secret: "Bearer t0ps3cret", Header: map[string]string{"X-Account": "7"}}
	if wrong := s.Validate(); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	return s
}

func send(t *testing.T, s *Sender, m notify.Message) *notify.Failure {
	t.Helper()
	err := s.Send(t.Context(), m)
	if err == nil {
		return nil
	}
	var f *notify.Failure
	if !errors.As(err, &f) {
		t.Fatalf("not a failure: %T", err)
	}
	for _, private := range []string{"333", "493817", "t0ps3cret", "127.0.0.1"} {
		if strings.Contains(err.Error(), private) {
			t.Errorf("%q in %q", private, err)
		}
	}
	return f
}

func TestAJSONGatewayGetsEverythingEscaped(t *testing.T) {
	g := &gateway{status: http.StatusAccepted}
	if f := send(t, g.open(t), text); f != nil {
		t.Fatal(f)
	}
	var got map[string]string
	if err := json.Unmarshal(g.body, &got); err != nil {
		t.Fatal(err)
	}
	if got["to"] != text.To || got["text"] != text.Text || got["from"] != "Atrio" || got["ref"] != "7.1@idp" {
		t.Errorf("body %v", got)
	}
	if g.method != http.MethodPost || g.header.Get("Authorization") != "Bearer t0ps3cret" || g.header.Get("X-Account") != "7" ||
		g.header.Get("Content-Type") != JSON || g.header.Get("Idempotency-Key") != `"7.1@idp"` {
		t.Errorf("%s %v", g.method, g.header)
	}
}

func TestAFormGatewayAndAQueryGatewayToo(t *testing.T) {
	g := &gateway{}
	s := g.open(t)
	s.Type, s.Body = Form, "msisdn={number}&body={text}"
	if f := send(t, s, text); f != nil {
		t.Fatal(f)
	}
	got, err := url.ParseQuery(string(g.body))
	if err != nil || got.Get("msisdn") != "393331234567" || got.Get("body") != text.Text || len(got) != 2 {
		t.Errorf("form %v, %v", got, err)
	}
	s.Method, s.Body = http.MethodGet, ""
	s.URL += "?to={to}&text={text}"
	if wrong := s.Validate(); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	if f := send(t, s, text); f != nil {
		t.Fatal(f)
	}
	if g.method != http.MethodGet || g.query.Get("to") != text.To || g.query.Get("text") != text.Text || len(g.query) != 2 {
		t.Errorf("query %v", g.query)
	}
}

func TestOnlyRefusalsOfTheMessageAreForGood(t *testing.T) {
	for code, permanent := range map[int]bool{400: true, 422: true, 413: true, 401: false, 402: false, 403: false, 404: false, 408: false, 429: false, 500: false, 503: false, 302: false} {
		g := &gateway{status: code}
		if f := send(t, g.open(t), text); f == nil || f.Code != code || f.Permanent != permanent {
			t.Errorf("%d: %+v", code, f)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	other := &gateway{}
	elsewhere := other.open(t)
	g := &gateway{status: http.StatusTemporaryRedirect, prepare: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", elsewhere.URL) }}
	if f := send(t, g.open(t), text); f == nil || f.Code != 307 || other.calls != 0 {
		t.Fatalf("%+v, %d calls", f, other.calls)
	}
}

func TestAnEndlessAnswerIsNotReadToItsEnd(t *testing.T) {
	g := &gateway{prepare: func(w http.ResponseWriter, r *http.Request) {
		for range 1 << 12 {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
		t.Error("the whole answer was read")
	}}
	if f := send(t, g.open(t), text); f != nil {
		t.Fatal(f)
	}
}

func TestASlowOrAbsentGatewayIsATemporaryFailure(t *testing.T) {
	release := make(chan struct{})
	g := &gateway{prepare: func(http.ResponseWriter, *http.Request) { <-release }}
	s := g.open(t)
	s.Timeout = 20 * time.Millisecond
	if f := send(t, s, text); f == nil || f.Permanent || f.Code != 0 {
		t.Errorf("slow: %+v", f)
	}
	s.Timeout = 0
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Send(ctx, text); err == nil {
		t.Error("sent after the end of its context")
	}
	close(release)
	s.URL = "http://127.0.0.1:1/"
	if f := send(t, s, text); f == nil || f.Permanent {
		t.Errorf("absent: %+v", f)
	}
}

func TestWhatIsNoTextForANumberIsRefused(t *testing.T) {
	g := &gateway{}
	s := g.open(t)
	for name, change := range map[string]func(*notify.Message){
		"a mail":        func(m *notify.Message) { m.Channel = notify.Mail },
		"no plus":       func(m *notify.Message) { m.To = "3331234567" },
		"letters":       func(m *notify.Message) { m.To = "+39333CALLME" },
		"leading zero":  func(m *notify.Message) { m.To = "+03331234567" },
		"two numbers":   func(m *notify.Message) { m.To = "+39333123,+393331" },
		"too long":      func(m *notify.Message) { m.To = "+1234567890123456" },
		"too short":     func(m *notify.Message) { m.To = "+3912345" },
		"no text":       func(m *notify.Message) { m.Text = "" },
		"a long letter": func(m *notify.Message) { m.Text = strings.Repeat("x", maxText+1) },
	} {
		m := text
		change(&m)
		if f := send(t, s, m); f == nil || !f.Permanent {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if g.calls != 0 {
		t.Errorf("%d calls", g.calls)
	}
}

func TestSettingsAreExplained(t *testing.T) {
	good := func() *Sender {
		return &Sender{URL: "https://sms.example.org/send", Type: JSON, Body: `{"to":"{to}","text":"{text}"}`}
	}
	for says, change := range map[string]func(*Sender){
		"":             func(*Sender) {},
		"not a URL":    func(s *Sender) { s.URL = "sms" },
		"https://":     func(s *Sender) { s.URL = "http://sms.example.org/send" },
		"method":       func(s *Sender) { s.Method = "DELETE" },
		"not JSON":     func(s *Sender) { s.Body = `{"to":{to},"text":{text}` },
		"the type":     func(s *Sender) { s.Type = "text/xml" },
		"must hold":    func(s *Sender) { s.Body = `{"to":"{to}"}` },
		"come togethe": func(s *Sender) { s.Secret = "x" },
	} {
		s := good()
		change(s)
		wrong := s.Validate()
		if says == "" && len(wrong) > 0 || says != "" && (len(wrong) != 1 || !strings.Contains(wrong[0].Error(), says)) {
			t.Errorf("%q: %v", says, wrong)
		}
	}
}
