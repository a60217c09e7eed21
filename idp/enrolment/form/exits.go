package form

import (
	"net/http"
	"slices"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/web"
	"atrio/web/ui"
)

// methodView is the view of "form/method".
type methodView struct {
	ui.Errors
	Now    enrolment.Method
	Chosen string
	Ways   []enrolment.Method
	// Offered tells which of them this provider has.
	Offered map[enrolment.Method]bool
	// Signed: who was identified already is identified anew.
	Signed bool
}

// method offers the other ways of identification. // I14
func (f *Forms) method(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	return f.showMethod(w, r, http.StatusOK, request, "", nil)
}

func (f *Forms) showMethod(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, chosen string, errs ui.Errors) error {
	v := methodView{Errors: errs, Now: request.Method, Chosen: chosen, Ways: enrolment.Methods(), Offered: map[enrolment.Method]bool{}, Signed: !request.Data.Identified.IsZero()}
	for _, m := range f.Offers {
		v.Offered[m] = true
	}
	return f.Site.Page(w, r, status, "form/method", v)
}

// changeMethod takes another way. The contract names the way, so it is made anew.
func (f *Forms) changeMethod(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	chosen := form.Text("method", web.Max(20))
	m := enrolment.Method(chosen)
	if !slices.Contains(f.Offers, m) {
		errs := append(form.Errors, ui.FieldError{Field: "method", Key: "enrolment.method.missing"})
		return f.showMethod(w, r, http.StatusUnprocessableEntity, request, chosen, errs)
	}
	next, err := f.Way.Take(r, request, enrolment.ChangeMethod, func(q *enrolment.Request) { q.Method = m })
	if err != nil {
		return err
	}
	return web.Redirect(w, r, way.Next(next))
}

// withdrawView is the view of "form/withdraw".
type withdrawView struct {
	ui.Errors
	Number string
}

// withdraw asks once more.
func (f *Forms) withdraw(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	return f.Site.Page(w, r, http.StatusOK, "form/withdraw", withdrawView{Number: string(request.Number)})
}

// withdrawn ends the request: mailbox and telephone are free at once. // I14
func (f *Forms) withdrawn(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if !form.Bool("sure") {
		errs := append(form.Errors, ui.FieldError{Field: "sure", Key: "enrolment.withdraw.missing"})
		return f.Site.Page(w, r, http.StatusUnprocessableEntity, "form/withdraw", withdrawView{Errors: errs, Number: string(request.Number)})
	}
	if _, err := f.Way.Take(r, request, enrolment.Withdraw, nil); err != nil {
		return err
	}
	if err := f.Site.Sessions.Clear(w, r); err != nil {
		return err
	}
	return f.Site.Page(w, r, http.StatusOK, "form/withdrawn", withdrawView{Number: string(request.Number)})
}
