package authenticator

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/ratelimit"
	"atrio/idp/flow"
	"atrio/web"
)

// promptView is the view of "authenticator/prompt".
type promptView struct {
	Service string
	// Number is what the person looks for on the telephone, while Waiting.
	Number  int
	Waiting bool
	// Seconds are left of it.
	Seconds int
	// Notice is what became of the last request.
	Notice  string
	Minutes int
	// The addresses of the page.
	Ask, Done, State, Cancel string
	// OtherURL is the page of the codes; "" when the identity has none.
	OtherURL string
}

// Begin is the entrance of the second factor for who has the app: it is asked at once, as
// the person just pressed a button and expects it. A reload asks nothing.
func (h *Handler) Begin(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	if r.Method == http.MethodPost {
		p, err := h.Store.PromptOf(r.Context(), s.Handle)
		if err != nil {
			return err
		}
		if p.ID == "" {
			// A limit that is reached is told by the page, where the button stays.
			if _, err := h.prompt(r, s); err != nil {
				return err
			}
		}
	}
	return web.Redirect(w, r, flow.URL(s.Handle, "app"))
}

// prompt asks the app.
func (h *Handler) prompt(r *http.Request, s *flow.State) (wait time.Duration, err error) {
	numbers, right := secondfactor.Match()
	now := h.Now()
	p := Prompt{
		ID: newID(), Flow: s.Handle, Identity: s.Identity, Service: h.service(r, s), Level: int(max(s.Need(), 2)),
		Numbers: numbers, Number: right, AskedAt: now, ExpiresAt: now.Add(h.Limits.Patience),
	}
	if s.Deadline.Before(p.ExpiresAt) {
		p.ExpiresAt = s.Deadline
	}
	ev := h.event(r, s.Identity, audit.CodeSent, map[string]string{"channel": "app"})
	wait, err = h.Store.Ask(r.Context(), p, []ratelimit.Bucket{h.Limiter.Bucket(h.Limits.Prompts, s.Identity)}, ev)
	if err == nil && wait > 0 {
		h.refused(r, s.Identity, audit.CodeSent, "app_prompts")
	}
	return wait, err
}

// service is who waits, on one line: the name is signed.
func (h *Handler) service(r *http.Request, s *flow.State) string {
	name := strings.Join(strings.Fields(s.Service(web.Lang(r))), " ")
	if name == "" {
		return h.Provider
	}
	return name
}

// show is the page of a login that waits for the app.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	return h.page(w, r, s, http.StatusOK, promptView{})
}

func (h *Handler) page(w http.ResponseWriter, r *http.Request, s *flow.State, status int, v promptView) error {
	who, err := h.Store.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	p, err := h.Store.PromptOf(r.Context(), s.Handle)
	if err != nil {
		return err
	}
	state := p.at(h.Now())
	if !who.Factors.App {
		return web.Redirect(w, r, flow.URL(s.Handle, "code")) // removed meanwhile
	}
	v.Waiting = p.ID != "" && p.Identity == s.Identity && (state == Waiting || state == Approved)
	if v.Waiting {
		v.Number, v.Seconds = p.Number, int(p.ExpiresAt.Sub(h.Now()).Seconds())
	} else if v.Notice == "" && (state == WrongNumber || state == Expired) {
		v.Notice = "app.prompt." + string(state)
	}
	v.Service = s.Service(web.Lang(r))
	v.Ask, v.Done = flow.URL(s.Handle, "app"), flow.URL(s.Handle, "app/done")
	v.State, v.Cancel = flow.URL(s.Handle, "app/state"), flow.URL(s.Handle, "cancel")
	if who.Factors.TOTP || who.Factors.SMS {
		v.OtherURL = flow.URL(s.Handle, "code")
	}
	return h.Site.Page(w, r, status, "authenticator/prompt", v, web.Plain)
}

// ask asks the app again. // A28
func (h *Handler) ask(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	p, err := h.Store.PromptOf(r.Context(), s.Handle)
	if err != nil {
		return err
	}
	if state := p.at(h.Now()); p.ID != "" && (state == Waiting || state == Approved) {
		return web.Redirect(w, r, flow.URL(s.Handle, "app")) // pressed twice
	}
	wait, err := h.prompt(r, s)
	if err != nil {
		return err
	}
	if wait == 0 {
		return web.Redirect(w, r, flow.URL(s.Handle, "app"))
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
	return h.page(w, r, s, http.StatusTooManyRequests, promptView{Notice: "app.prompt.wait", Minutes: secondfactor.Minutes(wait)})
}

// state tells the page of the browser what became of the request, so that it goes on by
// itself; without scripts the person presses a button.
func (h *Handler) state(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	p, err := h.Store.PromptOf(r.Context(), s.Handle)
	if err != nil {
		return err
	}
	return say(w, http.StatusOK, map[string]bool{"waiting": p.ID != "" && p.at(h.Now()) == Waiting})
}

// done uses the approval up: it opens this login and no other.
func (h *Handler) done(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	ev := h.event(r, s.Identity, audit.CodeChecked, map[string]string{"method": "app"})
	used, err := h.Store.UsePrompt(r.Context(), s.Handle, s.Identity, ev)
	if err != nil {
		return err
	}
	if !used {
		return web.Redirect(w, r, flow.URL(s.Handle, "app"))
	}
	s.SecondAt, s.Method = h.Now(), flow.App
	return h.Desk.Next(w, r, s)
}
