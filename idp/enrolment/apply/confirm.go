package apply

import (
	"context"
	"errors"
	"net/http"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/web"
	"atrio/web/ui"
)

// landingView is the view of "apply/landing".
type landingView struct {
	ui.Errors
	Token, Email string
	// Foreign: another browser made the account, so its password is asked for.
	Foreign bool
	Notice  string
	Minutes int
}

// errLink: a link that is none of ours, or older than a day.
var errLink = fault.New(fault.Gone, "error.enrol.link").For("enrolment_link").
	Offer("enrol.action.start", way.Start).Offer("enrol.action.login", way.Login)

// byLink finds the request of a link.
func (h *Handler) byLink(ctx context.Context, token string) (enrolment.Request, error) {
	if len(token) != secretLength {
		return enrolment.Request{}, errLink
	}
	request, err := h.Way.Store.ByLink(ctx, h.linkMAC(token), h.Now())
	if errors.Is(err, enrolment.ErrGone) {
		err = errLink.Because(err)
	}
	return request, err
}

// landing shows a button and does nothing: programs that look into mail follow links, and
// must not confirm an address. // E17, A04
func (h *Handler) landing(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	request, err := h.byLink(r.Context(), token)
	if err != nil {
		return err
	}
	if !request.May(enrolment.ConfirmMail, enrolment.Applicant) {
		return h.already(w, r, "already")
	}
	return h.landingPage(w, r, http.StatusOK, request, landingView{Token: token})
}

func (h *Handler) landingPage(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, v landingView) error {
	v.Email, v.Foreign = request.Data.Email, h.find(r).Request != request.ID
	return h.Site.Page(w, r, status, "apply/landing", v)
}

// confirm is the press of the button. In a browser that did not make the account it wants
// the password: who reads the mailbox would else confirm what a stranger typed with their
// address and chose the password for. No session begins. // E17, E22, A04
func (h *Handler) confirm(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	token := f.Value("token")
	request, err := h.byLink(r.Context(), token)
	if err != nil {
		return err
	}
	if !request.May(enrolment.ConfirmMail, enrolment.Applicant) {
		return h.already(w, r, "already")
	}
	own := h.find(r).Request == request.ID
	if !own {
		status, v, err := h.askPassword(r, f, request)
		if err != nil {
			return err
		}
		if status != 0 {
			v.Token = token
			return h.landingPage(w, r, status, request, v)
		}
	}
	_, err = h.Way.Take(r, request, enrolment.ConfirmMail, nil)
	switch {
	case errors.Is(err, enrolment.ErrTaken):
		// Who has the link reads the mailbox, and may know.
		h.refused(r, audit.RequestStep, request.Holder, "enrolment_taken")
		return h.already(w, r, "taken")
	case errors.Is(err, enrolment.ErrState):
		return h.already(w, r, "already") // pressed twice
	case err != nil:
		return err
	}
	if own {
		h.forget(w)
	}
	return web.Redirect(w, r, confirmedPath)
}

// askPassword compares the password of the account; a status other than 0 shows the page
// again. Tries are counted before they are compared.
func (h *Handler) askPassword(r *http.Request, f *web.Form, request enrolment.Request) (status int, v landingView, err error) {
	ctx, secret := r.Context(), f.Secret("password")
	if v.Errors = f.Errors; !f.OK() {
		return http.StatusUnprocessableEntity, v, nil
	}
	err = h.Limiter.Allow(ctx, h.Limits.LinkPassword, request.ID)
	var ok bool
	if err == nil {
		ok, err = h.rightPassword(ctx, request, secret)
	}
	if wait := fault.From(err); err != nil && wait.Kind == fault.TooMany {
		h.refused(r, audit.PasswordChecked, request.Holder, wait.AuditReason())
		return http.StatusTooManyRequests, landingView{Notice: "enrol.wait", Minutes: minutes(wait.RetryAfter)}, nil
	}
	if err != nil || ok {
		return 0, v, err
	}
	h.refused(r, audit.PasswordChecked, request.Holder, "wrong_credentials")
	f.Fail("password", "enrol.landing.wrong")
	v.Errors = f.Errors
	return http.StatusUnprocessableEntity, v, nil
}

func (h *Handler) rightPassword(ctx context.Context, request enrolment.Request, secret string) (bool, error) {
	phc, err := h.Store.OpeningPassword(ctx, request.ID)
	if err != nil {
		return false, err
	}
	if phc == "" {
		return false, h.Hasher.VerifyDummy(ctx, secret)
	}
	ok, _, err := h.Hasher.Verify(ctx, phc, secret)
	return ok, err
}

// endView is the view of "apply/confirmed".
type endView struct{ Case string }

// already ends the way of a link that has nothing to confirm.
func (h *Handler) already(w http.ResponseWriter, r *http.Request, what string) error {
	return h.Site.Page(w, r, http.StatusOK, "apply/confirmed", endView{what})
}

// confirmed tells that the mailbox is confirmed and leads to the login. // E22
func (h *Handler) confirmed(w http.ResponseWriter, r *http.Request) error {
	return h.already(w, r, "done")
}
