package oidcop

import (
	"encoding/json"
	"strings"

	"atrio/gateway/oidcop/acr"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// strength is the login of a person, as far as contexts are about it.
func (s Subject) strength() acr.Login { return acr.Login{Level: s.Level, ACR: s.ACR, AMR: s.AMR} }

// twoFactors tells how much two factors matter to a request, beyond what the service is
// registered for.
func (req *request) twoFactors(s Subject) TwoFactors {
	switch l := s.strength(); {
	case req.contexts.RequireTwo(l):
		return Required
	case req.contexts.WishTwo(l):
		return Wished
	}
	return Unasked
}

// readContexts reads acr_values and what the claims parameter says about acr and sub: the
// only two claims that a request can ask for one by one, since the register decides about
// all others. // OIDC-core 3.1.2.1, 5.5
func (p *Provider) readContexts(req *request, refuse func(goidc.ErrorCode, string) *goidc.Error) *goidc.Error {
	req.contexts.Values = acr.Known(strings.Fields(req.params.Get("acr_values")))
	raw := req.params.Get("claims")
	if raw == "" {
		return nil
	}
	asked, err := acr.ReadClaims(raw)
	if err != nil {
		return refuse(goidc.ErrorCodeInvalidRequest, "claims must be a JSON object as in OpenID Connect Core 5.5")
	}
	if sub := asked.IDToken.Sub; sub != nil && sub.Value != "" {
		if req.hinted != "" && req.hinted != sub.Value {
			return refuse(goidc.ErrorCodeInvalidRequest, "id_token_hint and claims name two people")
		}
		req.hinted = sub.Value
	}
	if wish := asked.IDToken.ACR; wish != nil {
		if wish.Essential && len(wish.Values) == 0 {
			return refuse(errUnmet, "none of the wanted authentication contexts is known here")
		}
		req.contexts = acr.Contexts{Values: wish.Values, Essential: wish.Essential}
	}
	// The way through the login carries no more of it than was read.
	compact, err := json.Marshal(asked)
	if err != nil {
		return refuse(goidc.ErrorCodeInvalidRequest, "claims cannot be kept")
	}
	req.params.Set("claims", string(compact))
	return nil
}

// errUnmet is of OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
const errUnmet goidc.ErrorCode = "unmet_authentication_requirements"
