package gateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"atrio/gateway/access"
	"atrio/gateway/credential"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor/suspension"
	"atrio/gateway/sso"
	"atrio/web"
)

// openSuspension builds the way out for who cannot use a second factor. // G4.6
func (g *Gateway) openSuspension(d Deps, limits limits, sessions *sso.SSO, checker *credential.Checker) *suspension.Suspension {
	return &suspension.Suspension{
		Site: d.Site, Factors: d.Store, Store: d.Store, Passwords: typedAgain{d.Store, checker}, Event: sessions.Event,
		Again: g.Flow.again, Prove: g.Flow.prove, Now: d.Now,
		Pending: g.Flow.pending, ServiceName: d.Services.NameOf, SignIn: g.Flow.backToSuspension, Limit: limits.posts,
	}
}

// backToSuspension lets nobody pass who is not signed in; the login leads back to the page.
func (f *Flow) backToSuspension(next web.HandlerFunc) web.HandlerFunc {
	guarded := web.SignedIn(func(*http.Request) string { return "/login" })(next)
	return func(w http.ResponseWriter, r *http.Request) error {
		if web.CurrentSession(r) == nil && r.Method == http.MethodGet {
			return f.Begin(w, r, journey.Destination{Kind: journey.ToAccount, Resume: suspension.NameOf(r)})
		}
		return guarded(w, r)
	}
}

// pending is where a person was going who was asked for a second factor on the way, or
// told that theirs is suspended.
func (f *Flow) pending(r *http.Request, flow string) (suspension.Waiting, error) {
	j, err := f.Journeys.Find(r, flow, journey.Owing, journey.Choosing)
	if _, own := suspension.PathOf(j.To.Resume); err != nil || own {
		return suspension.Waiting{}, nil // nobody waits
	}
	o, err := f.judge(r, web.CurrentSession(r), j.To)
	return suspension.Waiting{Service: j.To.Service, Address: f.address(j.To), Wants: o.Kind == access.SecondFactor}, err
}

// typedAgain is the password of who is signed in, as the suspension asks for it.
type typedAgain struct {
	store   Store
	checker *credential.Checker
}

// Compare compares it; false for a wrong one, and for an account that has none.
func (t typedAgain) Compare(ctx context.Context, accountID, secret, session string) (bool, error) {
	found, err := t.store.CredentialOf(ctx, accountID)
	if err != nil {
		return false, err
	}
	err = t.checker.Again(ctx, found, secret, session)
	if errors.Is(err, credential.ErrWrong) {
		return false, nil
	}
	return err == nil, err
}

// LastReset is when it was chosen by somebody who did not type the one before.
func (t typedAgain) LastReset(ctx context.Context, accountID string) (time.Time, string, error) {
	return t.store.PasswordReset(ctx, accountID)
}
