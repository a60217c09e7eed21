package chip

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/chip/live"
	"atrio/web"
)

// Addresses below that of the face, for films that are taken live.
const (
	livePath = facePath + "/live"
	cuePath  = livePath + "/cue"
	sendPath = livePath + "/send"
)

// tries is how many films may begin after one reading of the document: lines break, people
// sneeze; who needs more is better off another way.
const tries = 3

// maxOffer is what a description of streams has room for, as a form.
const maxOffer = 64 << 10

// FilmState is how a film that was taken live stands.
type FilmState string

// The states.
const (
	Filming FilmState = "live"
	Filmed  FilmState = "done" // it waits to be sent
	Cut     FilmState = "cut"
	Void    FilmState = "void" // no stream was taken in: it counts for nothing
	Sent    FilmState = "sent"
)

// LiveFilm is a film that is or was taken live.
type LiveFilm struct {
	Request, Session string
	State            FilmState
	At               time.Time
	// Camera is what the applicant's devices call themselves.
	Camera live.Camera
	// Film is what became of it; zero while it goes on.
	Film live.Film
}

// The refusals of the store.
var (
	// ErrFilming: a film of the request is under way.
	ErrFilming = live.ErrUnder
	// ErrFilms: as many were begun as may be.
	ErrFilms = fault.New(fault.TooMany, "chip.live.tries").For("face_tries")
)

// mountLive gives the live film its addresses.
func (c *Chip) mountLive(m *web.Mux) {
	y := c.Way
	m.Post(livePath, y.At(c.beginLive, enrolment.Identify), c.Limit, web.MaxBody(maxOffer))
	m.Get(cuePath, y.At(c.cue, enrolment.Identify))
	m.Post(cuePath, y.At(c.press, enrolment.Identify), c.FilmLimit)
	m.Post(sendPath, y.At(c.sendLive, enrolment.Identify), c.Limit)
}

// beginLive takes the browser's streams in. What is asked for is drawn now and told later.
func (c *Chip) beginLive(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if !c.mayFilm(request) {
		return errApart
	}
	one := LiveFilm{Request: request.ID, Session: live.NewSession(), State: Filming, At: c.Now().UTC().Truncate(time.Microsecond), Camera: live.ReadCamera(f.Value("camera"), f.Value("devices"))}
	line := c.event(r, request)
	line.Detail["film"] = "begun"
	if err := c.Store.BeginFilm(r.Context(), one, FilmBounds{Stale: one.At.Add(-live.Longest), Since: request.Data.Verdict.At, Most: tries}, line); err != nil {
		return err
	}
	answer, err := c.Live.Begin(r.Context(), request.ID, one.Session, f.Value("offer"), script(f.Value("gestures") != "no"), c.keepLive(c.event(r, request)))
	if err != nil {
		return errors.Join(err, c.Store.VoidFilm(context.WithoutCancel(r.Context()), one.Session))
	}
	return c.Site.JSON(w, http.StatusOK, struct {
		Answer string `json:"answer"`
	}{answer})
}

// errApart: the document was read too long ago, or the contract is not signed.
var errApart = fault.New(fault.Conflict, "chip.stale").For("chip.film.apart").Offer("chip.back", way.Chip)

// keepLive writes down what became of a film. The browser may be gone then.
func (c *Chip) keepLive(line audit.Event) func(context.Context, live.Film) error {
	return func(ctx context.Context, f live.Film) error {
		line.At, line.Detail["film"] = f.Ended, "done"
		if f.Cut != "" {
			line.Outcome, line.Reason, line.Detail["film"] = audit.Refused, "face_"+f.Cut, "cut"
		}
		return c.Store.EndFilm(ctx, f, line)
	}
}

// news is what the page is told.
type news struct {
	Mark   int    `json:"mark"`
	N      int    `json:"n"`
	Of     int    `json:"of"`
	Text   string `json:"text"`
	Colour string `json:"colour,omitempty"`
	Waits  bool   `json:"waits"` // it can be done faster, or slower
	Done   bool   `json:"done"`
	Cut    string `json:"cut,omitempty"`
}

