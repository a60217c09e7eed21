package credential

import (
	"net/http"
	"strconv"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/idp/flow"
	"atrio/web"
)

// codeDigits is the length of every one-time code.
const codeDigits = otp.Digits

// checkCode takes the one-time code of level 2.
func (h *Handler) checkCode(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	view := CodeView{Method: flow.SMS}
	if f.Value("method") != string(flow.SMS) {
		view.Method = flow.TOTP
	}
	code := f.Digits("code", codeDigits)
	if view.Errors = f.Errors; len(f.Errors) > 0 {
		return h.codePage(w, r, s, http.StatusUnprocessableEntity, view)
	}
	check := h.Checker.TOTP
	if view.Method == flow.SMS {
		check = h.Checker.SMS
	}
	ev := h.event(r, s, audit.CodeChecked, audit.OK, "")
	ev.Detail["method"] = string(view.Method)
	v, err := check(r.Context(), s.Handle, s.Identity, code, ev)
	if err != nil {
		return err
	}
	if v.Outcome == secondfactor.Right {
		s.SecondAt, s.Method = h.Now(), view.Method
		return h.Desk.Next(w, r, s)
	}
	return h.wrongCode(w, r, s, v, view)
}

// wrongCode says what was wrong with the code and what to do about it.
func (h *Handler) wrongCode(w http.ResponseWriter, r *http.Request, s *flow.State, v Verdict, view CodeView) error {
	reason, status := "wrong_code", http.StatusUnprocessableEntity
	view.Notice = Notice{Key: "idp.code.wrong." + string(view.Method), Left: v.Left}
	// Who stops before the last try of a login comes to the limit of the identity. // A01
	if h.Alarm != nil && (v.Left == 0 || v.Outcome == secondfactor.Waiting) {
		if err := h.Alarm(r, s.Identity); err != nil {
			return err
		}
	}
	switch {
	case v.Left == 0:
		h.refused(r, s, audit.CodeChecked, "exhausted")
		s.End = flow.Exhausted
		return h.Desk.Next(w, r, s)
	case v.Outcome == secondfactor.Waiting:
		reason, status = "throttled", http.StatusTooManyRequests
		view.Notice.Key, view.Notice.Minutes = "idp.code.wait", secondfactor.Minutes(v.Wait)
		w.Header().Set("Retry-After", strconv.Itoa(int(v.Wait.Seconds())+1))
	case v.Outcome == secondfactor.Replayed:
		reason, view.Notice.Key = "replayed_code", "idp.code.used"
	case v.Outcome == secondfactor.Stale:
		reason, view.Notice.Key = "stale_code", "idp.code.stale"
	}
	h.refused(r, s, audit.CodeChecked, reason)
	return h.codePage(w, r, s, status, view)
}
