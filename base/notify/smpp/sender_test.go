package smpp

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/notify"
)

// program is the message centre of test/smsd, built once.
var program struct {
	once sync.Once
	path string
	err  error
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "smsd")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program.path = filepath.Join(dir, "smsd")
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// event is what the centre says.
type event struct {
	Kind, From, To, Text string
	Coding, Part, Of     int
}

// centre is a running message centre.
type centre struct {
	address string
	events  chan event
}

func start(t *testing.T) *centre {
	t.Helper()
	program.once.Do(func() {
		out, err := exec.Command("go", "build", "-o", program.path, "atrio/test/smsd").CombinedOutput()
		if err != nil {
			program.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if program.err != nil {
		t.Fatal(program.err)
	}
	cmd := exec.Command(program.path)
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the centre says nothing")
	}
	c := &centre{address: strings.TrimPrefix(lines.Text(), "listening "), events: make(chan event, 1000)}
	go func() {
		defer close(c.events)
		for lines.Scan() {
			var e event
			if json.Unmarshal(lines.Bytes(), &e) == nil {
				c.events <- e
			}
		}
	}()
	return c
}

// next waits for the next event of a kind.
func (c *centre) next(t *testing.T, kind string) event {
	t.Helper()
	for {
		select {
		case e, ok := <-c.events:
			if !ok {
				t.Fatalf("the centre ended before %q", kind)
			}
			if e.Kind == kind {
				return e
			}
		case <-t.Context().Done():
			t.Fatalf("no %q", kind)
		}
	}
}

func (c *centre) sender(t *testing.T) *Sender {
	s := &Sender{Address: c.address, SystemID: "atrio", Password: "secret", From: "Ateneo", Timeout: time.Minute, Idle: time.Minute}
	if wrong := s.Validate(); len(wrong) > 0 {
		t.Fatal(wrong)
	}
	t.Cleanup(s.Close)
	return s
}

func to(number, text string) notify.Message {
	return notify.Message{Channel: notify.SMS, To: number, Text: text}
}

func TestACodeReachesTheCentreInTheBasicAlphabet(t *testing.T) {
	c := start(t)
	s := c.sender(t)
	const text = "Il tuo codice è 493817. Non darlo a nessuno: {Ateneo} €"
	if err := s.Send(t.Context(), to("+390600000000", text)); err != nil {
		t.Fatal(err)
	}
	c.next(t, "bound")
	if e := c.next(t, "message"); e != (event{Kind: "message", From: "5/0/Ateneo", To: "+390600000000", Text: text}) {
		t.Errorf("%+v", e)
	}
	s.Close()
	c.next(t, "unbound")
}

func TestALongTextIsCutBetweenCharactersAndPutTogether(t *testing.T) {
	c := start(t)
	s := c.sender(t)
	for text, want := range map[string]struct{ coding, parts int }{
		strings.Repeat("a", 160):                               {0, 1},
		strings.Repeat("a", 161):                               {0, 2},
		strings.Repeat("a", 152) + "€" + "bcdefgh":             {0, 2}, // € is two septets and would be cut
		strings.Repeat("ж", 70):                                {8, 1},
		strings.Repeat("ж", 66) + "🏛" + "ж":                    {8, 1}, // 69 units
		strings.Repeat("ж", 66) + "🏛" + strings.Repeat("ж", 9): {8, 2}, // the pair would be cut
		strings.Repeat("a", 6*153):                             {0, 6},
	} {
		if err := s.Send(t.Context(), to("+390600000000", text)); err != nil {
			t.Fatal(err)
		}
		got := ""
		for i := range want.parts {
			e := c.next(t, "message")
			if e.Coding != want.coding || want.parts > 1 && (e.Part != i+1 || e.Of != want.parts) {
				t.Errorf("%d: %+v", len(text), e)
			}
			got += e.Text
		}
		if got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, text := range []string{"", strings.Repeat("a", 6*153+1), strings.Repeat("ж", 6*67+1), "\xff"} {
		wantFailure(t, s.Send(t.Context(), to("+390600000000", text)), true, 0)
	}
}

func wantFailure(t *testing.T, err error, permanent bool, code int) {
	t.Helper()
	var f *notify.Failure
	if !errors.As(err, &f) || f.Permanent != permanent || f.Code != code {
		t.Errorf("%v, want permanent %v, code %d", err, permanent, code)
	}
}

func TestWhatTheCentreSaysDecidesWhetherToTryAgain(t *testing.T) {
	s := start(t).sender(t)
	wantFailure(t, s.Send(t.Context(), to("+390600000011", "x")), true, 0x0B)
	wantFailure(t, s.Send(t.Context(), to("+390600000020", "x")), false, 0x14)
	wantFailure(t, s.Send(t.Context(), to("+390600000058", "x")), false, 0x58)
	wantFailure(t, s.Send(t.Context(), to("+390600000090", "x")), false, 0) // it hangs up, also the second time
	if err := s.Send(t.Context(), to("+390600000000", "x")); err != nil {
		t.Errorf("after all that: %v", err)
	}
	for _, number := range []string{"390600000000", "+39", "+39 06 0000", "+3906000000001234567"} {
		wantFailure(t, s.Send(t.Context(), to(number, "x")), true, 0)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wantFailure(t, s.Send(ctx, to("+390600000080", "x")), false, 0) // never an answer
}

func TestALinkThatDiedIsMadeAgainWithinTheSameMessage(t *testing.T) {
	c := start(t)
	s := c.sender(t)
	for _, number := range []string{"+390600000000", "+390600000091"} {
		if err := s.Send(t.Context(), to(number, "x")); err != nil {
			t.Fatal(err)
		}
	}
	c.next(t, "bound")
	c.next(t, "bound")
	if e := c.next(t, "message"); e.To != "+390600000091" {
		t.Errorf("%+v", e)
	}
}

func TestManyMessagesAtOnceShareOneLink(t *testing.T) {
	c := start(t)
	s := c.sender(t)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			if err := s.Send(t.Context(), to(fmt.Sprintf("+3906000%03d00", i), "x")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.Close()
	kinds := map[string]int{}
	for kinds["unbound"] == 0 {
		kinds[(<-c.events).Kind]++
	}
	if kinds["bound"] != 1 || kinds["message"] != 50 || kinds["enquired"] != 1 {
		t.Errorf("%v", kinds)
	}
}

func TestAnIdleLinkSaysGoodbye(t *testing.T) {
	c := start(t)
	s := c.sender(t)
	s.Idle = 20 * time.Millisecond
	for range 2 {
		if err := s.Send(t.Context(), to("+390600000000", "x")); err != nil {
			t.Fatal(err)
		}
		c.next(t, "unbound")
	}
}

func TestAWrongPasswordAnAbsentCentreAndASilentOneAreTroubleOfTheMoment(t *testing.T) {
	s := start(t).sender(t)
	s.Password = "wrong"
	wantFailure(t, s.Send(t.Context(), to("+390600000000", "x")), false, 0x0E)

	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = &Sender{Address: silent.Addr().String(), SystemID: "atrio", Timeout: 50 * time.Millisecond}
	wantFailure(t, s.Send(t.Context(), to("+390600000000", "x")), false, 0)
	silent.Close()
	wantFailure(t, s.Send(t.Context(), to("+390600000000", "x")), false, 0)
}

func TestACentreThatTalksNonsenseBreaksNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	answers := [][]byte{
		{}, []byte("HTTP/1.1 400 Bad Request\r\n\r\n"), {0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1},
		{0, 0, 0, 16, 0x80, 0, 0, 2, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF}, {0, 0, 0, 16, 0x12, 0x34, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1},
	}
	go func() {
		for i := 0; ; i++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write(answers[i%len(answers)])
			conn.Close()
		}
	}()
	s := &Sender{Address: l.Addr().String(), SystemID: "atrio"}
	for range answers {
		wantFailure(t, s.Send(t.Context(), to("+390600000000", "x")), false, 0)
	}
}

func TestTheLinkIsEncryptedWhereItIsNotOnThisMachine(t *testing.T) {
	c := start(t)
	web := httptest.NewTLSServer(nil) // for its certificate on 127.0.0.1
	defer web.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: web.TLS.Certificates})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // the end of a tunnel
		for {
			outside, err := l.Accept()
			if err != nil {
				return
			}
			inside, err := net.Dial("tcp", c.address)
			if err != nil {
				outside.Close()
				continue
			}
			go func() { _, _ = io.Copy(inside, outside); inside.Close() }()
			go func() { _, _ = io.Copy(outside, inside); outside.Close() }()
		}
	}()
	s := c.sender(t)
	s.Address, s.TLS = l.Addr().String(), true
	wantFailure(t, s.Send(t.Context(), to("+390600000000", "x")), false, 0) // nobody we trust
	s.TLSConfig = &tls.Config{RootCAs: x509.NewCertPool()}
	s.TLSConfig.RootCAs.AddCert(web.Certificate())
	if err := s.Send(t.Context(), to("+390600000000", "x")); err != nil {
		t.Fatal(err)
	}
	c.next(t, "message")
}

