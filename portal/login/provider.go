package login

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"atrio/base/fault"
)

// outward bounds every call to the gateway: a login must not hang on it.
const outward = 10 * time.Second

// Provider is the gateway as its discovery document describes it. The document
// is read at the first login, not at the start: portal and gateway may start in
// any order, and a gateway that was down is found again without a restart.
type Provider struct {
	Config      Config
	RedirectURL string

	mu     sync.Mutex
	known  *oidc.Provider
	logout string
}

// HTTP is the client for calls to the gateway.
func (p *Provider) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, &http.Client{Timeout: outward, CheckRedirect: refuseRedirect})
}

// refuseRedirect: the endpoints of a provider answer themselves.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// discover gives the provider, reading its document if that was not possible before.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	// The keys are fetched later with the context of the first call: it must
	// outlive the request.
	found, err := oidc.NewProvider(p.context(context.WithoutCancel(ctx)), p.Config.Issuer)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "login.gateway_down").For("discovery").Because(err).Retry(30*time.Second).Offer("login.action.again", "/login")
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	p.known, p.logout = found, more.EndSession
	return found, nil
}

// endSession is where the gateway's session is ended, "" while it is not known.
func (p *Provider) endSession(ctx context.Context) string {
	if _, err := p.discover(ctx); err != nil {
		return ""
	}
	return p.logout
}

func (p *Provider) oauth(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.Config.ClientID, ClientSecret: p.Config.ClientSecret.Reveal(),
		Endpoint: found.Endpoint(), RedirectURL: p.RedirectURL,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}
}
