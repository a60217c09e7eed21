package enrolment

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

// proofLife is how long a login, or a second factor that was proved, opens the changes
// of second factors. // ASVS 7.5.1
const proofLife = 15 * time.Minute

// fresh tells whether who is signed in has proved it a few minutes ago: with two factors
// as soon as the account has a second one, so that whoever knows the password alone
// can neither remove it nor add their own beside it. Who has a digital identity sets the
// first one up after a login by it: a password may come from the mailbox. // ASVS 6.4.4
func (e *Enrolment) fresh(v visit) bool {
	at := v.session.AuthTime
	if proved := sso.Proved(v.session); proved.After(at) {
		at = proved
	}
	if age := e.Now().Sub(at); age >= proofLife {
		return false
	}
	if v.status.Has() {
		return slices.Contains(v.session.AMR, "mfa")
	}
	return !v.below
}

// proved lets only a fresh visitor to a page; others are asked first and come back.
func (e *Enrolment) proved(path string, h handler) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := e.visitOf(r)
		if err != nil {
			return err
		}
		if !e.fresh(v) {
			return web.Redirect(w, r, confirmPath+"?to="+nameOf(path))
		}
		return h(w, r, v)
	}
}

func (e *Enrolment) visitOf(r *http.Request) (v visit, err error) {
	v.session = web.CurrentSession(r)
	v.status, err = e.Factors.FactorStatus(r.Context(), v.session.Subject)
	if err != nil || v.status.Has() || sso.Level(v.session) >= person.Level2 || slices.Contains(v.session.AMR, "mfa") {
		return v, err
	}
	identities, err := e.Accounts.Identities(r.Context(), v.session.Subject)
	v.below = len(identities) > 0
	return v, err
}

// names are the pages that a proof may lead to, by the names that journeys and addresses
// have for them: no address from outside is ever followed.
var names = map[string]string{
	"second-factor": Path, "second-factor-federated": federatedPath, "second-factor-passkey": passkeyPath, "second-factor-app": appPath, "second-factor-sms": smsPath, "second-factor-recovery": recoveryPath,
	"second-factor-remove": Path, "second-factor-sms-code": smsPath,
}

// PathOf is the page of this package with this name.
func PathOf(name string) (path string, ok bool) {
	path, ok = names[name]
	return path, ok
}

// nameOf is the name of a page of this package.
func nameOf(path string) string {
	return strings.ReplaceAll(strings.TrimPrefix(path, "/account/"), "/", "-")
}

// named gives back a name of a page of this package, that of the list for every other.
func named(name string) string {
	if _, ok := names[name]; ok {
		return name
	}
	return nameOf(Path)
}

// confirmView is the view of "enrolment/confirm".
type confirmView struct {
	ui.Errors
	// To is the name of the page to come back to.
	To string
	// Factor is set when a second factor of the account can be asked for.
	Factor bool
	// Identity is set when only a login by a digital identity will do.
	Identity bool
	// Minutes is how long the proof holds.
	Minutes int
}

// confirm asks for a proof of who is there.
func (e *Enrolment) confirm(w http.ResponseWriter, r *http.Request) error {
	v, err := e.visitOf(r)
	if err != nil {
		return err
	}
	to := named(r.URL.Query().Get("to"))
	if e.fresh(v) {
		return web.Redirect(w, r, names[to])
	}
	return e.Site.Page(w, r, http.StatusOK, "enrolment/confirm",
		confirmView{To: to, Factor: e.canProve(v), Identity: v.below, Minutes: int(proofLife.Minutes())}, web.NoFormAction)
}

// canProve tells whether a second factor can make this session fresh. It adds to a
// first factor of the same login; it is not one itself.
func (e *Enrolment) canProve(v visit) bool {
	return slices.ContainsFunc(v.status.Factors, func(f factor) bool { return f.Kind.Asks() })
}

func (e *Enrolment) takeConfirm(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := e.visitOf(r)
	if err != nil {
		return err
	}
	to := named(f.Value("to"))
	switch way := f.Choice("way", "factor", "login"); {
	case way == "factor" && e.canProve(v):
		return e.Prove(w, r, to)
	case way == "login":
		return e.Again(w, r, to)
	}
	return fault.New(fault.Invalid, "error.invalid").For("way_of_proof").Offer("enrolment.action.list", Path)
}
