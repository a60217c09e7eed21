package oidcop

import (
	"context"
	"errors"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/oidcop/authcode"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// manager is the engine's view of our state.
//
// The engine saves a grant when it makes a code and again when the code is
// redeemed or an exchange failed. Here the first save seals the grant into the
// code, the second inserts it, and its key decides who redeemed first.
type manager struct{ p *Provider }

// SaveSession has nothing to keep: the login carries the request.
func (manager) SaveSession(context.Context, *goidc.AuthnSession) error { return nil }

// Session is asked for at the engine's callback address, which is not mounted.
func (manager) Session(context.Context, string) (*goidc.AuthnSession, error) {
	return nil, goidc.ErrNotFound
}

// SaveGrant writes what became of a grant.
func (m manager) SaveGrant(ctx context.Context, g *goidc.Grant) error {
	x := exchangeOf(ctx)
	switch {
	case g.RevokedAt != 0:
		return m.burn(ctx, x)
	case g.AuthCodeConsumedAt != 0:
		return m.redeem(ctx, x)
	case x.request != nil:
		return m.issue(x, g)
	}
	return errEngine
}

// issue puts the grant into the code. The engine sends g.AuthCode afterwards.
func (m manager) issue(x *exchange, g *goidc.Grant) error {
	sealed, err := authcode.Code{
		ID: g.ID, Client: g.ClientID, Redirect: g.AuthParams.RedirectURI, Challenge: g.AuthParams.CodeChallenge,
		Scopes: g.Scopes, Nonce: g.AuthParams.Nonce,
		Account: x.subject.Account, Session: x.subject.Session,
		Level: x.subject.Level, ACR: x.acr, AMR: x.subject.AMR, AuthTime: m.p.authTime(x.subject), Login: x.subject.Login,
	}.Seal(m.p.Site.Keyring, m.p.Clock().Add(codeLife))
	if err != nil {
		return err
	}
	g.AuthCode = sealed
	return nil
}

// GrantByAuthCode opens a code. Whether it was redeemed before is not asked here
// but by the insert: a read would only be older news.
func (m manager) GrantByAuthCode(ctx context.Context, sealed string) (*goidc.Grant, error) {
	c, err := authcode.Open(m.p.Site.Keyring, m.p.Clock(), sealed)
	if err != nil {
		if fault.Is(err, fault.Internal) {
			return nil, err
		}
		noteError(ctx, err)
		return nil, goidc.ErrNotFound
	}
	now := m.p.Clock()
	exchangeOf(ctx).grant = &Grant{
		ID: c.ID, Client: c.Client, Account: c.Account, Session: c.Session, Scopes: c.Scopes, Level: c.Level,
		Correlation: c.Login, Subject: m.p.subjectOfClient(c.Client, c.Account),
		RedeemedAt: now, ExpiresAt: now.Add(tokenLife + leeway),
	}
	return &goidc.Grant{
		ID: c.ID, Subject: c.Account, ClientID: c.Client, Scopes: c.Scopes,
		AuthCodeExpiresAt: int(now.Add(codeLife).Unix()), // the seal has just proved it
		AuthParams: goidc.AuthorizationParameters{
			RedirectURI: c.Redirect, Nonce: c.Nonce,
			CodeChallenge: c.Challenge, CodeChallengeMethod: goidc.CodeChallengeMethodSHA256,
		},
		Store: map[string]any{storeCode: c},
	}, nil
}

// redeem inserts the grant: the one commit of a redemption.
func (m manager) redeem(ctx context.Context, x *exchange) error {
	if x.grant == nil {
		return errEngine
	}
	err := m.p.Store.Redeem(ctx, *x.grant, x.proof, audit.Event{
		At: m.p.Site.Now(), Role: m.p.Site.Role, Actor: x.grant.Account, Subject: x.grant.Account,
		Action: audit.CodeRedeemed, Outcome: audit.OK, Reference: x.reference, Address: x.address,
		Detail: map[string]string{"client": x.grant.Client},
	})
	switch {
	case err == nil:
		x.settled = true
		return nil
	case errors.Is(err, ErrRedeemed): // RFC 6749 4.1.2: a code is good for one use
		// Used long ago, the grant is revoked by burn; used just now, it was a race
		// that this request lost, and the winner keeps its tokens.
		return goidc.WrapError(goidc.ErrorCodeInvalidGrant, "invalid grant", err)
	case errors.Is(err, ErrReplayed): // RFC 7523 3 (7)
		x.settled = true
		return goidc.WrapError(goidc.ErrorCodeInvalidClient, "invalid client", err)
	default:
		// Nothing is known about the code: it must not be burnt for a fault of ours.
		x.settled = true
		return err
	}
}

// burn runs when an exchange failed after the code was opened: the wrong client,
// redirect address or verifier make a code useless, as the engine wants it.
func (m manager) burn(ctx context.Context, x *exchange) error {
	if x.settled || x.grant == nil {
		return nil
	}
	x.settled = true
	return m.p.Store.Burn(ctx, *x.grant, m.p.Clock().Add(-raceWindow))
}

// Grant finds the grant behind an access token.
func (m manager) Grant(ctx context.Context, id string) (*goidc.Grant, error) {
	if id == "" {
		return nil, goidc.ErrNotFound
	}
	g, err := m.p.Store.Grant(ctx, id, m.p.Clock())
	if fault.Is(err, fault.NotFound) {
		return nil, goidc.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &goidc.Grant{
		ID: g.ID, Subject: g.Account, ClientID: g.Client, Scopes: g.Scopes,
		Store: map[string]any{storeGrant: g},
	}, nil
}

// Keys of goidc.Grant.Store.
const (
	storeCode  = "code"
	storeGrant = "grant"
)
