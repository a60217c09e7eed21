package credential

import (
	"net/http"
	"time"

	"atrio/authn/secondfactor"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

// CodeView is the view of "credential/code".
type CodeView struct {
	Frame
	ui.Errors
	Notice
	// Method is what the page asks for: "totp" or "sms".
	Method flow.Method
	// Phone is the masked number that codes go to; "" when there is none.
	Phone string
	// Sent is true when a code is on its way or was received.
	Sent bool
	// Again is how many seconds to wait before another code; 0 for none.
	Again int
	// SendAction is the address that sends a code, OtherURL the page of the other
	// factor, "" when the identity has only one.
	SendAction string
	OtherURL   string
	// AppURL is the page of the app; "" when the identity has none.
	AppURL string
}

// showCode asks for the code of the factor in the address, or of the preferred
// one: the app, which nobody can intercept on its way.
func (h *Handler) showCode(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	return h.codePage(w, r, s, http.StatusOK, CodeView{Method: flow.Method(r.URL.Query().Get("with"))})
}

// codePage fills in what the page knows about the identity.
func (h *Handler) codePage(w http.ResponseWriter, r *http.Request, s *flow.State, status int, v CodeView) error {
	who, err := h.Identities.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	if who.Factors.App {
		v.AppURL = flow.URL(s.Handle, "app")
	}
	if !who.Factors.TOTP && !who.Factors.SMS {
		return web.Redirect(w, r, v.AppURL)
	}
	v.Method = usable(who.Factors, v.Method)
	v.Frame = frame(r, s, "code")
	v.SendAction = flow.URL(s.Handle, "sms")
	if v.Method == flow.SMS {
		sent, err := h.Checker.Store.SMSSent(r.Context(), s.Handle)
		if err != nil {
			return err
		}
		v.Phone, v.Sent = secondfactor.Masked(who.Holder.MobilePhone), !sent.IsZero()
		v.Again = h.again(sent)
	}
	if who.Factors.TOTP && who.Factors.SMS {
		v.OtherURL = flow.URL(s.Handle, "code") + "?with=" + string(other(v.Method))
	}
	return h.Site.Page(w, r, status, "credential/code", v, web.Plain)
}

// again is how many seconds are left of the pause after a sent code.
func (h *Handler) again(sent time.Time) int {
	if sent.IsZero() {
		return 0
	}
	wait := sent.Add(h.Checker.Limits.SMSPause).Sub(h.Now())
	return max(0, int((wait+time.Second-1)/time.Second))
}

// usable is the wanted factor if the identity has it, otherwise the one it has.
func usable(f identity.Factors, wanted flow.Method) flow.Method {
	if wanted == flow.SMS && f.SMS || !f.TOTP {
		return flow.SMS
	}
	return flow.TOTP
}

func other(m flow.Method) flow.Method {
	if m == flow.SMS {
		return flow.TOTP
	}
	return flow.SMS
}
