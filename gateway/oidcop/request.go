package oidcop

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"atrio/gateway/oidcop/acr"
	"atrio/gateway/release"
	"atrio/gateway/services"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// Limits of an authorization request, in bytes.
const (
	maxQuery = 8 << 10 // read at all
	maxState = 512
	maxNonce = 256
	maxHint  = 4 << 10
)

// beganParameter carries, from the login back to the authorization, when the
// authorization first came in.
const beganParameter = "login_began"

// request is an authorization request after the checks of this package.
type request struct {
	service *services.Service
	// params are the parameters that matter, as they came.
	params url.Values
	// began is when the request first came in, calendar time; zero at first.
	began time.Time

	prompt []string
	maxAge int // seconds, -1 when not asked for
	// contexts are what was asked about the strength of the login.
	contexts acr.Contexts
	// hinted is the subject of the id_token_hint, or of claims; "" when there was none.
	hinted string
}

// kept are the parameters that matter; unknown ones are ignored as the standard
// says. // RFC 6749 3.1, OIDC-core 3.1.2.1
var kept = []string{
	"client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce",
	"code_challenge", "code_challenge_method", "prompt", "max_age", "acr_values", "id_token_hint", "claims",
}

// parse reads a query or form strictly: well formed, no parameter twice.
// RFC 6749 3.1: "parameters MUST NOT be included more than once".
func parse(raw string) (url.Values, error) {
	if len(raw) > maxQuery {
		return nil, errTooLong
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, errMalformed.Because(err)
	}
	for name, list := range values {
		if len(list) > 1 {
			return nil, errRepeated.With("name", printable(name))
		}
	}
	for _, list := range values {
		if strings.ContainsRune(list[0], 0) {
			return nil, errMalformed
		}
	}
	return values, nil
}

// printable cuts a foreign name to something that may stand on a page.
func printable(name string) string {
	if len(name) > 40 {
		name = name[:40]
	}
	return strings.ToValidUTF8(name, "?")
}

// readRequest finds the service and makes sure where an answer may go: until
// then every fault is a page of ours, afterwards an answer to the service.
func (p *Provider) readRequest(values url.Values, lang string) (*request, error) {
	s, ok := p.Services.ByClientID(values.Get("client_id"))
	if !ok {
		return nil, errUnknownService
	}
	// Byte by byte; the engine compares addresses after parsing, which lets
	// "HTTPS://…" and an empty fragment pass. // RFC 9700 2.1, ASVS 10.4.1
	if !s.Redirects(values.Get("redirect_uri")) {
		return nil, errRedirect.With("service", s.Name.In(lang))
	}
	req := &request{service: s, params: url.Values{}, maxAge: -1}
	for _, name := range kept {
		if v := values.Get(name); v != "" {
			req.params.Set(name, v)
		}
	}
	req.began = p.readBegan(values.Get(beganParameter), req)
	return req, nil
}

// check reads what concerns the login and what the engine would let pass. The
// error is an answer to the service.
func (p *Provider) check(req *request, values url.Values) *goidc.Error {
	refuse := func(code goidc.ErrorCode, text string) *goidc.Error {
		e := goidc.NewError(code, text)
		return &e
	}
	switch {
	case values.Get("request") != "": // OIDC-core 3.1.2.6, never parsed
		return refuse("request_not_supported", "request objects are not supported")
	case values.Get("request_uri") != "": // never fetched
		return refuse(goidc.ErrorCodeRequestURINotSupported, "request_uri is not supported")
	case values.Get("registration") != "":
		return refuse("registration_not_supported", "registration is not supported")
	case values.Get("response_type") != "code" && values.Get("response_type") != "":
		return refuse("unsupported_response_type", "only the response type code is supported")
	case values.Get("response_mode") != "query" && values.Get("response_mode") != "":
		return refuse(goidc.ErrorCodeInvalidRequest, "only the response mode query is supported")
	case values.Get("code_challenge_method") != "S256": // a missing method would mean plain, RFC 7636 4.3
		return refuse(goidc.ErrorCodeInvalidRequest, "PKCE with code_challenge_method S256 is required")
	case !challengeForm(values.Get("code_challenge")):
		return refuse(goidc.ErrorCodeInvalidRequest, "code_challenge must be the base64url SHA-256 of the verifier")
	case len(values.Get("state")) > maxState || len(values.Get("nonce")) > maxNonce || len(values.Get("id_token_hint")) > maxHint:
		return refuse(goidc.ErrorCodeInvalidRequest, "state, nonce or id_token_hint is too long")
	case len(values.Get("claims")) > acr.MaxClaims:
		return refuse(goidc.ErrorCodeInvalidRequest, "claims is too long")
	}
	return p.checkLogin(req, refuse)
}

// checkLogin reads prompt, max_age, id_token_hint, acr_values and claims.
func (p *Provider) checkLogin(req *request, refuse func(goidc.ErrorCode, string) *goidc.Error) *goidc.Error {
	req.prompt = strings.Fields(req.params.Get("prompt"))
	if slices.Contains(req.prompt, "none") && len(req.prompt) > 1 {
		return refuse(goidc.ErrorCodeInvalidRequest, "prompt none excludes other values")
	}
	if raw := req.params.Get("max_age"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 0 {
			return refuse(goidc.ErrorCodeInvalidRequest, "max_age must be a number of seconds")
		}
		req.maxAge = n
	}
	if hint := req.params.Get("id_token_hint"); hint != "" {
		claims, err := p.Keys.ReadIDToken(hint, p.Site.BaseURL)
		if err != nil || !slices.Contains(claims.Audience, req.service.ClientID) {
			return refuse(goidc.ErrorCodeInvalidRequest, "id_token_hint was not issued here for this service")
		}
		req.hinted = claims.Subject
	}
	return p.readContexts(req, refuse)
}

// wantsPrompt: the person has to be asked, whatever session there is.
func (req *request) wantsPrompt() bool {
	return slices.Contains(req.prompt, "login") || slices.Contains(req.prompt, "select_account")
}

// wantsFresh: a login is needed that is no older than the request. Without it a
// provider could answer from a session of its own, and a session that just began
// here would hide how old that is. // OIDC-core 3.1.2.1 prompt, max_age
func (req *request) wantsFresh() bool { return req.wantsPrompt() || req.maxAge >= 0 }

// scopes are those of the request that mean something here. Others are ignored.
// OIDC-core 3.1.2.1
func (req *request) scopes() string {
	asked := strings.Fields(req.params.Get("scope"))
	var out []string
	for _, known := range release.Scopes() {
		if slices.Contains(asked, known) {
			out = append(out, known)
		}
	}
	return strings.Join(out, " ")
}

// engineQuery is the request as the engine gets it: what this package handles
// itself is left out.
func (req *request) engineQuery() string {
	q := url.Values{}
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "state", "nonce", "code_challenge", "code_challenge_method"} {
		if v := req.params.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	q.Set("scope", req.scopes())
	return q.Encode()
}

// challengeForm: S256 gives 32 bytes, 43 characters of base64url. // RFC 7636 4.2
func challengeForm(s string) bool {
	if len(s) != 43 {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
