package helpdesk

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/parental"
	"atrio/gateway/secondfactor"
	"atrio/web"
)

// deed does what needs no second person, or asks for what does.
func (h *Helpdesk) deed(w http.ResponseWriter, r *http.Request) error {
	f, pass, id, err := h.about(r)
	if err != nil {
		return err
	}
	a := h.act(r, f, id)
	rule, known := RuleOf(a.Deed)
	if !known || slices.Contains([]Deed{Merge, Assign, Release, ConfirmLogin}, a.Deed) { // they have forms of their own
		return fault.New(fault.Invalid, "error.invalid").For("deed").Offer("helpdesk.nav.search", Path)
	}
	if err := h.needs(r, rule.Role); err != nil {
		return err
	}
	if a.Deed == ChangeMailbox {
		// The address is the one that the person wrote, in a ticket that the clerk has.
		mine, err := h.Tickets.TicketsOf(r.Context(), a.By)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(mine, func(t Ticket) bool { return t.ID == a.Other }) {
			f.Fail("other", "form.choice")
		}
	}
	if !f.OK() {
		return h.showPerson(w, r, http.StatusUnprocessableEntity, pass, id, f.Errors)
	}
	return h.carryOut(w, r, a, rule)
}

// needs refuses a clerk whose role does not cover a deed.
func (h *Helpdesk) needs(r *http.Request, role Role) error {
	if m, _ := h.Member(r); !m.Role.covers(role) {
		return fault.New(fault.Denied, "error.helpdesk.role").For("clerk_role").Offer("helpdesk.nav.search", Path)
	}
	return nil
}

// confirmLogin lets the login go on whose number the caller reads out. The clerk learns
// no secret: the number is good in that browser alone. // G2.3, G4.6
func (h *Helpdesk) confirmLogin(w http.ResponseWriter, r *http.Request) error {
	f, pass, id, err := h.about(r)
	if err != nil {
		return err
	}
	a := h.act(r, f, id)
	a.Deed, a.Digest = ConfirmLogin, secondfactor.DeskDigest(h.Site.Keyring, id, f.Digits("number", secondfactor.DeskDigits))
	if !f.OK() {
		return h.showPerson(w, r, http.StatusUnprocessableEntity, pass, id, f.Errors)
	}
	if a.By == id {
		return h.offerPerson(r, fault.New(fault.Denied, "error.helpdesk.same_person").For("own_account"), id)
	}
	return h.carryOut(w, r, a, rules[ConfirmLogin])
}

// act reads what every deed needs.
func (h *Helpdesk) act(r *http.Request, f *web.Form, id string) Act {
	now := h.Site.Now()
	return Act{
		ID: account.NewID(), Deed: Deed(f.Value("deed")), AccountID: id, Other: f.Text("other", web.Max(64)),
		Reason: f.Text("reason", web.Required, web.Max(500), web.Multiline), Ticket: f.Text("ticket", web.Max(64)),
		Parental: parental.Wish{By: parental.Role(f.Value("authorised_by")), Document: parental.Document(f.Value("document")), Until: f.Text("until", web.Max(10))},
		By:       web.CurrentSession(r).Subject, Now: now, Event: h.Event(r, nil),
	}
}

// carryOut does or asks, tells the holder, and leads back to the person.
func (h *Helpdesk) carryOut(w http.ResponseWriter, r *http.Request, a Act, rule Rule) error {
	if a.By == a.AccountID || a.By == a.Other {
		return h.offerPerson(r, errOwnCaller, a.AccountID)
	}
	var err error
	if a.Proof, err = h.checked(r, a.AccountID, rule); err != nil {
		return h.offerPerson(r, err, a.AccountID)
	}
	notice := "helpdesk.notice.done"
	if rule.Second {
		notice = "helpdesk.notice.asked"
		if rule.Delay > 0 {
			a.Due = a.Now.Add(rule.Delay)
		}
		a.Tell = h.mail("helpdesk.mail.asked", a.Deed, a.Due)
		if a.Deed == ResetFactors {
			a.Tell, a.TellAll = nil, h.ResetAsked(secondfactor.Reset{ID: a.ID, AccountID: a.AccountID, Asked: a.Now, Ripe: a.Due})
		}
		err = h.Desk.Ask(r.Context(), a)
	} else {
		a.Tell = h.mail("helpdesk.mail.done", a.Deed, time.Time{})
		err = h.Desk.Do(r.Context(), a)
	}
	if err != nil {
		return h.offerPerson(r, err, a.AccountID)
	}
	h.Site.Notice(w, notice)
	to, err := h.PersonURL(r, a.AccountID)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, to)
}

