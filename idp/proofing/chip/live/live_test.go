package live

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/idp/proofing/video/studio"
)

var (
	present = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	cues    = []Cue{{ID: "front", Hold: 3 * time.Second, Least: time.Second}, {ID: "spoken", Note: "4 7", Hold: 9 * time.Second, Least: time.Second}}
)

// media are streams that say of themselves what a test wants.
type media struct {
	mu       sync.Mutex
	stats    map[string]studio.Stats
	refuses  error // joins
	fails    error // ends
	manifest studio.Manifest
	aborted  string
}

func (m *media) Open(_ context.Context, r studio.Room) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stats[r.Session] = studio.Stats{Sides: map[studio.Side]studio.SideStats{}}
	return nil
}

func (m *media) Join(context.Context, string, studio.Side, string) (string, error) {
	return "answer", m.refuses
}

func (m *media) Stats(session string) (studio.Stats, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.stats[session]
	return s, ok
}

func (m *media) Finish(_ context.Context, session string, said studio.Manifest) (string, []string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.manifest = said
	delete(m.stats, session)
	return "manifest", []string{"recording"}, m.fails
}

func (m *media) Abort(_ context.Context, session, reason string) (string, []string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.aborted = reason
	delete(m.stats, session)
	return "", nil, nil
}

// sends lets streams come, or not.
func (m *media) sends(session string, on bool, recorded time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stats[session] = studio.Stats{Recorded: recorded, Sides: map[studio.Side]studio.SideStats{studio.Applicant: {Connected: on, Audio: on, Video: on, Width: 1280, Height: 720, FPS: 25}}}
}

// world is a director with a clock that a test moves.
type world struct {
	*Director
	media *media
	kept  chan Film

	mu  sync.Mutex
	now time.Duration
}

func newWorld() *world {
	w := &world{media: &media{stats: map[string]studio.Stats{}}, kept: make(chan Film, 4)}
	w.Director = &Director{Media: w.media, AtOnce: 2, Now: func() time.Time { return present.Add(w.clock()) }, Elapsed: w.clock}
	return w
}

func (w *world) clock() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now += d
}

func (w *world) keep(_ context.Context, f Film) error { w.kept <- f; return nil }

func (w *world) begin(t *testing.T, request string) {
	t.Helper()
	if _, err := w.Begin(t.Context(), request, "session-"+request, "offer", cues, w.keep); err != nil {
		t.Fatal(err)
	}
}

// asks waits for other news than those that were seen.
func (w *world) asks(t *testing.T, request string, seen int) News {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	n, err := w.Next(ctx, request, seen)
	if err != nil || n.Mark == seen {
		t.Fatalf("%+v, %v", n, err)
	}
	return n
}

func TestCuesAreGivenOneByOneWhileStreamsCome(t *testing.T) {
	w := newWorld()
	w.begin(t, "a")
	if n, err := w.Next(t.Context(), "a", 9); err != nil || n.Cue.ID != "" {
		t.Fatalf("%+v, %v: asked for something before there is a picture", n, err)
	}
	w.media.sends("session-a", true, time.Second)
	first := w.asks(t, "a", 0)
	if first.Cue != cues[0] || first.N != 1 || first.Of != 2 {
		t.Fatalf("%+v", first)
	}
	w.media.sends("session-a", true, 4*time.Second)
	w.advance(4 * time.Second)
	second := w.asks(t, "a", 1)
	if second.Cue != cues[1] {
		t.Fatalf("%+v", second)
	}
	if err := w.More("a"); err != nil {
		t.Fatal(err)
	}
	w.advance(9 * time.Second) // more was asked for
	if n, err := w.Next(t.Context(), "a", 0); err != nil || n.Cue != cues[1] {
		t.Fatalf("%+v, %v", n, err)
	}
	w.advance(10 * time.Second)
	mark := 2
	for {
		n := w.asks(t, "a", mark)
		if mark = n.Mark; n.Done {
			break
		}
	}
	f := <-w.kept
	if f.Cut != "" || f.Manifest != "manifest" || f.Recording != "recording" || len(f.Cues) != 2 || f.Cues[0].Offset != 1000 || f.Cues[1].Offset != 4000 || f.Cues[1].Note != "4 7" || f.Quality() != "1280×720, 25 fps" {
		t.Errorf("%+v", f)
	}
	m := w.media.manifest
	if m.Script != Script || m.Operator != "" || len(m.Steps) != 2 || m.Steps[0].ID != "front" || m.Steps[1].Note != "4 7" || !m.Steps[1].At.After(m.Steps[0].At) {
		t.Errorf("%+v", m)
	}
	if w.Under("a") {
		t.Error("it is over")
	}
}

