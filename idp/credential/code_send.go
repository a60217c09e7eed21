package credential

import (
	"net/http"
	"strconv"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/web"
)

// SecondFactor is the entrance of the second factor. Where SMS is the only one,
// the first code is sent at once: the person just pressed a button and expects
// it. This is only reached by POST or by a reload before the first code.
func (h *Handler) SecondFactor(w http.ResponseWriter, r *http.Request, s *flow.State, _ flow.Turn) error {
	who, err := h.Identities.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	if who.Factors.App {
		return h.App(w, r, s)
	}
	if usable(who.Factors, "") == flow.SMS && r.Method == http.MethodPost {
		sent, err := h.Checker.Store.SMSSent(r.Context(), s.Handle)
		if err != nil {
			return err
		}
		if sent.IsZero() {
			// A cap that is reached is told by the page, where the button stays.
			if _, err := h.send(r, s, who); err != nil {
				return err
			}
		}
	}
	return web.Redirect(w, r, flow.URL(s.Handle, "code"))
}

// sendCode sends a code on request: the first one where the app is preferred,
// or another one after the pause.
func (h *Handler) sendCode(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	who, err := h.Identities.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	if !who.Factors.SMS {
		return h.Desk.Next(w, r, s)
	}
	wait, err := h.send(r, s, who)
	if err != nil {
		return err
	}
	if wait == 0 {
		return web.Redirect(w, r, flow.URL(s.Handle, "code")+"?with=sms")
	}
	h.refused(r, s, audit.CodeSent, "throttled")
	w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
	key := "idp.sms.pause"
	if wait > h.Checker.Limits.SMSPause {
		key = "idp.sms.cap"
	}
	return h.codePage(w, r, s, http.StatusTooManyRequests,
		CodeView{Method: flow.SMS, Notice: Notice{Key: key, Minutes: secondfactor.Minutes(wait)}})
}

func (h *Handler) send(r *http.Request, s *flow.State, who *identity.Identity) (time.Duration, error) {
	lang := web.Lang(r)
	ev := h.event(r, s, audit.CodeSent, audit.OK, "")
	ev.Detail["channel"] = "sms"
	return h.Checker.Send(r.Context(), Envelope{
		Flow: s.Handle, Holder: who, Lang: lang, Address: web.ClientAddr(r), Audit: ev,
		Text: func(code string) string {
			key := "idp.sms.text"
			if s.Request == nil {
				key = "idp.sms.text_account"
			}
			// The service is named in the message, so that a code asked for by
			// somebody else does not look like one's own (ASVS 6.6.2).
			return h.Site.Pages.Catalog().Text(lang, key, "sender", h.Sender, "code", code, "service", s.Service(lang),
				"minutes", secondfactor.Minutes(h.Checker.Limits.SMSValid))
		},
	})
}
