package relay_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"atrio/mrtd"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/relay"
)

var today = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// server has one conversation and tells how it went.
func server(t *testing.T, serve func(ctx context.Context, l *relay.Line) relay.Word) (address string, accepted <-chan error) {
	t.Helper()
	told := make(chan error, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line, err := relay.Accept(w, r)
		told <- err
		if err == nil {
			line.End(serve(r.Context(), line))
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, told
}

func document(t *testing.T) (*mrtdtest.Document, mrtd.Trust, mrtd.Key) {
	t.Helper()
	w := mrtdtest.NewWorld(12, mrtdtest.Years(today, 5, 5), mrtdtest.Years(today, 1, 5))
	key, err := mrtd.KeyFromZone(mrtdtest.Anna.Number, mrtdtest.Anna.Birth, mrtdtest.Anna.Expiry)
	if err != nil {
		t.Fatal(err)
	}
	return w.Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), mrtdtest.WithActive(mrtdtest.NewKey(12))), w.Trust(), key
}

func TestADocumentIsReadThroughTheRelay(t *testing.T) {
	d, trust, key := document(t)
	var verdict mrtd.Verdict
	address, _ := server(t, func(ctx context.Context, l *relay.Line) relay.Word {
		code, err := l.Code(ctx)
		if err != nil || code != "AB10-2131" {
			t.Errorf("%q, %v", code, err)
		}
		reading, err := mrtd.Reader{Key: key}.Read(ctx, l)
		if err == nil {
			verdict, err = mrtd.Judge(reading, trust, today)
		}
		if err != nil {
			t.Error(err)
		}
		return relay.Done
	})
	if err := relay.Carry(t.Context(), address, " AB10-2131\n", mrtdtest.Insert(d)); err != nil {
		t.Fatal(err)
	}
	if !verdict.Active || verdict.Zone.Surname != "PROVA" {
		t.Errorf("%+v", verdict.Zone)
	}
}

func TestWhatTheServerSaysEndsTheRelay(t *testing.T) {
	d, _, _ := document(t)
	for _, word := range []relay.Word{relay.Unknown, relay.Busy, relay.Failed, "something new"} {
		address, _ := server(t, func(context.Context, *relay.Line) relay.Word { return word })
		var ended relay.Ended
		if err := relay.Carry(t.Context(), address, "x", mrtdtest.Insert(d)); !errors.As(err, &ended) || ended.Word != word {
			t.Errorf("%s: %v", word, err)
		}
	}
}

func TestADocumentThatIsTakenAwayIsTold(t *testing.T) {
	d, _, key := document(t)
	chip := mrtdtest.Insert(d)
	chip.TakenAfter = 12
	failed := make(chan error, 1)
	address, _ := server(t, func(ctx context.Context, l *relay.Line) relay.Word {
		l.Code(ctx) //nolint:errcheck // what follows tells
		_, err := mrtd.Reader{Key: key}.Read(ctx, l)
		failed <- err
		return relay.Failed
	})
	if err := relay.Carry(t.Context(), address, "x", chip); !errors.Is(err, mrtdtest.ErrGone) {
		t.Errorf("%v", err)
	}
	if err := <-failed; !errors.Is(err, relay.ErrGone) || mrtd.Reasons(err)[0] != mrtd.Lost {
		t.Errorf("%v", err)
	}
}

// card answers as it likes.
type card func([]byte) []byte

func (c card) Transceive(_ context.Context, command []byte) ([]byte, error) { return c(command), nil }

func TestWhatComesFromARelayIsBounded(t *testing.T) {
	for name, size := range map[string]int{"one answer": 1<<16 + 17, "all of them": 60 << 10} {
		address, _ := server(t, func(ctx context.Context, l *relay.Line) relay.Word {
			l.Code(ctx) //nolint:errcheck // what follows tells
			for n := 1; ; n++ {
				if _, err := l.Transceive(ctx, []byte{0, 0xb0, 0, 0, 0}); err != nil {
					if want := map[string]int{"one answer": 1, "all of them": 5}[name]; n != want {
						t.Errorf("%s: the %dth answer is refused, want the %dth: %v", name, n, want, err)
					}
					return relay.Failed
				}
			}
		})
		if err := relay.Carry(t.Context(), address, "x", card(func([]byte) []byte { return make([]byte, size) })); err == nil {
			t.Errorf("%s: no bound", name)
		}
	}
}

func TestOnlyThisProtocolIsSpoken(t *testing.T) {
	address, accepted := server(t, func(ctx context.Context, l *relay.Line) relay.Word {
		if code, err := l.Code(ctx); err == nil {
			t.Errorf("a code of %d bytes", len(code))
		}
		return relay.Unknown
	})
	target := "ws" + strings.TrimPrefix(address, "http")
	say := func(o *websocket.DialOptions, kind websocket.MessageType, message []byte) error {
		conn, _, err := websocket.Dial(t.Context(), target, o) //nolint:bodyclose // there is none
		if err != nil {
			return err
		}
		defer conn.CloseNow() //nolint:errcheck // the test is over
		if message != nil {
			conn.Write(t.Context(), kind, message) //nolint:errcheck // the answer tells
		}
		_, _, err = conn.Read(t.Context())
		return err
	}
	spoken := &websocket.DialOptions{Subprotocols: []string{relay.Protocol}}
	say(nil, 0, nil) //nolint:errcheck // the server tells
	if <-accepted == nil {
		t.Error("another protocol was accepted")
	}
	if err := say(&websocket.DialOptions{Subprotocols: spoken.Subprotocols, HTTPHeader: http.Header{"Origin": {"https://elsewhere.example.org"}}}, 0, nil); err == nil || <-accepted == nil {
		t.Error("a page of another origin was accepted")
	}
	for _, m := range []struct {
		kind    websocket.MessageType
		message []byte
	}{{websocket.MessageBinary, []byte("AB10-2131")}, {websocket.MessageText, []byte(strings.Repeat("x", 65))}} {
		say(spoken, m.kind, m.message) //nolint:errcheck // the server tells
		if err := <-accepted; err != nil {
			t.Error(err)
		}
	}
	res, err := http.Get(address) //nolint:noctx // a plain visit
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if <-accepted == nil || res.StatusCode < 400 {
		t.Errorf("a plain visit: %d", res.StatusCode)
	}
}

func TestTheCodeGoesToTheAddressAlone(t *testing.T) {
	for _, address := range []string{"http://identita.example.org/x", "ftp://x", "", "identita.example.org", "https://user@identita.example.org/x", "https://identita.example.org/x?y=z", "https://identita.example.org/x#code"} {
		if err := relay.Carry(t.Context(), address, "x", card(nil)); err == nil || !strings.Contains(err.Error(), "relay: ") {
			t.Errorf("%q: %v", address, err)
		}
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it followed") }))
	t.Cleanup(elsewhere.Close)
	s := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(s.Close)
	if err := relay.Carry(t.Context(), s.URL, "x", card(nil)); err == nil {
		t.Error("no error")
	}
}

func TestAQRCodeSaysAddressAndCode(t *testing.T) {
	if a, c, ok := relay.Split(" https://identita.example.org/enrol/chip/relay#AB10-2131\n"); !ok || a != "https://identita.example.org/enrol/chip/relay" || c != "AB10-2131" {
		t.Errorf("%q %q %t", a, c, ok)
	}
	for _, link := range []string{"", "https://identita.example.org", "#x", "https://identita.example.org#"} {
		if _, _, ok := relay.Split(link); ok {
			t.Errorf("%q", link)
		}
	}
}
