package recovery

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
)

const stopPurpose = "idp.recover.stop"

// WaitView is the view of "recovery/wait".
type WaitView struct {
	Ready, Until time.Time
	// Withdraw: what waits is the end of a request.
	Withdraw bool
}

func (h *Handler) wait(w http.ResponseWriter, r *http.Request, v Recovery, _ person) error {
	return h.Site.Page(w, r, http.StatusOK, "recovery/wait", WaitView{v.Ready, v.Until, v.Aim == ToWithdraw}, web.Plain)
}

// waiting are the messages of a recovery that waits: the way back to the mailbox, and a
// notice to every contact, now and before, with a link that calls it off. // A27
func (h *Handler) waiting(v Recovery, t ticket, who person, former []life.Former) (list []notify.Message, err error) {
	t.Use++
	back, err := h.link(t, v.Until)
	if err != nil {
		return nil, err
	}
	token, err := h.Site.Keyring.Seal(stopPurpose, v.Until, []byte(v.ID))
	if err != nil {
		return nil, err
	}
	c, lang, what := h.Site.Pages.Catalog(), who.Language, who.words("waits")
	args := []any{
		"date", c.DateTime(lang, v.Begun), "ready", c.DateTime(lang, v.Ready), "until", c.DateTime(lang, v.Until),
		"stop", h.Site.BaseURL + stopPath + "?" + url.Values{"token": {token}}.Encode(), "link", back, "number", string(who.Request.Number),
	}
	list = []notify.Message{h.mail(who.Holder.Email, lang, what, args...)}
	if to := who.Holder.MobilePhone; to != "" {
		list = append(list, h.sms(to, lang, what, args...))
	}
	told := map[string]bool{"": true, who.Holder.Email: true, who.Holder.MobilePhone: true}
	for _, f := range former {
		if told[f.Value] {
			continue
		}
		told[f.Value] = true
		if f.Field == "phone" {
			list = append(list, h.sms(f.Value, lang, "former", args...))
			continue
		}
		list = append(list, h.mail(f.Value, lang, "former", args...))
	}
	return list, nil
}

// StopView is the view of "recovery/stop".
type StopView struct {
	Token string
	Ready time.Time
	// Withdraw: what is stopped is the end of a request.
	Withdraw bool
}

// StoppedView is the view of "recovery/stopped".
type StoppedView struct {
	// Applicant: the request goes on as before.
	Applicant bool
}

// stoppable reads the link of a notice.
func (h *Handler) stoppable(r *http.Request, token string) (Recovery, error) {
	if token == "" || len(token) > maxToken {
		return Recovery{}, errStop
	}
	id, err := h.Site.Keyring.Open(stopPurpose, h.Now(), token)
	if err != nil {
		return Recovery{}, errStop.Because(err)
	}
	v, err := h.Store.Recovery(r.Context(), string(id))
	if fault.Is(err, fault.NotFound) || err == nil && v.State != Open {
		return v, errStop.Because(err)
	}
	return v, err
}

// errStop: there is nothing to call off (any more).
var errStop = fault.New(fault.Gone, "error.recover.stop").For("recovery_stop").Offer("stop.emergency.title", "/account/suspend")

// showStop asks: programs that open the links of mails call nothing off. // A04
func (h *Handler) showStop(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	v, err := h.stoppable(r, token)
	if err != nil {
		return err
	}
	return h.Site.Page(w, r, http.StatusOK, "recovery/stop", StopView{token, v.Ready, v.Aim == ToWithdraw}, web.Plain)
}

// stop calls a recovery off, and suspends the identity where whoever was told wants it: who
// changed the mailbox may be who asks for the password. // A27, A29
func (h *Handler) stop(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := h.stoppable(r, f.Value("token"))
	if err != nil {
		return err
	}
	who, err := h.person(r.Context(), v.Identity)
	if errors.Is(err, identity.ErrUnknown) {
		return errStop.Because(err)
	}
	if err != nil {
		return err
	}
	ended, err := h.Store.EndRecovery(r.Context(), v.ID, Stopped, h.told(who, "stopped"), h.stepEvent(r, v, "stopped"))
	if err != nil {
		return err
	}
	if !ended {
		return errStop
	}
	if who.applies() {
		return h.Site.Page(w, r, http.StatusOK, "recovery/stopped", StoppedView{true})
	}
	if f.Choice("what", "stop", "suspend") == "suspend" && who.May(identity.Suspend, identity.Security, identity.AsCaller) {
		c := identity.Change{Act: identity.Suspend, Cause: identity.Security, By: identity.By{Role: identity.AsCaller}}
		if _, err := h.Life.Do(r.Context(), who.Identity, c, h.event(r, who.ID, audit.IdentityChanged, nil), life.Also{}); err != nil {
			return err
		}
		return web.Redirect(w, r, "/account/stop/done?what=other")
	}
	return h.Site.Page(w, r, http.StatusOK, "recovery/stopped", StoppedView{})
}

// CallOff goes before the end of a login: who signs in needs no other password, and what
// somebody else began ends there. // A27
func (h *Handler) CallOff(next flow.Entrance) flow.Entrance {
	return func(w http.ResponseWriter, r *http.Request, s *flow.State, t flow.Turn) error {
		if s.Session != "" { // an open session stands for it: nobody typed a password
			return next(w, r, s, t)
		}
		aims := []Aim{ForPassword}
		if t.Step == flow.Apply {
			aims = append(aims, ToWithdraw) // applicants alone have requests that are withdrawn
		}
		if err := h.callOff(r, s.Identity, aims); err != nil {
			return err
		}
		return next(w, r, s, t)
	}
}

// callOff ends what is open of somebody, and tells them once.
func (h *Handler) callOff(r *http.Request, id string, aims []Aim) error {
	told := false
	for _, aim := range aims {
		v, err := h.Store.OpenRecovery(r.Context(), id, aim, h.Now())
		if errors.Is(err, identity.ErrUnknown) {
			continue
		}
		if err != nil {
			return err
		}
		who, err := h.person(r.Context(), v.Identity)
		if err != nil {
			return err
		}
		ev := h.stepEvent(r, v, "stopped")
		ev.Actor, ev.Detail["by"] = id, "login"
		var messages []notify.Message
		if !told {
			messages = h.told(who, "login")
		}
		if _, err := h.Store.EndRecovery(r.Context(), v.ID, Stopped, messages, ev); err != nil {
			return err
		}
		told = true
	}
	return nil
}
