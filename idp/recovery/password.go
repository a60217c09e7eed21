package recovery

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/idp/passwordlife"
	"atrio/web"
	"atrio/web/ui"
)

// PasswordView is the view of "recovery/password".
type PasswordView struct {
	ui.Errors
	UserID  string
	Notice  string
	Minutes int
}

func (h *Handler) password(w http.ResponseWriter, r *http.Request, _ Recovery, who *identity.Identity) error {
	return h.passwordPage(w, r, http.StatusOK, who, PasswordView{})
}

func (h *Handler) passwordPage(w http.ResponseWriter, r *http.Request, status int, who *identity.Identity, view PasswordView) error {
	view.UserID = who.UserID
	return h.Site.Page(w, r, status, "recovery/password", view, web.Plain)
}

// takePassword puts the new password in place, ends everything that was open, and tells the
// holder by every channel. // E31
func (h *Handler) takePassword(w http.ResponseWriter, r *http.Request, v Recovery, who *identity.Identity) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	fresh, err := h.Passwords.ReadFresh(r, who, f)
	if err != nil {
		return h.passwordWait(w, r, who, err)
	}
	if !f.OK() {
		return h.passwordPage(w, r, http.StatusUnprocessableEntity, who, PasswordView{Errors: f.Errors})
	}
	c := identity.Change{Act: identity.Recover, By: identity.By{Role: identity.AsHolder, ID: who.ID, Proved: true}}
	step, err := h.Life.Prepare(who, c, h.event(r, who.ID, audit.IdentityChanged, nil), life.Also{})
	if err != nil {
		return err
	}
	err = h.Passwords.PutFresh(r, who, fresh, func(ctx context.Context, c passwordlife.Change) error {
		c.Audit.Actor, c.Audit.Detail = "", map[string]string{"by": "recovery"}
		return h.Store.FinishRecovery(ctx, Ending{Recovery: v.ID, Password: c, Step: step})
	})
	if err != nil {
		return h.passwordWait(w, r, who, err)
	}
	h.Site.ClearCookie(w, walkCookie, web.CookieOptions{})
	return web.Redirect(w, r, donePath)
}

// passwordWait shows the page again for what may succeed in a while.
func (h *Handler) passwordWait(w http.ResponseWriter, r *http.Request, who *identity.Identity, why error) error {
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

func (h *Handler) done(w http.ResponseWriter, r *http.Request) error {
	return h.Site.Page(w, r, http.StatusOK, "recovery/done", nil)
}
