package gateway

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"atrio/authn/password"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db/shareddb"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/declaration"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/helpdesk"
	"atrio/gateway/journey"
	"atrio/gateway/oidcop"
	"atrio/gateway/registration"
	"atrio/gateway/secondfactor"
	"atrio/gateway/secondfactor/enrolment"
	"atrio/gateway/secondfactor/suspension"
	"atrio/gateway/selfcare"
	"atrio/gateway/services"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
)

// Flow is THE order of steps of a login:
//
//	Begin       a destination is asked for        → the choice of a door (doors)
//	(door)      the door is passed (doors/…)      → passed
//	passed      level enough? known person?       → arrive, or the first entry (registration)
//	admit       may this person, by this login?   → the service, or why not and the ways on (entry)
//	(relink)    not known, but of a known name,
//	            or a declared codice fiscale?     → proves the account at another door, or first entry
//	registered  the account is made               → its Codice Persona is shown, then secure
//	secure      the session is open: a password?  → arrive, or the choice of one (flowpassword.go)
//	typed       the local door is passed          → arrive, or a new password in place of an expired one
//	(owing)     a second factor is to be proved   → arrive, with a session that says so (flowsecondfactor.go)
//	arrive      the journey ends                  → the destination
//
// Steps come back here and do not know each other.
type Flow struct {
	Site     *web.Site
	Journeys *journey.Keeper
	Entrance Entrance
	SSO      *sso.SSO
	// Services knows what services ask for, Access who may enter them, Subjects what the
	// rules have to know, Terms how long declarations last.
	Services *services.Register
	Access   *access.Book
	Subjects Subjects
	Terms    declaration.Terms
	// Rules say when a password has expired.
	Rules password.Rules
	// Stays keeps passwords for browsers.
	Stays *credential.Stays
	// SuspendedUntil is when the suspension of an account's second factors ends; zero
	// without one. // G4.6
	SuspendedUntil func(ctx context.Context, accountID string, now time.Time) (time.Time, error)
	// Factors tells which second factors an account has.
	Factors func(ctx context.Context, accountID string) (secondfactor.Status, error)
	// Refusals keeps the pairs of answers that led nowhere; nil keeps none.
	Refusals Refusals
	// Digits is the length of new Codici Persona.
	Digits int
	Now    func() time.Time
}

// Begin starts a login that shall lead to a destination.
func (f *Flow) Begin(w http.ResponseWriter, r *http.Request, to journey.Destination) error {
	j, err := f.Journeys.Begin(w, r, to)
	if err != nil {
		return journey.Explain(err, "")
	}
	return web.Redirect(w, r, journey.LoginURL(j.Handle))
}

// passed goes on after a door: it refuses a level that is too low, lets a known
// person in, and leads everybody else to the first entry. One commit either way.
func (f *Flow) passed(w http.ResponseWriter, r *http.Request, j journey.Journey, p samldoor.Passage) error {
	if err := f.early(j, p.Assertion, p.Retry); err != nil {
		return err
	}
	p.Assertion.AuthnAt = authTime(p.Assertion, j)
	j.Correlation = newCorrelation()
	visit, secret := f.visit(r, j, p.Assertion)
	visit.Once, visit.Exchange = p.Once, p.Exchange
	proved := handleOf(&visit)
	a, known, err := f.Entrance.Enter(r.Context(), visit)
	if err != nil {
		return refused(err, j)
	}
	if !known {
		return f.unknown(w, r, j, p.Assertion)
	}
	f.Site.Sessions.SetCookie(w, *secret)
	if j.Link != nil {
		return f.offerLink(w, r, j, p.Assertion, a, *proved)
	}
	return f.secure(w, r, j, a, *proved, p.Assertion.Level)
}

// authTime is when the person authenticated, as services are told. From level 2 on
// the provider authenticates after our request came (ForceAuthn), so a clock of its
// own that is slow must not make the login look older than the wish for it.
func authTime(a person.Assertion, j journey.Journey) time.Time {
	if a.Level >= person.Level2 && a.AuthnAt.Before(j.At) {
		return j.At
	}
	return a.AuthnAt
}

// firstEntry shows "Sei tu?". // G3.7
func (f *Flow) firstEntry(w http.ResponseWriter, r *http.Request, j journey.Journey, a person.Assertion) error {
	return f.hold(w, r, j, a, journey.Entering, registration.WelcomePath)
}

// hold keeps who was asserted in the browser and goes on with a question.
func (f *Flow) hold(w http.ResponseWriter, r *http.Request, j journey.Journey, a person.Assertion, step journey.Step, path string) error {
	if _, kept := (account.Visit{Asserted: a}).DoorSession(); !kept {
		a.NameID, a.SessionIndex = "", "" // nobody will ever ask for them
	}
	j.Step, j.Asserted, j.Passed, j.Door, j.Request, j.Link = step, &a, f.Now(), nil, nil, nil
	err := f.Journeys.Save(w, r, &j)
	if errors.Is(err, journey.ErrTooLarge) {
		// The next login brings what does not fit now.
		j.Asserted = essential(a)
		err = f.Journeys.Save(w, r, &j)
	}
	if err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, path+"?flow="+j.Handle)
}