// cue tells the page what to do now.
func (c *Chip) cue(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	q, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	seen, err := strconv.ParseUint(q.Value("seen"), 10, 8)
	if err != nil {
		return fault.New(fault.Invalid, "error.invalid").For("face_mark").Because(err)
	}
	n, err := c.Live.Next(r.Context(), request.ID, int(seen))
	if err != nil {
		return err
	}
	texts, lang := c.Site.Pages.Catalog(), web.Lang(r)
	told := news{Mark: n.Mark, N: n.N, Of: n.Of, Done: n.Done, Waits: n.Cue.Least < n.Cue.Hold}
	if n.Cue.ID != "" {
		told.Text = texts.Text(lang, cueKey(n.Cue.ID), "note", n.Cue.Note)
		if name, ok := strings.CutPrefix(n.Cue.ID, colour); ok {
			told.Colour = name
		}
	}
	if n.Cut != "" {
		told.Cut = texts.Text(lang, "chip.live.cut."+n.Cut)
	}
	return c.Site.JSON(w, http.StatusOK, told)
}

// press takes what the applicant says of the present cue.
func (c *Chip) press(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	switch f.Value("do") {
	case "next":
		err = c.Live.Press(request.ID)
	case "more":
		err = c.Live.More(request.ID)
	case "stop":
		err = c.Live.Stop(request.ID)
	default:
		err = fault.New(fault.Invalid, "error.invalid").For("face_press")
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// sendLive sends the film that was taken last, which ends the identification.
func (c *Chip) sendLive(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	one, _, err := c.lastFilm(r.Context(), request)
	if err != nil {
		return err
	}
	if !c.mayFilm(request) || one.State != Filmed {
		c.refuseFilm(r, request, "chip.film.apart")
		return web.Redirect(w, r, next(request))
	}
	film := one.Film
	step, err := c.Way.Step(r, request, enrolment.Change{Act: enrolment.Identify, Evidence: []string{film.Manifest}, Edit: func(q *enrolment.Request) {
		v := q.Data.Verdict
		v.Evidence = append(v.Evidence, film.Recording, film.Manifest)
		v.Facts = append(v.Facts, c.toldLive(one)...)
		v.Film = filmOf(film)
		if one.Camera.Suspicious() {
			v.Doubts = append(v.Doubts, doubtCamera)
		}
	}})
	if err != nil {
		return err
	}
	err = c.Store.SendFilm(r.Context(), one.Session, step)
	if fault.Is(err, fault.Conflict) {
		return fault.From(err).Offer("enrolment.to_request", way.Request)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, way.Request)
}

// lastFilm gives the last film since the document was read, and how many there were.
func (c *Chip) lastFilm(ctx context.Context, request enrolment.Request) (LiveFilm, int, error) {
	if request.Data.Verdict == nil {
		return LiveFilm{}, 0, nil
	}
	return c.Store.LastFilm(ctx, request.ID, request.Data.Verdict.At)
}

// filmOf is what who decides plays, with what was asked for when.
func filmOf(f live.Film) *enrolment.Film {
	film := &enrolment.Film{Live: true, Recording: f.Recording}
	for _, s := range f.Cues {
		film.Cues = append(film.Cues, enrolment.Cue{Key: cueKey(s.ID), Note: s.Note, At: s.At, Offset: time.Duration(s.Offset) * time.Millisecond})
	}
	return film
}

// toldLive says for operators what was asked for and how the film is.
func (c *Chip) toldLive(one LiveFilm) []enrolment.Fact {
	texts := c.Site.Pages.Catalog()
	list := []enrolment.Fact{{Name: "face_how", Value: texts.Text("it", "chip.how.live")}, {Name: "face_quality", Value: one.Film.Quality()}}
	if used := one.Camera.Used; used != "" {
		list = append(list, enrolment.Fact{Name: "face_camera", Value: used})
	}
	if others := slices.DeleteFunc(slices.Clone(one.Camera.Others), func(name string) bool { return name == one.Camera.Used }); len(others) > 0 {
		list = append(list, enrolment.Fact{Name: "face_devices", Value: strings.Join(others, " · ")})
	}
	return list
}
