package recovery

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/idp/passwordlife"
	"atrio/web"
	"atrio/web/ui"
)

// PasswordView is the view of "recovery/password".
type PasswordView struct {
	ui.Errors
	Place
	UserID string
	// Phone: the telephone is told as well.
	Phone   bool
	Notice  string
	Minutes int
}

func (h *Handler) password(w http.ResponseWriter, r *http.Request, _ Recovery, who person) error {
	return h.passwordPage(w, r, http.StatusOK, who, PasswordView{})
}

func (h *Handler) passwordPage(w http.ResponseWriter, r *http.Request, status int, who person, view PasswordView) error {
	view.UserID, view.Place, view.Phone = who.UserID, who.place(passwordPath), who.Factors.SMS
	return h.Site.Page(w, r, status, "recovery/password", view, web.Plain)
}

// takePassword puts the new password in place, ends everything that was open, and tells the
// holder by every channel. // E31
func (h *Handler) takePassword(w http.ResponseWriter, r *http.Request, v Recovery, who person) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	fresh, err := h.Passwords.ReadFresh(r, who.Identity, f)
	if err != nil {
		return h.passwordWait(w, r, who, err)
	}
	if !f.OK() {
		return h.passwordPage(w, r, http.StatusUnprocessableEntity, who, PasswordView{Errors: f.Errors})
	}
	e, err := h.ending(r, v, who)
	if err != nil {
		return err
	}
	err = h.Passwords.PutFresh(r, who.Identity, fresh, func(ctx context.Context, c passwordlife.Change) error {
		c.Audit.Actor, c.Audit.Detail = "", map[string]string{"by": "recovery"}
		if e.Password = c; e.Applicant {
			e.Password.Messages = h.told(who, "done")
		}
		return h.Store.FinishRecovery(ctx, e)
	})
	if err != nil {
		return h.passwordWait(w, r, who, err)
	}
	h.Site.ClearCookie(w, walkCookie, web.CookieOptions{})
	return web.Redirect(w, r, ended(v, who))
}

// ending is what a new password does beside: an act of the identity, with which a request to be
// identified anew ends; nothing more for an applicant.
func (h *Handler) ending(r *http.Request, v Recovery, who person) (Ending, error) {
	e := Ending{Recovery: v.ID, Applicant: who.applies()}
	if e.Applicant {
		return e, nil
	}
	e.Regaining = func(q enrolment.Request) []notify.Message { return h.foundAgain(who, q) }
	c := identity.Change{Act: identity.Recover, By: identity.By{Role: identity.AsHolder, ID: who.ID, Proved: true}}
	var err error
	e.Step, err = h.Life.Prepare(who.Identity, c, h.event(r, who.ID, audit.IdentityChanged, nil), life.Also{})
	return e, err
}

// passwordWait shows the page again for what may succeed in a while.
func (h *Handler) passwordWait(w http.ResponseWriter, r *http.Request, who person, why error) error {
	f := fault.From(why)
	switch {
	case errors.Is(why, passwordlife.ErrShop):
		h.refused(r, who.ID, f.AuditReason())
		return h.passwordPage(w, r, http.StatusServiceUnavailable, who, PasswordView{Notice: "password_life.shop"})
	case f.Kind == fault.TooMany:
		h.refused(r, who.ID, f.AuditReason())
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())+1))
		return h.passwordPage(w, r, http.StatusTooManyRequests, who, PasswordView{Notice: "password_life.wait", Minutes: max(1, secondfactor.Minutes(f.RetryAfter))})
	}
	return over(why)
}

// DoneView is the view of "recovery/done".
type DoneView struct {
	// Applicant: a request goes on.
	Applicant bool
}

// requestDonePath says the same to an applicant.
const requestDonePath = donePath + "?for=request"

func (h *Handler) done(w http.ResponseWriter, r *http.Request) error {
	return h.Site.Page(w, r, http.StatusOK, "recovery/done", DoneView{r.URL.Query().Get("for") == "request"})
}
