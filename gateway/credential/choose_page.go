package credential

import (
	"errors"
	"net/http"

	"atrio/base/fault"
	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/ui"
)

// chooseView is the view of "credential/choose".
type chooseView struct {
	ui.Errors
	Flow string
	// Code is the Codice Persona that the password belongs to.
	Code  string
	Least int
	// Expired tells that an old password has to be replaced; without it the person may
	// choose later.
	Expired bool
}

// errProof: the page was opened without the session of its login.
var errProof = fault.New(fault.Denied, "error.credential.proof").For("password_without_proof")

// waiting finds the journey that waits for a password, and whose it is.
func (p *Passwords) waiting(r *http.Request, flow string) (journey.Journey, Credential, error) {
	j, err := p.Journeys.Find(r, flow, journey.Securing, journey.Renewing)
	if err != nil {
		return j, Credential{}, journey.Explain(err, flow)
	}
	who := j.Account
	if j.Step == journey.Securing {
		// Only while the very session lasts that this login opened.
		s := web.CurrentSession(r)
		if s == nil || s.Handle != j.Proved {
			return j, Credential{}, ways(errProof, j)
		}
		who = s.Subject
	}
	c, err := p.Chooser.Store.CredentialOf(r.Context(), who)
	if err == nil && j.Step == journey.Renewing && !c.SetAt.Equal(j.PasswordAt) {
		err = ErrChanged
	}
	return j, c, ways(err, j)
}

// choose asks for a password: after a login by another door, for an account that has
// none, and after one with a password that has expired. // G3.7, G5.3
func (p *Passwords) choose(w http.ResponseWriter, r *http.Request) error {
	j, c, err := p.waiting(r, r.URL.Query().Get("flow"))
	if err != nil {
		return err
	}
	if j.Step == journey.Securing && c.PHC != "" { // chosen in another tab
		return p.Arrive(w, r, j)
	}
	return p.showChoose(w, r, http.StatusOK, j, c, nil)
}

func (p *Passwords) showChoose(w http.ResponseWriter, r *http.Request, status int, j journey.Journey, c Credential, errs ui.Errors) error {
	return p.Site.Page(w, r, status, "credential/choose", chooseView{
		Errors: errs, Flow: j.Handle, Code: string(c.Account.Code), Least: p.Chooser.Rules.Least, Expired: j.Step == journey.Renewing,
	}, web.Plain, web.NoFormAction) // the answer leads on to the service, which is another origin
}

// chosen takes the password.
func (p *Passwords) chosen(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	j, c, err := p.waiting(r, f.Value("flow"))
	if err != nil {
		return err
	}
	if j.Step == journey.Securing && (f.Value("later") != "" || c.PHC != "") {
		return p.Arrive(w, r, j)
	}
	secret := NewPassword(f)
	if !f.OK() {
		return p.showChoose(w, r, http.StatusUnprocessableEntity, j, c, f.Errors)
	}
	by := "password"
	if j.Step == journey.Securing {
		by = web.CurrentSession(r).Method
	}
	set, err := p.Chooser.Choose(r.Context(), Choice{
		Before: c, Password: secret, By: by, Event: p.Event(r, map[string]string{"by": by}), Tell: p.Tell,
	})
	switch {
	case err == nil:
	case Broken(f, err):
		return p.showChoose(w, r, http.StatusUnprocessableEntity, j, c, f.Errors)
	case errors.Is(err, ErrChanged) && j.Step == journey.Securing:
		return p.Arrive(w, r, j) // chosen in another tab, in this very moment
	default:
		return ways(err, j)
	}
	p.Browsers.Remember(w, r, set)
	if j.Step == journey.Renewing {
		return p.Renewed(w, r, j, Proof{Account: set.Account, SetAt: set.SetAt})
	}
	p.Site.Notice(w, "credential.notice.set")
	return p.Arrive(w, r, j)
}
