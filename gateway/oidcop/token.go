package oidcop

import (
	"net/http"
	"net/url"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/services"
	"atrio/web"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// token redeems codes. // OIDC-core 3.1.3
func (p *Provider) token(w http.ResponseWriter, r *http.Request) error {
	raw, err := rawParameters(r)
	if err != nil {
		writeError(w, http.StatusBadRequest, goidc.ErrorCodeInvalidRequest, "the body must be application/x-www-form-urlencoded")
		return nil
	}
	form, err := parse(raw)
	if err != nil { // RFC 6749 3.2: no parameter twice
		writeError(w, http.StatusBadRequest, goidc.ErrorCodeInvalidRequest, "malformed, oversized or repeated parameters")
		return nil
	}
	cred, ok := readCredential(r, form)
	s, known := p.Services.ByClientID(cred.client)
	if !ok || !known || s.Auth != cred.method {
		p.refuseClient(w, r, cred.client)
		return nil
	}
	form.Del("scope") // not a parameter of this grant; the code says what was granted
	x := &exchange{form: form, reference: web.RequestID(r), address: web.ClientAddr(r).String()}
	if cred.assertion != "" {
		x.proof = &Assertion{Issuer: cred.client, Expires: p.Site.Now().Add(assertionLife + 2*leeway)}
	}
	answer := newCapture()
	p.engine.ServeHTTP(answer, engineForm(withExchange(r, x), form, cred))
	p.finishToken(w, r, x, answer, s)
	return nil
}

// finishToken sends the answer, corrected where the engine departs from RFC 6749.
func (p *Provider) finishToken(w http.ResponseWriter, r *http.Request, x *exchange, answer *capture, s *services.Service) {
	code := answer.errorCode()
	switch {
	case fault.Is(x.pageFault, fault.NotFound): // the account was closed since the code was made
		p.refuse(r, audit.CodeRefused, s.ClientID, "account_closed")
		writeError(w, http.StatusBadRequest, goidc.ErrorCodeInvalidGrant, "invalid grant")
	case x.pageFault != nil:
		p.writeFault(w, r, x.pageFault)
	case answer.status >= http.StatusInternalServerError:
		p.writeFault(w, r, internal(x.refusals))
	case code == "":
		answer.send(w)
	case code == goidc.ErrorCodeInvalidClient:
		p.refuseClient(w, r, s.ClientID, x.refusals...)
	default:
		p.refuse(r, audit.CodeRefused, s.ClientID, reason(code, x.refusals))
		answer.status = http.StatusBadRequest // RFC 6749 5.2, for all but invalid_client
		answer.send(w)
	}
}

// refuseClient answers a client that did not prove itself, always the same.
// RFC 6749 5.2
func (p *Provider) refuseClient(w http.ResponseWriter, r *http.Request, client string, refusals ...error) {
	if _, known := p.Services.ByClientID(client); !known {
		client = "" // never a foreign text in the log
	}
	p.refuse(r, audit.CodeRefused, client, reason(goidc.ErrorCodeInvalidClient, refusals))
	if r.Header.Get("Authorization") != "" {
		w.Header().Set("WWW-Authenticate", `Basic realm="oidc", charset="UTF-8"`)
	}
	writeError(w, http.StatusUnauthorized, goidc.ErrorCodeInvalidClient, "client authentication failed")
}

// engineForm gives the engine the form that was checked, and nothing else.
func engineForm(r *http.Request, form url.Values, cred credential) *http.Request {
	out := r.WithContext(r.Context())
	out.Form, out.PostForm, out.Body = form, form, http.NoBody
	out.URL = &url.URL{Path: r.URL.Path}
	out.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if cred.method == services.SecretBasic {
		out.SetBasicAuth(cred.client, cred.secret)
	}
	return out
}
