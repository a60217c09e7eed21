package oidcop

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/gateway/oidcop/document"
	"atrio/gateway/oidcop/tokenkeys"
	"atrio/gateway/release"
	"atrio/gateway/services"
	"atrio/web"

	"github.com/luikyv/go-oidc/pkg/goidc"
	"github.com/luikyv/go-oidc/pkg/provider"
)

// Paths of the endpoints; the discovery document names them.
const (
	DiscoveryPath  = "/.well-known/openid-configuration"
	KeysPath       = "/oidc/jwks"
	AuthorizePath  = "/oidc/authorize"
	TokenPath      = "/oidc/token"
	UserinfoPath   = "/oidc/userinfo"
	EndSessionPath = "/oidc/logout"
	confirmPath    = "/oidc/logout/confirm"
)

// Lifetimes. // ASVS 10.4.3: a code lives one minute at most.
const (
	codeLife      = time.Minute
	tokenLife     = 5 * time.Minute // an end takes effect within five minutes, L1
	assertionLife = 5 * time.Minute
	leeway        = 30 * time.Second
	// raceWindow tells a race or a client's retry, which leaves the winner's
	// tokens alone, from a second use of the code, which revokes them.
	raceWindow = 10 * time.Second
)

// Keys sign the tokens.
type Keys = tokenkeys.Keys

// Deps are what the provider works with. All but Clock are required.
type Deps struct {
	Site     *web.Site
	Services *services.Register
	Keys     Keys
	Login    Login
	People   People
	Store    Store
	// Clock is token time; time.Now when nil.
	Clock func() time.Time
}

// Provider is the OpenID Provider.
type Provider struct {
	Deps
	engine  http.Handler
	clients map[string]*goidc.Client
	mac     release.MAC

	discovery document.Document
	published *tokenkeys.Published
}

// New builds the provider. The errors are mistakes of configuration.
func New(d Deps) (*Provider, error) {
	if d.Clock == nil {
		d.Clock = time.Now
	}
	p := &Provider{Deps: d, mac: d.Site.Keyring.MAC, published: &tokenkeys.Published{Keys: d.Keys}}
	if d.Keys.ES256 == nil {
		return nil, errors.New("oidcop: a P-256 key is required")
	}
	if err := p.readClients(); err != nil {
		return nil, err
	}
	var err error
	if p.discovery, err = document.New(p.metadata()); err != nil {
		return nil, err
	}
	op, err := provider.New(d.Site.BaseURL, manager{p}, p.published.Set, p.options()...)
	if err != nil {
		return nil, fmt.Errorf("oidcop: %w", err)
	}
	p.engine = op.Handler()
	return p, nil
}

// options switch on what is used and nothing else: no implicit or hybrid flow,
// no request objects, no registration, no refresh tokens.
func (p *Provider) options() []provider.Option {
	opts := []provider.Option{
		provider.WithPathPrefix("/oidc"),
		provider.WithAuthCodeGrant(manager{p}, goidc.ResponseTypeCode),
		provider.WithPKCERequired(goidc.CodeChallengeMethodSHA256), // RFC 9700 2.1.1, ASVS 10.4.6
		provider.WithIssuerResponseParameter(),                     // RFC 9207
		provider.WithOpenIDScopeRequired(),
		provider.WithScopes(goidcScopes()...),
		provider.WithNoneAuthn(),
		provider.WithSecretBasicAuthn(),
		provider.WithSecretPostAuthn(),
		provider.WithPrivateKeyJWTAuthn(goidc.ES256, goidc.RS256, goidc.PS256),
		provider.WithClientSecretVerifier(verifySecret),
		provider.WithJTIConsumer(consumeAssertion),
		provider.WithJWTLifetime(int(assertionLife.Seconds())),
		provider.WithJWTLeewayTime(int(leeway.Seconds())),
		provider.WithIDTokenSignatureAlgs(goidc.ES256, goidc.RS256),
		provider.WithIDTokenLifetime(int(tokenLife.Seconds())),
		provider.WithTokenOptions(func(context.Context, *goidc.Grant, *goidc.Client) goidc.TokenOptions {
			return goidc.NewJWTTokenOptions(goidc.ES256, int(tokenLife.Seconds()))
		}),
		provider.WithSigner(p.signer),
		provider.WithSubIdentifierTypes(goidc.SubIdentifierPairwise),
		provider.WithPairwiseSubject(p.subject),
		provider.WithIDTokenClaims(p.idTokenClaims),
		provider.WithTokenClaims(p.accessTokenClaims),
		provider.WithUserInfoClaims(p.userinfoClaims),
		provider.WithGrantIDFunc(func(context.Context) string { return newID() }),
		provider.WithPolicies(goidc.NewPolicy("gateway", acceptAll, p.decide)),
		provider.WithErrorRenderer(renderLater),
		provider.WithErrorHandler(noteError),
	}
	if list := p.staticClients(); len(list) > 0 {
		opts = append(opts, provider.WithStaticClients(list[0], list[1:]...))
	}
	return opts
}

// signer gives the engine the key for an algorithm; a fault of the key is kept for the page.
func (p *Provider) signer(ctx context.Context, alg goidc.SignatureAlgorithm) (string, crypto.Signer, error) {
	x := exchangeOf(ctx)
	return p.Keys.Signer(alg, func(err error) {
		if x.pageFault == nil {
			x.pageFault = err
		}
	})
}

// Mount registers the endpoints.
func (p *Provider) Mount(m *web.Mux) {
	m.Get(DiscoveryPath, p.discovery.Serve)
	m.Get(KeysPath, p.published.Serve)
	m.Get(AuthorizePath, p.authorize)
	m.Post(AuthorizePath, p.authorize) // OIDC-core 3.1.2.1
	m.Post(TokenPath, p.token)
	m.Get(UserinfoPath, p.userinfo)
	m.Post(UserinfoPath, p.userinfo) // OIDC-core 5.3.1
	m.Get(EndSessionPath, p.endSession)
	m.Post(EndSessionPath, p.endSession) // OIDC-RP-logout 2
	m.Post(confirmPath, p.confirmLogout)
}

// CrossOriginPOST lists the paths that services may post to from their pages.
func CrossOriginPOST() []string {
	return []string{AuthorizePath, TokenPath, UserinfoPath, EndSessionPath}
}

// refuse writes the audit line of a refusal.
func (p *Provider) refuse(r *http.Request, action, client, reason string) {
	if p.Site.Refused == nil {
		return
	}
	p.Site.Refused(r.Context(), audit.Event{
		At: p.Site.Now(), Role: p.Site.Role, Action: action, Outcome: audit.Refused, Reason: reason,
		Reference: web.RequestID(r), Address: web.ClientAddr(r).String(), Detail: map[string]string{"client": client},
	})
}

// errEngine marks a state of the engine that these options never lead to.
var errEngine = errors.New("oidcop: the engine asked for something that is switched off")
