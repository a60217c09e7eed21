package chip

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/proofing/chip/live"
	"atrio/web"
	"atrio/web/ui"
)

// The film: short, of this moment.
const (
	filming  = 10 * time.Minute // from the task to the film, and within together
	maxFilm  = 48 << 20         // what a telephone makes of a quarter of a minute, and more
	maxBody  = 4 * maxFilm
	leastOf  = 10 << 10 // less is no film of some seconds
	segment  = 8 << 20
	nActions = 3
	draws    = 8 // of a reading: nobody draws until the task is that of a film they have
)

// actions are what may be asked for before the camera; each ends a key "chip.action.". Three
// in a random order, and four digits to be said: a film of yesterday shows others. // A13
var actions = []string{"turn_left", "turn_right", "look_up", "open_hand", "touch_nose", "two_fingers"}

// draw makes a task that ends by a time at the latest.
func draw(request string, now, by time.Time) Task {
	t := Task{Request: request, Actions: drawn(actions)[:nActions], Spoken: digits(), At: now.UTC().Truncate(time.Microsecond)}
	if t.Expires = t.At.Add(filming); by.Before(t.Expires) {
		t.Expires = by
	}
	return t
}

// faceView is the view of "chip/face".
type faceView struct {
	ui.Errors
	// Live: a film can be taken live, with Left tries. Ready: one waits to be sent, in which
	// Cues were asked for. Under: one is being taken. Cut is why the last one was not finished.
	Live, Ready, Under bool
	Left               int
	Cut                string
	Seconds            int
	// Servers help the browser to a connection.
	Servers string
	// Upload: a film may be a file. Task is what to do in it; nil before it is asked for.
	Upload  bool
	Task    *Task
	Minutes int
	Most    int64
}

// mayFilm: the contract is signed, and the document was read not long ago.
func (c *Chip) mayFilm(request enrolment.Request) bool {
	return request.Data.SignedNow() && c.fresh(request)
}

// face is where the applicant films their face: live, or with a file.
func (c *Chip) face(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if !c.mayFilm(request) {
		return web.Redirect(w, r, next(request))
	}
	return c.showFace(w, r, http.StatusOK, request, nil)
}

func (c *Chip) showFace(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, errs ui.Errors) error {
	v := faceView{Errors: errs, Live: c.Live != nil, Upload: c.Upload, Left: tries, Seconds: most(), Minutes: int(filming.Minutes()), Most: maxFilm >> 20}
	if c.Live != nil {
		last, n, err := c.lastFilm(r.Context(), request)
		if err != nil {
			return err
		}
		v.Left = max(0, tries-n)
		v.Ready, v.Cut = last.State == Filmed, last.Film.Cut
		v.Under = last.State == Filming && c.Now().Before(last.At.Add(live.Longest))
	}
	t, err := c.Store.FaceTask(r.Context(), request.ID)
	if err != nil {
		return err
	}
	if c.Now().Before(t.Expires) {
		v.Task = &t
	}
	var options []web.PageOption
	if c.Live != nil {
		v.Servers = c.Servers(rand.Text(), c.Now()) // a word: the reference is nobody's to log
		options = append(options, web.Capture)
	}
	return c.Site.Page(w, r, status, "chip/face", v, options...)
}

// begin draws a task: from now on there are ten minutes.
func (c *Chip) begin(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if !c.mayFilm(request) {
		return web.Redirect(w, r, next(request))
	}
	line := c.event(r, request)
	line.Detail["task"] = "drawn"
	err := c.Store.SetFaceTask(r.Context(), draw(request.ID, c.Now(), filmBy(request)), request.Data.Verdict.At, draws, line)
	if fault.Is(err, fault.TooMany) {
		return fault.From(err).Offer("chip.back", way.Chip)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, facePath)
}

// uploading is how long a film may be on its way: the time that a server gives a form is too
// short for it.
const uploading = 5 * time.Minute

// patient gives a connection time for a film. Whoever comes here is an applicant.
func patient(w http.ResponseWriter) error {
	until := time.Now().Add(uploading) // of the connection: no date
	out := http.NewResponseController(w)
	err := errors.Join(out.SetReadDeadline(until), out.SetWriteDeadline(until.Add(time.Minute)))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// tooLong is said of a film that is larger than maxFilm.
var tooLong = ui.FieldError{Field: "film", Key: "chip.film.large", Args: []any{"max", maxFilm >> 20}}

// film takes a film of the face in, which ends the identification: operators decide.
func (c *Chip) film(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if err := patient(w); err != nil {
		return err
	}
	f, file, err := web.ReadUpload(r, "film", maxFilm)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) { // larger than what is passed over
		c.refuseFilm(r, request, tooLong.Key)
		return c.showFace(w, r, http.StatusRequestEntityTooLarge, request, ui.Errors{tooLong})
	}
	if err != nil {
		return err
	}
	if !c.mayFilm(request) {
		if !c.fresh(request) {
			c.refuseFilm(r, request, "chip.film.apart")
		}
		return web.Redirect(w, r, next(request))
	}
	task, err := c.Store.FaceTask(r.Context(), request.ID)
	if err != nil {
		return err
	}
	media := c.look(f, file, task)
	if !f.OK() {
		c.refuseFilm(r, request, f.Errors[0].Key)
		return c.showFace(w, r, http.StatusUnprocessableEntity, request, f.Errors)
	}
	recording, manifest, err := c.keepFilm(r.Context(), request, task, media, file)
	if err != nil {
		return err
	}
	step, err := c.Way.Step(r, request, enrolment.Change{Act: enrolment.Identify, Evidence: []string{manifest}, Edit: func(q *enrolment.Request) {
		v := q.Data.Verdict
		v.Evidence = append(v.Evidence, recording, manifest)
		v.Facts = append(v.Facts, c.told(task)...)
		v.Film = &enrolment.Film{Recording: recording}
		v.Doubts = append(v.Doubts, doubtUpload)
	}})
	if err != nil {
		return err
	}
	err = c.Store.SaveFace(r.Context(), task, step)
	if fault.Is(err, fault.Conflict) {
		return fault.From(err).Offer("enrolment.to_request", way.Request)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, way.Request)
}