// essential leaves of an assertion what a first entry cannot do without.
func essential(a person.Assertion) *person.Assertion {
	kept := map[string]string{}
	for _, name := range []string{
		person.GivenName, person.FamilyName, person.FiscalNumber, person.BirthDate, person.BirthPlace, person.Gender, person.Email, person.Phone,
	} {
		if v := a.Attributes[name]; v != "" {
			kept[name] = v
		}
	}
	a.Attributes = kept
	return &a
}

// registered makes the account after the person said "Sì, sono io". The journey
// works once: its handle is consumed in the same commit.
func (f *Flow) registered(w http.ResponseWriter, r *http.Request, j journey.Journey) error {
	visit, secret := f.visit(r, j, *j.Asserted)
	visit.Once = []account.Once{{Kind: "first_entry", ID: j.Handle, Until: visit.Now.Add(2 * f.Journeys.Life)}}
	opened := handleOf(&visit)
	email, source := j.Asserted.Attribute(person.Email), account.SourceOf(j.Asserted.Door)
	if email == "" {
		email, source = j.Email, account.Confirmed
	}
	a, created, err := f.Entrance.Register(r.Context(), account.FirstEntry{
		Visit: visit, Digits: f.Digits, Email: email, EmailSource: source, Unit: f.unitOf(j.To.Service),
		Language: web.Lang(r), Notice: j.Notice, Welcome: f.welcome(web.Lang(r)),
	})
	if err != nil {
		return refused(err, j)
	}
	f.Site.Sessions.SetCookie(w, *secret)
	if !created {
		return f.secure(w, r, j, a, *opened, j.Asserted.Level)
	}
	done := journey.Journey{Handle: j.Handle, Step: journey.Arrived, To: j.To, Proved: *opened}
	if err := f.Journeys.Save(w, r, &done); err != nil {
		return journey.Explain(err, j.Handle)
	}
	return web.Redirect(w, r, registration.DonePath+"?flow="+j.Handle)
}

// arrive ends the journey at its destination.
func (f *Flow) arrive(w http.ResponseWriter, r *http.Request, j journey.Journey) error {
	f.Journeys.Drop(w, j.Handle)
	return web.Redirect(w, r, f.address(j.To))
}

// address is where a destination is.
func (f *Flow) address(to journey.Destination) string {
	if to.Kind == journey.ToAuthorize {
		return oidcop.AuthorizePath + "?" + to.Resume
	}
	if path, ok := enrolment.PathOf(to.Resume); ok {
		return path
	}
	if path, ok := suspension.PathOf(to.Resume); ok {
		return path
	}
	if to.Resume == deskPage {
		return helpdesk.Path
	}
	return selfcare.Path(to.Resume)
}

// deskPage is the name of the help desk among the pages that a login may lead to.
const deskPage = "helpdesk"

// toDesk begins a login that leads to the help desk.
func (f *Flow) toDesk(w http.ResponseWriter, r *http.Request) error {
	return f.Begin(w, r, journey.Destination{Kind: journey.ToAccount, Resume: deskPage})
}

// again begins a fresh login that leads to a page of the account.
func (f *Flow) again(w http.ResponseWriter, r *http.Request, page string) error {
	return f.Begin(w, r, journey.Destination{Kind: journey.ToAccount, Resume: page, ForceAuthn: true})
}

// visit gathers what the store needs; secret is set when the session was made.
func (f *Flow) visit(r *http.Request, j journey.Journey, a person.Assertion) (account.Visit, *string) {
	now, secret := f.Now(), new(string)
	return account.Visit{
		Asserted: a, Replaces: j.Replaces, Now: now, Correlation: j.Correlation,
		Event: eventOf(now, f.Site.Role, r, map[string]string{
			"door": string(a.Door), "issuer": a.Issuer, "level": strconv.Itoa(int(a.Level)), "method": string(a.Door), "service": j.To.Service,
			"login": j.Correlation,
		}),
		Displaced: f.displaceMail("displaced"), Displacing: f.displaceMail("displacing"),
		Session: func(found account.Account) (s web.Session) {
			s, *secret = f.SSO.New(r, found, a, j.Correlation)
			if j.To.Minors {
				s = sso.Begun(s, j.To.Service)
			}
			return s
		},
	}, secret
}

// welcome writes the mail with the new Codice Persona. // G3.5
func (f *Flow) welcome(lang string) func(account.Account) notify.Message {
	return func(a account.Account) notify.Message {
		texts := f.Site.Pages.Catalog()
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: lang,
			Subject: texts.Text(lang, "registration.mail.welcome.subject"),
			Text: texts.Text(lang, "registration.mail.welcome.text", "name", a.Called(), "code", string(a.Code),
				"account", f.Site.BaseURL+selfcare.AccountPath),
		}
	}
}

// refused gives the refusals of the store their page and their ways on.
func refused(err error, j journey.Journey) error {
	if errors.Is(err, shareddb.ErrUsed) {
		return fault.New(fault.Conflict, "error.replayed").For("replayed").Because(err).
			Offer("gateway.action.account", selfcare.AccountPath).Offer("gateway.action.restart", journey.LoginURL(j.Handle)).
			Offer("gateway.action.help", "/help")
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer("gateway.action.help", "/help").Offer("gateway.action.other", journey.LoginURL(j.Handle))
}
