package gateway

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/access"
	"atrio/gateway/declaration"
	"atrio/gateway/entry"
	"atrio/gateway/fiscalcode"
	"atrio/gateway/journey"
	"atrio/gateway/oidcop"
	"atrio/gateway/secondfactor/challenge"
	"atrio/gateway/secondfactor/enrolment"
	"atrio/gateway/secondfactor/suspension"
	"atrio/gateway/selfcare"
	"atrio/gateway/sso"
	"atrio/people/person"
	"atrio/web"
)

// Subjects tells the rules of access what is known.
type Subjects interface {
	// Facts are about the holder of an account.
	Facts(ctx context.Context, accountID string) (access.Person, error)
	// FirstLogin is the login in which the password of an account first opened it.
	FirstLogin(ctx context.Context, accountID string) (string, error)
	// Openings are those of the operator that hold at a time.
	Openings(ctx context.Context, now time.Time) ([]access.Opening, error)
	// Declarations are those of an account.
	Declarations(ctx context.Context, accountID string) ([]declaration.Declaration, error)
}

// serviceOf is a destination as the rules know it; without a service it is the person's
// own account.
func (f *Flow) serviceOf(id string) access.Service {
	if s, ok := f.Services.ByClientID(id); ok {
		return s.Access()
	}
	return access.OwnAccount()
}

// today is now where the people are: an age begins at their midnight.
func (f *Flow) today() time.Time { return f.Site.Pages.Catalog().Local(f.Now()) }

// decide asks the rules about the holder of an account: THE place where it is decided
// who may enter how, after a door and with an open session alike. // G2.1
func (f *Flow) decide(ctx context.Context, accountID string, s access.Service, l access.Login) (access.Outcome, error) {
	if !access.PersonMatters(s, l) {
		return f.Access.Decide(access.Person{}, s, l, f.today()), nil
	}
	p, book, err := f.known(ctx, accountID)
	if err != nil {
		return access.Outcome{}, err
	}
	return book.Decide(p, s, l, f.today()), nil
}

// known is what the rules have to know about somebody, and the rules as they hold now.
func (f *Flow) known(ctx context.Context, accountID string) (access.Person, *access.Book, error) {
	p, err := f.Subjects.Facts(ctx, accountID)
	if err != nil {
		return p, nil, err
	}
	said, err := f.Subjects.Declarations(ctx, accountID)
	if err != nil {
		return p, nil, err
	}
	p.Declaration = f.Terms.Standing(said, f.Now())
	openings, err := f.Subjects.Openings(ctx, f.Now())
	return p, f.Access.With(openings), err
}

// explain asks the same about every door, for the help desk. // G2.7
func (f *Flow) explain(ctx context.Context, accountID, service string) ([]access.Told, error) {
	p, book, err := f.known(ctx, accountID)
	if err != nil {
		return nil, err
	}
	return book.Table(p, f.serviceOf(service), f.today()), nil
}

// loginOf is the login that made a session. Two factors are what the session says that
// were used, never what the account has.
func loginOf(s *web.Session) access.Login {
	return access.Login{Door: person.Door(s.Method), Level: sso.Level(s), SecondFactor: slices.Contains(s.AMR, "mfa"), At: s.AuthTime, For: sso.For(s)}
}

// judge asks the rules about who is signed in and where they want to go.
func (f *Flow) judge(r *http.Request, s *web.Session, to journey.Destination) (access.Outcome, error) {
	service := f.serviceOf(to.Service)
	if service.Class == access.Own {
		return f.judgeAccount(r, s)
	}
	service.TwoFactors = to.TwoFactors
	return f.decide(r.Context(), s.Subject, service, loginOf(s))
}

// early refuses at the door what no account can change: a level that is too low, an age
// that the service is not for. Nothing is opened or made then. The rest is decided when
// the person is known (admit).
func (f *Flow) early(j journey.Journey, p person.Assertion, retry string) error {
	s := f.serviceOf(j.To.Service)
	s.Level = j.To.Level
	o := f.Access.Decide(access.Person{BirthDate: p.Attribute(person.BirthDate)}, s, access.Login{Door: p.Door, Level: p.Level, At: p.AuthnAt, For: j.To.Service}, f.today())
	err := refusal(o, s, p.Level)
	if err == nil {
		return nil
	}
	if o.Kind == access.LevelTooLow {
		return err.Offer("gateway.action.retry", retry).Offer("gateway.action.other", journey.LoginURL(j.Handle))
	}
	return refused(err.Offer("gateway.action.account", selfcare.AccountPath), j)
}

// refusal makes the error of an outcome that nothing on a page can change; nil for all
// others. // G2.6, G2.9
func refusal(o access.Outcome, s access.Service, reached person.Level) *fault.Error {
	key, reason := "", ""
	switch o.Kind {
	case access.LevelTooLow:
		return fault.New(fault.Denied, "error.level.too_low").For("level_too_low").
			With("asked", int(access.LevelAsked(s.Level)), "reached", int(reached))
	case access.TooYoung:
		key, reason = "error.age.too_young", "age_too_young"
	case access.TooOld:
		key, reason = "error.age.too_old", "age_too_old"
	case access.NoAge:
		key, reason = "error.age.unknown", "age_unknown"
	default:
		return nil
	}
	return fault.New(fault.Denied, key).For(reason).With("min", s.Ages.Min, "max", s.Ages.Max)
}

