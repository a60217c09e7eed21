package passwordlife

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/credential"
	"atrio/idp/enrolment/way"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/idp/passwordrule"
	"atrio/web"
	"atrio/web/ui"
)

// view is the view of "passwordlife/change".
type view struct {
	ui.Errors
	Action string
	// Service waits behind a change that is due; Renew says that it is.
	Renew   bool
	Service string
	Cancel  string
	// Until is how long the present password holds.
	Until   time.Time
	Notice  string
	Minutes int
}

// typed is what somebody typed to change a password.
type typed struct {
	try  credential.PasswordTry
	keep string
	view view
	page func(status int, v view) error
}

func (h *Handler) page(w http.ResponseWriter, r *http.Request, opts ...web.PageOption) func(int, view) error {
	return func(status int, v view) error { return h.Site.Page(w, r, status, "passwordlife/change", v, opts...) }
}

func (h *Handler) show(w http.ResponseWriter, r *http.Request) error {
	who, err := h.Store.Identity(r.Context(), web.CurrentSession(r).Subject)
	if errors.Is(err, identity.ErrUnknown) {
		return web.Redirect(w, r, way.Request) // an applicant
	}
	if err != nil {
		return err
	}
	return h.page(w, r)(http.StatusOK, view{Action: Path, Until: who.PasswordAt.Add(passwordrule.MaxAge)})
}

// change changes the password from the holder's own page.
func (h *Handler) change(w http.ResponseWriter, r *http.Request) error {
	session := web.CurrentSession(r)
	who, err := h.Store.Identity(r.Context(), session.Subject)
	if errors.Is(err, identity.ErrUnknown) {
		return web.Redirect(w, r, way.Request)
	}
	if err != nil {
		return err
	}
	t := typed{
		try: credential.PasswordTry{Flow: "account." + session.Handle}, keep: session.Handle,
		view: view{Action: Path, Until: who.PasswordAt.Add(passwordrule.MaxAge)}, page: h.page(w, r),
	}
	done, err := h.take(w, r, who, t)
	if err != nil || !done {
		return err
	}
	h.Site.Notice(w, "password_life.notice.changed")
	return web.Redirect(w, r, "/account")
}

func (h *Handler) renewing(r *http.Request, s *flow.State) view {
	return view{Action: flow.URL(s.Handle, "renew"), Cancel: flow.URL(s.Handle, "cancel"), Renew: true, Service: s.Service(web.Lang(r))}
}

func (h *Handler) showRenew(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	return h.page(w, r, web.Plain)(http.StatusOK, h.renewing(r, s))
}

// renew changes a password that is over, and the login goes on. // E12
func (h *Handler) renew(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	who, err := h.Store.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	t := typed{try: credential.PasswordTry{Flow: s.Handle}, keep: s.Session, view: h.renewing(r, s), page: h.page(w, r, web.Plain)}
	done, err := h.take(w, r, who, t)
	if err != nil || !done {
		return err
	}
	s.PasswordAt = h.Now() // the new one was typed just now; it is the one that holds
	return h.Desk.Next(w, r, s)
}

// take reads the form, checks it and changes the password; false when the page was shown
// again.
func (h *Handler) take(w http.ResponseWriter, r *http.Request, who *identity.Identity, t typed) (done bool, err error) {
	f, err := web.ReadForm(r)
	if err != nil {
		return false, err
	}
	old, chosen, again := f.Secret("current"), f.Secret("password"), f.Secret("password_again")
	if f.OK() {
		if done, err := h.present(w, r, who, t, old, f); done || err != nil {
			return false, err
		}
	}
	var former []passwordrule.Former
	if f.OK() {
		if former, err = h.Store.FormerPasswords(r.Context(), who.ID); err != nil {
			return false, err
		}
		if err := h.acceptable(r, who, f, former, old, chosen, again); err != nil {
			return false, h.wait(w, t, err)
		}
	}
	if !f.OK() || len(former) == 0 {
		t.view.Errors = f.Errors
		return false, t.page(http.StatusUnprocessableEntity, t.view)
	}
	// What is replaced is the one that was typed: another may be there since it was compared.
	if same, _, err := h.Hasher.Verify(r.Context(), former[0].Hash, old); err != nil {
		return false, h.wait(w, t, err)
	} else if !same {
		return false, h.meanwhile(r, who, t)
	}
	if err := h.Limiter.Allow(r.Context(), perIdentity(), who.ID); err != nil {
		h.refused(r, who.ID, "throttled")
		return false, h.wait(w, t, err)
	}
	if err := h.store(r, who, former[0].Hash, chosen, t.keep); fault.Is(err, fault.Conflict) {
		return false, h.meanwhile(r, who, t)
	} else if err != nil {
		return false, h.wait(w, t, err)
	}
	return true, nil
}

