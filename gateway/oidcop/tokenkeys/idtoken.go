package tokenkeys

import (
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/luikyv/go-oidc/pkg/goidc"

	"atrio/base/keys"
)

// ReadIDToken verifies an ID token of this issuer that a service sends back. Its time may be over:
// a person logs out hours after the token expired. The engine would refuse it.
// OIDC-RP-logout 2, OIDC-core 3.1.2.1
func (k Keys) ReadIDToken(raw, issuer string) (jwt.Claims, error) {
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256, jose.RS256}) // ASVS 9.1.2
	if err != nil {
		return jwt.Claims{}, fmt.Errorf("hint: %w", err)
	}
	if len(token.Headers) != 1 {
		return jwt.Claims{}, errors.New("hint: more than one signature")
	}
	rotation := k.of(goidc.SignatureAlgorithm(token.Headers[0].Algorithm))
	if rotation == nil {
		return jwt.Claims{}, errors.New("hint: no key for its algorithm")
	}
	for _, pair := range rotation.Published() {
		if pair.KeyID == token.Headers[0].KeyID {
			return verify(token, pair, issuer)
		}
	}
	return jwt.Claims{}, errors.New("hint: unknown key")
}

func verify(token *jwt.JSONWebToken, pair *keys.Pair, issuer string) (jwt.Claims, error) {
	var claims jwt.Claims
	if err := token.Claims(pair.Signer.Public(), &claims); err != nil {
		return jwt.Claims{}, fmt.Errorf("hint: %w", err)
	}
	// An access token is for this provider and no service: its audience differs.
	if claims.Issuer != issuer || len(claims.Audience) != 1 || claims.Audience[0] == issuer {
		return jwt.Claims{}, errors.New("hint: not an ID token of this provider")
	}
	return claims, nil
}
