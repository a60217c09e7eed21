package idp

import (
	"context"
	"errors"
	"net/http"
	"time"

	"atrio/federation/spid"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/idp/passwordrule"
	"atrio/web"
)

// order is the one place that knows the order of a login: request, password,
// second factor by level, consent, response. Every step hands the login back to
// it; no step knows the next. The numbers are those of the official table of
// anomalies (SPID-RT messaggi di errore).
func (p *IdP) order(r *http.Request, s *flow.State) (flow.Turn, error) {
	switch {
	case s.End == flow.Cancelled:
		return refuse(25, "cancelled"), nil
	case s.End == flow.Exhausted:
		return refuse(19, "exhausted"), nil
	case !p.now().Before(s.Deadline):
		return refuse(21, "timeout"), nil
	}
	p.useSession(r, s)
	if s.Identity == "" {
		return flow.Turn{Step: flow.Password}, nil
	}
	who, err := p.store.Identity(r.Context(), s.Identity)
	switch {
	case errors.Is(err, identity.ErrUnknown):
		return applicant(s), nil
	case err != nil:
		return flow.Turn{}, err
	}
	if s.Session == "" && s.PasswordAt.Before(who.PasswordAt) {
		// Another password holds since: whoever typed the former one has to know the new one.
		s.Forget()
		return flow.Turn{Step: flow.Password}, nil
	}
	if !s.SecondAt.IsZero() && !holds(who.Factors, s.Method) { // it ended in another tab
		s.SecondAt, s.Method = time.Time{}, ""
	}
	if why, err := p.calledOff(r.Context(), s, who); why != "" || err != nil {
		return refuse(25, why), err
	}
	over := !s.Later && who.Factors.Password && passwordrule.Expired(who.PasswordAt, p.now())
	switch blocked := who.Blocked(p.now()); {
	case s.Request == nil && who.State != identity.Revoked: // the own pages say why, and what lifts it: L03, A31
		if s.Prove && s.SecondAt.IsZero() && who.Factors.Level() > 1 {
			return flow.Turn{Step: flow.Second}, nil
		}
		if over && blocked == "" { // who is suspended has other matters first
			return flow.Turn{Step: flow.Renew}, nil
		}
		return flow.Turn{Step: flow.Enter}, nil
	case blocked != "":
		return refuse(23, blocked), nil
	case p.canRaise(s, who):
		return flow.Turn{Step: flow.Setup}, nil
	case !p.owns(who, s.Need()):
		return refuse(20, "level"), nil
	case s.Need() == spid.L3 && s.Method != flow.Card:
		return flow.Turn{Step: flow.Certificate}, nil
	case s.Need() >= spid.L2 && s.SecondAt.IsZero():
		return flow.Turn{Step: flow.Second}, nil
	case over: // REG 15; the service waits: E12
		return flow.Turn{Step: flow.Renew}, nil
	case s.End == flow.Denied:
		return refuse(22, "denied"), nil
	case s.End == flow.Agreed:
		return flow.Turn{Step: flow.Answer}, nil
	}
	return flow.Turn{Step: flow.Consent}, nil
}

// applicant is the turn of somebody who has a password and no identity yet.
func applicant(s *flow.State) flow.Turn {
	switch {
	case s.Request == nil:
		return flow.Turn{Step: flow.Apply}
	case s.Session != "":
		// The session of an applicant stands for no password of a holder: whoever has one types it.
		s.Forget()
		s.Fresh = true
		return flow.Turn{Step: flow.Password}
	}
	return refuse(23, "no_identity_yet")
}

// calledOff tells why the holder called the login off in the app, whatever the browser went
// on with; "" when they did not. A report ends the app that it comes from, so that who is
// suspended is looked at too. // A28
func (p *IdP) calledOff(ctx context.Context, s *flow.State, who *identity.Identity) (why string, err error) {
	if s.Need() < spid.L2 && !s.Prove || !who.Factors.App && who.State != identity.Suspended {
		return "", nil // the app is not asked
	}
	asked, err := p.store.PromptOf(ctx, s.Handle)
	return asked.CalledOff(), err
}

// holds tells whether what was the second factor of a login is one of the holder's still.
func holds(f identity.Factors, m flow.Method) bool {
	return m == flow.TOTP && f.TOTP || m == flow.SMS && f.SMS || m == flow.App && f.App || m == flow.Card && f.Card
}

func refuse(anomaly int, reason string) flow.Turn {
	return flow.Turn{Step: flow.Refuse, Anomaly: anomaly, Reason: reason}
}

// owns reports whether the identity can be authenticated at a level here.
func (p *IdP) owns(who *identity.Identity, need spid.Level) bool {
	return int(need) <= min(who.Factors.Level(), p.config.MaxLevel)
}

// canRaise tells whether somebody with the password alone can get level 2 now: they have a
// number that a code goes to. // E30
func (p *IdP) canRaise(s *flow.State, who *identity.Identity) bool {
	return s.Need() == spid.L2 && p.config.MaxLevel >= int(spid.L2) && who.Factors.Level() == 1 && who.Holder.MobilePhone != ""
}

// useSession lets the level 1 session of the browser stand for the password, and
// takes it away again when it ended meanwhile. SPID-RT single logout: only level
// 1 uses the session; SAML-core 3.4.1: ForceAuthn wants the credentials anew.
func (p *IdP) useSession(r *http.Request, s *flow.State) {
	current := web.CurrentSession(r)
	if s.Session != "" && (current == nil || current.Handle != s.Session) {
		s.Forget()
	}
	usable := s.Request != nil && s.Need() == spid.L1 && !s.Request.ForceAuthn && !s.Fresh
	if s.Identity != "" || current == nil || !usable {
		return
	}
	s.Identity, s.Session, s.PasswordAt = current.Subject, current.Handle, current.AuthTime
}

// end is the entrance of a login that ends without an answer with data: at the
// service that asked, or at the provider's own pages.
func (p *IdP) end(w http.ResponseWriter, r *http.Request, s *flow.State, t flow.Turn) error {
	if s.Request == nil {
		return p.account.Refuse(w, r, s, t)
	}
	return p.sso.Refuse(w, r, s, t)
}
