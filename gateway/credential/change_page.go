package credential

import (
	"net/http"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

// changeView is the view of "credential/change".
type changeView struct {
	ui.Errors
	Code  string
	Least int
	// Ask tells that the present password is asked for; Enter that the person has to
	// enter by another door first, because there is none.
	Ask, Enter bool
	// Since is when the password was chosen; zero when there is none.
	Since time.Time
	// Minutes to wait before the next try, 0 for none.
	Minutes int
}

// freshFor is how long a login by another door stands for the present password.
const freshFor = 15 * time.Minute

// proved tells that the session began a moment ago by a door that proves who is here at
// level 2 at least: it stands for the present password, and is the way back for who
// forgot it. // G5.2
func (p *Passwords) proved(s *web.Session) bool {
	return s.Method != string(person.DoorLocal) && sso.Level(s) >= person.Level2 && p.Now().Sub(s.AuthTime) < freshFor
}

// view is the page for somebody who is signed in.
func (p *Passwords) view(s *web.Session, c Credential) changeView {
	proved := p.proved(s)
	return changeView{
		Code: string(c.Account.Code), Least: p.Chooser.Rules.Least, Since: c.SetAt,
		Ask: c.PHC != "" && !proved, Enter: c.PHC == "" && !proved,
	}
}

// change shows the form of a new password. // G5.1, ASVS 6.2.2
func (p *Passwords) change(w http.ResponseWriter, r *http.Request) error {
	s := web.CurrentSession(r)
	c, err := p.Chooser.Store.CredentialOf(r.Context(), s.Subject)
	if err != nil {
		return err
	}
	return p.Site.Page(w, r, http.StatusOK, "credential/change", p.view(s, c))
}

// changed takes the present and the new password. All other sessions end. // ASVS 6.2.3, 7.4.3
func (p *Passwords) changed(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	s := web.CurrentSession(r)
	c, err := p.Chooser.Store.CredentialOf(r.Context(), s.Subject)
	if err != nil {
		return err
	}
	v := p.view(s, c)
	if v.Enter {
		return p.Site.Page(w, r, http.StatusForbidden, "credential/change", v)
	}
	by, current := s.Method, ""
	if v.Ask {
		by, current = "password", f.Secret("current")
		name(f, "current", "credential.current.required")
	}
	secret := NewPassword(f)
	if f.OK() && v.Ask {
		if wait, err := p.again(r, c, current, s.Handle, f); err != nil {
			return err
		} else if wait > 0 {
			v.Minutes = minutes(wait)
			w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
			return p.Site.Page(w, r, http.StatusTooManyRequests, "credential/change", v)
		}
	}
	if f.OK() {
		set, err := p.Chooser.Choose(r.Context(), Choice{
			Before: c, Password: secret, By: by, Ends: true, Session: s.Handle,
			Event: p.Event(r, map[string]string{"by": by}), Tell: p.Tell,
		})
		if err == nil {
			p.Browsers.Remember(w, r, set)
			p.Site.Notice(w, "credential.notice.changed")
			return web.Redirect(w, r, ChangePath)
		}
		if !Broken(f, err) {
			return fault.From(err).Offer("credential.change.title", ChangePath).Offer("gateway.action.help", "/help")
		}
	}
	v.Errors = f.Errors
	return p.Site.Page(w, r, http.StatusUnprocessableEntity, "credential/change", v)
}

// again compares the present password; wait is positive when it was not compared.
func (p *Passwords) again(r *http.Request, c Credential, current, session string, f *web.Form) (wait time.Duration, err error) {
	err = p.Checker.Again(r.Context(), c, current, session)
	switch {
	case err == nil:
		return 0, nil
	case fault.Is(err, fault.Denied):
		f.Fail("current", "credential.current.wrong")
	case fault.Is(err, fault.TooMany):
		wait = max(fault.From(err).RetryAfter, time.Second)
	default:
		return 0, err
	}
	if p.Site.Refused != nil {
		ev := p.Event(r, map[string]string{"session": session})
		ev.Action, ev.Outcome, ev.Reason, ev.Actor, ev.Subject = audit.PasswordChecked, audit.Refused, fault.From(err).AuditReason(), c.Account.ID, c.Account.ID
		p.Site.Refused(r.Context(), ev)
	}
	return wait, nil
}

// minutes rounds a wait up to what a person can use.
func minutes(wait time.Duration) int { return int((wait + time.Minute - 1) / time.Minute) }
