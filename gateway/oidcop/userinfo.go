package oidcop

import (
	"net/http"
	"net/url"
	"strings"

	"atrio/base/audit"
	"atrio/base/fault"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// userinfo tells a service what is released to it. // OIDC-core 5.3
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) error {
	token, ok := bearer(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Bearer realm="oidc"`) // RFC 6750 3: no error code when there was no token
		writeError(w, http.StatusUnauthorized, goidc.ErrorCodeInvalidToken, "an access token is required")
		return nil
	}
	x := &exchange{}
	answer := newCapture()
	in := r.Clone(withExchange(r, x).Context())
	in.Method, in.Body, in.URL = http.MethodGet, http.NoBody, &url.URL{Path: UserinfoPath}
	in.Header = http.Header{"Authorization": {"Bearer " + token}}
	p.engine.ServeHTTP(answer, in)
	switch {
	case fault.Is(x.pageFault, fault.NotFound): // the account is closed
		p.refuseToken(w, r, "account_closed")
	case x.pageFault != nil:
		p.writeFault(w, r, x.pageFault)
	case answer.status >= http.StatusInternalServerError:
		p.writeFault(w, r, internal(x.refusals))
	case answer.status >= http.StatusBadRequest:
		p.refuseToken(w, r, reason(answer.errorCode(), x.refusals))
	default:
		answer.send(w)
	}
	return nil
}

// refuseToken answers a token that opens nothing. // RFC 6750 3.1
func (p *Provider) refuseToken(w http.ResponseWriter, r *http.Request, why string) {
	p.refuse(r, audit.CodeRefused, "", why)
	w.Header().Set("WWW-Authenticate", `Bearer realm="oidc", error="invalid_token"`)
	writeError(w, http.StatusUnauthorized, goidc.ErrorCodeInvalidToken, "the access token is expired, revoked or not ours")
}

// maxToken bounds what is looked at as an access token.
const maxToken = 4 << 10

// bearer reads the token from the header or from a posted form, never from the
// query and never from both. // RFC 6750 2
func bearer(r *http.Request) (string, bool) {
	header := r.Header.Values("Authorization")
	inForm := ""
	if r.Method == http.MethodPost && r.Header.Get("Content-Type") != "" {
		raw, err := rawParameters(r)
		if err != nil {
			return "", false
		}
		form, err := parse(raw)
		if err != nil {
			return "", false
		}
		inForm = form.Get("access_token")
	}
	if len(header) == 0 {
		return inForm, inForm != "" && len(inForm) <= maxToken
	}
	scheme, token, _ := strings.Cut(header[0], " ")
	return token, len(header) == 1 && inForm == "" && strings.EqualFold(scheme, "Bearer") &&
		token != "" && len(token) <= maxToken && !strings.ContainsAny(token, " \t")
}