// admit is the same question for somebody who is signed in and asks for a service.
func (f *Flow) admit(r *http.Request, wish oidcop.Wish) (oidcop.Refusal, error) {
	session := web.CurrentSession(r)
	if session == nil {
		return nil, fault.New(fault.Unauthenticated, "error.unauthenticated").For("no_session")
	}
	o, two, err := f.wished(r, session, wish)
	switch {
	case err != nil, o.Kind == access.Enter:
		return nil, err
	case o.Kind == access.LevelTooLow && !wish.Resumed:
		return nil, nil // a stronger login is asked for at once
	}
	return func(w http.ResponseWriter, r *http.Request, to oidcop.Destination) error {
		to.TwoFactors = two
		return f.stop(w, r, session, o, to)
	}, nil
}

// wished asks the rules about a request that may want two factors. A mere wish is for a
// factor that is there to be used: nobody has to set one up for it, or to end a
// suspension. // G4.6, G4.8
func (f *Flow) wished(r *http.Request, s *web.Session, wish oidcop.Wish) (o access.Outcome, two bool, err error) {
	to := journey.Destination{Service: wish.Service, TwoFactors: wish.TwoFactors != oidcop.Unasked}
	if o, err = f.judge(r, s, to); err != nil || wish.TwoFactors != oidcop.Wished || o.Kind == access.Enter {
		return o, to.TwoFactors, err
	}
	if o.Kind == access.SecondFactor {
		until, err := f.SuspendedUntil(r.Context(), s.Subject, f.Now())
		if err != nil || until.IsZero() {
			return o, true, err
		}
	}
	to.TwoFactors = false
	o, err = f.judge(r, s, to)
	return o, false, err
}

// stop shows why not. Where there is something to do, a stronger login among it, it leads
// to the page for that; the destination is kept in a journey.
func (f *Flow) stop(w http.ResponseWriter, r *http.Request, s *web.Session, o access.Outcome, to oidcop.Destination) error {
	if err := refusal(o, f.serviceOf(to.Service), sso.Level(s)); err != nil && o.Kind != access.LevelTooLow {
		return refused(err.Offer("gateway.action.account", selfcare.AccountPath), journey.Journey{})
	}
	j, err := f.Journeys.Begin(w, r, f.destination(to))
	if err != nil {
		return journey.Explain(err, "")
	}
	return web.Redirect(w, r, entry.URL(j.Handle))
}

// destination is a wish of the OpenID Provider as a journey keeps it.
func (f *Flow) destination(to oidcop.Destination) journey.Destination {
	return journey.Destination{
		Kind: journey.ToAuthorize, Service: to.Service, Resume: to.Resume,
		Level: to.Level, TwoFactors: to.TwoFactors, ForceAuthn: to.Fresh, Minors: f.serviceOf(to.Service).ForMinors(), Purpose: f.purposeOf(to.Service),
	}
}

// noteRefusal tells the audit log which rule stood against whom.
func (f *Flow) noteRefusal(r *http.Request, s *web.Session, o access.Outcome, service string) {
	if f.Site.Refused == nil {
		return
	}
	ev := eventOf(f.Now(), f.Site.Role, r, map[string]string{
		"service": service, "rule": string(o.Rule), "outcome": string(o.Kind), "door": s.Method, "level": strconv.Itoa(int(sso.Level(s))),
	})
	ev.Action, ev.Outcome, ev.Reason, ev.Actor, ev.Subject = audit.AccessRefused, audit.Refused, string(o.Kind), s.Subject, s.Subject
	f.Site.Refused(r.Context(), ev)
}

// openRules builds the pages that say why not, and the declaration. // G2.2, G2.3
func (g *Gateway) openRules(d Deps, limits limits, sessions *sso.SSO, service func(id, lang string) string) []web.Mounter {
	flow := g.Flow
	g.declarations = &declaration.Desk{
		Site: d.Site, Journeys: flow.Journeys, Store: d.Store, Terms: flow.Terms, Judge: flow.judge, Arrive: flow.arrive, Verdict: entry.URL,
		ServiceName: service, Event: sessions.Event, Limit: limits.posts, SignIn: flow.declaring, Now: d.Now,
	}
	return []web.Mounter{g.declarations, &entry.Entry{
		Site: d.Site, Journeys: flow.Journeys, Statements: d.Store, Judge: flow.judge, Note: flow.noteRefusal, Owe: flow.owe,
		Suspended: func(r *http.Request, s *web.Session) (time.Time, error) {
			return flow.SuspendedUntil(r.Context(), s.Subject, d.Now())
		}, Arrive: flow.arrive,
		ServiceName: service, Event: sessions.Event, Limit: limits.posts, Now: d.Now,
		URL: wayURL(map[access.Way]bool{access.WayCIE: d.CIE != nil, access.WayEIDAS: d.EIDAS != nil}),
	}}
}

// wayURL is where a way leads, "" where it is not open.
func wayURL(open map[access.Way]bool) func(access.Way, string) string {
	return func(way access.Way, flow string) string {
		if closed, known := open[way]; known && !closed {
			return ""
		}
		switch way {
		case access.WaySPID:
			return journey.LoginURL(flow) + "&open=spid"
		case access.WayCIE:
			return "/cie/login?flow=" + flow
		case access.WayEIDAS:
			return "/eidas/login?flow=" + flow
		case access.WayDeclare:
			return declaration.URL(flow)
		case access.WayCitizenship, access.WayAnswer:
			return entry.CitizenshipURL(flow)
		case access.WayFactor:
			return challenge.Path + "?flow=" + flow
		case entry.WayResume:
			return suspension.URL(flow)
		case access.WayEnrol:
			return enrolment.URL(flow)
		case access.WayFiscalCode:
			return fiscalcode.Path
		case access.WayAccount:
			return selfcare.AccountPath
		case access.WayHelp:
			return "/help?flow=" + flow
		}
		return ""
	}
}
