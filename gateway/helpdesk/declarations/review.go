package declarations

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/declaration"
	"atrio/gateway/helpdesk"
	"atrio/web"
)

func one(d declaration.Declaration, words string) oneView {
	return oneView{strconv.Itoa(d.Number), string(d.Reason), d.By, words, d.Made, declaration.LastDay(d.Until), d.Withdrawn}
}

// The answers of a review.
const (
	accept   = "accept"
	withdraw = "withdraw"
	renew    = "renew"
)

// review says that the declaration that holds is right, or ends it. Whoever is told that
// it ends reads why, and whom to ask. // G2.3
func (v *Review) review(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	view := personView{Pass: f.Value("pass"), Contact: v.Contact}
	id, err := v.Desk.Of(r, view.Pass)
	if err != nil {
		return err
	}
	if err := own(r, id); err != nil {
		return err
	}
	view.Form, view.Why = f.Choice("answer", accept, withdraw), f.Text("reason", web.Required, web.Max(500), web.Multiline)
	if view.Form == withdraw {
		view.Told, view.Contact = f.Text("told", web.Required, web.Max(500), web.Multiline), f.Text("contact", web.Required, web.Max(200))
	}
	if view.Form == "" {
		return fault.New(fault.Invalid, "error.invalid").For("review").Offer("declarations.back", Path)
	}
	if !f.OK() {
		view.Errors = f.Errors
		return v.page(w, r, http.StatusUnprocessableEntity, id, view)
	}
	texts := v.Desk.Site.Pages.Catalog()
	if view.Form == accept {
		err = v.Store.AcceptDeclaration(r.Context(), v.change(r, id, "declaration_accept", view.Why, v.accepted))
	} else {
		err = v.Store.Withdraw(r.Context(), v.change(r, id, "declaration_withdraw", view.Why, declaration.Ended(texts, view.Told, view.Contact)))
	}
	if fault.Is(err, fault.NotFound) {
		return errGone
	}
	if err != nil {
		return err
	}
	v.Desk.Site.Notice(w, "declarations.notice."+view.Form)
	return v.back(w, r, id)
}

// renew makes the declaration that a person cannot make alone any more, at their wish:
// the caller was checked, and the person is told. // G2.3
func (v *Review) renew(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	view := personView{Pass: f.Value("pass"), Contact: v.Contact, Form: renew}
	id, err := v.Desk.Of(r, view.Pass)
	if err != nil {
		return err
	}
	if err := own(r, id); err != nil {
		return err
	}
	var reasons []string
	for _, one := range declaration.Reasons() {
		reasons = append(reasons, string(one))
	}
	view.Why, view.Reason = f.Text("reason", web.Required, web.Max(500), web.Multiline), f.Choice("declared", reasons...)
	view.Words = f.Text("words", web.Max(declaration.MaxWords), web.Multiline)
	if view.Reason == string(declaration.Other) && view.Words == "" {
		f.Fail("words", "declaration.words.missing")
	}
	if !f.OK() {
		view.Errors = f.Errors
		return v.page(w, r, http.StatusUnprocessableEntity, id, view)
	}
	if err := v.Desk.Checked(r, id, helpdesk.AnyProof); err != nil {
		return err
	}
	return v.make(w, r, id, view)
}

func (v *Review) make(w http.ResponseWriter, r *http.Request, id string, view personView) error {
	history, err := v.Store.Declarations(r.Context(), id)
	if err != nil {
		return err
	}
	d, err := v.Terms().AtDesk(history, v.today())
	if err != nil {
		return offer(err)
	}
	d.Reason = declaration.Reason(view.Reason)
	if d.Reason == declaration.Other {
		d.Words = view.Words
	}
	c := v.change(r, id, "declaration_renew", view.Why, declaration.Made(v.Desk.Site.Pages.Catalog(), v.Desk.Site.BaseURL, d))
	c.Event.Detail["until"] = d.Until.UTC().Format(time.RFC3339)
	if err := v.Store.Declare(r.Context(), c, d); err != nil {
		return offer(err)
	}
	v.Desk.Site.Notice(w, "declarations.notice.renew")
	return v.back(w, r, id)
}

// change is an act of the clerk. The line holds what the clerk wrote as the reason, never
// that of the person. // GDPR art. 5
func (v *Review) change(r *http.Request, id, deed, why string, tell func(account.Account) notify.Message) account.Change {
	ev := v.Desk.Event(r, map[string]string{"by": declaration.ByDesk, "deed": deed, "why": why})
	ev.Actor = web.CurrentSession(r).Subject
	return account.Change{AccountID: id, Session: web.CurrentSession(r).Handle, Now: v.Desk.Site.Now(), Event: ev, Tell: tell}
}

// accepted tells the holder that the review is over.
func (v *Review) accepted(a account.Account) notify.Message {
	texts := v.Desk.Site.Pages.Catalog()
	return notify.Message{
		Channel: notify.Mail, To: a.Email, Lang: a.Language, Subject: texts.Text(a.Language, "declarations.mail.accept.subject", "service", v.Desk.Site.Institution.Service.In(a.Language)),
		Text: texts.Text(a.Language, "declarations.mail.accept.text", "name", a.Called(), "help", v.Desk.Site.BaseURL+"/help"),
	}
}

// own refuses a clerk in their own matter.
func own(r *http.Request, id string) error {
	if web.CurrentSession(r).Subject == id {
		return fault.New(fault.Denied, "error.helpdesk.same_person").For("own_account").Offer("declarations.back", Path)
	}
	return nil
}

// offer adds the way back to the queue to a refusal.
func offer(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer("declarations.back", Path)
}
