package authenticator

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
)

// The app proves its keys once and is known by a sealed cookie then: what it is asked is
// for it alone. The answer is signed each time; the cookie answers nothing.
const (
	noncePurpose = "idp.app.nonce"
	enterCookie  = "app"
	enterPurpose = "idp.app.enter"
	nonceLife    = 5 * time.Minute
	enterLife    = time.Hour
	mostEntered  = 5
)

// nonce is what the app signs to be let in.
func (h *Handler) nonce(w http.ResponseWriter, r *http.Request) error {
	sealed, err := h.Site.Keyring.Seal(noncePurpose, h.Now().Add(nonceLife), []byte(newID()))
	if err != nil {
		return err
	}
	return say(w, http.StatusOK, map[string]string{"nonce": sealed})
}

// enterCall proves the keys of one telephone; several people may share it.
type enterCall struct {
	Nonce   string `json:"nonce"`
	Devices []struct {
		Device    string `json:"device"`
		Signature string `json:"signature"`
	} `json:"devices"`
}

// letIn is what the app is told: which of its keys stand, and what its holder has to know.
type letIn struct {
	Devices []string `json:"devices"`
	Notice  string   `json:"notice"`
}

// enter lets the app in. It says which of its keys still stand, so that it can forget the
// others.
func (h *Handler) enter(w http.ResponseWriter, r *http.Request) error {
	var c enterCall
	if err := read(r, &c); err != nil {
		return err
	}
	if _, err := h.Site.Keyring.Open(noncePurpose, h.Now(), c.Nonce); err != nil || len(c.Devices) > mostEntered {
		h.refused(r, "", audit.CodeChecked, "app_nonce")
		return say(w, http.StatusBadRequest, failure{Error: "nonce"})
	}
	standing, notice := []string{}, ""
	for _, one := range c.Devices {
		if !isID(one.Device) {
			continue
		}
		d, err := h.Store.Device(r.Context(), one.Device)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if !signed(d.Key, decode(one.Signature), enterLines(c.Nonce, d.ID)...) {
			h.refused(r, d.Identity, audit.CodeChecked, "app_signature")
			return say(w, http.StatusForbidden, failure{Error: "signature"})
		}
		standing = append(standing, d.ID)
		if notice == "" {
			if notice, err = h.recovered(r, d.Identity); err != nil {
				return err
			}
		}
	}
	plain, err := json.Marshal(standing)
	if err != nil {
		return fault.New(fault.Internal, "error.internal").Because(err)
	}
	sealed, err := h.Site.Keyring.Seal(enterPurpose, h.Now().Add(enterLife), plain)
	if err != nil {
		return err
	}
	h.Site.SetCookie(w, enterCookie, sealed, web.CookieOptions{MaxAge: int(enterLife.Seconds())})
	return say(w, http.StatusOK, letIn{standing, notice})
}

// entered are the devices of the cookie; none without one.
func (h *Handler) entered(r *http.Request) (devices []string) {
	sealed, held := h.Site.Cookie(r, enterCookie)
	if !held {
		return nil
	}
	plain, err := h.Site.Keyring.Open(enterPurpose, h.Now(), sealed)
	if err != nil || json.Unmarshal(plain, &devices) != nil {
		return nil
	}
	return devices
}

// asked is a prompt as the app sees it.
type asked struct {
	ID      string `json:"id"`
	Device  string `json:"device"`
	Service string `json:"service"`
	Level   int    `json:"level"`
	Numbers []int  `json:"numbers"`
	// At is when it was asked, in words; Seconds are left.
	At      string `json:"at"`
	Seconds int    `json:"seconds"`
}

// prompts are what the devices are asked now.
func (h *Handler) prompts(r *http.Request, devices []string) ([]asked, error) {
	now, list := h.Now(), []asked{}
	for _, id := range devices {
		prompts, err := h.Store.Prompts(r.Context(), id, now)
		if err != nil {
			return nil, err
		}
		for _, p := range prompts {
			list = append(list, asked{
				ID: p.ID, Device: id, Service: p.Service, Level: p.Level, Numbers: p.Numbers,
				At: h.Site.Pages.Catalog().DateTime(web.Lang(r), p.AskedAt), Seconds: int(p.ExpiresAt.Sub(now).Seconds()),
			})
		}
	}
	return list, nil
}

