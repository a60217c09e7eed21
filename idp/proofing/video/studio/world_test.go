package studio_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/keys/archivekey"
	"atrio/base/seal"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/studiotest"

	"filippo.io/age"
)

var (
	present = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	work    = evidence.Access{By: "operator-1", Purpose: "Verifica della richiesta"}
)

func ring() *seal.Keyring {
	return seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
}

// world is a studio on a vault of its own.
type world struct {
	*studio.Studio
	vault *evidence.Vault
	store *idpdb.Store
	lost  chan string
	ahead atomic.Int64 // how far the machine's clock has been moved
}

func newWorld(t *testing.T, change func(*studio.Config)) *world {
	t.Helper()
	d := dbtest.SQLite(t, shareddb.Module(), idpdb.Module())
	private, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	offline, err := archivekey.Parse([]string{private.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "recordings")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	store := idpdb.NewStore(d, ring(), nil)
	now := func() time.Time { return present }
	w := &world{lost: make(chan string, 10), store: store, vault: &evidence.Vault{Store: store, Keeping: store, Ring: ring(), Offline: offline, Dir: dir, Now: now}}
	c := studio.Config{UDP: "127.0.0.1:0"}
	if change != nil {
		change(&c)
	}
	if faults := c.Validate(); len(faults) > 0 {
		t.Fatal(faults)
	}
	begun := time.Now()
	w.Studio = &studio.Studio{Config: c, Elapsed: func() time.Duration { return time.Since(begun) + time.Duration(w.ahead.Load()) },
		Vault: w.vault, Ring: ring(), Now: now, Lost: func(session, reason string) { w.lost <- session + " " + reason }}
	t.Cleanup(func() {
		if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return w
}

// client is a browser in a test.
type client struct{ *studiotest.Client }

func newClient(t *testing.T) *client {
	t.Helper()
	c, err := studiotest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &client{c}
}

func (c *client) offer(t *testing.T) string {
	t.Helper()
	text, err := c.Offer()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// enter joins and waits for the connection.
func (w *world) enter(t *testing.T, session string, side studio.Side) *client {
	t.Helper()
	c := newClient(t)
	answer, err := w.Join(t.Context(), session, side, c.offer(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	if err := c.Enter(ctx, answer); err != nil {
		t.Fatalf("%v\n%s", err, answer)
	}
	return c
}

var film = sync.OnceValues(func() (studiotest.Footage, error) { return studiotest.Film(320, 240, 400) })

// play sends footage at its own speed for that long.
func (c *client) play(t *testing.T, length time.Duration) {
	t.Helper()
	f, err := film()
	if err == nil {
		err = c.Play(f, length)
	}
	if err != nil {
		t.Error(err)
	}
}

// together lets clients play at the same time.
func together(t *testing.T, length time.Duration, clients ...*client) {
	t.Helper()
	var wg sync.WaitGroup
	for _, c := range clients {
		wg.Go(func() { c.play(t, length) })
	}
	wg.Wait()
}

// until waits for something that other goroutines bring about.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(90 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("it does not happen: %s", what)
		}
	}
}

// lostAs waits until the studio says that it had to end a session.
func (w *world) lostAs(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-w.lost:
		if got != want {
			t.Errorf("lost: %q, want %q", got, want)
		}
	case <-time.After(90 * time.Second):
		t.Fatal("the studio says nothing")
	}
}

func (w *world) open(t *testing.T, sides ...studio.Side) {
	t.Helper()
	if err := w.Open(t.Context(), studio.Room{Request: "request-1", Session: "session-1", Sides: sides}); err != nil {
		t.Fatal(err)
	}
}

// recordings of the request, in the order in which they began.
func (w *world) recordings(t *testing.T) (ids []string) {
	t.Helper()
	list, err := w.vault.List(t.Context(), "request-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.Recording != "" && !slices.Contains(ids, i.Recording) {
			ids = append(ids, i.Recording)
		}
	}
	return ids
}

// manifests of the request.
func (w *world) manifests(t *testing.T) (ids []string) {
	t.Helper()
	list, err := w.vault.List(t.Context(), "request-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		if i.Kind == evidence.VideoManifest {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// contents of a recording, one piece after the other.
func (w *world) contents(t *testing.T, id string) []byte {
	t.Helper()
	p, err := w.vault.OpenRecording(t.Context(), id, work)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for n := range p.Segments {
		part, err := p.Segment(t.Context(), n+1)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, part...)
	}
	return all
}

// probed is what ffprobe says of a stream.
type probed struct {
	kind          string
	packets       int
	first, last   float64
	width, height int
}

// probe reads a recording with a program that is not ours, and decodes all of it.
func probe(t *testing.T, webm []byte) map[string]probed {
	t.Helper()
	file := filepath.Join(t.TempDir(), "recording.webm")
	if err := os.WriteFile(file, webm, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", file, "-fps_mode", "vfr", "-f", "null", "-").CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("ffmpeg does not decode it: %v\n%s", err, out)
	}
	out, err := exec.Command("ffprobe", "-v", "error", "-of", "json", "-show_entries", "stream=index,codec_name,width,height:packet=stream_index,pts_time", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Packets []struct {
			Stream int    `json:"stream_index"`
			At     string `json:"pts_time"`
		}
		Streams []struct {
			Index         int
			Codec         string `json:"codec_name"`
			Width, Height int
		}
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	all := map[string]probed{}
	for _, s := range said.Streams {
		p := probed{kind: s.Codec, width: s.Width, height: s.Height}
		for _, packet := range said.Packets {
			if packet.Stream != s.Index {
				continue
			}
			at, err := strconv.ParseFloat(strings.TrimSpace(packet.At), 64)
			if err != nil {
				t.Fatal(err)
			}
			if p.packets == 0 {
				p.first = at
			}
			p.packets, p.last = p.packets+1, max(p.last, at)
		}
		all[s.Codec] = p
	}
	return all
}
