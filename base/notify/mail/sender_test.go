package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"atrio/base/notify"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var letter = notify.Message{Channel: notify.Mail, To: "anna.bianchi@example.org", Subject: "Il tuo codice è pronto",
	Text: "Perché no? Il codice è 493817.\n.\nFine", Lang: "it", Reference: "7.1@gateway.example.org"}

// office is a real SMTP server on loopback; the functions answer its commands.
type office struct {
	mail, rcpt func() error
	data       func() error
	logout     func()

	mu        sync.Mutex
	received  []string
	from, to  []string
	usernames []string
}

func (o *office) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{office: o}, nil }

type session struct{ office *office }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.office.mu.Lock()
	s.office.from = append(s.office.from, from)
	s.office.mu.Unlock()
	return call(s.office.mail)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.office.mu.Lock()
	s.office.to = append(s.office.to, to)
	s.office.mu.Unlock()
	return call(s.office.rcpt)
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := call(s.office.data); err != nil {
		return err
	}
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.received = append(s.office.received, string(text))
	return nil
}

func (s *session) Reset() {}

func (s *session) Logout() error {
	if s.office.logout != nil {
		s.office.logout()
	}
	return nil
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if password != "correct" {
			return smtp.ErrAuthFailed
		}
		s.office.usernames = append(s.office.usernames, username)
		return nil
	}), nil
}

func call(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

// open starts the server and returns a sender that trusts it.
func (o *office) open(t *testing.T, security Security) *Sender {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate on 127.0.0.1
	web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	config := &tls.Config{Certificates: web.TLS.Certificates}

	server := smtp.NewServer(o)
	server.Domain = "mx.example.org"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	switch security {
	case TLS:
		listener = tls.NewListener(listener, config)
	case STARTTLS:
		server.TLSConfig = config
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	s := &Sender{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Security: security, From: "Atrio <no-reply@gateway.example.org>",
		TLSConfig: &tls.Config{RootCAs: roots}, Now: func() time.Time { return now }}
	if security != None {
		s.Username, s.Password = "atrio", "correct"
	}
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
	for _, private := range []string{"anna", "bianchi", "example", "493817", "correct"} {
		if strings.Contains(err.Error(), private) {
			t.Errorf("%q in %q", private, err)
		}
	}
	return f
}

func TestAMailArrivesOverEachKindOfConnection(t *testing.T) {
	for _, security := range []Security{TLS, STARTTLS, None} {
		o := &office{}
		s := o.open(t, security)
		m := letter
		m.HTML = "<p>Il codice è <strong>493817</strong>.</p>"
		if f := send(t, s, m); f != nil {
			t.Fatalf("%s: %v", security, f)
		}
		if len(o.received) != 1 || o.from[0] != "no-reply@gateway.example.org" || o.to[0] != letter.To {
			t.Fatalf("%s: %v %v %v", security, o.received, o.from, o.to)
		}
		for _, want := range []string{"From: \"Atrio\" <no-reply@gateway.example.org>", "Message-ID: <7.1@gateway.example.org>",
			"Auto-Submitted: auto-generated", "Content-Language: it", "Date: Sun, 01 Mar 2026 12:00:00 +0000",
			"multipart/alternative", "text/plain; charset=UTF-8", "text/html; charset=UTF-8", "Perch=C3=A9"} {
			if !strings.Contains(o.received[0], want) {
				t.Errorf("%s: no %q in\n%s", security, want, o.received[0])
			}
		}
		if (security != None) != (len(o.usernames) == 1) {
			t.Errorf("%s: logins %v", security, o.usernames)
		}
	}
}

func TestRefusalsOfTheRecipientAreForGoodAndOthersAreNot(t *testing.T) {
	answer := func(code int) func() error {
		return func() error {
			return &smtp.SMTPError{Code: code, Message: "<anna.bianchi@example.org> not today"}
		}
	}
	for name, c := range map[string]struct {
		office *office
		want   notify.Failure
	}{
		"unknown mailbox": {&office{rcpt: answer(550)}, notify.Failure{Stage: "recipient", Code: 550, Permanent: true}},
		"greylisting":     {&office{rcpt: answer(451)}, notify.Failure{Stage: "recipient", Code: 451}},
		"must log in":     {&office{rcpt: answer(530)}, notify.Failure{Stage: "recipient", Code: 530}},
		"our address":     {&office{mail: answer(550)}, notify.Failure{Stage: "sender address", Code: 550}},
		"spam":            {&office{data: answer(554)}, notify.Failure{Stage: "content", Code: 554, Permanent: true}},
		"disk full":       {&office{data: answer(452)}, notify.Failure{Stage: "content", Code: 452}},
	} {
		s := c.office.open(t, None)
		if f := send(t, s, letter); f == nil || *f != c.want {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestTroubleBeforeTheMailIsTemporary(t *testing.T) {
	o := &office{}
	s := o.open(t, STARTTLS)
	s.Password = "wrong"
	if f := send(t, s, letter); f == nil || f.Permanent || !strings.Contains(f.Stage, "authentication") {
		t.Errorf("wrong password: %+v", f)
	}
	s.Password = "correct"
	s.TLSConfig = nil
	if f := send(t, s, letter); f == nil || f.Permanent || !strings.Contains(f.Stage, "encryption") {
		t.Errorf("unknown authority: %+v", f)
	}
	plain := (&office{}).open(t, None)
	plain.Security = STARTTLS
	if f := send(t, plain, letter); f == nil || f.Permanent || !strings.Contains(f.Stage, "encryption") {
		t.Errorf("no STARTTLS offered: %+v", f)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Port = closed.Addr().(*net.TCPAddr).Port
	closed.Close()
	if f := send(t, s, letter); f == nil || f.Permanent || f.Stage != "connection" {
		t.Errorf("nobody listens: %+v", f)
	}
	if len(o.received) != 0 {
		t.Error("a mail got through")
	}
}

func TestASlowServerIsLeftWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	release := make(chan struct{})
	o := &office{rcpt: func() error { cancel(); <-release; return nil }}
	s := o.open(t, None)
	defer close(release)
	var f *notify.Failure
	if err := s.Send(ctx, letter); !errors.As(err, &f) || f.Permanent {
		t.Fatal(err)
	}
	if err := s.Send(ctx, letter); !errors.As(err, &f) || f.Stage != "start" {
		t.Fatal(err)
	}
}

func TestASilentServerIsLeftAfterTheTimeout(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, never greets
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	s := &Sender{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Security: None, From: "a@example.org",
		Timeout: 20 * time.Millisecond, Now: func() time.Time { return now }}
	if f := send(t, s, letter); f == nil || f.Permanent {
		t.Fatalf("%+v", f)
	}
}

// The server takes the mail and breaks the connection instead of answering QUIT.
func TestAMailTakenByTheServerIsNotAFailure(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		io.WriteString(conn, "220 mx\r\n")
		buffer := make([]byte, 64<<10)
		for _, answer := range []string{"250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"} {
			if _, err := conn.Read(buffer); err != nil {
				return
			}
			io.WriteString(conn, answer)
		}
		for text := ""; !strings.HasSuffix(text, "\r\n.\r\n"); {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			text += string(buffer[:n])
		}
		io.WriteString(conn, "250 taken\r\n")
	}()
	s := &Sender{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Security: None, From: "a@example.org", Now: func() time.Time { return now }}
	if f := send(t, s, letter); f != nil {
		t.Fatal(f)
	}
}
