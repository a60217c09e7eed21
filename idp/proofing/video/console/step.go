package console

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/enrolment/apply"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/call"
	"atrio/idp/proofing/video/studio"
	"atrio/web"
	"atrio/web/ui"
)

// purpose is that of a code that is read back in a session. // E24
const purpose apply.Purpose = "video"

// perSession bounds the codes of one request's sessions. // A03
var perSession = ratelimit.Limit{Name: "video.sms.request", Burst: 6, Per: 24 * time.Hour}

// step says that a step of the script is done. // E08, REG 8
func (c *Console) step(w http.ResponseWriter, r *http.Request, v visit) error {
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
	s := video.Next(done)
	if s == "" || f.Value("step") != string(s) {
		return v.moved(video.ErrOrder)
	}
	for _, key := range video.Seen(s) {
		if !f.Bool("tick_" + key) {
			f.Fail("tick_"+key, "videodesk.tick.missing")
		}
	}
	if key := c.lacks(v, s); key != "" {
		f.Fail("", key)
	}
	if !f.OK() {
		return c.page(w, r, http.StatusUnprocessableEntity, v, sessionView{Errors: f.Errors})
	}
	ev := c.Desk.Event(r, audit.VideoStep, v.request.Holder, map[string]string{"request": string(v.request.Number), "session": v.one.ID, "step": string(s)})
	if err := c.Store.DoStep(r.Context(), v.one.ID, video.Done{Step: s, At: c.Desk.Now(), Note: c.note(v, s)}, ev); err != nil {
		return v.moved(err)
	}
	c.Hub.Wake(v.one.ID)
	return web.Redirect(w, r, v.path())
}

// lacks names what a step still needs, as the server knows it; "" when nothing.
func (c *Console) lacks(v visit, s video.Step) string {
	stats, there := c.Media.Stats(v.one.ID)
	switch a, o := stats.Sides[studio.Applicant], stats.Sides[studio.Operator]; {
	case !there || stats.Ended:
		return "videodesk.lacks.streams"
	case !a.Connected || !o.Connected || !a.Video || !a.Audio || !o.Video || !o.Audio: // both are in the recording
		return "videodesk.lacks.sides"
	case s == video.Messages && v.one.CodeAt.IsZero():
		return "videodesk.lacks.code"
	case s == video.Messages && v.one.LinkAt.IsZero():
		return "videodesk.lacks.link"
	case s == video.Contract && !v.request.Data.SignedNow():
		return "videodesk.lacks.signature"
	case s == video.Actions && len(v.one.Drawn) == 0:
		return "videodesk.lacks.actions"
	}
	return ""
}

// note is what the evidence says of a step.
func (c *Console) note(v visit, s video.Step) string {
	list := video.Seen(s)
	switch s {
	case video.Messages:
		list = []string{"sms " + v.one.CodeAt.UTC().Format(time.RFC3339), "mail " + v.one.LinkAt.UTC().Format(time.RFC3339)}
	case video.Contract:
		list = []string{"signed " + v.request.Data.Signed.Contract}
	case video.Actions:
		for _, d := range v.one.Drawn {
			list = append(list, strings.TrimSpace(d.Action+" "+d.Word))
		}
	}
	return strings.Join(list, ", ")
}

