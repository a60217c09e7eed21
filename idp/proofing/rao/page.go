package rao

import (
	"errors"
	"log/slog"
	"net/http"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/proofing/rao/sealed"
	"atrio/web"
	"atrio/web/ui"
)

// Mount gives the pages their addresses.
func (t *Tokens) Mount(m *web.Mux) {
	y := t.Way
	m.Get(way.RAO, y.At(t.signed(t.page), enrolment.Deposit))
	m.Post(way.RAO, y.At(t.signed(t.deposit), enrolment.Deposit), t.UploadLimit, web.MaxBody(4*sealed.MaxBytes))
	m.Post(codePath, y.At(t.signed(t.code), enrolment.Identify), t.Limit)
	m.Post(otherPath, y.At(t.signed(t.other), enrolment.Abort), t.Limit)
}

// tokenView is the view of "rao/token", codeView that of "rao/code". Help says what to do
// about a refusal, a key; "" without one.
type tokenView struct {
	ui.Errors
	Token, Help string
}

type codeView struct {
	ui.Errors
	Office        string
	First, Second string
	Help          string
}

// signed serves a page for this way, once the contract is signed.
func (t *Tokens) signed(page way.Handler) way.Handler {
	return func(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
		switch {
		case request.Method != enrolment.RAO:
			return web.Redirect(w, r, way.Next(request))
		case !request.Data.SignedNow():
			return web.Redirect(w, r, way.Sign)
		}
		return page(w, r, request)
	}
}

// page asks for the token, or for the code of the one that was given.
func (t *Tokens) page(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if request.State == enrolment.RAOPending {
		return t.showCode(w, r, http.StatusOK, request, codeView{})
	}
	return t.showToken(w, r, http.StatusOK, tokenView{})
}

func (t *Tokens) showToken(w http.ResponseWriter, r *http.Request, status int, v tokenView) error {
	return t.Site.Page(w, r, status, "rao/token", v)
}

func (t *Tokens) showCode(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, v codeView) error {
	v.Office = request.Data.Verdict.Fact(enrolment.OfficeFact)
	return t.Site.Page(w, r, status, "rao/code", v)
}

func key(why sealed.Refusal) string { return "rao.refused." + string(why) }

// deposit judges a token, as far as that goes without its code. What is refused changes
// nothing: the person reads why, and what they pasted is still there. // L11, A26
func (t *Tokens) deposit(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if err := t.Limiter.Allow(r.Context(), perRequest(), request.ID); err != nil {
		return err
	}
	form, sent, err := web.ReadUploads(r, sealed.MaxBytes, "file")
	if err != nil {
		return err
	}
	typed := form.Text("token", web.Max(sealed.MaxBytes+sealed.MaxBytes/2), web.Multiline) // white space goes
	token := sealed.Strip(typed)
	if file := sent["file"]; len(file) > 0 {
		token = sealed.Strip(string(file))
	}
	if form.OK() && token == "" {
		form.Fail("token", "rao.token.missing")
	}
	if !form.OK() {
		return t.showToken(w, r, http.StatusUnprocessableEntity, tokenView{Errors: form.Errors, Token: typed})
	}
	found, err := t.judge(r, request, token)
	if why := sealed.Of(err); why != "" {
		t.refused(r, request, found, why, err)
		return t.showToken(w, r, http.StatusUnprocessableEntity, tokenView{Errors: ui.Errors{{Field: "token", Key: key(why)}}, Token: typed, Help: key(why) + ".help"})
	}
	if err != nil {
		return err
	}
	item, err := t.Keeper.Put(r.Context(), evidence.New{Request: request.ID, Kind: evidence.SealedToken, MediaType: "application/jose", Author: request.Holder, Content: []byte(token)})
	if err != nil {
		return err
	}
	_, err = t.Way.TakeWith(r, request, enrolment.Change{
		Act: enrolment.Deposit, Evidence: []string{item.ID},
		Edit: func(q *enrolment.Request) {
			q.Data.Verdict = &enrolment.Verdict{At: found.At, Evidence: []string{item.ID}, Facts: outside(found)}
		},
	})
	if err != nil {
		return err
	}
	return web.Redirect(w, r, way.RAO)
}

// judge judges a token for a request.
func (t *Tokens) judge(r *http.Request, request enrolment.Request, token string) (Verdict, error) {
	found, err := t.Judge.Judge(r.Context(), token, t.Now())
	if err != nil {
		return found, err
	}
	if found.FiscalCode != request.Data.Person.FiscalCode {
		return found, OtherPerson
	}
	return found, why(t.Store.TokenUsable(r.Context(), digest(found.Claims)))
}

// why makes the errors of the store refusals.
func why(err error) error {
	switch {
	case errors.Is(err, ErrUsed):
		return Used
	case errors.Is(err, ErrDead):
		return Dead
	}
	return err
}