// offerPerson keeps the way back to the person on an error page.
func (h *Helpdesk) offerPerson(r *http.Request, err error, id string) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	to, sealErr := h.PersonURL(r, id)
	if sealErr != nil {
		return sealErr
	}
	return f.Offer("helpdesk.back", to)
}

// mail tells the holder in their language what the desk did or was asked to do.
func (h *Helpdesk) mail(key string, d Deed, due time.Time) func(account.Account) notify.Message {
	return func(a account.Account) notify.Message {
		texts := h.Site.Pages.Catalog()
		when := texts.Text(a.Language, "helpdesk.mail.second")
		if !due.IsZero() {
			when = texts.Text(a.Language, "helpdesk.mail.due", "date", due.Format("02/01/2006 15:04"))
		}
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: a.Language, Subject: texts.Text(a.Language, key+".subject"),
			Text: texts.Text(a.Language, key+".text", "name", a.Name(), "deed", texts.Text(a.Language, "helpdesk.mail.deed."+string(d)),
				"when", when, "help", h.Site.BaseURL+"/help"),
		}
	}
}

// mergeView is the view of "helpdesk/merge".
type mergeView struct {
	Pass, Other        string
	Reason, Ticket     string
	Into, From         account.Account
	IntoMail, FromMail string
	Identities         []identityView
	Kept, Added        []string
	Conflict           bool
}

// merge shows first what a merge would do; confirmed, it asks for it.
func (h *Helpdesk) merge(w http.ResponseWriter, r *http.Request) error {
	f, pass, id, err := h.about(r)
	if err != nil {
		return err
	}
	if err := h.needs(r, rules[Merge].Role); err != nil {
		return err
	}
	a := h.act(r, f, id)
	a.Deed = Merge
	code, err := h.ReadCode(f.Value("code"))
	if err != nil {
		f.Fail("code", "helpdesk.merge.code")
	}
	if !f.OK() {
		return h.showPerson(w, r, http.StatusUnprocessableEntity, pass, id, f.Errors)
	}
	found, err := h.Desk.FindAccounts(r.Context(), Key{Code: code}, h.Sight(r))
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0].ID == id {
		f.Fail("code", "helpdesk.merge.code")
		return h.showPerson(w, r, http.StatusUnprocessableEntity, pass, id, f.Errors)
	}
	a.Other = found[0].ID
	p, err := h.Desk.PreviewMerge(r.Context(), id, a.Other)
	if err != nil {
		return err
	}
	if f.Bool("confirmed") && !p.Conflict {
		return h.carryOut(w, r, a, rules[Merge])
	}
	return h.previewMerge(w, r, pass, a, p)
}

func (h *Helpdesk) previewMerge(w http.ResponseWriter, r *http.Request, pass string, a Act, p Preview) error {
	if err := h.noteRead(r, "merge", homeView{Reason: a.Reason, Ticket: a.Ticket}, []account.Account{p.From}); err != nil {
		return err
	}
	v := mergeView{Pass: pass, Other: string(p.From.Code), Reason: a.Reason, Ticket: a.Ticket, Into: p.Into, From: p.From,
		IntoMail: masked(p.Into.Email), FromMail: masked(p.From.Email), Kept: p.Kept, Added: p.Added, Conflict: p.Conflict}
	for _, one := range p.Identities {
		v.Identities = append(v.Identities, identityView{one.ID, string(one.Door), h.ProviderName(one.Issuer), one.LinkedAt, one.LastUsed})
	}
	return h.Site.Page(w, r, http.StatusOK, "helpdesk/merge", v)
}