// send sends the SMS with a code and the mail with a link, to what the applicant confirmed:
// the operator types no other. // REG 8 g
func (c *Console) send(w http.ResponseWriter, r *http.Request, v visit) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if err := c.going(v); err != nil {
		return err
	}
	code, now, d := otp.NumericCode(otp.Digits), c.Desk.Now(), v.request.Data
	texts, lang, until := c.Desk.Site.Pages.Catalog(), d.Language, now.Add(c.Limits.Valid)
	detail := map[string]string{"channel": "sms", "purpose": string(purpose), "request": string(v.request.Number)}
	wait, err := c.Codes.SendRequestCode(r.Context(), apply.Sending{
		Request: v.request.ID, Purpose: purpose, Digest: c.digest(v, code), At: now, Expires: until, Pause: c.Limits.Pause,
		Caps: []ratelimit.Bucket{
			c.Limiter.Bucket(perSession, v.request.ID), c.Limiter.Bucket(c.Limits.Number, d.Phone), c.Limiter.Bucket(c.Limits.Prefix, d.Phone[:min(6, len(d.Phone))]), c.Limiter.Bucket(c.Limits.All),
		},
		Message: notify.Message{
			Channel: notify.SMS, To: d.Phone, Lang: lang, Expires: until,
			Text: texts.Text(lang, "video.sms", "sender", c.SMSSender, "code", code, "minutes", int(c.Limits.Valid.Minutes())),
		},
		Audit: c.Desk.Event(r, audit.CodeSent, v.request.Holder, detail),
	})
	if err != nil {
		return err
	}
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return c.page(w, r, http.StatusTooManyRequests, v, sessionView{Errors: ui.Errors{{Key: "videodesk.send.wait", Args: []any{"seconds", int(wait.Seconds()) + 1}}}})
	}
	if v.one.LinkAt.IsZero() {
		secret := call.NewLink()
		m := notify.Message{
			Channel: notify.Mail, To: d.Email, Lang: lang, Subject: texts.Text(lang, "video.mail.link.subject", "provider", c.Provider),
			Text: texts.Text(lang, "video.mail.link.text", "provider", c.Provider, "link", c.Desk.Site.BaseURL+video.MailPath+"?token="+secret),
		}
		ev := c.Desk.Event(r, audit.CodeSent, v.request.Holder, map[string]string{"channel": "mail", "purpose": string(purpose), "request": string(v.request.Number)})
		if err := c.Store.KeepLink(r.Context(), v.one.ID, call.Mac(c.Desk.Keyring, secret), m, ev); err != nil {
			return v.moved(err)
		}
	}
	c.Hub.Wake(v.one.ID)
	return web.Redirect(w, r, v.path())
}

// digest binds a code to the session and the number. // A01, E24
func (c *Console) digest(v visit, code string) []byte {
	return c.Desk.Keyring.MAC("video.code", v.one.ID, v.request.Data.Phone, code)
}

// code checks what the applicant read aloud, showed or wrote.
func (c *Console) code(w http.ResponseWriter, r *http.Request, v visit) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := c.going(v); err != nil {
		return err
	}
	typed := f.Digits("code", otp.Digits)
	if !f.OK() {
		return c.page(w, r, http.StatusUnprocessableEntity, v, sessionView{Errors: f.Errors})
	}
	outcome, left, err := c.Store.TryCode(r.Context(), apply.CodeTry{Request: v.request.ID, Purpose: purpose, Digest: c.digest(v, typed), At: c.Desk.Now(), Tries: c.Limits.Tries}, v.one.ID)
	if err != nil {
		return err
	}
	switch {
	case outcome == secondfactor.Right:
		c.Hub.Wake(v.one.ID)
		return web.Redirect(w, r, v.path())
	case outcome == secondfactor.Stale || left == 0:
		f.Fail("code", "videodesk.code.stale")
		c.refused(r, v, "stale_code")
	default:
		f.Fail("code", "videodesk.code.wrong", "left", left)
		c.refused(r, v, "wrong_code")
	}
	return c.page(w, r, http.StatusUnprocessableEntity, v, sessionView{Errors: f.Errors})
}

// refused writes the line of a refusal that is a page of its own.
func (c *Console) refused(r *http.Request, v visit, reason string) {
	if c.Desk.Site.Refused == nil {
		return
	}
	ev := c.Desk.Event(r, audit.CodeChecked, v.request.Holder, map[string]string{"purpose": string(purpose), "request": string(v.request.Number)})
	ev.Outcome, ev.Reason = audit.Refused, reason
	c.Desk.Site.Refused(r.Context(), ev)
}

// draw draws the random actions: the server does, nobody chooses. // A13
func (c *Console) draw(w http.ResponseWriter, r *http.Request, v visit) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := c.going(v); err != nil {
		return err
	}
	gestures := f.Choice("gestures", "yes", "no") == "yes"
	if !f.OK() {
		return fault.New(fault.Invalid, "error.invalid").For("video_draw").Offer("videodesk.reload", v.path())
	}
	if !video.MayDraw(v.one.Drawn, gestures) {
		return v.moved(video.ErrDrawn)
	}
	if err := c.Store.KeepDrawn(r.Context(), v.one.ID, v.one.Drawn, video.Draw(gestures, pick)); err != nil {
		return v.moved(err)
	}
	c.Hub.Wake(v.one.ID)
	return web.Redirect(w, r, v.path())
}

// pick draws a number below n.
func pick(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(fmt.Sprintf("video: the source of chance: %v", err)) // never fails since Go 1.24
	}
	return int(i.Int64())
}
