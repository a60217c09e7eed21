package apply

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"atrio/authn/proofofwork"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/passwordrule"
	"atrio/web"
	"atrio/web/ui"
)

// accountView is the view of "apply/account", "apply/existing" and "apply/renew".
type accountView struct {
	ui.Errors
	Email, Again string
	Rules        []passwordrule.Rule
	Least, Most  int
	Consents     map[string]bool
	Marketing    []string
	Work         proofofwork.Challenge
	// Shop is the name of the issuer's shop; "" without one.
	Shop, Provider string
	// Notice is why a form has to wait, Minutes how long.
	Notice  string
	Minutes int
}

func (h *Handler) account(w http.ResponseWriter, r *http.Request) error {
	d, there, err := h.chosen(w, r)
	if err != nil || !there {
		return err
	}
	return h.accountPage(w, r, http.StatusOK, "account", accountView{Email: d.Email})
}

func (h *Handler) accountPage(w http.ResponseWriter, r *http.Request, status int, page string, v accountView) error {
	var err error
	if v.Work, err = h.Work.New(); err != nil {
		return err
	}
	v.Rules, v.Least, v.Most = passwordrule.Rules(), passwordrule.Least, passwordrule.Most
	v.Marketing, v.Provider = marketing(), h.Provider
	if h.Shop != nil {
		v.Shop = h.Config.Shop.Name
	}
	if v.Consents == nil {
		v.Consents = map[string]bool{}
	}
	return h.Site.Page(w, r, status, "apply/"+page, v)
}

// wait shows a form again that has to wait; nothing typed is lost but passwords.
func (h *Handler) wait(w http.ResponseWriter, r *http.Request, page string, v accountView, why error) error {
	f := fault.From(why)
	if f.Kind != fault.TooMany {
		return why
	}
	h.refused(r, audit.RequestOpened, "", f.AuditReason())
	v.Minutes, v.Notice = minutes(f.RetryAfter), "enrol.wait"
	w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())+1))
	return h.accountPage(w, r, http.StatusTooManyRequests, page, v)
}

// open makes the account of a new customer. // E10–E16
func (h *Handler) open(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	d, there, err := h.chosen(w, r)
	if err != nil || !there {
		return err
	}
	who, err := h.human(f)
	if err != nil {
		return err
	}
	lang := web.Lang(r)
	email := h.readEmail(f)
	secret, err := h.readPassword(f, email)
	if err != nil {
		return err
	}
	consents := h.readConsents(f, lang, h.Now())
	v := accountView{Errors: f.Errors, Email: f.Value("email"), Again: f.Value("email_again"), Consents: ticked(consents)}
	if !f.OK() {
		return h.accountPage(w, r, http.StatusUnprocessableEntity, "account", v)
	}
	err = h.admit(r.Context(), r, who, identity.Login(email))
	if err == nil {
		err = h.opening(w, r, d, opened{email: email, password: secret, consents: consents})
	}
	if err != nil {
		return h.wait(w, r, "account", v, err)
	}
	return web.Redirect(w, r, createdPath)
}

// readEmail reads the address twice. Only ASCII: letters that look like others would make
// a User ID that looks like somebody else's. // E10, A38
func (h *Handler) readEmail(f *web.Form) string {
	email := f.Email("email", web.Required)
	again := f.Text("email_again", web.Required, web.Max(identity.MaxUserID))
	switch {
	case f.Errors.Err("email") != nil || f.Errors.Err("email_again") != nil:
	case strings.ContainsFunc(email, func(c rune) bool { return c > '~' }):
		f.Fail("email", "enrol.email.ascii")
	case identity.Login(email) != identity.Login(again):
		f.Fail("email_again", "enrol.email.differs")
	}
	return email
}

// readPassword reads a new password twice. about are words that others know.
func (h *Handler) readPassword(f *web.Form, about ...string) (string, error) {
	secret, again := f.Secret("password"), f.Secret("password_again")
	if f.Errors.Err("password") != nil || f.Errors.Err("password_again") != nil {
		return secret, nil
	}
	broken, err := passwordrule.Check(secret, h.Breached, append(about, h.Provider)...)
	if err != nil {
		return "", err
	}
	for _, key := range broken {
		f.Fail("password", key, "least", passwordrule.Least, "most", passwordrule.Most, "run", passwordrule.Run)
	}
	if len(broken) == 0 && secret != again {
		f.Fail("password_again", "enrol.password.differs")
	}
	return secret, nil
}

// opened is what a new request is made of.
type opened struct {
	email, password, customer string
	consents                  []enrolment.Consent
}

// documentsFirst tells in which order the partner that was chosen wants its forms. // E28
func (h *Handler) documentsFirst(d draft) bool {
	return slices.ContainsFunc(h.Circuits, func(c Circuit) bool { return d.Method == enrolment.Point && c.ID == d.Circuit && c.DocumentsFirst })
}

// opening stores the request with its mail. Nobody is told on the page whether the User ID
// is taken, and what is done is the same either way; the mail says it. // A02
func (h *Handler) opening(w http.ResponseWriter, r *http.Request, d draft, o opened) error {
	ctx, now, lang := r.Context(), h.Now(), web.Lang(r)
	taken, _, err := h.People.Password(ctx, identity.Login(o.email))
	if err != nil {
		return err
	}
	phc, err := h.Hasher.Hash(ctx, o.password)
	if err != nil {
		return err
	}
	request := enrolment.Request{
		ID: identity.NewID(), Holder: identity.NewID(), Number: enrolment.NewNumber(), State: enrolment.MailPending,
		Method: d.Method, Circuit: d.Circuit, Version: 1, Opened: now, Changed: now,
		Data: enrolment.Data{Area: d.Area, Email: o.email, Language: lang, Customer: o.customer, Consents: o.consents, DocumentsFirst: h.documentsFirst(d)},
	}
	until := now.Add(draftLife)
	err = h.Way.Store.Open(ctx, enrolment.Opening{
		Request: request, Password: phc, Link: h.linkMAC(h.secret(request.ID)), Until: until,
		Mail: h.mail(lang, o.email, request.ID, until, taken != ""), Audit: h.event(r, audit.RequestOpened, request.Holder, nil),
	})
	if err != nil {
		return err
	}
	d.Request, d.Email, d.Until, d.Customer = request.ID, o.email, until, nil
	return h.keep(w, d)
}
