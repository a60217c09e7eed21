package oidcop

import (
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/luikyv/go-oidc/pkg/goidc"

	"atrio/base/keys"
)

// readHint verifies an ID token that a service sends back. Its time may be over:
// a person logs out hours after the token expired. The engine would refuse it.
// OIDC-RP-logout 2, OIDC-core 3.1.2.1
func (p *Provider) readHint(raw string) (jwt.Claims, error) {
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256, jose.RS256}) // ASVS 9.1.2
	if err != nil {
		return jwt.Claims{}, fmt.Errorf("hint: %w", err)
	}
	if len(token.Headers) != 1 {
		return jwt.Claims{}, errors.New("hint: more than one signature")
	}
	rotation := p.Keys.of(goidc.SignatureAlgorithm(token.Headers[0].Algorithm))
	if rotation == nil {
		return jwt.Claims{}, errors.New("hint: no key for its algorithm")
	}
	for _, pair := range rotation.Published() {
		if pair.KeyID == token.Headers[0].KeyID {
			return p.verifyHint(token, pair)
		}
	}
	return jwt.Claims{}, errors.New("hint: unknown key")
}

func (p *Provider) verifyHint(token *jwt.JSONWebToken, pair *keys.Pair) (jwt.Claims, error) {
	var claims jwt.Claims
	if err := token.Claims(pair.Signer.Public(), &claims); err != nil {
		return jwt.Claims{}, fmt.Errorf("hint: %w", err)
	}
	// An access token is for this provider and no service: its audience differs.
	if claims.Issuer != p.Site.BaseURL || len(claims.Audience) != 1 || claims.Audience[0] == p.Site.BaseURL {
		return jwt.Claims{}, errors.New("hint: not an ID token of this provider")
	}
	return claims, nil
}