// pending answers once, for an app whose stream does not hold.
func (h *Handler) pending(w http.ResponseWriter, r *http.Request) error {
	devices := h.entered(r)
	if devices == nil {
		return say(w, http.StatusUnauthorized, failure{Error: "enter"})
	}
	list, err := h.prompts(r, devices)
	if err != nil {
		return err
	}
	return say(w, http.StatusOK, map[string][]asked{"prompts": list})
}

// answerCall is what a person decided, signed.
type answerCall struct {
	Prompt    string   `json:"prompt"`
	Device    string   `json:"device"`
	Number    int      `json:"number"`
	Decision  Decision `json:"decision"`
	Signature string   `json:"signature"`
}

// answer takes a decision: of a device of the identity that is asked, signed over what it
// was shown, once. // E30, A28
func (h *Handler) answer(w http.ResponseWriter, r *http.Request) error {
	var c answerCall
	if err := read(r, &c); err != nil {
		return err
	}
	if !isID(c.Device) || !isID(c.Prompt) {
		h.refused(r, "", audit.CodeChecked, "app_prompt_unknown")
		return say(w, http.StatusGone, failure{Error: "over"})
	}
	d, err1 := h.Store.Device(r.Context(), c.Device)
	p, err2 := h.Store.Prompt(r.Context(), c.Prompt)
	if err := errors.Join(err1, err2); fault.Is(err1, fault.NotFound) || fault.Is(err2, fault.NotFound) {
		h.refused(r, d.Identity, audit.CodeChecked, "app_prompt_unknown")
		return say(w, http.StatusGone, failure{Error: "over"})
	} else if err != nil {
		return err
	}
	valid := c.Decision.known() && (c.Decision != Approve || slices.Contains(p.Numbers, c.Number))
	if !valid || p.Identity != d.Identity || !signed(d.Key, decode(c.Signature), answerLines(p, c.Number, c.Decision)...) {
		h.refused(r, d.Identity, audit.CodeChecked, "app_signature")
		return say(w, http.StatusForbidden, failure{Error: "signature"})
	}
	a := Answer{Prompt: p, Device: d.ID, State: p.outcome(c.Decision, c.Number), At: h.Now()}
	a.Audit = h.event(r, d.Identity, audit.CodeChecked, map[string]string{"method": "app", "factor": d.ID, "outcome": string(a.State)})
	if a.State != Approved {
		a.Audit.Outcome, a.Audit.Reason = audit.Refused, "app_"+string(a.State)
	}
	switch err := h.take(r, a); {
	case errors.Is(err, identity.ErrMay):
		return err // somebody changes the identity again and again: the app asks again
	case fault.Is(err, fault.Conflict):
		h.refused(r, d.Identity, audit.CodeChecked, "app_prompt_over")
		return say(w, http.StatusGone, failure{Error: "over"})
	case err != nil:
		return err
	}
	return say(w, http.StatusOK, map[string]State{"state": a.State})
}

// reportTries is how often a report is tried when somebody else changes the identity at the
// same moment.
const reportTries = 3

// take stores a decision. A report suspends the identity in the same commit, as the holder's
// own page does: somebody else has the password. // A28, REG 23
func (h *Handler) take(r *http.Request, a Answer) (err error) {
	if a.State != ReportedAbuse {
		return h.Store.Answer(r.Context(), a)
	}
	for range reportTries {
		who, err1 := h.Store.Identity(r.Context(), a.Prompt.Identity)
		if err1 != nil {
			return err1
		}
		if a.Suspend, err = h.abuse(r, who, a.Prompt); err != nil {
			return err
		}
		at := h.Site.Pages.Catalog().DateTime(who.Language, a.Prompt.AskedAt)
		a.Messages = h.notices(who, "reported", "service", a.Prompt.Service, "at", at)
		if err = h.Store.Answer(r.Context(), a); !errors.Is(err, identity.ErrMay) {
			return err
		}
	}
	return err
}

// abuse is the suspension; nil for an identity that is suspended for as much already. What
// the holder is told is in the notices of the report.
func (h *Handler) abuse(r *http.Request, who *identity.Identity, p Prompt) (*life.Step, error) {
	if !who.May(identity.Suspend, identity.Abuse, identity.AsHolder) {
		return nil, nil
	}
	step, err := h.Life.Prepare(who, identity.Change{
		Act: identity.Suspend, Cause: identity.Abuse, By: identity.By{Role: identity.AsHolder, ID: who.ID}, Reason: "app, " + p.Service,
	}, h.event(r, who.ID, audit.IdentityChanged, nil), life.Also{})
	if err != nil {
		return nil, err
	}
	step.Messages = nil
	return &step, nil
}