func TestAFilmEndsWhateverBecomesOfTheBrowser(t *testing.T) {
	for want, how := range map[string]func(w *world){
		Lost: func(w *world) {
			w.media.sends("session-a", false, time.Second)
			w.advance(dark + time.Second)
		},
		Gone:    func(w *world) { w.advance(silent + time.Second) },
		Time:    func(w *world) { w.media.sends("session-a", true, longest+time.Second) },
		Stopped: func(w *world) { _ = w.Stop("a") },
		Storage: func(w *world) {
			w.media.mu.Lock()
			defer w.media.mu.Unlock()
			w.media.stats["session-a"] = studio.Stats{Ended: true, Reason: "storage"}
		},
	} {
		w := newWorld()
		w.begin(t, "a")
		w.media.sends("session-a", true, time.Second)
		if n := w.asks(t, "a", 0); n.N != 1 {
			t.Fatalf("%+v", n)
		}
		how(w)
		if f := <-w.kept; f.Cut != want || f.Recording != "" || len(f.Cues) != 1 {
			t.Errorf("%s: %+v", want, f)
		}
		if n := w.asks(t, "a", 3); n.Cut != want || n.Done {
			t.Errorf("%s: the page is told %+v", want, n)
		}
	}
}

func TestAFilmWithoutStreamsEnds(t *testing.T) {
	w := newWorld()
	w.begin(t, "a")
	w.advance(arriving + time.Second)
	if f := <-w.kept; f.Cut != Lost && f.Cut != Gone {
		t.Errorf("%+v", f)
	}
}

func TestAFilmThatCannotBeKeptIsNone(t *testing.T) {
	w := newWorld()
	w.media.fails = errors.New("the disk is full")
	w.begin(t, "a")
	w.media.sends("session-a", true, time.Second)
	for mark := range 4 {
		n := w.asks(t, "a", mark)
		if n.Done {
			t.Fatal("it is done")
		}
		if n.Cut != "" {
			break
		}
		w.advance(9 * time.Second)
	}
	if f := <-w.kept; f.Cut != Storage || f.Recording != "" {
		t.Errorf("%+v", f)
	}
}

func TestOneFilmOfARequestAndAFewOfANode(t *testing.T) {
	w := newWorld()
	w.begin(t, "a")
	begin := func(request string) error {
		_, err := w.Begin(t.Context(), request, "session-of-"+request, "offer", cues, w.keep)
		return err
	}
	if err := begin("a"); !errors.Is(err, ErrUnder) {
		t.Errorf("a second one: %v", err)
	}
	w.begin(t, "b")
	if err := begin("c"); !errors.Is(err, ErrBusy) {
		t.Errorf("a third person: %v", err)
	}
	if err := w.Stop("b"); err != nil {
		t.Fatal(err)
	}
	<-w.kept
	w.asks(t, "b", 3)
	w.media.refuses = errors.New("no codec")
	if err := begin("c"); !errors.Is(err, w.media.refuses) || w.Under("c") {
		t.Errorf("%v", err)
	}
	w.media.refuses = nil
	if err := begin("c"); err != nil {
		t.Errorf("who was refused begins again: %v", err)
	}
	if err := w.Press("nobody"); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}

// A13: names are shown to an operator as they are, and make nobody's film worse or better.
func TestNamesOfCamerasAreAHint(t *testing.T) {
	c := ReadCamera(" FaceTime HD\x00\u202e ", "FaceTime HD\n\n"+strings.Repeat("x", 500)+"\nCamera\xff 2\nCamera 2\n")
	if c.Used != "FaceTime HD" || len(c.Others) != 3 || len(c.Others[1]) != maxName || c.Others[2] != "Camera 2" || c.Suspicious() {
		t.Errorf("%+v", c)
	}
	if many := ReadCamera("", strings.Repeat("abcd\nxyz\n", 1<<20)); len(many.Others) > 3 {
		t.Errorf("%d", len(many.Others))
	}
	for _, name := range []string{"OBS Virtual Camera", "ManyCam", "fake_device_0"} {
		if !ReadCamera(name, "").Suspicious() || !ReadCamera("HD", "HD\n"+name).Suspicious() {
			t.Errorf("%s is a camera like others", name)
		}
	}
}
