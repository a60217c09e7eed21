// Package chip is the identification with an electronic document: its chip is read by this
// server through a relay at the applicant's telephone or reader, judged, and compared with
// what the applicant declared; then the applicant films their face, and an operator
// compares it with the portrait of the chip.
//
// It owns the code that pairs a relay with a request, what of a document has to agree with
// a request, and the tasks before the camera. The protocol of chips is package mrtd's, what
// a step means enrolment's, rows are idpdb's.
//
// An applicant says how they hold the document open to reading (what is printed on it), and
// nothing else: keys, challenges and verdicts never leave the server. // E09, A08-A14
package chip

import (
	"context"
	"embed"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/idp/proofing/chip/live"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "chip", FS: files} }

// RelayPath is where relays connect.
const RelayPath = "/enrol/chip/relay"

// The other addresses of this package beside that of the way.
const (
	codePath    = "/enrol/chip/code"
	correctPath = "/enrol/chip/correct"
	facePath    = "/enrol/chip/face"
	taskPath    = "/enrol/chip/face/task"
)

// Pairing lets one relay read one document for one request as it stands.
type Pairing struct {
	Request string
	// Version is that of the request: who changed it meanwhile begins anew.
	Version int
	// Digest is the MAC of the code.
	Digest []byte
	// CAN opens the chip; "" when what is printed in the machine-readable zone does. Sealed.
	CAN         string
	At, Expires time.Time
}

// Attempts is what became of the readings of a request.
type Attempts struct {
	// Waiting is until when a code that nobody used holds; zero for none.
	Waiting time.Time
	// Reading: a relay has used the code and nothing came of it yet.
	Reading bool
	// Failures are those in a row, Reason the last one.
	Failures int
	Reason   string
}

// Task is what the applicant does before the camera.
type Task struct {
	Request string
	// Actions in their order; each ends a key "chip.action.".
	Actions []string
	// Spoken are digits to be said.
	Spoken      string
	At, Expires time.Time
}

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	// PairChip keeps the pairing of a request in place of the one before.
	PairChip(ctx context.Context, p Pairing) error
	// UsePairing finds the pairing of a code whose time is not over, once; ErrCode, or
	// ErrReading while another reading for the request goes on: then the code stays good.
	UsePairing(ctx context.Context, digest []byte, now time.Time) (Pairing, error)
	// ChipAttempts tells what became of readings.
	ChipAttempts(ctx context.Context, request string, now time.Time) (Attempts, error)
	// ChipFailed ends a reading with its reason and writes its line; "" for a line without a
	// request. It counts as a failure unless the line says that it was the server's.
	ChipFailed(ctx context.Context, request, reason string, line audit.Event) error
	// SaveChip saves a step with what the document that was read is known by; ErrElsewhere
	// when it was read for another request before. // A08
	SaveChip(ctx context.Context, document []byte, step enrolment.Step) error
	// SuspectChip saves a step after ErrElsewhere, with a line of its own. The document stays
	// suspect for this person until specialists clear it.
	SuspectChip(ctx context.Context, document []byte, step enrolment.Step, line audit.Event) error
	// SetFaceTask keeps the task of a request in place of the one before, with its line;
	// ErrDraws after that many since a time. FaceTask gives it, a zero one when there is none
	// or it was used.
	SetFaceTask(ctx context.Context, t Task, since time.Time, most int, line audit.Event) error
	FaceTask(ctx context.Context, request string) (Task, error)
	// SaveFace saves a step and uses the task up; enrolment.ErrState when it was used or
	// replaced.
	SaveFace(ctx context.Context, t Task, step enrolment.Step) error
	// BeginFilm notes that a film is taken live, with its line; ErrFilming while another is,
	// ErrFilms after too many.
	BeginFilm(ctx context.Context, f LiveFilm, b FilmBounds, line audit.Event) error
	// EndFilm notes what became of it, VoidFilm that it never began.
	EndFilm(ctx context.Context, f live.Film, line audit.Event) error
	VoidFilm(ctx context.Context, session string) error
	// LastFilm gives the last film that began since a time, and how many did; a zero one for none.
	LastFilm(ctx context.Context, request string, since time.Time) (LiveFilm, int, error)
	// SendFilm saves a step and uses the film up; enrolment.ErrState when it was.
	SendFilm(ctx context.Context, session string, step enrolment.Step) error
}

