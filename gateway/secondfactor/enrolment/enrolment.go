// Package enrolment is the pages where a person looks after their second factors: sets
// one up, makes recovery codes, removes what is lost. G4.2 to G4.4, G4.6
//
// Every change wants a proof of who is there that is only minutes old (proof.go). What
// is being set up lives sealed in the browser (offer.go) until a code has confirmed it,
// so that an abandoned setting-up leaves no row. The rows are kept by
// secondfactor.Factors.
package enrolment

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/gateway/account"
	"atrio/gateway/secondfactor"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "enrolment", FS: files} }

// Addresses of the second factors.
const (
	Path          = "/account/second-factor"
	passkeyPath   = Path + "/passkey"
	appPath       = Path + "/app"
	smsPath       = Path + "/sms"
	smsCodePath   = Path + "/sms/code"
	federatedPath = Path + "/federated"
	recoveryPath  = Path + "/recovery"
	removePath    = Path + "/remove"
	confirmPath   = Path + "/confirm"
)

// Accounts knows who is signed in.
type Accounts interface {
	// Identities are the digital identities linked to the account.
	Identities(ctx context.Context, accountID string) ([]account.Identity, error)
}

// Enrolment serves the pages.
type Enrolment struct {
	Site     *web.Site
	Factors  secondfactor.Factors
	Checker  *secondfactor.Checker
	Accounts Accounts
	// Prefixes are the beginnings of numbers that codes are sent to.
	Prefixes []string
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// Again leads through a fresh login and back to the page of this name (PathOf); Prove
	// through a second factor of the account that is signed in.
	Again, Prove func(w http.ResponseWriter, r *http.Request, page string) error
	// Enrolled goes on after the first factor of a session that has one factor only: it is
	// the second one of this login. once names the setting-up.
	Enrolled func(w http.ResponseWriter, r *http.Request, used secondfactor.Used, once string) error
	// Onward is where somebody was going who was sent here first; ok is false for nobody.
	Onward func(r *http.Request, flow string) (service, address string, ok bool)
	// ServiceName gives the display name of a service in a language.
	ServiceName func(id, lang string) string
	Now         func() time.Time
	// SignIn leads somebody who is not signed in to the login page.
	SignIn web.Guard
	// Limit guards form posts against floods.
	Limit web.Guard
}

// Mount gives the pages their addresses.
func (e *Enrolment) Mount(m *web.Mux) {
	m.Get(Path, e.overview, e.SignIn)
	for path, h := range map[string]struct{ show, take handler }{
		passkeyPath:   {e.passkey, e.takePasskey},
		appPath:       {e.app, e.takeApp},
		smsPath:       {e.sms, e.takeNumber},
		smsCodePath:   {e.smsCode, e.takeSMSCode},
		federatedPath: {e.federated, e.takeFederated},
		recoveryPath:  {e.recovery, e.makeRecovery},
		removePath:    {e.remove, e.takeRemove},
	} {
		m.Get(path, e.proved(path, h.show), e.SignIn)
		m.Post(path, e.proved(path, h.take), e.SignIn, e.Limit)
	}
	m.Get(confirmPath, e.confirm, e.SignIn)
	m.Post(confirmPath, e.takeConfirm, e.SignIn, e.Limit)
}

// visit is what every page here knows.
type visit struct {
	session *web.Session
	status  secondfactor.Status
	// below: the person has a digital identity and came in by less, so the first second
	// factor is not theirs to set up in this session.
	below bool
}

type handler func(w http.ResponseWriter, r *http.Request, v visit) error

// overviewView is the view of "enrolment/overview".
type overviewView struct {
	Passkeys, Apps, Numbers []factorView
	// Desk is set when the help desk confirms logins; only the desk activates it.
	Desk []factorView
	// Federated is "2FA SPID/CIE/eIDAS", when it was chosen.
	Federated []factorView
	onwardView
	// Has is set when the account has a second factor.
	Has bool
	// Left is how many recovery codes are unused, Made when the list was made.
	Left int
	Made time.Time
	// MorePasskeys, MoreApps and MoreNumbers tell whether another one may be added.
	MorePasskeys, MoreApps, MoreNumbers bool
}

// factorView is one factor in a list.
type factorView struct {
	// Name is the label, or the masked number.
	Name           string
	Created, Used  time.Time
	RemoveURL, Key string
}

func viewOf(f secondfactor.Factor) factorView {
	v := factorView{Name: f.Label, Created: f.CreatedAt, Used: f.UsedAt, RemoveURL: removePath + "?factor=" + f.ID, Key: string(f.Kind)}
	if f.Kind == kinds.SMS {
		v.Name = kinds.Masked(f.Number)
	}
	return v
}

func viewsOf(list []secondfactor.Factor) (views []factorView) {
	for _, f := range list {
		views = append(views, viewOf(f))
	}
	return views
}

// overview shows what the account has and what may be added, the recommended first.
func (e *Enrolment) overview(w http.ResponseWriter, r *http.Request) error {
	s, err := e.Factors.FactorStatus(r.Context(), web.CurrentSession(r).Subject)
	if err != nil {
		return err
	}
	keys, apps, numbers := s.Of(kinds.Passkey), s.Of(kinds.TOTP), s.Of(kinds.SMS)
	return e.Site.Page(w, r, http.StatusOK, "enrolment/overview", overviewView{
		onwardView: e.onward(w, r),
		Federated:  viewsOf(s.Of(kinds.Federated)), Passkeys: viewsOf(keys), MorePasskeys: e.Checker.Passkeys != nil && len(keys) < secondfactor.MostOfAKind,
		Apps: viewsOf(apps), Numbers: viewsOf(numbers), Desk: viewsOf(s.Of(kinds.Desk)), Has: s.Has(), Left: s.RecoveryLeft, Made: s.RecoveryMade,
		MoreApps: len(apps) < secondfactor.MostOfAKind, MoreNumbers: len(numbers) < secondfactor.MostOfAKind,
	})
}

// event is the audit line of a change by who is signed in.
func (e *Enrolment) event(r *http.Request, v visit) audit.Event {
	ev := e.Event(r, map[string]string{"session": v.session.Handle})
	ev.Actor = v.session.Subject
	return ev
}

// refused writes an audit line about a code that was not taken.
func (e *Enrolment) refused(r *http.Request, v visit, kind kinds.Kind, reason string) {
	if e.Site.Refused == nil {
		return
	}
	ev := e.event(r, v)
	ev.Subject, ev.Action, ev.Outcome, ev.Reason = v.session.Subject, audit.CodeChecked, audit.Refused, reason
	ev.Detail["method"] = string(kind)
	e.Site.Refused(r.Context(), ev)
}

// done leads to the list with a message; who has a factor and no recovery codes yet is
// offered them at once, before the telephone is lost. used is the new factor, once the
// setting-up in which it was proved.
func (e *Enrolment) done(w http.ResponseWriter, r *http.Request, v visit, notice string, used secondfactor.Used, once string) error {
	if used.Kind.Asks() && !v.status.Has() && !slices.Contains(v.session.AMR, "mfa") {
		if err := e.Enrolled(w, r, used, once); err != nil {
			return err
		}
	}
	e.Site.Notice(w, notice)
	if v.status.RecoveryMade.IsZero() {
		return web.Redirect(w, r, recoveryPath)
	}
	return web.Redirect(w, r, Path)
}
