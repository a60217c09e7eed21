package oidcop

import (
	"context"
	"strings"
	"time"

	"atrio/gateway/oidcop/authcode"
	"atrio/gateway/release"
	"atrio/gateway/services"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// subject is the pairwise subject identifier. // OIDC-core 8.1
func (p *Provider) subject(_ context.Context, account string, c *goidc.Client) string {
	return p.subjectOfClient(c.ID, account)
}

func (p *Provider) subjectOfClient(client, account string) string {
	s, ok := p.Services.ByClientID(client)
	if !ok {
		return ""
	}
	return p.subjectOf(s, account)
}

func (p *Provider) subjectOf(s *services.Service, account string) string {
	return release.Subject(p.mac, s, account)
}

// idTokenClaims says when and how the person signed in; sub, aud and times are
// the engine's. // OIDC-core 2
func (p *Provider) idTokenClaims(ctx context.Context, g *goidc.Grant) map[string]any {
	c, ok := g.Store[storeCode].(authcode.Code)
	if !ok {
		return nil
	}
	claims := map[string]any{}
	if s, ok := p.Services.ByClientID(c.Client); ok && s.ClaimsInIDToken {
		claims = p.released(ctx, s, c.Account, Grant{Scopes: c.Scopes, Level: c.Level})
	}
	addLogin(claims, c)
	return claims
}

// accessTokenClaims makes the token one of RFC 9068. Its audience is the
// provider itself: the only resource it opens is userinfo.
func (p *Provider) accessTokenClaims(_ context.Context, _ *goidc.Token, g *goidc.Grant) map[string]any {
	claims := map[string]any{goidc.ClaimAudience: p.Site.BaseURL} // RFC 9068 2.2
	if c, ok := g.Store[storeCode].(authcode.Code); ok {
		addLogin(claims, c)
	}
	return claims
}

func addLogin(claims map[string]any, c authcode.Code) {
	claims[goidc.ClaimAuthTime] = c.AuthTime
	if c.ACR != "" {
		claims[goidc.ClaimACR] = c.ACR
	}
	if len(c.AMR) > 0 {
		claims[goidc.ClaimAMR] = c.AMR
	}
	addTransaction(claims, c.Login)
}

// claimTransaction ties what a service is told to the login at the door, so that one
// can be found from the other. // RFC 8417 2.2, G6.7
const claimTransaction = "txn"

func addTransaction(claims map[string]any, login string) {
	if login != "" { // sessions of before 0.2.0 have none
		claims[claimTransaction] = login
	}
}

// userinfoClaims are what is released to the service now: a change of data shows
// at once, a closed account shows nothing.
func (p *Provider) userinfoClaims(ctx context.Context, g *goidc.Grant) map[string]any {
	s, known := p.Services.ByClientID(g.ClientID)
	grant, ok := g.Store[storeGrant].(Grant)
	if !known || !ok {
		return nil
	}
	claims := p.released(ctx, s, g.Subject, grant)
	addTransaction(claims, grant.Correlation)
	return claims
}

// released asks for the person and applies the register. A person who cannot be
// found leaves a fault behind, which the endpoints look for: the engine's
// callbacks have no error of their own.
func (p *Provider) released(ctx context.Context, s *services.Service, account string, g Grant) map[string]any {
	who, err := p.People.Person(ctx, account)
	if err != nil {
		exchangeOf(ctx).pageFault = err
		return map[string]any{}
	}
	who.Level = g.Level
	return release.Claims(s, who, strings.Fields(g.Scopes))
}

// authTime is the login in token time: the age of the session is measured by the
// calendar, the token counts back from its own clock. // DESIGN decision 5
func (p *Provider) authTime(s Subject) int64 {
	age := max(0, p.Site.Now().Sub(s.AuthTime))
	return p.Clock().Add(-age).Truncate(time.Second).Unix()
}