// meanwhile says that another password holds by now.
func (h *Handler) meanwhile(r *http.Request, who *identity.Identity, t typed) error {
	h.refused(r, who.ID, "password_changed_meanwhile")
	t.view.Notice = "password_life.meanwhile"
	return t.page(http.StatusConflict, t.view)
}

// present compares the present password, within the limits of a login; done when the page
// was shown.
func (h *Handler) present(w http.ResponseWriter, r *http.Request, who *identity.Identity, t typed, old string, f *web.Form) (done bool, err error) {
	t.try.UserID, t.try.Password, t.try.Address = who.UserID, old, web.ClientAddr(r)
	v, err := h.Checker.Password(r.Context(), t.try)
	if err != nil {
		return true, h.wait(w, t, err)
	}
	if v.Outcome == secondfactor.Waiting || v.Left == 0 && v.Outcome != secondfactor.Right {
		h.refused(r, who.ID, "throttled")
		return true, h.wait(w, t, fault.New(fault.TooMany, "error.too_many").Retry(max(v.Wait, time.Minute)))
	}
	if v.Outcome != secondfactor.Right || v.Identity != who.ID {
		h.refused(r, who.ID, "wrong_credentials")
		f.Fail("current", "password_life.wrong.current")
	}
	return false, nil
}

// acceptable writes what is wrong with the new password to the form. // REG 15
func (h *Handler) acceptable(r *http.Request, who *identity.Identity, f *web.Form, former []passwordrule.Former, old, chosen, again string) error {
	p := who.Holder
	broken, err := passwordrule.Check(chosen, h.Breached, who.UserID, p.GivenName, p.FamilyName, string(p.FiscalCode), p.Document.Number, h.Provider)
	if err != nil {
		return err
	}
	for _, key := range broken {
		f.Fail("password", key, "least", passwordrule.Least, "most", passwordrule.Most, "run", passwordrule.Run)
	}
	switch {
	case !f.OK():
	case chosen != again:
		f.Fail("password_again", "password_life.wrong.again")
	case passwordrule.Similar(old, chosen):
		f.Fail("password", "password_life.wrong.similar")
	default:
		reused, err := passwordrule.Reused(r.Context(), h.Hasher, former, chosen, h.Now())
		if err != nil {
			return err
		}
		if reused {
			f.Fail("password", "password_life.wrong.reused", "changes", passwordrule.Changes, "months", passwordrule.Months)
		}
	}
	return nil
}

// store changes the password here and at the shop. The shop is told first: when it cannot
// be reached nothing changes, and the person tries again. // E21
func (h *Handler) store(r *http.Request, who *identity.Identity, old, chosen, keep string) error {
	phc, err := h.Hasher.Hash(r.Context(), chosen)
	if err != nil {
		return err
	}
	lang := web.Lang(r)
	request, err := h.Store.RequestOf(r.Context(), who.ID)
	switch {
	case err == nil && request.Data.Customer != "" && h.Shop != nil:
		if err := h.Shop.SetPassword(r.Context(), request.Data.Customer, chosen); err != nil {
			return err
		}
	case err != nil && !fault.Is(err, fault.Gone): // made by hand
		return err
	}
	c, now := h.Site.Pages.Catalog(), h.Now()
	return h.Store.ChangePassword(r.Context(), Change{
		Identity: who.ID, Old: old, New: phc, Keep: keep, Audit: h.event(r, who.ID),
		Messages: []notify.Message{{
			Channel: notify.Mail, To: who.Holder.Email, Lang: lang, Expires: now.Add(7 * 24 * time.Hour),
			Subject: c.Text(lang, "password_life.mail.changed.subject"),
			Text:    c.Text(lang, "password_life.mail.changed.text", "at", c.DateTime(lang, now), "provider", h.Provider, "until", c.Date(lang, now.Add(passwordrule.MaxAge))),
		}},
	})
}

// wait shows the page of what cannot be done now; other errors go on.
func (h *Handler) wait(w http.ResponseWriter, t typed, why error) error {
	f := fault.From(why)
	if f.Kind != fault.TooMany {
		return why
	}
	t.view.Notice, t.view.Minutes = "password_life.wait", max(1, secondfactor.Minutes(f.RetryAfter))
	w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())+1))
	return t.page(http.StatusTooManyRequests, t.view)
}

func (h *Handler) event(r *http.Request, who string) audit.Event {
	ev := audit.Event{
		At: h.Now(), Role: h.Site.Role, Actor: who, Subject: who, Action: audit.PasswordChanged, Outcome: audit.OK,
		Reference: web.RequestID(r), Detail: map[string]string{"by": "password"},
	}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	return ev
}

func (h *Handler) refused(r *http.Request, who, reason string) {
	if h.Site.Refused == nil {
		return
	}
	ev := h.event(r, who)
	ev.Outcome, ev.Reason = audit.Refused, reason
	h.Site.Refused(r.Context(), ev)
}
