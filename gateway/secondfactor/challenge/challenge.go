// Package challenge asks for a second factor in the middle of a login, or before a
// change: a code of an app, a code by SMS, a recovery code. G4.3, G4.4, G4.8
//
// Who is asked is who is signed in; a journey says where it leads, and one of the step
// Owing in which session. What comes after a right code is decided by gateway/flow.go
// (Passed). Tries are counted by secondfactor.Checker.
package challenge

import (
	"embed"
	"net/http"
	"slices"
	"time"

	"atrio/authn/passkey"
	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor"
	"atrio/gateway/sso"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "challenge", FS: files} }

// Addresses of the challenge.
const (
	Path       = "/second-factor"
	sendPath   = Path + "/send"
	cancelPath = Path + "/cancel"
)

// Challenge serves the pages.
type Challenge struct {
	Site     *web.Site
	Journeys *journey.Keeper
	Factors  secondfactor.Factors
	Checker  *secondfactor.Checker
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// ServiceName gives the display name of a service in a language.
	ServiceName func(id, lang string) string
	// Passed goes on after a right code, Leave after "Annulla".
	Passed func(w http.ResponseWriter, r *http.Request, j journey.Journey, used secondfactor.Used) error
	Leave  func(w http.ResponseWriter, r *http.Request, j journey.Journey) error
	// Desk is set where there is a help desk, which can confirm a login.
	Desk bool
	// Limit guards form posts against floods.
	Limit web.Guard
	Now   func() time.Time
}

// Mount gives the pages their addresses.
func (c *Challenge) Mount(m *web.Mux) {
	m.Get(Path, c.show)
	m.Post(Path, c.check, c.Limit)
	m.Post(sendPath, c.send, c.Limit)
	m.Post(cancelPath, c.cancel, c.Limit)
}

// visit is what every page here knows.
type visit struct {
	journey journey.Journey
	// account and code are who is asked.
	account, code string
	status        secondfactor.Status
	// passkeys is set where the site can have them, desk where there is a help desk.
	passkeys, desk bool
}

// owner is who is asked, as authenticators know them.
func (v visit) owner() passkey.Owner { return secondfactor.OwnerOf(v.account, v.code, v.status) }

// visitOf finds the journey, and who is asked: the owner of the session that it names.
func (c *Challenge) visitOf(r *http.Request, flow string) (v visit, err error) {
	if v.journey, err = c.Journeys.Find(r, flow, journey.Owing, journey.Choosing); err != nil {
		return v, journey.Explain(err, flow)
	}
	s := web.CurrentSession(r)
	if s != nil && v.journey.Step == journey.Choosing {
		// Stopped on the way to a service for want of a second factor.
		v.journey.Proved = s.Handle
	}
	if s == nil || s.Handle != v.journey.Proved {
		// It ended, or the person signed in anew in another tab.
		return v, fault.New(fault.Conflict, "error.secondfactor.session").For("session_changed").
			Offer("gateway.action.restart", journey.LoginURL(flow)).Offer("gateway.action.account", "/account")
	}
	v.account, v.code, v.passkeys, v.desk = s.Subject, sso.Code(s), c.Checker.Passkeys != nil, c.Desk
	v.status, err = c.Factors.FactorStatus(r.Context(), s.Subject)
	return v, err
}

// kind is the factor that a page asks for: the wanted one if the account has it, else
// the recommended one.
func (v visit) kind(wanted string) (kinds.Kind, error) {
	asks := v.asks()
	switch {
	case slices.Contains(asks, kinds.Kind(wanted)):
		return kinds.Kind(wanted), nil
	case len(asks) > 0 && v.status.Has():
		return asks[0], nil
	}
	return "", fault.New(fault.Conflict, "error.secondfactor.none").For("no_factor").
		Offer("gateway.action.other", journey.LoginURL(v.journey.Handle)).Offer("gateway.action.account", "/account")
}

// asks are the kinds that can be asked for here. The help desk can stand in for every
// factor of the institution's own; who has none enters by SPID, CIE or eIDAS. // G4.2, G4.6
func (v visit) asks() []kinds.Kind {
	own := slices.ContainsFunc(v.status.Factors, func(f secondfactor.Factor) bool { return f.Kind.Asks() })
	list := slices.DeleteFunc(v.status.Kinds(), func(k kinds.Kind) bool {
		return !k.Asks() || k == kinds.Passkey && !v.passkeys || k == kinds.Desk
	})
	if own && v.desk {
		list = append(list, kinds.Desk)
	}
	return list
}

// others are the kinds that can be asked for instead.
func (v visit) others(but kinds.Kind) (list []otherView) {
	for _, k := range v.asks() {
		if k != but {
			list = append(list, otherView{Kind: string(k), URL: at(v.journey) + "&with=" + string(k)})
		}
	}
	return list
}

func at(j journey.Journey) string { return Path + "?flow=" + j.Handle }

// event is the audit line about a code.
func (c *Challenge) event(r *http.Request, v visit, k kinds.Kind) audit.Event {
	ev := c.Event(r, map[string]string{"method": string(k), "service": v.journey.To.Service, "session": v.journey.Proved})
	ev.Actor, ev.Subject = v.account, v.account
	return ev
}

// refused writes a line about a code that was not taken.
func (c *Challenge) refused(r *http.Request, v visit, k kinds.Kind, action, reason string) {
	if c.Site.Refused == nil {
		return
	}
	ev := c.event(r, v, k)
	ev.Action, ev.Outcome, ev.Reason = action, audit.Refused, reason
	c.Site.Refused(r.Context(), ev)
}

// cancel leaves without a second factor.
func (c *Challenge) cancel(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	j, err := c.Journeys.Find(r, f.Value("flow"), journey.Owing, journey.Choosing)
	if err != nil {
		return journey.Explain(err, f.Value("flow"))
	}
	return c.Leave(w, r, j)
}
