package oidcop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"atrio/gateway/release"
	"atrio/gateway/services"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// readClients translates the register into the engine's words.
func (p *Provider) readClients() error {
	p.clients = map[string]*goidc.Client{}
	for _, s := range p.Services.All() {
		c, err := engineClient(s)
		if err != nil {
			return fmt.Errorf("oidcop: service %s: %w", s.ClientID, err)
		}
		if s.IDTokenAlg == services.RS256 && p.Keys.RS256 == nil {
			return fmt.Errorf("oidcop: service %s wants RS256, but there is no RSA key", s.ClientID)
		}
		p.clients[s.ClientID] = c
	}
	return nil
}

func engineClient(s *services.Service) (*goidc.Client, error) {
	c := &goidc.Client{ID: s.ClientID, Secret: s.SecretSHA256}
	c.Name = s.Name.It
	c.ApplicationType = goidc.ApplicationTypeWeb // native would loosen the check of loopback ports
	c.RedirectURIs = s.RedirectURIs
	c.GrantTypes = []goidc.GrantType{goidc.GrantAuthorizationCode}
	c.ResponseTypes = []goidc.ResponseType{goidc.ResponseTypeCode}
	c.ScopeIDs = strings.Join(release.Scopes(), " ")
	c.IDTokenSigAlg = goidc.SignatureAlgorithm(s.IDTokenAlg)
	c.TokenAuthnMethod = goidc.AuthnMethod(s.Auth)
	if s.Auth == services.PrivateKeyJWT {
		c.TokenAuthnSigAlg = goidc.SignatureAlgorithm(s.AssertionAlg) // one algorithm, the registered one; ASVS 9.1.2
		c.JWKS = &goidc.JSONWebKeySet{}
		if err := json.Unmarshal([]byte(s.JWKS), c.JWKS); err != nil {
			return nil, fmt.Errorf("jwks: %w", err)
		}
	}
	return c, nil
}

func (p *Provider) staticClients() []*goidc.Client {
	out := make([]*goidc.Client, 0, len(p.clients))
	for _, s := range p.Services.All() {
		out = append(out, p.clients[s.ClientID])
	}
	return out
}

func goidcScopes() []goidc.Scope {
	var out []goidc.Scope
	for _, id := range release.Scopes() {
		out = append(out, goidc.NewScope(id))
	}
	return out
}

// verifySecret compares with the hash of the register, in constant time.
func verifySecret(_ context.Context, stored, presented string) error {
	if stored == "" || !services.SecretMatches(stored, presented) {
		return errors.New("wrong client secret")
	}
	return nil
}
