package oidcop

import (
	"encoding/json"
	"slices"
	"strings"

	"atrio/people/person"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// Authentication contexts that may be asked for beside the levels of SPID: two factors, or
// one. Both are told only of factors used in this login. // REFEDS MFA 1.2, REFEDS SFA 1.0, G4.8
const (
	acrTwoFactors = "https://refeds.org/profile/mfa"
	acrOneFactor  = "https://refeds.org/profile/sfa"
)

const (
	maxClaims = 2 << 10 // bytes of a claims parameter
	amrTwo    = "mfa"   // RFC 8176 2
)

// contexts is what a request asks about how the person proves who they are.
type contexts struct {
	// values are those that are known here, in order of preference.
	values []string
	// essential: one of them has to be reached, or the answer is an error; else they are a
	// wish. // OIDC-core 5.5.1.1
	essential bool
}

// known tells the values that this provider can answer.
func known(acr string) bool { return acr == acrTwoFactors || acr == acrOneFactor || levelOf(acr) > 0 }

// first is the preferred value, "" when none was asked for.
func (c contexts) first() string {
	if len(c.values) == 0 {
		return ""
	}
	return c.values[0]
}

// level is what to ask a door for; zero when it does not matter. From level 2 on SPID, CIE
// and eIDAS use two factors.
func (c contexts) level() person.Level {
	if c.first() == acrTwoFactors {
		return person.Level2
	}
	return levelOf(c.first())
}

// met tells that a login has one of the values.
func (c contexts) met(s Subject) bool {
	return len(c.values) == 0 || slices.ContainsFunc(c.values, func(acr string) bool { return meets(s, acr) })
}

// twoFactors tells whether the login has to use two factors, beyond what the service is
// registered for.
func (c contexts) twoFactors(s Subject) TwoFactors {
	switch {
	case c.essential && !c.met(s) && slices.Contains(c.values, acrTwoFactors):
		return Required
	case c.first() == acrTwoFactors && !meets(s, acrTwoFactors):
		return Wished
	}
	return Unasked
}

// meets tells that a login has a value. A level counts only when a door vouched for it.
func meets(s Subject, acr string) bool {
	switch acr {
	case acrTwoFactors:
		return slices.Contains(s.AMR, amrTwo)
	case acrOneFactor:
		return true
	}
	return s.Level >= levelOf(acr)
}

// answer is what the service is told: of what it asked for, the first that the login has,
// where that is a profile; else how the login itself is named. // OIDC-core 2
func (c contexts) answer(s Subject) string {
	i := slices.IndexFunc(c.values, func(acr string) bool { return meets(s, acr) })
	if i < 0 || levelOf(c.values[i]) > 0 {
		return s.ACR
	}
	return c.values[i]
}

// readContexts reads acr_values and what the claims parameter says about acr and sub: the
// only two claims that a request can ask for one by one, since the register decides about
// all others. // OIDC-core 3.1.2.1, 5.5
func (p *Provider) readContexts(req *request, refuse func(goidc.ErrorCode, string) *goidc.Error) *goidc.Error {
	req.contexts.values = slices.DeleteFunc(strings.Fields(req.params.Get("acr_values")), func(acr string) bool { return !known(acr) })
	raw := req.params.Get("claims")
	if raw == "" {
		return nil
	}
	asked, err := readClaims(raw)
	if err != nil {
		return refuse(goidc.ErrorCodeInvalidRequest, "claims must be a JSON object as in OpenID Connect Core 5.5")
	}
	if sub := asked.IDToken.Sub; sub != nil && sub.Value != "" {
		if req.hinted != "" && req.hinted != sub.Value {
			return refuse(goidc.ErrorCodeInvalidRequest, "id_token_hint and claims name two people")
		}
		req.hinted = sub.Value
	}
	if acr := asked.IDToken.ACR; acr != nil {
		if acr.Essential && len(acr.Values) == 0 {
			return refuse(errUnmet, "none of the wanted authentication contexts is known here")
		}
		req.contexts = contexts{values: acr.Values, essential: acr.Essential}
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

// claims is what of a claims parameter means something here.
type claims struct {
	IDToken struct {
		ACR *claimWish `json:"acr,omitempty"`
		Sub *claimWish `json:"sub,omitempty"`
	} `json:"id_token"`
}

// claimWish is how a request asks for one claim. // OIDC-core 5.5.1
type claimWish struct {
	Essential bool     `json:"essential,omitempty"`
	Value     string   `json:"value,omitempty"`
	Values    []string `json:"values,omitempty"`
}

// readClaims reads the wishes about the ID token that mean something here, and of the
// contexts the known ones. Other claims may be wished for in forms that we do not know,
// and are not read.
func readClaims(raw string) (c claims, err error) {
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		return c, err
	}
	acr := c.IDToken.ACR
	if acr == nil {
		return c, nil
	}
	if acr.Value != "" {
		acr.Values, acr.Value = []string{acr.Value}, ""
	}
	asked := len(acr.Values) > 0
	if acr.Values = slices.DeleteFunc(acr.Values, func(acr string) bool { return !known(acr) }); len(acr.Values) == 0 && (!asked || !acr.Essential) {
		c.IDToken.ACR = nil // no value is wanted, or none that could be heeded
	}
	return c, nil
}
