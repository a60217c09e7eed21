// Package call is a session as those who are in it see it: the applicant's page, the lines
// of the chat, what the operator says in writing, and the link that a mail leads to.
//
// It owns what travels while a session is live, for both sides: the operator's console
// uses its Room. The streams are the studio's, the script is video's. Everything works for
// who hears nothing, and for whom the telephone is camera, mailbox and SMS at once. // I9
package call

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "call", FS: files} }

// Room is what both sides of a session share.
type Room struct {
	Site    *web.Site
	Store   video.Store
	Media   video.Media
	Hub     *video.Hub
	Limiter *ratelimit.Limiter
	// Servers help browsers in networks that let no UDP out: as JSON, for one session.
	Servers func(session string, now time.Time) string
	Now     func() time.Time
}

// Helpers are the servers that a page of a session tells its browser.
func (o *Room) Helpers(one video.Session) string {
	if o.Servers == nil {
		return "[]"
	}
	return o.Servers(one.ID, o.Now())
}

// maxOffer is what a description of streams has room for, as a form.
const maxOffer = 64 << 10

// lines and joins bound what one side sends.
var (
	lines = ratelimit.Limit{Name: "video.chat", Burst: 20, Per: time.Minute}
	joins = ratelimit.Limit{Name: "video.join", Burst: 12, Per: time.Minute}
)

// JoinLimit bounds the body of Join.
func JoinLimit() web.Guard { return web.MaxBody(maxOffer) }

// errTooMany: more pages listen to a session than two people have.
var errTooMany = fault.New(fault.TooMany, "error.video.watchers").For("video_watchers").Retry(10 * time.Second)

// Join takes a side into the streams.
func (o *Room) Join(w http.ResponseWriter, r *http.Request, one video.Session, side studio.Side) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if one.State != video.Live {
		return video.ErrOver
	}
	if err := o.Limiter.Allow(r.Context(), joins, one.ID, string(side)); err != nil {
		return err
	}
	answer, err := o.Media.Join(r.Context(), one.ID, side, f.Value("offer"))
	if err != nil {
		return err
	}
	if err := o.touch(r.Context(), one, side); err != nil {
		return err
	}
	if side == studio.Applicant {
		signs := video.Signs(f.Value("camera"), strings.Split(f.Value("cameras"), "\n"))
		if len(video.Merge(one.Signs, signs)) > len(one.Signs) || len(video.Names(signs, true)) > 0 {
			if err := o.Store.KeepSigns(r.Context(), one.ID, signs); err != nil {
				return err
			}
		}
	}
	o.Hub.Wake(one.ID)
	return o.Site.JSON(w, http.StatusOK, struct {
		Answer string `json:"answer"`
	}{answer})
}

// touch notes that a session goes on: it does while its operator is there. An applicant whom
// nobody listens to any more is not recorded for an hour.
func (o *Room) touch(ctx context.Context, one video.Session, side studio.Side) error {
	if side != studio.Operator {
		return nil
	}
	return o.Store.TouchSession(ctx, one.ID, o.Now())
}

// Say adds a line to the chat.
func (o *Room) Say(r *http.Request, one video.Session, side studio.Side) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	text := f.Text("text", web.Required, web.Max(video.MaxLine), web.Multiline)
	if !f.OK() {
		return fault.New(fault.Invalid, "error.video.line").For("video_line")
	}
	if err := o.Limiter.Allow(r.Context(), lines, one.ID, string(side)); err != nil {
		return err
	}
	if err := o.Store.AddLine(r.Context(), one.ID, video.Line{At: o.Now(), Side: side, Text: text}); err != nil {
		return err
	}
	o.Hub.Wake(one.ID)
	return nil
}

// news is what a page is told.
type news struct {
	Step  int    `json:"step"`
	Title string `json:"title"`
	Say   string `json:"say"`
	// Peer tells that the other side is there, Mine that this one's streams come.
	Peer bool       `json:"peer"`
	Mine bool       `json:"mine"`
	Chat []lineView `json:"chat"`
	// Mark changes with what the operator's page shows beside.
	Mark string `json:"mark"`
	// To is where to go when it is over.
	To string `json:"to,omitempty"`
}

type lineView struct {
	N    int    `json:"n"`
	Who  string `json:"who"`
	Text string `json:"text"`
}

// Words give title and text of the present step in the language of who listens.
type Words func(ctx context.Context, one video.Session, step video.Step) (title, say string, err error)

func (o *Room) news(ctx context.Context, id string, side studio.Side, lang string, words Words, to func(video.Session) string) (n news, err error) {
	one, err := o.Store.Session(ctx, id)
	if err != nil {
		return n, err
	}
	if one.State != video.Live {
		n.To = to(one)
		return n, nil
	}
	done, err := o.Store.StepsDone(ctx, id)
	if err != nil {
		return n, err
	}
	chat, err := o.Store.Chat(ctx, id)
	if err != nil {
		return n, err
	}
	step := video.Next(done)
	if n.Title, n.Say, err = words(ctx, one, step); err != nil {
		return n, err
	}
	n.Step = len(done) + 1
	n.Mark = fmt.Sprint(len(done), one.LinkAt.IsZero(), one.CodeAt.IsZero(), len(one.Drawn), one.Signs)
	if stats, ok := o.Media.Stats(id); ok {
		for s, side2 := range stats.Sides {
			if s == side {
				n.Mine = side2.Connected
			} else {
				n.Peer = side2.Connected
			}
		}
	}
	n.Chat = []lineView{}
	for _, l := range chat {
		who := "call.who.other." + string(l.Side)
		if l.Side == side {
			who = "call.who.me"
		}
		n.Chat = append(n.Chat, lineView{l.N, o.Site.Pages.Catalog().Text(lang, who), l.Text})
	}
	return n, nil
}

const (
	// tick is how often a page is looked after when nobody woke it; with another node, where
	// a change may be made, it is the only way.
	tick = time.Second
	// ticks is how long one stream lasts: then the browser asks again, so that no answer is
	// open for long.
	ticks = 10
)

// Events tells a page what changes, as server-sent events.
func (o *Room) Events(w http.ResponseWriter, r *http.Request, one video.Session, side studio.Side, words Words, to func(video.Session) string) error {
	woken, leave, ok := o.Hub.Listen(one.ID, side)
	if !ok {
		return errTooMany
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	flush := http.NewResponseController(w)
	clock := time.NewTicker(tick)
	defer clock.Stop()
	if _, err := fmt.Fprint(w, "retry: 500\n\n"); err != nil {
		return nil //nolint:nilerr // the browser went away
	}
	last := ""
	for n := 0; n < ticks; {
		state, err := o.news(r.Context(), one.ID, side, web.Lang(r), words, to)
		if err != nil {
			return errors.Join(err, r.Context().Err())
		}
		raw, err := json.Marshal(state)
		if err != nil {
			return err
		}
		if string(raw) != last {
			last = string(raw)
			if _, err := fmt.Fprintf(w, "data: %s\n\n", raw); err != nil {
				return nil //nolint:nilerr // the browser went away
			}
		}
		if err := flush.Flush(); err != nil || state.To != "" {
			return nil //nolint:nilerr // the browser went away, or there is no more to tell
		}
		// Who listens to a session of which the streams are gone is not in it: the node began
		// anew, and the job ends it.
		if stats, there := o.Media.Stats(one.ID); n%5 == 0 && there && !stats.Ended {
			if err := o.touch(r.Context(), one, side); err != nil {
				return nil //nolint:nilerr // headers are sent; the browser asks again
			}
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-woken:
		case <-clock.C:
			n++
		}
	}
	return nil
}
