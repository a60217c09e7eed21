package handoff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/qrcode"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/web"
)

// computerView is the view of "handoff/computer".
type computerView struct {
	State State
	// Code and Address are typed on a telephone that reads no QR code.
	Code, Address string
	Drawing       template.HTMLAttr
	Size          int
	Numbers       []int
	Minutes       int
	// There are the pictures that are there, of All.
	There, All int
	// Watch tells whether something happened; Seconds are left of the state.
	Watch   string
	Seconds int
}

// mine is the hand-off that this session began; of another session it is none.
func (h *Handler) mine(r *http.Request, request enrolment.Request) (Handoff, error) {
	held, err := h.Store.HandoffOf(r.Context(), request.ID)
	if fault.Is(err, fault.Gone) || err == nil && !bytes.Equal(held.Session, web.CurrentSession(r).Hash) {
		return Handoff{}, nil
	}
	return held, err
}

// mark changes whenever the page of the computer has something new to say.
func (h *Handler) mark(held Handoff, request enrolment.Request) string {
	return fmt.Sprintf("%s%d", held.at(h.Now()), photographed(request))
}

// page says how it goes, and how far it is.
func (h *Handler) page(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	held, err := h.mine(r, request)
	if err != nil {
		return err
	}
	now := h.Now()
	v := computerView{
		State: held.at(now), Minutes: secondfactor.Minutes(codeLasts), There: photographed(request), All: len(enrolment.Pictures()),
		Watch: statePath + "?seen=" + h.mark(held, request), Seconds: max(0, int(h.left(held).Seconds())),
	}
	switch v.State {
	case Claimed:
		v.Numbers = held.Numbers
	case Open:
		v.Minutes = secondfactor.Minutes(held.Until.Sub(now))
	case Waiting:
		code, ok := h.shown(r, request)
		if !ok { // begun in another browser window that keeps its cookies apart
			v.State = Over
			break
		}
		if err := h.draw(&v, code); err != nil {
			return err
		}
		w.Header().Set("Referrer-Policy", "no-referrer")
	}
	return h.Site.Page(w, r, http.StatusOK, "handoff/computer", v)
}

// draw puts the code on the page. In the address it is where servers write it down: it is
// worth nothing after two minutes, and nothing at all without the number.
func (h *Handler) draw(v *computerView, code enrolment.Number) error {
	v.Code, v.Address = string(code), h.Site.BaseURL+phonePath
	drawn, err := qrcode.New(v.Address + "?code=" + v.Code)
	if err != nil {
		return fault.New(fault.Internal, "error.internal").Because(err)
	}
	v.Size, v.Drawing = drawn.Size(), template.HTMLAttr(`d="`+drawn.Path()+`"`) //nolint:gosec // letters and digits of ours
	return nil
}

// The code waits in a sealed cookie, so that its page can be loaded again and the table has
// no code.
const (
	codeCookie  = "handoff_code"
	codePurpose = "idp.handoff.code."
)

func (h *Handler) shown(r *http.Request, request enrolment.Request) (enrolment.Number, bool) {
	sealed, held := h.Site.Cookie(r, codeCookie)
	if !held {
		return "", false
	}
	code, err := h.Site.Keyring.Open(codePurpose+request.ID, h.Now(), sealed)
	return enrolment.Number(code), err == nil
}

// begin makes a code; one of before is worth nothing.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	code, until := enrolment.NewNumber(), h.Now().Add(codeLasts)
	sealed, err := h.Site.Keyring.Seal(codePurpose+request.ID, until, []byte(code))
	if err != nil {
		return err
	}
	err = h.Store.BeginHandoff(r.Context(), Handoff{
		Request: request.ID, Holder: request.Holder, Session: web.CurrentSession(r).Hash, Code: h.codeMAC(code), State: Waiting, Until: until,
	}, h.line(r, request, "begun"))
	if err != nil {
		return err
	}
	h.Site.SetCookie(w, codeCookie, sealed, web.CookieOptions{MaxAge: int(codeLasts.Seconds())})
	return web.Redirect(w, r, way.Handoff)
}

// state tells the page whether it is still what it shows.
func (h *Handler) state(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	held, err := h.mine(r, request)
	if err != nil {
		return err
	}
	return say(w, r.URL.Query().Get("seen") == h.mark(held, request))
}

func say(w http.ResponseWriter, waiting bool) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]bool{"waiting": waiting})
}

// number lets the telephone in whose number was found. Another number, or none of them, ends
// the hand-off: somebody else has the code. // A05
func (h *Handler) number(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	held, err := h.mine(r, request)
	if err != nil {
		return err
	}
	now := h.Now()
	if held.at(now) != Claimed {
		h.refused(r, request, "handoff_over")
		h.Site.Notice(w, "handoff.notice.over")
		return web.Redirect(w, r, way.Handoff)
	}
	if choice := f.Value("number"); choice != fmt.Sprint(held.Number) {
		h.refused(r, request, "handoff_number")
		if err := h.Store.EndHandoff(r.Context(), request.ID, h.line(r, request, "ended")); err != nil {
			return err
		}
		h.Site.Notice(w, "handoff.notice.other")
		return web.Redirect(w, r, way.Handoff)
	}
	err = h.Store.OpenHandoff(r.Context(), held, now.Add(picturesLast), now, h.line(r, request, "opened"))
	if fault.Is(err, fault.Gone) {
		h.refused(r, request, "handoff_over")
		h.Site.Notice(w, "handoff.notice.over")
		err = nil
	}
	if err != nil {
		return err
	}
	h.Site.ClearCookie(w, codeCookie, web.CookieOptions{})
	return web.Redirect(w, r, way.Handoff)
}

// end puts the telephone out.
func (h *Handler) end(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	held, err := h.mine(r, request)
	if err != nil {
		return err
	}
	if !slices.Contains([]State{Waiting, Claimed, Open}, held.at(h.Now())) {
		return web.Redirect(w, r, way.Handoff) // over by itself
	}
	if err := h.Store.EndHandoff(r.Context(), request.ID, h.line(r, request, "ended")); err != nil {
		return err
	}
	h.Site.Notice(w, "handoff.notice.ended")
	return web.Redirect(w, r, way.Documents)
}

// line is the audit line of a step.
func (h *Handler) line(r *http.Request, request enrolment.Request, step string) audit.Event {
	ev := h.Way.Event(r, request.Holder)
	ev.Action, ev.Detail = audit.RequestHandoff, map[string]string{"request": string(request.Number), "step": step}
	return ev
}

// refused writes down why something was not taken; without a request nobody is known.
func (h *Handler) refused(r *http.Request, request enrolment.Request, reason string) {
	if h.Site.Refused == nil {
		return
	}
	ev := h.Way.Event(r, request.Holder)
	ev.Action, ev.Outcome, ev.Reason = audit.RequestHandoff, audit.Refused, reason
	if request.Number != "" {
		ev.Detail = map[string]string{"request": string(request.Number)}
	}
	h.Site.Refused(r.Context(), ev)
}

// left is how long a hand-off goes on, for a page that waits.
func (h *Handler) left(held Handoff) time.Duration { return held.Until.Sub(h.Now()) }
