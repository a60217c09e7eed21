package cns_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/cns"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/web/webtest"
)

// A24: a code counts once, however many ask at the same time, and not for long.
func TestACeremonyIsForOneCardOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		by, address := k.card(mine), k.begin()
		const tries = 50
		found := make(chan string, tries)
		var running sync.WaitGroup
		for range tries {
			running.Go(func() {
				answer, err := k.client(by).Get(address)
				if err != nil {
					found <- err.Error()
					return
				}
				answer.Body.Close()
				found <- reason(answer.Header.Get("Location"))
			})
		}
		running.Wait()
		close(found)
		var good, stale int
		for why := range found {
			switch why {
			case "":
				good++
			case "stale":
				stale++
			default:
				t.Error(why)
			}
		}
		if good != 1 || stale != tries-1 {
			t.Errorf("%d were taken, %d were stale", good, stale)
		}

		if got := reason(k.present(by, address)); got != "stale" {
			t.Errorf("again: %q", got)
		}
		old := k.begin()
		anew := k.begin()
		if got := reason(k.present(by, old)); got != "stale" {
			t.Errorf("begun anew: %q", got)
		}
		k.advance(5 * time.Minute)
		if got := reason(k.present(by, anew)); got != "stale" {
			t.Errorf("five minutes later: %q", got)
		}
		if got := reason(k.present(by, k.door+"/ceremony/"+strings.Repeat("A", 26))); got != "stale" {
			t.Errorf("guessed: %q", got)
		}
		// The way back is short, and once.
		to := k.present(by, k.begin())
		k.advance(2 * time.Minute)
		if page := k.Get(to); reason(page.URL.String()) != "stale" {
			t.Errorf("back too late: %s", page.URL)
		}
		for _, wrong := range []string{"", "?code=x", "?code=" + strings.Repeat("A", 26)} {
			if page := k.Get(k.base + way.CNS + "/done" + wrong); reason(page.URL.String()) != "stale" {
				t.Errorf("%q: %s", wrong, page.URL)
			}
		}
		if r := k.request(); r.State != enrolment.ContractReady {
			t.Errorf("%s", r.State)
		}
		for _, line := range k.refusals() {
			if line.Reason != "card_stale" {
				t.Errorf("%+v", line)
			}
		}
	})
}

// A14: somebody begins a ceremony in the victim's name and lures the victim to it with
// the right card. The card is the right one, the session is not: nothing happens.
func TestACardThatWasLuredProvesNothing(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		to := k.present(k.card(mine), k.begin())
		victim := webtest.New(t)
		if page := victim.Get(to); page.URL.Path != way.Login {
			t.Errorf("without a session: %s", page.URL)
		}
		victim.Get(k.base + "/test/in/somebody")
		if page := victim.Get(to); page.URL.Path != way.Start {
			t.Errorf("with another session: %s", page.URL)
		}
		if r := k.request(); r.State != enrolment.ContractReady || r.Data.Verdict != nil {
			t.Errorf("%s", r.State)
		}
	})
}

// A25: what a header says of certificates and addresses is nothing.
func TestHeadersAreNotBelieved(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		right := k.card(mine)
		text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: right.Certificate.Raw}))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, k.begin(), nil)
		if err != nil {
			t.Fatal(err)
		}
		flat := strings.ReplaceAll(text, "\n", " ")
		for _, name := range []string{"X-SSL-Client-Cert", "X-Client-Cert", "Ssl-Client-Cert", "X-Forwarded-Client-Cert", "Client-Cert", "X-SSL-Client-Verify", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded"} {
			r.Header.Set(name, flat)
		}
		r.Header.Set("X-Forwarded-For", "192.0.2.1")
		r.Host = "elsewhere.example"
		answer, err := k.client(k.card(others)).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		to := answer.Header.Get("Location")
		if reason(to) != "other_person" || !strings.HasPrefix(to, k.base+"/") {
			t.Errorf("%q", to)
		}
		if got := k.refusals(); len(got) != 1 || got[0].Address != "127.0.0.1" {
			t.Errorf("%+v", got)
		}
	})
}

// A24: what was proved in one connection counts in no other.
func TestEveryConnectionProvesTheKeyAnew(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
			client := k.client(k.card(others))
			config := client.Transport.(*http.Transport).TLSClientConfig
			config.MinVersion, config.MaxVersion = version, version
			for n := range 2 {
				answer, err := client.Get(k.begin())
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				if answer.TLS.DidResume || !answer.Close || reason(answer.Header.Get("Location")) != "other_person" {
					t.Errorf("%s, %d: resumed %v, closed %v, %s", name, n, answer.TLS.DidResume, answer.Close, answer.Header.Get("Location"))
				}
			}
		}
	})
}

