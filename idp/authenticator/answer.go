package authenticator

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
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
	standing := []string{}
	for _, one := range c.Devices {
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
	return say(w, http.StatusOK, map[string][]string{"devices": standing})
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
	if a.State == ReportedAbuse {
		if a.Messages, err1 = h.abuse(r, p); err1 != nil {
			return err1
		}
	}
	switch err := h.Store.Answer(r.Context(), a); {
	case fault.Is(err, fault.Conflict):
		h.refused(r, d.Identity, audit.CodeChecked, "app_prompt_over")
		return say(w, http.StatusGone, failure{Error: "over"})
	case err != nil:
		return err
	}
	return say(w, http.StatusOK, map[string]State{"state": a.State})
}

// abuse tells the holder that somebody has the password, what was done, and what to do.
func (h *Handler) abuse(r *http.Request, p Prompt) ([]notify.Message, error) {
	who, err := h.Store.Identity(r.Context(), p.Identity)
	if err != nil {
		return nil, err
	}
	c := h.Site.Pages.Catalog()
	return h.notices(r, who, "reported", "service", p.Service, "at", c.DateTime(web.Lang(r), p.AskedAt)), nil
}
