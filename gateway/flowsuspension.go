package gateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"atrio/gateway/credential"
	"atrio/gateway/secondfactor/suspension"
	"atrio/gateway/sso"
	"atrio/web"
)

// openSuspension builds the way out for who cannot use a second factor. // G4.6
func (g *Gateway) openSuspension(d Deps, limits limits, sessions *sso.SSO, checker *credential.Checker) *suspension.Suspension {
	return &suspension.Suspension{
		Site: d.Site, Factors: d.Store, Store: d.Store, Passwords: typedAgain{d.Store, checker}, Event: sessions.Event,
		Again: g.Flow.again, Prove: g.Flow.prove, Now: d.Now,
		SignIn: web.SignedIn(func(*http.Request) string { return "/login" }), Limit: limits.posts,
	}
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
