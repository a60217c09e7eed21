package form

import (
	"cmp"
	"net/http"
	"slices"

	"atrio/base/notify"
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
	// Circuits are the partners for who comes in person, Circuit the one that is chosen.
	Circuits []Circuit
	Circuit  string
	// Signed: who was identified already is identified anew.
	Signed bool
}

// method offers the other ways of identification. // I14
func (f *Forms) method(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	return f.showMethod(w, r, http.StatusOK, request, methodView{Circuit: request.Circuit})
}

func (f *Forms) showMethod(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, v methodView) error {
	v.Now, v.Ways, v.Offered, v.Signed = request.Method, enrolment.Methods(), map[enrolment.Method]bool{}, !request.Data.Identified.IsZero()
	for _, m := range f.Offers {
		v.Offered[m] = true
	}
	if v.Offered[enrolment.Point] {
		v.Circuits = f.Circuits
	}
	return f.Site.Page(w, r, status, "form/method", v)
}

// changeMethod takes another way. The contract names the way, so it is made anew.
func (f *Forms) changeMethod(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := methodView{Chosen: form.Text("method", web.Max(20)), Circuit: form.Text("circuit", web.Max(40))}
	m := enrolment.Method(v.Chosen)
	if !slices.Contains(f.Offers, m) {
		form.Fail("method", "enrolment.method.missing")
	}
	i := slices.IndexFunc(f.Circuits, func(c Circuit) bool { return c.ID == v.Circuit })
	if m == enrolment.Point && i < 0 { // E07
		form.Fail("circuit", "enrolment.method.circuit.missing")
	}
	if v.Errors = form.Errors; len(v.Errors) > 0 {
		return f.showMethod(w, r, http.StatusUnprocessableEntity, request, v)
	}
	next, err := f.Way.Take(r, request, enrolment.ChangeMethod, func(q *enrolment.Request) {
		q.Method, q.Data.DocumentsFirst = m, false
		if m == enrolment.Point {
			q.Circuit, q.Data.DocumentsFirst = v.Circuit, f.Circuits[i].DocumentsFirst
		}
	})
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

// left tells mailbox and confirmed telephone of a withdrawal: who found an open session ends no
// request unseen. // I14, A05
func (f *Forms) left(request enrolment.Request) []notify.Message {
	c, lang := f.Site.Pages.Catalog(), cmp.Or(request.Data.Language, "it")
	args := []any{"number", string(request.Number), "date", c.DateTime(lang, f.Now()), "service", f.Site.Institution.Service.In(lang)}
	list := []notify.Message{{
		Channel: notify.Mail, To: request.Data.Email, Lang: lang, Subject: c.Text(lang, "enrolment.withdraw.mail.subject", args...), Text: c.Text(lang, "enrolment.withdraw.mail.text", args...),
	}}
	if !request.Data.PhoneAt.IsZero() {
		list = append(list, notify.Message{Channel: notify.SMS, To: request.Data.Phone, Lang: lang, Text: c.Text(lang, "enrolment.withdraw.sms", args...)})
	}
	return list
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
	if _, err := f.Way.Take(r, request, enrolment.Withdraw, nil, f.left(request)...); err != nil {
		return err
	}
	if err := f.Site.Sessions.Clear(w, r); err != nil {
		return err
	}
	return f.Site.Page(w, r, http.StatusOK, "form/withdrawn", withdrawView{Number: string(request.Number)})
}
