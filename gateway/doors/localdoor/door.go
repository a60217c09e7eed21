// Package localdoor is the door of Codice Persona and password: the form on the login
// page. // G1.3
//
// The comparison and its limits are in gateway/credential, the page is the login page of
// doors, and what comes after the right password is decided by gateway/flow.go.
package localdoor

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/doors"
	"atrio/gateway/journey"
	"atrio/web"
)

// Door takes the form of the login page.
type Door struct {
	Site     *web.Site
	Journeys *journey.Keeper
	Checker  *credential.Checker
	Browsers credential.Browsers
	Stays    *credential.Stays
	// ReadCode reads a Codice Persona: account.ParseCode, or account.ReadCode where people
	// have codes without a check digit. It does not know which codes exist.
	ReadCode func(string) (account.Code, error)
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// Show shows the login page again.
	Show func(w http.ResponseWriter, r *http.Request, status int, local doors.Local) error
	// Passed goes on after the right password: gateway/flow.go.
	Passed func(w http.ResponseWriter, r *http.Request, j journey.Journey, p credential.Proof) error
	// Limit guards against floods of one address: right passwords are counted nowhere
	// else, and the hasher is what a flood would starve.
	Limit web.Guard
}

// Mount gives the forms their addresses.
func (d *Door) Mount(m *web.Mux) {
	m.Post("/login", d.enter, d.Limit)
	m.Post("/login/stay", d.stay, d.Limit)
}

// enter compares Codice Persona and password.
func (d *Door) enter(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	typed, secret := f.Text("code", web.Required, web.Max(40)), f.Secret("password")
	local := doors.Local{Code: typed}
	for i, e := range f.Errors {
		if e.Key == "form.required" {
			f.Errors[i].Key = "doors.credentials." + e.Field + ".required"
		}
	}
	code, err := d.ReadCode(typed)
	if err != nil && f.Errors.Err("code") == nil {
		// The check digit is public: this tells nothing about who has an account.
		f.Fail("code", "error.person_code")
	}
	if !f.OK() {
		// What is not filled in is no try: nothing is counted.
		local.Errors = f.Errors
		return d.Show(w, r, http.StatusUnprocessableEntity, local)
	}
	proof, subject, err := d.Checker.Check(r.Context(), credential.Try{
		Code: code, Password: secret, Address: web.ClientAddr(r),
		Known: func(c credential.Credential) string { return d.Browsers.Known(r, c) },
	})
	if err != nil {
		return d.refuse(w, r, err, subject, local)
	}
	d.Browsers.Remember(w, r, credential.Credential{Account: proof.Account, SetAt: proof.SetAt})
	proof.Stay = f.Bool("stay")
	return d.Passed(w, r, d.journey(r), proof)
}

// stay enters with the password that this browser keeps, or forgets it. // G1.3
func (d *Door) stay(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	j := d.journey(r)
	if f.Value("forget") != "" {
		if err := d.Stays.Forget(w, r, d.Event(r, map[string]string{"how": "self"})); err != nil {
			return err
		}
		d.Site.Notice(w, "doors.notice.forgotten")
		return web.Redirect(w, r, back(r))
	}
	proof, kept, err := d.Stays.Find(r)
	if err != nil {
		return err
	}
	if !kept || j.Fresh() {
		d.Site.Notice(w, "doors.notice.type")
		return web.Redirect(w, r, back(r))
	}
	return d.Passed(w, r, j, proof)
}

// back is the login page with the journey of the request.
func back(r *http.Request) string {
	flow := r.URL.Query().Get("flow")
	if !journey.IsHandle(flow) {
		flow = ""
	}
	return journey.LoginURL(flow)
}

// refuse shows the login page with what to do, and notes the try. The same is done
// whether there is such an account or not.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error, subject string, local doors.Local) error {
	refusal, status := fault.From(err), http.StatusUnprocessableEntity
	switch {
	case errors.Is(err, credential.ErrWrong):
		local.Wrong = true
	case refusal.Kind == fault.TooMany:
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", strconv.Itoa(int(max(refusal.RetryAfter, time.Second).Seconds())))
		if local.Busy = refusal.AuditReason() == "password_queue"; !local.Busy {
			local.Minutes = int((refusal.RetryAfter + time.Minute - 1) / time.Minute)
		}
	default:
		return err
	}
	if d.Site.Refused != nil {
		ev := d.Event(r, map[string]string{"door": "local"})
		ev.Action, ev.Outcome, ev.Reason, ev.Subject = audit.PasswordChecked, audit.Refused, refusal.AuditReason(), subject
		d.Site.Refused(r.Context(), ev)
	}
	return d.Show(w, r, status, local)
}

// journey is where the person is going. What this browser does not know (any more) leads
// to the person's own account; the login page has said so. // G1.4
func (d *Door) journey(r *http.Request) journey.Journey {
	j, err := d.Journeys.Find(r, r.URL.Query().Get("flow"))
	if err != nil && !errors.Is(err, journey.ErrExpired) {
		j = journey.Journey{Handle: journey.NewHandle()}
	}
	fresh := journey.Journey{Handle: j.Handle, Step: journey.Choosing, To: j.To, Link: j.Link, LinkLogin: j.LinkLogin, Passed: j.Passed}
	if j.Step != journey.Choosing && j.Step != "" {
		// Another tab is at a door with that journey: it keeps its cookie.
		fresh.Handle = journey.NewHandle()
	}
	if s := web.CurrentSession(r); s != nil {
		fresh.Replaces = s.Handle
	}
	return fresh
}
