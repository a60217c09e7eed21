package studio_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
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

	"filippo.io/age"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
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
	d := dbtest.Open(t, "sqlite:"+filepath.Join(t.TempDir(), "idp.db"))
	if err := d.Migrate(t.Context(), shareddb.Module(), idpdb.Module()); err != nil {
		t.Fatal(err)
	}
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
	store := &idpdb.Store{DB: d, Keyring: ring()}
	now := func() time.Time { return present }
	w := &world{lost: make(chan string, 10), store: store, vault: &evidence.Vault{Store: store, Keeping: store, Ring: ring(), Offline: offline, Dir: dir, Now: now}}
	c := studio.Config{UDP: freePort(t)}
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

// freePort is an address of loopback where nobody listens.
func freePort(t *testing.T) string {
	t.Helper()
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().String()
}

// client is a browser, as far as the studio sees one.
type client struct {
	*webrtc.PeerConnection
	audio, video *webrtc.TrackLocalStaticSample
	connected    chan struct{}
	wanted       chan struct{} // key frames
	mu           sync.Mutex
	got          map[string]int // packets of the other side
}

func newClient(t *testing.T) *client {
	t.Helper()
	var e webrtc.SettingEngine
	e.SetIncludeLoopbackCandidate(true)
	e.SetIPFilter(net.IP.IsLoopback)
	e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	conn, err := webrtc.NewAPI(webrtc.WithSettingEngine(e)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	c := &client{PeerConnection: conn, connected: make(chan struct{}), wanted: make(chan struct{}, 1), got: map[string]int{}}
	t.Cleanup(func() { _ = conn.Close() })
	if c.audio, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "a", "s"); err != nil {
		t.Fatal(err)
	}
	if c.video, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "v", "s"); err != nil {
		t.Fatal(err)
	}
	for _, track := range []webrtc.TrackLocal{c.audio, c.video} {
		sender, err := conn.AddTrack(track)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for buf := make([]byte, 1500); ; {
				if _, _, err := sender.Read(buf); err != nil {
					return
				}
			}
		}()
	}
	var once sync.Once
	conn.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(c.connected) })
		}
	})
	conn.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			if _, _, err := track.ReadRTP(); err != nil {
				return
			}
			c.mu.Lock()
			c.got[track.Kind().String()]++
			c.mu.Unlock()
		}
	})
	return c
}

func (c *client) offer(t *testing.T) string {
	t.Helper()
	offer, err := c.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(c.PeerConnection)
	if err := c.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return c.LocalDescription().SDP
}

// enter joins and waits for the connection.
func (w *world) enter(t *testing.T, session string, side studio.Side) *client {
	t.Helper()
	c := newClient(t)
	answer, err := w.Join(t.Context(), session, side, c.offer(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatalf("%v\n%s", err, answer)
	}
	select {
	case <-c.connected:
	case <-time.After(60 * time.Second):
		t.Fatal("not connected")
	}
	return c
}

// footage is sound and picture of some seconds, made once by ffmpeg.
type footage struct {
	pictures [][]byte
	sounds   [][]byte
}

var film = sync.OnceValues(func() (f footage, err error) {
	dir, err := os.MkdirTemp("", "studio")
	if err != nil {
		return f, err
	}
	defer os.RemoveAll(dir)
	ivf, ogg := filepath.Join(dir, "v.ivf"), filepath.Join(dir, "a.ogg")
	if out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
		"-t", "4", "-map", "0:v", "-c:v", "libvpx", "-g", "25", "-deadline", "realtime", "-auto-alt-ref", "0", "-b:v", "400k", ivf,
		"-map", "1:a", "-t", "4", "-c:a", "libopus", "-page_duration", "20000", ogg).CombinedOutput(); err != nil {
		return f, fmt.Errorf("ffmpeg: %w: %s", err, out)
	}
	video, err := os.ReadFile(ivf)
	if err != nil {
		return f, err
	}
	v, _, err := ivfreader.NewWith(bytes.NewReader(video))
	if err != nil {
		return f, err
	}
	for {
		frame, _, err := v.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return f, err
		}
		f.pictures = append(f.pictures, frame)
	}
	audio, err := os.ReadFile(ogg)
	if err != nil {
		return f, err
	}
	a, err := oggreader.NewWithOptions(bytes.NewReader(audio))
	if err != nil {
		return f, err
	}
	for {
		page, _, err := a.ParseNextPage()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return f, err
		}
		if !bytes.HasPrefix(page, []byte("Opus")) {
			f.sounds = append(f.sounds, page)
		}
	}
})

// play sends footage at its own speed for that long, and says how many pictures it sent.
func (c *client) play(t *testing.T, length time.Duration) (pictures int) {
	t.Helper()
	f, err := film()
	if err != nil {
		t.Error(err)
		return 0
	}
	const step = 20 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	begun := time.Now()
	for n := 0; n < int(length/step); {
		<-tick.C
		for due := int(time.Since(begun) / step); n <= due && n < int(length/step); n++ { // a busy machine skips ticks
			if err := c.audio.WriteSample(media.Sample{Data: f.sounds[n%len(f.sounds)], Duration: step}); err != nil {
				t.Error(err)
				return pictures
			}
			if n%2 == 1 {
				continue
			}
			if err := c.video.WriteSample(media.Sample{Data: f.pictures[n/2%len(f.pictures)], Duration: 2 * step}); err != nil {
				t.Error(err)
				return pictures
			}
			pictures++
		}
	}
	return pictures
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
