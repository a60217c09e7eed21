package relaycmd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/app/command"
	"atrio/app/relaycmd"
	"atrio/app/relaycmd/pcsc"
	"atrio/mrtd"
	"atrio/mrtd/messaging"
	"atrio/mrtd/mrtdtest"
	"atrio/mrtd/relay"
)

var today = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

const (
	daemon = "/usr/sbin/pcscd"
	driver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
)

// readers is a pcscd of the test's own with one virtual reader.
type readers struct {
	socket string // of pcscd
	card   string // where the virtual reader waits for a card
}

// start starts pcscd. Its directory is a constant of the program; the test runs a copy in
// which that is a directory of the test's own, of the same length, so that it needs no
// right and meets no pcscd of the system.
func start(t *testing.T) readers {
	t.Helper()
	program, err := os.ReadFile(daemon)
	if err != nil {
		t.Fatal("pcscd is missing: tools/setup test installs it: ", err)
	}
	if _, err := os.Stat(driver); err != nil {
		t.Fatal("the virtual reader is missing (vsmartcard-vpcd): tools/setup test installs it: ", err)
	}
	const fixed = "/run/pcscd"
	own := directory(t)
	if len(own) != len(fixed) || !bytes.Contains(program, []byte(fixed+"/pcscd.comm")) {
		t.Fatal("another pcscd than the one of Debian 12: its socket is elsewhere")
	}
	dir := t.TempDir()
	copied := filepath.Join(dir, "pcscd")
	if err := os.WriteFile(copied, bytes.ReplaceAll(program, []byte(fixed), []byte(own)), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	for range 5 { // somebody else may take the port in between
		if r, ok := run(t, copied, dir, own); ok {
			return r
		}
	}
	t.Fatal("no virtual reader came up")
	return readers{}
}

// directory makes one whose name has ten letters.
func directory(t *testing.T) string {
	t.Helper()
	for n := range 1000 {
		own := fmt.Sprintf("/tmp/%05d", (os.Getpid()*131+n)%100000)
		if err := os.Mkdir(own, 0o700); err == nil {
			t.Cleanup(func() { os.RemoveAll(own) })
			return own
		} else if !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
	}
	t.Fatal("no directory")
	return ""
}

// patience is how long a service that came up may be silent.
const patience = 30 * time.Second

// run runs pcscd with a virtual reader on a free port.
func run(t *testing.T, program, dir, own string) (readers, bool) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	conf := filepath.Join(dir, "conf")
	os.MkdirAll(conf, 0o700) //nolint:errcheck // writing tells
	text := fmt.Sprintf("FRIENDLYNAME \"Prova\"\nDEVICENAME /dev/null:%s\nLIBPATH %s\nCHANNELID 0x1\n", port, driver)
	if err := os.WriteFile(filepath.Join(conf, "vpcd"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cmd := exec.Command(program, "-f", "-c", conf)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }() //nolint:errcheck // it is killed
	stop := func() { cmd.Process.Kill(); <-ended }
	r := readers{filepath.Join(own, "pcscd.comm"), address}
	// On a machine with much to do it happens that the service begins and answers nobody.
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		select {
		case <-ended:
			t.Logf("pcscd: %s", log.String())
			return r, false
		case <-ctx.Done():
			stop()
			t.Logf("pcscd answers nobody: %s", log.String())
			return r, false
		default:
		}
		if s, err := pcsc.Open(ctx, r.socket); err == nil {
			list, err := s.Readers(ctx)
			s.Close()
			if err == nil && len(list) > 0 { // the driver makes two, of which the first is ours
				t.Cleanup(stop)
				return r, true
			}
		}
	}
}

// lay lays a document on the virtual reader until the test ends, or take is called.
func (r readers) lay(t *testing.T, chip *mrtdtest.Chip) (take func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- chip.Bridge(ctx, r.card) }()
	take = func() {
		cancel()
		<-done
		r.empty(t)
	}
	t.Cleanup(cancel)
	return take
}

// empty waits until pcscd, which looks now and then, has noticed that nothing lies there.
func (r readers) empty(t *testing.T) {
	t.Helper()
	s, err := pcsc.Open(t.Context(), r.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // the test goes on
	for {
		list, err := s.Readers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(list, func(r pcsc.Reader) bool { return r.Present }) {
			return
		}
	}
}

// provider reads one document for each code.
func provider(t *testing.T, key mrtd.Key, trust mrtd.Trust, told chan<- error) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		line, err := relay.Accept(w, r)
		if err != nil {
			return
		}
		code, err := line.Code(r.Context())
		if err != nil || code != "AB10-2131" {
			line.End(relay.Unknown)
			return
		}
		reading, err := mrtd.Reader{Key: key}.Read(r.Context(), line)
		if err == nil {
			_, err = mrtd.Judge(reading, trust, today)
		}
		told <- err
		line.End(relay.Done)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// E09: pcscd, a virtual reader, a document made of software, and a provider.
func TestADocumentOnAReaderIsReadThroughPCSC(t *testing.T) {
	r := start(t)
	w := mrtdtest.NewWorld(12, mrtdtest.Years(today, 5, 5), mrtdtest.Years(today, 1, 5))
	key, err := mrtd.KeyFromZone(mrtdtest.Anna.Number, mrtdtest.Anna.Birth, mrtdtest.Anna.Expiry)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan error, 1)
	address := provider(t, key, w.Trust(), told)
	relays := func(args ...string) (string, error) {
		var out bytes.Buffer
		c := relaycmd.Command{Address: args[0], Wait: 30 * time.Second, Socket: r.socket}
		if len(args) > 1 {
			c.Code = args[1]
		}
		err := c.Run(t.Context(), command.Streams{Out: &out, Err: &out})
		return out.String(), err
	}
	for _, options := range [][]mrtdtest.Option{
		{mrtdtest.WithActive(mrtdtest.NewKey(12))},
		{mrtdtest.WithPACE(messaging.AES128, 12), mrtdtest.WithChip(mrtdtest.NewKey(12), messaging.AES128)},
	} {
		d := w.Signer.Issue(mrtdtest.Anna, mrtdtest.Anna.Card(), options...)
		take := r.lay(t, mrtdtest.Insert(d))
		out, err := relays(address + "#AB10-2131")
		if err != nil || !strings.Contains(out, "The reading is over") {
			t.Fatalf("%s%v", out, err)
		}
		if err := <-told; err != nil {
			t.Error(err)
		}
		if _, err := relays(address, "7KQ2-MX9A"); err == nil || !strings.Contains(err.Error(), "ask for a new one") {
			t.Errorf("%v", err)
		}
		take()
	}
}

func TestWithoutAReaderOrADocumentTheCommandSaysSo(t *testing.T) {
	run := func(c relaycmd.Command) error {
		return c.Run(t.Context(), command.Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}})
	}
	if err := run(relaycmd.Command{Address: "https://identita.example.org/enrol/chip/relay"}); err == nil || !strings.Contains(err.Error(), "code is missing") {
		t.Errorf("%v", err)
	}
	if err := run(relaycmd.Command{Address: "https://identita.example.org", Code: "x", Socket: filepath.Join(t.TempDir(), "none")}); err == nil || !strings.Contains(err.Error(), "is pcscd running?") {
		t.Errorf("%v", err)
	}
	r := start(t)
	if err := run(relaycmd.Command{Address: "https://identita.example.org", Code: "x", Socket: r.socket, Wait: time.Millisecond}); err == nil {
		t.Error("no document, and no word of it")
	}
}
