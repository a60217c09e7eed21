package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/sign"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio"
	"atrio/web"
)

// maxNote is what a mail and a page have room for.
const maxNote = 500

// abort ends a session without an identification: for any reason, at any step. REG 8
func (c *Console) abort(w http.ResponseWriter, r *http.Request, v visit) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if v.one.State != video.Live {
		return video.ErrOver.Offer("videodesk.back", Path)
	}
	reason, note := f.Value("reason"), f.Text("note", web.Max(maxNote), web.Multiline)
	if !slices.Contains(reasons, reason) {
		f.Fail("reason", "videodesk.abort.missing")
	}
	if (reason == "other" || reason == "fraud") && note == "" {
		f.Fail("note", "videodesk.abort.note.missing")
	}
	if !f.OK() {
		return c.page(w, r, http.StatusUnprocessableEntity, v, sessionView{Errors: f.Errors, Reason: reason, Note: note})
	}
	act := enrolment.Abort
	if reason == "fraud" { // a specialist looks at it; the applicant reads that one more check is needed
		act = enrolment.Suspect
	}
	if err := c.end(r, v, act, reason, note); err != nil {
		return err
	}
	c.Desk.Site.Notice(w, "videodesk.notice.ended")
	return web.Redirect(w, r, Path)
}

// identify says that the person was recognised: with every step of the script, both sides
// recorded, by an operator whose key answered just now. // E08, REG 8
func (c *Console) identify(w http.ResponseWriter, r *http.Request, v visit) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := c.going(v); err != nil {
		return err
	}
	done, err := c.Store.StepsDone(r.Context(), v.one.ID)
	if err != nil {
		return err
	}
	if video.Next(done) != "" {
		return v.moved(video.ErrOpen)
	}
	if !v.request.Data.SignedNow() {
		return v.moved(enrolment.ErrMissing)
	}
	if stats, there := c.Media.Stats(v.one.ID); !there || stats.Ended {
		return v.moved(errLost)
	}
	if ok, err := c.Desk.Confirm(w, r, f, fault.Field{Name: "sure", Value: "on"}); err != nil || !ok {
		return err
	}
	if err := c.finish(r, v, done); err != nil {
		return v.moved(err)
	}
	c.Hub.Wake(v.one.ID)
	c.Desk.Site.Notice(w, "videodesk.notice.identified")
	return web.Redirect(w, r, Path)
}

// errLost: without its recording a session proves nothing.
var errLost = fault.New(fault.Conflict, "error.video.lost").For("video_recording_lost")

// chatKind is the evidence of what was written.
const chatKind evidence.Kind = "video_chat"

// chatLine is a line as it is kept.
type chatLine struct {
	At   time.Time   `json:"at"`
	Side studio.Side `json:"side"`
	Text string      `json:"text"`
}

// finishing bounds the end of a session: what thirteen steps brought is kept also when the
// operator's line breaks, or the button was pressed twice.
const finishing = time.Minute

// finish keeps the evidence and takes the step, in this order: what proves an
// identification is there before it.
func (c *Console) finish(r *http.Request, v visit, done []video.Done) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), finishing)
	defer cancel()
	r = r.WithContext(ctx)
	stats, _ := c.Media.Stats(v.one.ID)
	begun := c.Desk.Now().Add(-stats.Recorded)
	manifest, recordings, err := c.Media.Finish(r.Context(), v.one.ID, video.Told(v.who.ID, done))
	kept := video.Evidence{Manifest: manifest, Recordings: recordings, Begun: begun}
	if err != nil {
		if manifest != "" { // the studio had to end it: what there is stays known
			err = errors.Join(err, c.Store.KeepRecordings(r.Context(), v.one.ID, kept))
		}
		return errLost.Because(err)
	}
	if err := c.Store.KeepRecordings(r.Context(), v.one.ID, kept); err != nil {
		return err
	}
	proof := []string{manifest}
	if proof, err = c.keepChat(r, v, proof); err != nil {
		return err
	}
	signed, err := sign.Keep(r.Context(), c.Keeper, v.request)
	if err != nil {
		return err
	}
	proof = append(proof, signed)
	now := c.Desk.Now()
	verdict := &enrolment.Verdict{At: now, Evidence: proof, Facts: facts(v, stats, done, recordings, now)}
	after, event, err := v.request.Do(enrolment.Change{
		Act: enrolment.Identify, By: enrolment.Author{Role: enrolment.Collector, ID: v.who.ID}, At: now, Evidence: proof,
		Edit: func(q *enrolment.Request) { q.Data.Verdict, q.Data.Booking = verdict, nil },
	})
	if err != nil {
		return err
	}
	return c.Requests.Save(r.Context(), enrolment.Step{After: after, Event: event, Audit: c.Desk.Event(r, "", v.request.Holder, nil)})
}

func (c *Console) keepChat(r *http.Request, v visit, proof []string) ([]string, error) {
	chat, err := c.Store.Chat(r.Context(), v.one.ID)
	if err != nil || len(chat) == 0 {
		return proof, err
	}
	var list []chatLine
	for _, l := range chat {
		list = append(list, chatLine{l.At, l.Side, l.Text})
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return proof, err
	}
	item, err := c.Keeper.Put(r.Context(), evidence.New{Request: v.request.ID, Kind: chatKind, MediaType: "application/json", Author: v.who.ID, Content: raw})
	return append(proof, item.ID), err
}

// facts are what who decides reads first.
func facts(v visit, stats studio.Stats, done []video.Done, recordings []string, now time.Time) []enrolment.Fact {
	list := []enrolment.Fact{
		{Name: "video_session", Value: v.one.ID},
		{Name: "video_length", Value: now.Sub(v.one.Opened).Truncate(time.Second).String()},
		{Name: "video_steps", Value: fmt.Sprintf("%d/%d", len(done), len(video.Steps()))},
		{Name: "video_recordings", Value: fmt.Sprint(len(recordings))},
	}
	if s := stats.Sides[studio.Applicant]; s.Width > 0 {
		list = append(list, enrolment.Fact{Name: "video_quality", Value: fmt.Sprintf("%d×%d, %.0f fps", s.Width, s.Height, s.FPS)})
	}
	if names := video.Names(v.one.Signs, true); len(names) > 0 {
		list = append(list, enrolment.Fact{Name: "video_camera", Value: strings.Join(names, ", ")})
	}
	if names := video.Names(v.one.Signs, false); len(names) > 0 {
		list = append(list, enrolment.Fact{Name: "video_programs", Value: strings.Join(names, ", ")})
	}
	return list
}
