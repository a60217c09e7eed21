package passwordlife

import (
	"cmp"
	"context"
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
	// Later goes on without a change this once, at LaterURL; "" where that cannot be.
	Later, LaterURL string
}

// typed is what somebody typed to change a password.
type typed struct {
	try  credential.PasswordTry
	keep string
	view view
	page func(status int, v view) error
	// later makes what goes on without a change, and exhausted ends a login whose tries are
	// used up; nil at the own page.
	later     func() (string, error)
	exhausted func() error
}

// passwords are the one until now, with its hash, and the one from now on.
type passwords struct{ hash, old, chosen string }

const laterPurpose = "idp.password.later."

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
	return view{Action: flow.URL(s.Handle, "renew"), LaterURL: flow.URL(s.Handle, "renew/later"), Cancel: flow.URL(s.Handle, "cancel"), Renew: true, Service: s.Service(web.Lang(r))}
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
	t := typed{
		try: credential.PasswordTry{Flow: s.Handle}, keep: s.Session, view: h.renewing(r, s), page: h.page(w, r, web.Plain),
		later: func() (string, error) {
			return h.Site.Keyring.Seal(laterPurpose+s.Handle, s.Deadline, []byte(s.Identity))
		},
		exhausted: func() error {
			s.End = flow.Exhausted
			return h.Desk.Next(w, r, s)
		},
	}
	done, err := h.take(w, r, who, t)
	if err != nil || !done {
		return err
	}
	s.PasswordAt = h.Now() // the new one was typed just now; it is the one that holds
	return h.Desk.Next(w, r, s)
}

// later goes on without a change, this once: the shop that has to know the password did not
// answer, and nobody is shut out for it. // E21
func (h *Handler) later(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	holder, err := h.Site.Keyring.Open(laterPurpose+s.Handle, h.Now(), f.Value("later"))
	if err != nil || string(holder) != s.Identity {
		h.refused(r, s.Identity, "later")
		return web.Redirect(w, r, flow.URL(s.Handle, "renew"))
	}
	s.Later = true
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
	err = h.Limiter.Admits(r.Context(), passwordrule.Changing(), who.ID)
	if err == nil {
		err = h.store(r, who, passwords{former[0].Hash, old, chosen}, func(ctx context.Context, c Change) error {
			c.Keep, c.Messages = t.keep, h.changed(who)
			return h.Store.ChangePassword(ctx, c)
		})
	}
	switch {
	case fault.Is(err, fault.Conflict):
		return false, h.meanwhile(r, who, t)
	case errors.Is(err, ErrShop):
		return false, h.silent(r, who, t)
	case fault.Is(err, fault.TooMany):
		h.refused(r, who.ID, "throttled")
		return false, h.wait(w, t, err)
	}
	return err == nil, err
}

// ErrShop: the shop that has to know the password does not answer, or not as agreed.
var ErrShop = fault.New(fault.Unavailable, "password_life.shop").For("shop_silent")

// silent says that nothing was changed, and in a login how to go on.
func (h *Handler) silent(r *http.Request, who *identity.Identity, t typed) (err error) {
	h.refused(r, who.ID, "shop_silent")
	t.view.Notice = "password_life.shop"
	if t.later != nil {
		if t.view.Later, err = t.later(); err != nil {
			return err
		}
	}
	return t.page(http.StatusServiceUnavailable, t.view)
}

// meanwhile says that another password holds by now.
func (h *Handler) meanwhile(r *http.Request, who *identity.Identity, t typed) error {
	h.refused(r, who.ID, "password_changed_meanwhile")
	t.view.Notice = "password_life.meanwhile"
	return t.page(http.StatusConflict, t.view)
}

var errTries = fault.New(fault.TooMany, "error.too_many").For("throttled")