func TestSettingsAreExplained(t *testing.T) {
	good := func() *Sender {
		return &Sender{Address: "smsc.example.it:3550", TLS: true, SystemID: "ateneo", Password: "12345678", From: "+390600000000"}
	}
	for _, c := range []struct {
		change func(*Sender)
		say    string
	}{
		{func(s *Sender) { s.Address = "smsc.example.it" }, "host:port"},
		{func(s *Sender) { s.TLS = false }, "without TLS"},
		{func(s *Sender) { s.Password = "123456789" }, "password may have 8"},
		{func(s *Sender) { s.SystemID = "" }, "system_id is missing"},
		{func(s *Sender) { s.SystemID = "città" }, "ASCII"},
		{func(s *Sender) { s.SystemType = "abcdefghijklm" }, "system_type may have 12"},
		{func(s *Sender) { s.From = "Università di Prova" }, "from is a name"},
	} {
		s := good()
		c.change(s)
		if wrong := s.Validate(); len(wrong) != 1 || !strings.Contains(wrong[0].Error(), c.say) {
			t.Errorf("%s: %v", c.say, wrong)
		}
	}
	if wrong := good().Validate(); len(wrong) > 0 {
		t.Error(wrong)
	}
	for _, from := range []string{"", "Ateneo", "43210", "+390600000000"} {
		if _, err := source(from); err != nil {
			t.Error(err)
		}
	}
}