// Another program sees no ticket either, and no way in with TLS 1.1.
func TestOpenSSLGetsNoTicket(t *testing.T) {
	d := cardDoor(t, cns.DefaultLimits())
	for _, flags := range [][]string{{"-tls1_2"}, {"-tls1_3"}} {
		session := filepath.Join(t.TempDir(), "session")
		out := d.openssl(t, append(flags, "-sess_out", session)...)
		if !strings.Contains(out, "HTTP/1.1 404") || strings.Contains(out, "TLS session ticket:") || strings.Contains(out, "Post-Handshake New Session Ticket") {
			t.Errorf("%v: %s", flags, out)
		}
		if _, err := os.Stat(session); err == nil {
			if out := d.openssl(t, append(flags, "-sess_in", session)...); strings.Contains(out, "Reused,") {
				t.Errorf("%v: resumed", flags)
			}
		}
	}
}

func TestTheDoorIsNarrow(t *testing.T) {
	d := cardDoor(t, cns.DefaultLimits())
	client := d.client(d.by)
	for _, one := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/", 404}, {http.MethodGet, "/ceremony/", 404}, {http.MethodGet, "/ceremony/short", 404}, {http.MethodGet, "/ceremony/" + strings.Repeat("a", 26), 404},
		{http.MethodGet, "/ceremony/" + strings.Repeat("A", 26) + "?x", 404}, {http.MethodGet, "/ceremony/" + strings.Repeat("A", 26) + "/x", 404}, {http.MethodGet, "/healthz", 404},
		{http.MethodPost, "/ceremony/" + strings.Repeat("A", 26), 405}, {http.MethodHead, "/ceremony/" + strings.Repeat("A", 26), 405},
	} {
		r, err := http.NewRequestWithContext(t.Context(), one.method, d.address+one.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		h := answer.Header
		if answer.StatusCode != one.status || !answer.Close || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || len(h["Set-Cookie"]) > 0 || len(body) > 64 {
			t.Errorf("%s %s: %d, %v, %q", one.method, one.path, answer.StatusCode, h, body)
		}
	}
	if _, err := d.client(nil).Get(d.address); err == nil {
		t.Error("without a certificate somebody came in")
	}
	old := d.client(d.by)
	old.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS11
	if _, err := old.Get(d.address); err == nil {
		t.Error("TLS 1.1 came in")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Long", strings.Repeat("x", 16<<10))
	if answer, err := client.Do(r); err == nil && answer.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a long header: %d", answer.StatusCode)
	}
}

// Whoever says nothing is not waited for, and nobody holds all the places.
func TestWhoIsSilentIsSentAway(t *testing.T) {
	silent := cardDoor(t, cns.Limits{Connections: 4, PerAddress: 4, Hello: 50 * time.Millisecond, Key: time.Minute})
	conn := silent.dial(t)
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the door spoke first")
	}

	full := cardDoor(t, cns.Limits{Connections: 4, PerAddress: 2, Hello: time.Minute, Key: time.Minute})
	held := []net.Conn{full.dial(t), full.dial(t)}
	if _, err := bufio.NewReader(full.dial(t)).ReadByte(); err == nil {
		t.Error("a third connection of one address was waited for")
	}
	for _, c := range held {
		c.Close()
	}
	// Their places are free as soon as the door has seen that they left: a try more tells.
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	for {
		answer, err := full.client(full.by).Get(full.address)
		if err == nil {
			answer.Body.Close()
			return
		}
		select {
		case <-deadline.C:
			t.Fatal("the places stay taken: ", err)
		default:
		}
	}
}

// lonely is a door with a listener behind it that knows no ceremony.
type lonely struct {
	*desk
	address string
	by      *st.Identity
}

func cardDoor(t *testing.T, limits cns.Limits) lonely {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &desk{authority: st.New(start), now: start}
	k.roots = serve(t, l, (&cns.Cards{}).Listener(), limits, k.clock)
	return lonely{k, "https://" + l.Addr().String(), k.card(mine)}
}

func (d lonely) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(d.address, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// openssl makes one request with the card, whose key is in a file.
func (d lonely) openssl(t *testing.T, flags ...string) string {
	t.Helper()
	dir := t.TempDir()
	key, err := x509.MarshalPKCS8PrivateKey(d.by.Key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"key": {Type: "PRIVATE KEY", Bytes: key}, "card": {Type: "CERTIFICATE", Bytes: d.by.Certificate.Raw}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := slices.Concat([]string{"s_client", "-connect", strings.TrimPrefix(d.address, "https://"), "-cert", filepath.Join(dir, "card"), "-key", filepath.Join(dir, "key"), "-ign_eof"}, flags)
	cmd := exec.Command("openssl", args...)
	cmd.Stdin = strings.NewReader("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("openssl: %v\n%s", err, out)
	}
	return string(out)
}