// present compares the present password, within the limits of a login; done when the page
// was shown.
func (h *Handler) present(w http.ResponseWriter, r *http.Request, who *identity.Identity, t typed, old string, f *web.Form) (done bool, err error) {
	t.try.UserID, t.try.Password, t.try.Address, t.try.Known = who.UserID, old, web.ClientAddr(r), h.Known(r, who.UserID)
	v, err := h.Checker.Password(r.Context(), t.try)
	if err != nil {
		return true, h.wait(w, t, err)
	}
	switch {
	case v.Outcome == secondfactor.Right && v.Identity == who.ID:
	case v.Left == 0 && v.Outcome != secondfactor.Right: // SPID-RT anomaly 19
		h.refused(r, who.ID, "exhausted")
		if t.exhausted != nil {
			return true, t.exhausted()
		}
		return true, h.wait(w, t, errTries.Retry(max(v.Again, v.Wait)))
	case v.Outcome == secondfactor.Waiting:
		h.refused(r, who.ID, "throttled")
		return true, h.wait(w, t, errTries.Retry(v.Wait))
	default:
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
	case old != "" && passwordrule.Similar(old, chosen):
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

// errPassword: an identity without a password has none to forget.
var errPassword = fault.New(fault.Conflict, "error.invalid").For("no_password")

// storing bounds a change once the shop was told: it is carried to its end then, also when
// the person went away.
const storing = 10 * time.Second

// store changes the password here and at the shop. The shop is told first: when it cannot
// be reached nothing changes, and the person tries again. // E21
func (h *Handler) store(r *http.Request, who *identity.Identity, p passwords, commit func(context.Context, Change) error) error {
	phc, err := h.Hasher.Hash(r.Context(), p.chosen)
	if err != nil {
		return err
	}
	customer, err := h.customer(r.Context(), who.ID)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storing)
	defer cancel()
	if customer != "" {
		if err := h.Shop.SetPassword(ctx, customer, p.chosen); err != nil {
			return ErrShop.Because(err)
		}
	}
	err = commit(ctx, Change{Identity: who.ID, Old: p.hash, New: phc, Cap: h.Limiter.Bucket(passwordrule.Changing(), who.ID), Audit: h.event(r, who.ID)})
	if err != nil && customer != "" {
		return h.takeBack(ctx, who.ID, customer, p, phc, err)
	}
	return err
}

// changed tells the holder of a change.
func (h *Handler) changed(who *identity.Identity) []notify.Message {
	c, lang, now := h.Site.Pages.Catalog(), cmp.Or(who.Language, "it"), h.Now()
	return []notify.Message{{
		Channel: notify.Mail, To: who.Holder.Email, Lang: lang, Expires: now.Add(7 * 24 * time.Hour),
		Subject: c.Text(lang, "password_life.mail.changed.subject"),
		Text:    c.Text(lang, "password_life.mail.changed.text", "at", c.DateTime(lang, now), "provider", h.Provider, "until", c.Date(lang, now.Add(passwordrule.MaxAge))),
	}}
}

// customer is whose password at the shop follows; "" for none.
func (h *Handler) customer(ctx context.Context, id string) (string, error) {
	if h.Shop == nil {
		return "", nil
	}
	request, err := h.Store.RequestOf(ctx, id)
	if fault.Is(err, fault.Gone) { // made by hand
		return "", nil
	}
	return request.Data.Customer, err
}

// takeBack looks what became of a change that failed after the shop was told. Where the one
// until now still holds the shop gets it again; where somebody else changed it meanwhile we
// do not know what to tell, nor where the one until now was forgotten. // E21
func (h *Handler) takeBack(ctx context.Context, id, customer string, p passwords, phc string, why error) error {
	former, err := h.Store.FormerPasswords(ctx, id)
	switch {
	case err != nil || len(former) == 0:
		return errors.Join(why, err)
	case former[0].Hash == phc:
		return nil // it was stored, only the answer was lost
	case p.old == "":
		return why
	case former[0].Hash == p.hash:
		return errors.Join(why, h.Shop.SetPassword(ctx, customer, p.old))
	}
	return why
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
