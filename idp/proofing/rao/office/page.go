package office

import (
	"net/http"
	"slices"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment/form"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/rao/sealed"
	"atrio/people/civil"
	"atrio/web"
	"atrio/web/ui"
)

// Ticks are what an operator sees, and says with a tick each. // 1.8, REG 7
var ticks = []string{"person", "document", "card", "data", "contacts"}

// formView is the view of "office/form".
type formView struct {
	ui.Errors
	form.Sheet
	Point, Body  string
	Email, Phone string
	Ticks        []tickView
	Untrained    bool
}

type tickView struct {
	Name, Key string
	Set       bool
}

// doneView is the view of "office/done": the one page that has the first half.
type doneView struct {
	Body, Name, Number, Half string
	Email, Phone             string
	Until                    time.Time
}

// The refusals.
var (
	// ErrNoSeal: the Point of the operator belongs to no public body.
	ErrNoSeal = fault.New(fault.Denied, "error.office.no_seal").For("rao_no_seal").Offer("operator.home", operator.Path)
	// ErrSealOver: nobody takes tokens under a certificate that is over.
	ErrSealOver = fault.New(fault.Denied, "error.office.seal_over").For("rao_seal_over").Offer("operator.home", operator.Path)
	// ErrOwn: nobody identifies themselves. // A16
	ErrOwn = fault.New(fault.Denied, "error.office.own").For("rao_own").Offer("operator.home", operator.Path)
)

// counter is an operator at a desk that seals.
type counter struct {
	who  operator.Operator
	at   point.Point
	body Body
}

func (o *Office) here(r *http.Request) (c counter, err error) {
	c.who, _ = o.Desk.Who(r)
	at, there := o.Directory.Point(c.who.Point)
	body, seals := o.Bodies[at.Circuit]
	if c.at, c.body = at, body; !there || !seals {
		return c, ErrNoSeal
	}
	return c, nil
}

// page shows an empty sheet.
func (o *Office) page(w http.ResponseWriter, r *http.Request) error {
	c, err := o.here(r)
	if err != nil {
		return err
	}
	return o.show(w, r, http.StatusOK, c, formView{Sheet: form.NewSheet(o.Places, web.Lang(r))})
}

func (o *Office) show(w http.ResponseWriter, r *http.Request, status int, c counter, v formView) error {
	v.Point, v.Body, v.Untrained = c.at.Name, c.body.Name, c.who.Trained(o.Desk.Now()) != nil
	if v.Ticks == nil {
		v.Ticks = tickList(func(string) bool { return false })
	}
	return o.Desk.Site.Page(w, r, status, "office/form", v)
}

func tickList(set func(name string) bool) (list []tickView) {
	for _, key := range ticks {
		name := "tick_" + key
		list = append(list, tickView{Name: name, Key: "office.tick." + key, Set: set(name)})
	}
	return list
}

// read reads the form.
func (o *Office) read(r *http.Request, f *web.Form) (v formView, s form.Subject) {
	v.Email = f.Email("email", web.Required)
	typed := f.Text("phone", web.Required, web.Max(30))
	phone, ok := civil.Phone(typed)
	if v.Phone = typed; f.Errors.Err("phone") == nil && !ok {
		f.Fail("phone", "office.phone.form")
	}
	if ok {
		v.Phone = phone
	}
	v.Ticks = tickList(f.Bool)
	for _, t := range v.Ticks {
		if !t.Set && f.Errors.Err(t.Name) == nil {
			f.Fail(t.Name, "office.tick.missing")
		}
	}
	v.Sheet, s, v.Errors = form.ReadSheet(f, o.Places, o.Desk.Now(), web.Lang(r))
	return v, s
}

// issue seals a token about the person at the desk, by a trained operator whose key
// answered just now. // A16, A17
func (o *Office) issue(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c, err := o.here(r)
	if err != nil {
		return err
	}
	if err := c.who.Trained(o.Desk.Now()); err != nil {
		return err
	}
	if o.Desk.Now().After(c.body.Seal.Certificates[0].NotAfter) {
		return ErrSealOver
	}
	v, subject := o.read(r, f)
	if len(v.Errors) > 0 {
		return o.show(w, r, http.StatusUnprocessableEntity, c, v)
	}
	if c.who.FiscalCode != "" && c.who.FiscalCode == subject.Person.FiscalCode {
		return ErrOwn
	}
	if ok, err := o.Desk.Confirm(w, r, f, again(f)...); err != nil || !ok {
		return err
	}
	return o.seal(w, r, c, v, subject)
}

// seal closes what was typed, within the bounds, and shows the first half.
func (o *Office) seal(w http.ResponseWriter, r *http.Request, c counter, v formView, subject form.Subject) error {
	claims, code := o.claims(c, subject), sealed.NewHalves()
	token, err := c.body.Seal.Token(claims, data(claims, subject, v.Email, v.Phone), code)
	if err != nil {
		return err
	}
	made := Sealed{
		Operator: c.who.ID, Point: c.at.ID, Bounds: o.bounds(c, subject.Person.FiscalCode, v.Phone), Messages: o.messages(c, v, token, code, claims),
		Line: o.Desk.Event(r, audit.TokenSealed, "", map[string]string{
			"token": claims.ID, "identification": claims.Identification, "point": c.at.ID, "issuer": c.body.Code,
		}),
	}
	if odd := o.odd(r, c); odd != "" {
		made.Odd, made.Line.Detail["odd"] = true, odd
	}
	over, wait, err := o.Store.NoteSealed(r.Context(), made)
	if err != nil {
		return err
	}
	if wait > 0 {
		return o.full(w, r, c, v, over, wait)
	}
	w.Header().Set("Cache-Control", "no-store") // on no disk either
	return o.Desk.Site.Page(w, r, http.StatusOK, "office/done", doneView{
		Body: c.body.Name, Name: subject.Person.GivenName + " " + subject.Person.FamilyName, Number: claims.Identification, Half: code.First,
		Email: v.Email, Phone: secondfactor.Masked(v.Phone), Until: claims.Expires,
	})
}

// again are the fields of the form, for the page that asks for the key.
func again(f *web.Form) (list []fault.Field) {
	names := slices.Concat(form.SheetFields(), []string{"email", "phone"})
	for _, key := range ticks {
		names = append(names, "tick_"+key)
	}
	for _, name := range names {
		if value := f.Value(name); value != "" {
			list = append(list, fault.Field{Name: name, Value: value})
		}
	}
	return list
}

// messages are what the person gets: the token by mail, the second half by SMS, so that who
// reads one of the two has not all that went out. // 1.8, A26
func (o *Office) messages(c counter, v formView, token string, code sealed.Halves, claims sealed.Claims) []notify.Message {
	const lang = "it" // a public office of the Republic
	texts := o.Desk.Site.Pages.Catalog()
	args := []any{
		"office", c.body.Name, "token", token, "half", code.Second, "until", texts.Date(lang, claims.Expires), "sender", o.SMSSender,
		"number", claims.Identification, "short", claims.Identification[:8], // whoever got two tokens knows which half is whose
	}
	return []notify.Message{
		{Channel: notify.Mail, To: v.Email, Lang: lang, Subject: texts.Text(lang, "office.mail.subject", args...), Text: texts.Text(lang, "office.mail.text", args...)},
		{Channel: notify.SMS, To: v.Phone, Lang: lang, Text: texts.Text(lang, "office.sms", args...)},
	}
}