// FilmBounds bound the films of one request.
type FilmBounds struct {
	// Stale: what began before and has no end was lost with its node.
	Stale time.Time
	// Since a time Most may begin.
	Since time.Time
	Most  int
}

// The refusals of the store.
var (
	// ErrCode: no such code, or not any more.
	ErrCode = fault.New(fault.Gone, "chip.code.unknown").For("chip_code")
	// ErrReading: a document is being read for the request just now.
	ErrReading = fault.New(fault.Conflict, "error.enrolment.state").For("chip_reading")
	// ErrDraws: as many tasks were drawn as may be.
	ErrDraws = fault.New(fault.TooMany, "chip.face.draws").For("face_draws")
	// ErrElsewhere: the same document was read for another request. // A08
	ErrElsewhere = fault.New(fault.Conflict, "error.enrolment.state").For("chip_replayed")
)

// Keeper puts evidence in; *evidence.Vault does.
type Keeper interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
	Record(ctx context.Context, n evidence.NewRecording) (*evidence.Recorder, error)
}

// Chip serves the applicant's pages and the relays.
type Chip struct {
	Site    *web.Site
	Way     *way.Way
	Store   Store
	Keeper  Keeper
	Keyring *seal.Keyring
	Trust   *Trust
	// Clients are programs that relay.
	Clients []ClientConfig
	// Limit guards posts against floods, RelayLimit connections of relays, UploadLimit films.
	// FilmLimit guards what a page says while it films.
	Limit, RelayLimit, UploadLimit, FilmLimit web.Guard
	// Live leads films that are taken live; nil where there are no streams.
	Live *live.Director
	// Servers help browsers in networks that let no UDP out, as those of video sessions;
	// wanted with Live.
	Servers func(session string, now time.Time) string
	// Upload: a film may be a file instead, which is marked as such.
	Upload bool
	Now    func() time.Time

	portraits    *picture.Intake
	lines, turns gate
}

// What goes on at once: documents that are read, each of which costs some curves, and
// connections, with those that have said no code yet; of one network a part of both, so that
// nobody keeps the others waiting.
const (
	atOnce    = 32
	connected = 256
	ofNetwork = 8
)

// PerRelay bounds how often relays of one network connect: a household reads a few documents,
// each some times, and a mobile network has several households at one address.
func PerRelay() ratelimit.Limit {
	return ratelimit.Limit{Name: "enrol.relay", Burst: 60, Per: 10 * time.Minute}
}

// PerPress bounds what pages say while they film: some presses a minute each.
func PerPress() ratelimit.Limit {
	return ratelimit.Limit{Name: "enrol.film", Burst: 120, Per: 10 * time.Minute}
}

// Mount gives the pages their addresses.
func (c *Chip) Mount(m *web.Mux) {
	c.portraits = picture.NewIntake(portraitLimits())
	c.lines, c.turns = gate{all: connected, each: ofNetwork}, gate{all: atOnce, each: atOnce}
	y := c.Way
	m.Get(way.Chip, y.At(c.page, enrolment.ReadChip, enrolment.Identify))
	m.Post(codePath, y.At(c.pair, enrolment.ReadChip), c.Limit)
	m.Post(correctPath, y.At(c.correct, enrolment.Abort), c.Limit)
	m.Get(RelayPath, c.relay, c.RelayLimit)
	m.Get(facePath, y.At(c.face, enrolment.Identify))
	if c.Upload {
		m.Post(taskPath, y.At(c.begin, enrolment.Identify), c.Limit)
		m.Post(facePath, y.At(c.film, enrolment.Identify), c.UploadLimit, web.MaxBody(maxBody))
	}
	if c.Live != nil {
		c.mountLive(m)
	}
}

// event begins an audit line about a request.
func (c *Chip) event(r *http.Request, request enrolment.Request) audit.Event {
	line := c.Way.Event(r, request.Holder)
	line.Action = audit.RequestChip
	if request.Number != "" {
		line.Detail = map[string]string{"request": string(request.Number)}
	}
	return line
}