// code opens the token with the halves that were typed, and identifies the applicant. One
// try is taken before anything is opened: nobody tries at the same time as often as they
// like. // A26
func (t *Tokens) code(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if err := t.Limiter.Allow(r.Context(), perRequest(), request.ID); err != nil {
		return err
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := codeView{First: form.Text("first", web.Required, web.Max(20)), Second: form.Text("second", web.Required, web.Max(20))}
	halves, whole := sealed.ReadHalves(v.First, v.Second)
	if form.OK() && !whole {
		form.Fail("first", "rao.code.form")
	}
	if v.Errors = form.Errors; !form.OK() {
		return t.showCode(w, r, http.StatusUnprocessableEntity, request, v)
	}
	item := request.Data.Verdict.Evidence[0]
	kept, err := t.Keeper.Open(r.Context(), item, evidence.Access{By: author, Purpose: "rao " + string(request.Number)})
	if err != nil {
		return err
	}
	found, err := t.judge(r, request, string(kept.Content))
	left := 0
	if err == nil {
		left, err = t.Store.TryToken(r.Context(), digest(found.Claims), found.Expires)
		err = why(err)
	}
	var data sealed.Data
	if err == nil {
		data, err = found.Open(halves)
	}
	if err == nil && !about(data, request.Data.Person) {
		err = OtherPerson
	}
	if err == nil {
		return t.identify(w, r, request, opened{found, data, item})
	}
	return t.notOpened(w, r, request, found, v, left, err)
}

// notOpened says why a token identified nobody: the applicant types again, or, where that
// cannot help, brings another token or goes another way.
func (t *Tokens) notOpened(w http.ResponseWriter, r *http.Request, request enrolment.Request, found Verdict, v codeView, left int, err error) error {
	reason := sealed.Of(err)
	if reason == "" {
		return err
	}
	t.refused(r, request, found, reason, err)
	switch {
	case reason == Unreachable:
		v.Errors, v.Help = ui.Errors{{Key: key(reason)}}, key(reason)+".help"
		return t.showCode(w, r, http.StatusUnprocessableEntity, request, v)
	case reason == sealed.Code && left > 0:
		v.Errors = ui.Errors{{Field: "first", Key: "rao.code.wrong", Args: []any{"left", left}}}
		return t.showCode(w, r, http.StatusUnprocessableEntity, request, v)
	case reason == sealed.Code:
		reason = Dead
	}
	texts, lang := t.Site.Pages.Catalog(), request.Data.Language
	said := texts.Text(lang, key(reason)) + " " + texts.Text(lang, key(reason)+".help")
	if _, err := t.Way.TakeWith(r, request, enrolment.Change{Act: enrolment.Abort, Reason: said}, t.mail(request, request.Data.Email, "refused", "why", said)); err != nil {
		return err
	}
	return t.showToken(w, r, http.StatusUnprocessableEntity, tokenView{Errors: ui.Errors{{Key: key(reason)}}, Help: key(reason) + ".help"})
}

// identify keeps the proof and takes the step. The mailbox that the office wrote down is
// told: who reads it and asked for nothing knows that somebody has their token. // A26
func (t *Tokens) identify(w http.ResponseWriter, r *http.Request, request enrolment.Request, o opened) error {
	items, err := t.keep(r.Context(), request, o)
	if err != nil {
		return err
	}
	verdict := enrolment.Verdict{At: o.At, Evidence: items, Facts: facts(o), Doubts: doubts(o.data, request.Data)}
	step, err := t.Way.Step(r, request, enrolment.Change{Act: enrolment.Identify, Evidence: items, Edit: func(q *enrolment.Request) {
		if q.Data.Verdict = &verdict; t.Own != nil && t.Own(o.Claims.Issuer) {
			q.Collector = o.Operator
		}
	}}, t.mail(request, mailbox(o.data, request.Data.Email), "used", "office", o.Issuer.Name))
	if err != nil {
		return err
	}
	used := t.event(r, request, o.Verdict)
	used.Outcome = audit.OK
	if err := why(t.Store.UseToken(r.Context(), digest(o.Claims), step, used)); err != nil {
		if sealed.Of(err) != "" {
			return t.notOpened(w, r, request, o.Verdict, codeView{}, 0, err)
		}
		return t.Way.Offer(err)
	}
	t.Site.Notice(w, "rao.notice.identified")
	return web.Redirect(w, r, way.Request)
}

// other gives the token up that waits for its code, for another one.
func (t *Tokens) other(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	reason := t.Site.Pages.Catalog().Text(request.Data.Language, "rao.other.reason")
	if _, err := t.Way.TakeWith(r, request, enrolment.Change{Act: enrolment.Abort, Reason: reason}); err != nil {
		return err
	}
	return web.Redirect(w, r, way.RAO)
}

// mail tells somebody what became of a token.
func (t *Tokens) mail(request enrolment.Request, to, what string, more ...any) notify.Message {
	c, lang := t.Site.Pages.Catalog(), request.Data.Language
	args := append([]any{"provider", t.Provider, "number", string(request.Number), "link", t.Site.BaseURL + way.Request}, more...)
	text := "rao.mail." + what
	return notify.Message{Channel: notify.Mail, To: to, Lang: lang, Subject: c.Text(lang, text+".subject", args...), Text: c.Text(lang, text+".text", args...)}
}

// refused writes down why a token was not taken, and what keeps one from being judged.
func (t *Tokens) refused(r *http.Request, request enrolment.Request, found Verdict, why sealed.Refusal, err error) {
	if why == Unreachable {
		t.Site.Log.WarnContext(r.Context(), "token waits", slog.String("request", string(request.Number)), slog.String("error", err.Error()))
	}
	if t.Site.Refused == nil {
		return
	}
	ev := t.event(r, request, found)
	ev.Outcome, ev.Reason = audit.Refused, "rao_"+string(why)
	t.Site.Refused(r.Context(), ev)
}

// event begins the line about a token: for which request it was shown, or used.
func (t *Tokens) event(r *http.Request, request enrolment.Request, found Verdict) audit.Event {
	ev := t.Way.Event(r, request.Holder)
	ev.Action, ev.Detail = audit.RequestToken, map[string]string{"request": string(request.Number)}
	if len(found.Chain) > 0 { // a seal that an authority vouches for
		ev.Detail["issuer"], ev.Detail["token"] = found.Claims.Issuer, found.ID
	}
	return ev
}
