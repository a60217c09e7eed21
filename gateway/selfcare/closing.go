package selfcare

import (
	"net/http"

	"atrio/gateway/account"
	"atrio/web"
	"atrio/web/ui"
)

// closingView is the view of "selfcare/closing".
type closingView struct {
	ui.Errors
	Code string
	Days int
}

// closing says what closing means before it asks. // G5.1
func (s *Selfcare) closing(w http.ResponseWriter, r *http.Request) error {
	return s.showClosing(w, r, http.StatusOK, nil)
}

func (s *Selfcare) showClosing(w http.ResponseWriter, r *http.Request, status int, errs ui.Errors) error {
	a, err := s.accountOf(r)
	if err != nil {
		return err
	}
	return s.Site.Page(w, r, status, "selfcare/closing", closingView{Errors: errs, Code: string(a.Code), Days: int(account.ClosedFor.Hours()) / 24})
}

// close closes the account, after the box was ticked.
func (s *Selfcare) close(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if !f.Bool("sure") {
		f.Fail("sure", "selfcare.closing.sure.required")
		return s.showClosing(w, r, http.StatusUnprocessableEntity, f.Errors)
	}
	if err := s.Changes.Close(r.Context(), s.change(r, "selfcare.mail.closed")); err != nil {
		return offer(err, "selfcare.nav.data", AccountPath)
	}
	if err := s.Site.Sessions.Clear(w, r); err != nil {
		return err
	}
	s.Site.Notice(w, "selfcare.notice.closed")
	return web.Redirect(w, r, "/login")
}
