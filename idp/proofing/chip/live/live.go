// Package live films a face while it happens: the browser sends to this server alone, which
// says one by one what to do and keeps what it sees. What is asked is known to nobody before
// it is asked, so nothing can be prepared, and the server's clock says what was asked when.
//
// It owns the films under way, their limits and the pace of the cues. Streams and recordings
// are the studio's; what is asked, who may film and what becomes of a film is for those who
// call it. // A13, decision 0054
package live

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"atrio/base/fault"
	"atrio/idp/proofing/video/studio"
)

// Cue is something to do before the camera.
type Cue struct {
	// ID is what the manifest calls it, Note what was asked for in it: digits, a colour.
	ID, Note string
	// Hold is how long it stays, Least what it stays at least although somebody is faster.
	Hold, Least time.Duration
}

// Shown is a cue as it was given.
type Shown struct {
	ID   string    `json:"id"`
	Note string    `json:"note,omitempty"`
	At   time.Time `json:"at"`
	// Offset is where it stands in the recording, in milliseconds.
	Offset int64 `json:"offset_ms"`
}

// Film is what is left of one.
type Film struct {
	Request, Session string
	// Cut is why it was not finished, "" when it was.
	Cut string
	// Manifest and Recording are evidence; "" of a film that was cut.
	Manifest, Recording string
	Ended               time.Time
	Cues                []Shown
	Width, Height       int
	FPS                 float64
}

// Why a film was cut.
const (
	Lost    = "lost"    // the streams ended, or never came
	Gone    = "gone"    // nobody asked for the next cue
	Time    = "time"    // it took too long
	Stopped = "stopped" // the applicant stopped it
	Storage = "storage" // the studio could not go on
)

// Limits of a film.
const (
	longest  = 90 * time.Second // of a recording
	arriving = 25 * time.Second // until the streams are there
	dark     = 3 * time.Second  // without a picture, after the studio misses it
	silent   = 12 * time.Second // without somebody asking for the next cue
	more     = 10 * time.Second // what one cue lasts longer when asked
	patience = 2 * time.Second  // of one question
	askers   = 4                // at once: a page that is loaded again, and the one before
	pace     = 100 * time.Millisecond
	keeping  = 30 * time.Second // for the end of a film
)

// Longest is how long a film may be under way, from its beginning to its end in the evidence.
const Longest = arriving + longest + keeping

// Script names the text of the cues, for the manifest.
const Script = "face-live-v1"

// Media are the streams; *studio.Studio has them.
type Media interface {
	Open(ctx context.Context, r studio.Room) error
	Join(ctx context.Context, session string, side studio.Side, offer string) (answer string, err error)
	Stats(session string) (studio.Stats, bool)
	Finish(ctx context.Context, session string, m studio.Manifest) (manifest string, recordings []string, err error)
	Abort(ctx context.Context, session, reason string) (manifest string, recordings []string, err error)
}

// The refusals.
var (
	// ErrBusy: as many films are under way as this node takes.
	ErrBusy = fault.New(fault.Unavailable, "chip.live.busy").For("face_busy").Retry(time.Minute)
	// ErrUnder: a film of this request is under way.
	ErrUnder = fault.New(fault.Conflict, "chip.live.under").For("face_under_way")
	// ErrAsking: too many ask what to do in one film.
	ErrAsking = fault.New(fault.TooMany, "chip.live.under").For("face_asking")
	// ErrNone: none is.
	ErrNone = fault.New(fault.Gone, "chip.live.none").For("face_none")
)

// Director leads the films of this node. Make one with a literal; it is safe for concurrent
// use.
type Director struct {
	Media Media
	// AtOnce is how many films are under way at most: sessions with operators want the
	// studio too.
	AtOnce int
	Now    func() time.Time
	// Elapsed only runs on; nil for the machine's.
	Elapsed func() time.Duration

	mu    sync.Mutex
	takes map[string]*take // by request
}

// NewSession draws the id of a film.
func NewSession() string { return rand.Text() }

// Begin takes a browser in, once: who is cut off begins another film. keep is told, once and
// outside any request of a browser, what became of it.
func (d *Director) Begin(ctx context.Context, request, session, offer string, script []Cue, keep func(context.Context, Film) error) (answer string, err error) {
	t := &take{director: d, request: request, session: session, script: slices.Clone(script), at: -1, keep: keep, changed: make(chan struct{}), begun: d.elapsed(), asked: d.elapsed()}
	if err := d.admit(t); err != nil {
		return "", err
	}
	if err = d.Media.Open(ctx, studio.Room{Request: request, Session: session, Sides: []studio.Side{studio.Applicant}}); err == nil {
		if answer, err = d.Media.Join(ctx, session, studio.Applicant, offer); err != nil {
			_, _, _ = d.Media.Abort(context.WithoutCancel(ctx), session, Lost) // nothing was recorded
		}
	}
	if err != nil {
		d.forget(t)
		return "", err
	}
	go t.watch()
	return answer, nil
}

// admit takes a film in while there is room.
func (d *Director) admit(t *take) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.takes, func(_ string, one *take) bool { return one.old() })
	under := 0
	for _, one := range d.takes {
		if !one.over() {
			under++
		}
	}
	switch one := d.takes[t.request]; {
	case one != nil && !one.over():
		return ErrUnder
	case under >= d.AtOnce:
		return ErrBusy
	}
	if d.takes == nil {
		d.takes = map[string]*take{}
	}
	d.takes[t.request] = t
	return nil
}

func (d *Director) forget(t *take) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.takes[t.request] == t {
		delete(d.takes, t.request)
	}
}

func (d *Director) take(request string) (*take, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.takes[request]; t != nil {
		return t, nil
	}
	return nil, ErrNone
}

// Under tells whether a film of a request is under way on this node.
func (d *Director) Under(request string) bool {
	t, err := d.take(request)
	return err == nil && !t.over()
}

// Next gives the news of a film after a mark that was seen; it waits for some moments, and
// then gives what there is.
func (d *Director) Next(ctx context.Context, request string, seen int) (News, error) {
	t, err := d.take(request)
	if err != nil {
		return News{}, err
	}
	return t.next(ctx, seen)
}

// Press says that the present cue was done, More that it takes longer, Stop that the film is
// to end without being kept as one.
func (d *Director) Press(request string) error {
	return d.tell(request, func(t *take) { t.pressed = true })
}

// More is said at Press.
func (d *Director) More(request string) error {
	return d.tell(request, func(t *take) { t.longer = true })
}

// Stop is said at Press.
func (d *Director) Stop(request string) error {
	return d.tell(request, func(t *take) { t.cut(Stopped) })
}

func (d *Director) tell(request string, what func(*take)) error {
	t, err := d.take(request)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == joining || t.state == going {
		what(t)
	}
	return nil
}

// began is where the machine's clock counts from.
var began = time.Now()

func (d *Director) elapsed() time.Duration {
	if d.Elapsed != nil {
		return d.Elapsed()
	}
	return time.Since(began) // a duration, not a date: the calendar may jump
}

// Quality says how sharp a film is.
func (f Film) Quality() string { return fmt.Sprintf("%d×%d, %.0f fps", f.Width, f.Height, f.FPS) }
