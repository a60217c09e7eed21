package credential

import (
	"net/http"
	"strconv"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/web"
)

// checkPassword takes the User ID and the password of level 1.
func (h *Handler) checkPassword(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	userID := identity.Login(f.Text("username", web.Required, web.Max(identity.MaxUserID)))
	password := f.Secret("password")
	// The summary above the form has to say which field is meant.
	for i, e := range f.Errors {
		if e.Key == "form.required" {
			f.Errors[i].Key = map[string]string{"username": "idp.password.user_id.required", "password": "idp.password.required"}[e.Field]
		}
	}
	view := PasswordView{UserID: userID, Errors: f.Errors}
	if len(f.Errors) > 0 {
		// An empty field is no try: nothing is counted.
		return h.passwordPage(w, r, s, http.StatusUnprocessableEntity, view)
	}
	v, err := h.Checker.Password(r.Context(), PasswordTry{
		Flow: s.Handle, UserID: userID, Password: password, Address: web.ClientAddr(r), Known: h.Known(r, userID),
	})
	if busy := fault.From(err); err != nil && busy.Kind == fault.TooMany {
		// The hasher has no room: nothing was counted, nothing typed is lost but
		// the password.
		h.refused(r, s, audit.PasswordChecked, busy.AuditReason())
		return h.mustWait(w, r, s, Verdict{Wait: busy.RetryAfter}, view, "idp.password.busy")
	}
	if err != nil {
		return err
	}
	switch {
	case v.Outcome == secondfactor.Right:
		s.Identity, s.PasswordAt, s.Session = v.Identity, h.Now(), ""
		h.remember(w, r, userID)
		return h.Desk.Next(w, r, s)
	case v.Left == 0:
		h.refused(r, s, audit.PasswordChecked, "exhausted")
		s.End = flow.Exhausted
		return h.Desk.Next(w, r, s)
	case v.Outcome == secondfactor.Waiting:
		h.refused(r, s, audit.PasswordChecked, "throttled")
		return h.mustWait(w, r, s, v, view, "idp.password.wait")
	}
	h.refused(r, s, audit.PasswordChecked, "wrong_credentials")
	// SPID-RT anomaly 19: specific hints at each attempt.
	view.Notice = Notice{Key: "idp.password.wrong", Left: v.Left}
	return h.passwordPage(w, r, s, http.StatusUnprocessableEntity, view)
}

// mustWait answers a try that was not compared, whether the User ID exists or
// not.
func (h *Handler) mustWait(w http.ResponseWriter, r *http.Request, s *flow.State, v Verdict, view PasswordView, key string) error {
	w.Header().Set("Retry-After", strconv.Itoa(int(v.Wait.Seconds())+1))
	view.Notice = Notice{Key: key, Left: v.Left, Minutes: secondfactor.Minutes(v.Wait)}
	return h.passwordPage(w, r, s, http.StatusTooManyRequests, view)
}
