package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"atrio/base/fault"
)

const (
	// outward bounds one call to the gateway, redemption all calls of one login.
	outward    = 10 * time.Second
	redemption = 15 * time.Second
	// fresh is how long the gateway's description is used before it is read again.
	fresh = 10 * time.Minute
	// tryAgain is what a person is told when the gateway is down.
	tryAgain = 30 * time.Second
)

// Provider is the gateway as its discovery document describes it. The document
// is read at the first login, not at the start: portal and gateway may start in
// any order, and a gateway that was down is found again without a restart. It
// is read again from time to time; while that fails the last good copy holds.
type Provider struct {
	Config      Config
	RedirectURL string
	// Now is token time, the wall clock.
	Now func() time.Time

	reading singleflight.Group
	known   atomic.Pointer[gateway]
}

// gateway is one reading of the document. It is never changed.
type gateway struct {
	*oidc.Provider
	oauth    *oauth2.Config
	verifier *oidc.IDTokenVerifier
	logout   string // where the gateway's session is ended; may be ""
	// namesIssuer: every answer of the gateway carries iss. RFC 9207 3
	namesIssuer bool
	readAt      time.Time
}

// context carries the HTTP client for calls to the gateway.
func (p *Provider) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, &http.Client{
		Timeout: outward, CheckRedirect: refuseRedirect,
		Transport: fence{origin: originOf(p.Config.Issuer), next: http.DefaultTransport},
	})
}

// refuseRedirect: the endpoints of a provider answer themselves.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// discover gives the gateway. People who come at once share one reading, so that
// a gateway that hangs costs each of them one wait and not a queue.
func (p *Provider) discover(ctx context.Context) (*gateway, error) {
	known := p.known.Load()
	if known != nil && p.Now().Sub(known.readAt) < fresh {
		return known, nil
	}
	reading := p.reading.DoChan("", func() (any, error) { return p.read() })
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case done := <-reading:
		if found, ok := done.Val.(*gateway); ok && done.Err == nil {
			return found, nil
		}
		if known != nil {
			return known, nil
		}
		return nil, gatewayDown("discovery", done.Err)
	}
}

// read fetches the document; it outlives the request that asked for it, since
// others wait for the same answer.
func (p *Provider) read() (*gateway, error) {
	ctx, cancel := context.WithTimeout(p.context(context.Background()), outward)
	defer cancel()
	found, err := oidc.NewProvider(ctx, p.Config.Issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		JWKS        string `json:"jwks_uri"`
		EndSession  string `json:"end_session_endpoint"`
		NamesIssuer bool   `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, err
	}
	endpoint := found.Endpoint()
	if err := p.atHome(endpoint.AuthURL, endpoint.TokenURL, found.UserInfoEndpoint(), more.JWKS); err != nil {
		return nil, err
	}
	if more.EndSession != "" {
		if err := p.atHome(more.EndSession); err != nil {
			return nil, err
		}
	}
	// One way of client authentication, the registered one: guessing would send
	// the code a second time. RFC 6749 2.3.1
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	g := &gateway{
		Provider: found, logout: more.EndSession, namesIssuer: more.NamesIssuer, readAt: p.Now(),
		oauth: &oauth2.Config{
			ClientID: p.Config.ClientID, ClientSecret: p.Config.ClientSecret.Reveal(), Endpoint: endpoint,
			RedirectURL: p.RedirectURL, Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
		},
		// The list is ours, not the provider's. RFC 8725 3.1
		verifier: found.Verifier(&oidc.Config{ClientID: p.Config.ClientID, SupportedSigningAlgs: []string{oidc.ES256}, Now: p.Now}),
	}
	p.known.Store(g)
	return g, nil
}

// atHome refuses a document that would send people, codes or tokens to another
// host than the gateway's.
func (p *Provider) atHome(endpoints ...string) error {
	for _, e := range endpoints {
		if originOf(e) != originOf(p.Config.Issuer) || originOf(e) == "" {
			return fmt.Errorf("endpoint %q is not at the origin of the issuer", shorten(e))
		}
	}
	return nil
}

// endSession is where the gateway's session is ended, "" while it is not known.
func (p *Provider) endSession(ctx context.Context) string {
	g, err := p.discover(ctx)
	if err != nil {
		return ""
	}
	return g.logout
}

// originOf is scheme and host of an address, "" when it has none.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func gatewayDown(reason string, cause error) *fault.Error {
	return fault.New(fault.Unavailable, "login.gateway_down").For(reason).Because(private(cause)).Retry(tryAgain)
}

// private is a cause fit for the log: errors of the libraries quote whole
// answers, and wrap errors of reading that would be taken for the visitor's.
func private(err error) error {
	var refused *oauth2.RetrieveError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return fmt.Errorf("token endpoint: %d %s", refused.Response.StatusCode, shorten(refused.ErrorCode))
	}
	return errors.New(shorten(err.Error()))
}
