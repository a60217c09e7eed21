package oidcop

import (
	"slices"

	"atrio/gateway/oidcop/acr"
	"atrio/gateway/release"
	"atrio/gateway/services"
)

// metadata is the discovery document. It is written here and not by the engine,
// because it must say what the guarded endpoints do, which is less than the
// engine could. // OIDC-discovery 3, RFC 8414 2
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	UserinfoEndpoint      string   `json:"userinfo_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	Scopes                []string `json:"scopes_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	ACRs                  []string `json:"acr_values_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	IDTokenAlgs           []string `json:"id_token_signing_alg_values_supported"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	AuthAlgs              []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	ClaimTypes            []string `json:"claim_types_supported"`
	Claims                []string `json:"claims_supported"`
	Prompts               []string `json:"prompt_values_supported"`
	UILocales             []string `json:"ui_locales_supported"`
	ClaimsParameter       bool     `json:"claims_parameter_supported"`
	RequestParameter      bool     `json:"request_parameter_supported"`
	// RequestURIParameter is true when absent, so it must be said. // OIDC-discovery 3
	RequestURIParameter bool     `json:"request_uri_parameter_supported"`
	ChallengeMethods    []string `json:"code_challenge_methods_supported"`
	IssuerParameter     bool     `json:"authorization_response_iss_parameter_supported"`
}

func (p *Provider) metadata() metadata {
	base := p.Site.BaseURL
	algs := []string{services.ES256}
	if p.Keys.RS256 != nil {
		algs = append(algs, services.RS256)
	}
	claims := []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr"}
	return metadata{
		Issuer:                base,
		AuthorizationEndpoint: base + AuthorizePath,
		TokenEndpoint:         base + TokenPath,
		UserinfoEndpoint:      base + UserinfoPath,
		JWKSURI:               base + KeysPath,
		EndSessionEndpoint:    base + EndSessionPath,
		Scopes:                release.Scopes(),
		ResponseTypes:         []string{"code"},
		ResponseModes:         []string{"query"},
		GrantTypes:            []string{"authorization_code"},
		ACRs:                  acr.Values(),
		SubjectTypes:          []string{"pairwise"},
		IDTokenAlgs:           algs,
		AuthMethods: []string{
			string(services.SecretBasic), string(services.SecretPost), string(services.PrivateKeyJWT), string(services.Public),
		},
		AuthAlgs:   []string{services.ES256, services.RS256, services.PS256},
		ClaimTypes: []string{"normal"},
		Claims:     slices.Concat(claims, []string{claimTransaction}, release.ClaimNames()),
		Prompts:    []string{"none", "login", "select_account", "consent"},
		UILocales:  []string{"it", "en"},
		// Of claims, acr and sub are heeded; all others are of the register. // OIDC-core 5.5
		ClaimsParameter:  true,
		ChallengeMethods: []string{"S256"},
		IssuerParameter:  true,
	}
}
