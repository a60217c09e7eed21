package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio"
	"atrio/web"
	"atrio/web/ui"
)

// reasons are those for which a session is ended, in the order of the page.
var reasons = []string{"quality", "document", "unwilling", "known", "fraud", "other"}

// sessionView is the view of "videodesk/session".
type sessionView struct {
	ui.Errors
	Path, Number string
	// Servers help the browser to a connection.
	Servers string
	// Lang is the language of the applicant, in which the script is read.
	Lang     string
	Steps    []stepView
	Of       int
	Facts    []fact
	Pictures []pictureView
	Chat     []lineView
	MaxLine  int
	// Sent: SMS and mail went out; Phone and Mail are where to.
	Sent          bool
	Phone, Mail   string
	Coded, Linked bool
	Signed, Done  bool
	// Draw: two actions may be drawn, Spoken: without gestures.
	Draw, Spoken bool
	Reasons      []string
	Reason, Note string
	Quality      []qualityView
	// Programs stand in for the applicant's camera.
	Programs       string
	Streams, Alone bool
}

type fact struct{ Key, Value string }

type pictureView struct{ What, URL string }

type lineView struct{ Who, Text string }

// stepView is a step of the script: Say is what is said, Current that it is next.
type stepView struct {
	Letter  string
	Number  int
	Title   string
	Say     string
	At      time.Time
	Current bool
	Ticks   []tickView
}

type tickView struct {
	Name, Key string
	Set       bool
}

// qualityView says how a side's streams come.
type qualityView struct {
	Side          string
	Connected     bool
	Width, Height int
	FPS           int
	Lost          int64
	// Poor: it would not do as evidence. ETSI TS 119 461 8.3.3
	Poor bool
}

// the least that is legible: half of what is asked of the browser. ETSI TS 119 461 8.3.3-02
const (
	leastHeight = 360
	leastFPS    = 10
)

// show opens the page of a session: that it was opened stands in the log first. // A16
func (c *Console) show(w http.ResponseWriter, r *http.Request, v visit) error {
	if v.one.State != video.Live {
		return web.Redirect(w, r, Path)
	}
	return c.page(w, r, http.StatusOK, v, sessionView{})
}

// page shows a session; view has what the operator filled in.
func (c *Console) page(w http.ResponseWriter, r *http.Request, status int, v visit, view sessionView) error {
	err := c.Store.NoteRead(r.Context(), c.Desk.Event(r, audit.DataRead, v.request.Holder, map[string]string{
		"what": "request", "request": string(v.request.Number), "purpose": "video",
	}))
	if err != nil {
		return err
	}
	done, err := c.Store.StepsDone(r.Context(), v.one.ID)
	if err != nil {
		return err
	}
	chat, err := c.Store.Chat(r.Context(), v.one.ID)
	if err != nil {
		return err
	}
	q := v.request
	view.Servers = c.Helpers(v.one)
	view.Path, view.Number, view.Lang, view.Of, view.MaxLine, view.Reasons = v.path(), string(q.Number), q.Data.Language, len(video.Steps()), video.MaxLine, reasons
	view.Phone, view.Mail, view.Coded, view.Linked = secondfactor.Masked(q.Data.Phone), q.Data.Email, !v.one.CodeAt.IsZero(), !v.one.LinkAt.IsZero()
	view.Signed, view.Done = q.Data.SignedNow(), video.Next(done) == ""
	for _, l := range chat {
		view.Chat = append(view.Chat, lineView{c.Desk.Site.Pages.Catalog().Text(web.Lang(r), "videodesk.who."+string(l.Side)), l.Text})
	}
	sent, err := c.Codes.RequestCodeSent(r.Context(), q.ID, purpose)
	if err != nil {
		return err
	}
	view.Sent = !sent.IsZero() && !sent.Before(v.one.Opened)
	c.steps(r, v, done, &view)
	c.facts(r, v, &view)
	view.quality(c.Media.Stats(v.one.ID))
	return c.Desk.Site.Page(w, r, status, "videodesk/session", view, web.Capture)
}

func (c *Console) steps(r *http.Request, v visit, done []video.Done, view *sessionView) {
	read, own := c.saying(v, v.request.Data.Language), c.saying(v, web.Lang(r))
	current := video.Next(done)
	for _, s := range video.Steps() {
		one := stepView{Letter: string(s), Number: video.Number(s), Title: own.Title(s), Current: s == current}
		if i := slices.IndexFunc(done, func(d video.Done) bool { return d.Step == s }); i >= 0 {
			one.At = done[i].At
		}
		if one.Current {
			one.Say = read.Text(s, v.request, v.one)
			for _, key := range video.Seen(s) {
				name := "tick_" + key
				one.Ticks = append(one.Ticks, tickView{name, "videodesk.seen." + string(s) + "." + key, false})
			}
		}
		view.Steps = append(view.Steps, one)
	}
	view.Programs = strings.Join(video.Names(v.one.Signs, true), ", ")
	view.Draw, view.Spoken = video.MayDraw(v.one.Drawn, true), video.MayDraw(v.one.Drawn, false)
}

func (c *Console) facts(r *http.Request, v visit, view *sessionView) {
	texts, lang, d := c.Desk.Site.Pages.Catalog(), web.Lang(r), v.request.Data
	p, doc := d.Person, d.Document
	view.Facts = []fact{
		{"family_name", p.FamilyName}, {"given_name", p.GivenName}, {"gender", p.Gender}, {"birth_date", texts.Date(lang, p.BirthDate)}, {"birth_place", p.BirthName}, {"fiscal_code", p.FiscalCode},
		{"document_kind", doc.Kind}, {"document_number", doc.Number}, {"document_issuer", doc.Issuer}, {"document_expires", texts.Date(lang, doc.ExpiresOn)}, {"card_number", d.HealthCard.Number},
	}
	for _, what := range enrolment.Pictures() {
		if id := d.Pictures[what]; id != "" {
			view.Pictures = append(view.Pictures, pictureView{string(what), v.path() + evidencePath + id})
		}
	}
}

func (view *sessionView) quality(stats studio.Stats, there bool) {
	view.Streams = there && !stats.Ended
	for _, side := range []studio.Side{studio.Applicant, studio.Operator} {
		s := stats.Sides[side]
		view.Quality = append(view.Quality, qualityView{string(side), s.Connected, s.Width, s.Height, int(s.FPS), s.Lost, s.Connected && poor(s)})
	}
}

func poor(s studio.SideStats) bool {
	return min(s.Width, s.Height) < leastHeight || s.FPS < leastFPS
}

// exhibit gives the operator a picture that was uploaded, to compare; nothing else.
func (c *Console) exhibit(w http.ResponseWriter, r *http.Request, v visit) error {
	id := r.PathValue("item")
	known := false
	for _, what := range enrolment.Pictures() {
		known = known || v.request.Data.Pictures[what] == id
	}
	if id == "" || !known || c.going(v) != nil {
		return fault.New(fault.NotFound, "error.not_found").For("videodesk_no_item").Offer("videodesk.reload", v.path())
	}
	access := evidence.Access{By: v.who.ID, Purpose: "video " + string(v.request.Number), Reference: web.RequestID(r)}
	if a := web.ClientAddr(r); a.IsValid() {
		access.Address = a.String()
	}
	o, err := c.Keeper.Open(r.Context(), id, access)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", picture.MediaType)
	h.Set("Content-Length", strconv.Itoa(len(o.Content)))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	w.Write(o.Content) //nolint:errcheck // a browser that went away cannot be told
	return nil
}