// look finds what is wrong with a file, and gives its type.
func (c *Chip) look(f *web.Form, file []byte, task Task) string {
	media, known := mediaType(file)
	switch {
	case !c.Now().Before(task.Expires):
		f.Fail("film", "chip.film.late")
	case len(file) == 0:
		f.Fail("film", "chip.film.missing")
	case len(file) > maxFilm:
		f.Errors = append(f.Errors, tooLong)
	case !known:
		f.Fail("film", "chip.film.type")
	case len(file) < leastOf:
		f.Fail("film", "chip.film.short")
	}
	return media
}

// refuseFilm writes down that a film was not taken.
func (c *Chip) refuseFilm(r *http.Request, request enrolment.Request, why string) {
	if c.Site.Refused != nil {
		line := c.event(r, request)
		line.Outcome, line.Reason = audit.Refused, why
		c.Site.Refused(r.Context(), line)
	}
}

// told says for operators what was asked for.
func (c *Chip) told(t Task) (list []enrolment.Fact) {
	texts := c.Site.Pages.Catalog()
	words := ""
	for i, a := range t.Actions {
		if i > 0 {
			words += " · "
		}
		words += texts.Text("it", "chip.action."+a)
	}
	return append(list, enrolment.Fact{Name: "face_how", Value: texts.Text("it", "chip.how.upload")}, enrolment.Fact{Name: "face_actions", Value: words}, enrolment.Fact{Name: "face_spoken", Value: t.Spoken})
}

// manifest is what stands beside a film.
type manifest struct {
	How       string    `json:"how"`
	Actions   []string  `json:"actions"`
	Spoken    string    `json:"spoken"`
	Asked     time.Time `json:"asked"`
	Received  time.Time `json:"received"`
	MediaType string    `json:"media_type"`
	Recording string    `json:"recording"`
	Segments  int       `json:"segments"`
	Size      int64     `json:"size"`
	Chain     string    `json:"chain"`
}

// keepFilm puts a film into the evidence, in segments, and then its manifest; it
// gives the references of both.
func (c *Chip) keepFilm(ctx context.Context, request enrolment.Request, t Task, media string, file []byte) (recording, reference string, err error) {
	recorder, err := c.Keeper.Record(ctx, evidence.NewRecording{Request: request.ID, Kind: evidence.VideoSegment, MediaType: media, Author: request.Holder})
	if err != nil {
		return "", "", err
	}
	for piece := range slices.Chunk(file, segment) {
		if _, err := recorder.Append(ctx, piece); err != nil {
			return "", "", err
		}
	}
	s, err := recorder.Close(ctx)
	if err != nil {
		return "", "", err
	}
	text, err := json.Marshal(manifest{
		How: "upload", Actions: t.Actions, Spoken: t.Spoken, Asked: t.At, Received: c.Now().UTC(), MediaType: media,
		Recording: s.Recording, Segments: s.Segments, Size: s.Size, Chain: hex.EncodeToString(s.Chain[:]),
	})
	if err != nil {
		return "", "", err
	}
	item, err := c.Keeper.Put(ctx, evidence.New{Request: request.ID, Kind: evidence.VideoManifest, MediaType: "application/json", Author: request.Holder, Content: text})
	return s.Recording, item.ID, err
}

// mediaType knows a film by its first bytes: WebM, MP4, and the QuickTime that telephones
// with iOS make of the same boxes. The name and what the browser says count for nothing.
func mediaType(file []byte) (string, bool) {
	switch {
	case bytes.HasPrefix(file, []byte{0x1a, 0x45, 0xdf, 0xa3}) && bytes.Contains(file[:min(len(file), 64)], []byte("\x42\x82\x84webm")): // RFC 8794 11.2.4
		return "video/webm", true
	case len(file) > 16 && string(file[4:8]) == "ftyp" && binary.BigEndian.Uint32(file) >= 16 && binary.BigEndian.Uint32(file) <= 256:
		switch string(file[8:12]) { // ISO/IEC 14496-12 4.3
		case "isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "MSNV", "3gp4", "3gp5":
			return "video/mp4", true
		case "qt  ":
			return "video/quicktime", true
		}
	}
	return "", false
}
