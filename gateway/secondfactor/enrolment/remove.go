package enrolment

import (
	"errors"
	"net/http"

	"atrio/base/fault"
	"atrio/gateway/secondfactor"
	"atrio/web"
)

// removeView is the view of "enrolment/remove".
type removeView struct {
	Factor factorView
	ID     string
	// Last is set when no second factor is left afterwards.
	Last bool
}

// remove asks whether a factor shall really go, and says what happens then.
func (e *Enrolment) remove(w http.ResponseWriter, r *http.Request, v visit) error {
	f, ok := v.status.Find(r.URL.Query().Get("factor"))
	if !ok {
		return errGone().Offer("enrolment.action.list", Path)
	}
	return e.Site.Page(w, r, http.StatusOK, "enrolment/remove", removeView{Factor: viewOf(f), ID: f.ID, Last: len(v.status.Factors) == 1})
}

func errGone() *fault.Error {
	return fault.New(fault.NotFound, "error.secondfactor.gone").For("factor_not_found")
}

func (e *Enrolment) takeRemove(w http.ResponseWriter, r *http.Request, v visit) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	f, ok := v.status.Find(form.Value("factor"))
	if !ok {
		return errGone().Offer("enrolment.action.list", Path)
	}
	err = e.Factors.RemoveFactor(r.Context(), secondfactor.Removal{
		AccountID: v.session.Subject, ID: f.ID, Now: e.Now(), Event: e.event(r, v), Tell: e.tell("removed", f.Kind, viewOf(f).Name),
	})
	// One that went in the meantime is what the person wanted.
	if err != nil && !fault.Is(err, fault.NotFound) {
		return listOffered(err)
	}
	e.Site.Notice(w, "enrolment.notice.removed")
	return web.Redirect(w, r, Path)
}

// listOffered gives a refusal the way back to the list.
func listOffered(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer("enrolment.action.list", Path)
}
