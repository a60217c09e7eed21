package oidcop

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/people/person"
	"atrio/web"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// authorize answers authorization requests, the first time and when the login
// comes back. // OIDC-core 3.1.2
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) error {
	raw, err := rawParameters(r)
	if err != nil {
		return err
	}
	values, err := parse(raw)
	if err != nil {
		return err
	}
	req, err := p.readRequest(values, web.Lang(r))
	if err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		return againByGET(w, r, AuthorizePath, values)
	}
	if refused := p.check(req, values); refused != nil {
		p.refuse(r, audit.CodeRefused, req.service.ClientID, string(refused.Code))
		return p.answerError(w, r, req, *refused)
	}
	x := &exchange{request: req}
	r = withExchange(r, x)
	r.URL = &url.URL{Path: AuthorizePath, RawQuery: req.engineQuery()} // without what is handled here
	p.engine.ServeHTTP(w, r)
	return x.pageFault
}

// againByGET turns a posted form into the same request by GET. The session cookie
// is SameSite=Lax: it does not come with a POST from a service's page, but with
// the navigation that follows.
func againByGET(w http.ResponseWriter, r *http.Request, path string, values url.Values) error {
	noStore(w)
	return web.Redirect(w, r, path+"?"+values.Encode())
}

// rawParameters are the parameters of a GET or of a posted form, never of both.
func rawParameters(r *http.Request) (string, error) {
	if r.Method != http.MethodPost {
		return r.URL.RawQuery, nil
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return "", errMalformed
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxQuery+1))
	if err != nil {
		return "", errMalformed.Because(err)
	}
	return string(body), nil
}

// acceptAll lets the one policy handle every request.
func acceptAll(*http.Request, *goidc.AuthnSession, *goidc.Client) bool { return true }

// decide runs when the engine has found the request valid: answer with a code,
// send the person to the login, or tell the service why neither is possible.
func (p *Provider) decide(w http.ResponseWriter, r *http.Request, as *goidc.AuthnSession, _ *goidc.Client) (goidc.Status, error) {
	x := exchangeOf(r.Context())
	req := x.request
	subject, signedIn := p.Login.Current(r)
	silent, resumed := slices.Contains(req.prompt, "none"), !req.began.IsZero()
	sufficient := signedIn && p.suffices(req, subject)
	if sufficient || signedIn && !silent && (resumed || p.fresh(req, subject)) {
		// What is missing may be done in the session that is open: a second factor, an
		// answer. The service learns of it only when the rules know of nothing. // G4.8
		refusal, err := p.Login.Admit(r, Wish{Service: req.service.ClientID, TwoFactors: req.twoFactors(subject), Resumed: resumed}, subject)
		if err != nil || refusal != nil {
			return p.notAdmitted(w, r, x, refusal, err)
		}
	}
	if sufficient {
		x.subject, x.acr = subject, req.contexts.Answer(subject.strength())
		as.Subject = subject.Account
		as.GrantedScopes = as.Scopes
		return goidc.StatusSuccess, nil
	}
	if silent { // OIDC-core 3.1.2.6
		p.refuse(r, audit.CodeRefused, req.service.ClientID, "login_required")
		return goidc.StatusFailure, goidc.NewError(goidc.ErrorCodeLoginRequired, "login required")
	}
	if signedIn && resumed {
		// The person has just been at the login and this is what came of it: to
		// send the browser there again could go on for ever.
		return goidc.StatusFailure, p.notReached(r, req, subject)
	}
	x.pageFault = p.Login.Begin(w, r, Destination{
		Service: req.service.ClientID,
		Resume:  p.resume(req, p.Site.Now()),
		Level:   p.levelFor(req), Fresh: signedIn || req.wantsFresh(),
	})
	return goidc.StatusPending, nil
}

// notAdmitted shows why a person may not use the service; a request without pages
// gets the short answer.
func (p *Provider) notAdmitted(w http.ResponseWriter, r *http.Request, x *exchange, refusal Refusal, err error) (goidc.Status, error) {
	req := x.request
	switch {
	case err != nil:
		x.pageFault = err
	case slices.Contains(req.prompt, "none"): // OIDC-core 3.1.2.6
		return goidc.StatusFailure, goidc.NewError(goidc.ErrorCodeAccessDenied, "the person may not use this service")
	default:
		began := req.began // a login that answered prompt=login counts when the person comes back
		if began.IsZero() {
			began = p.Site.Now()
		}
		x.pageFault = refusal(w, r, Destination{Service: req.service.ClientID, Resume: p.resume(req, began), Level: p.levelFor(req)})
	}
	return goidc.StatusPending, nil
}

// notReached names what the login did not bring.
func (p *Provider) notReached(r *http.Request, req *request, subject Subject) error {
	code, text := goidc.ErrorCodeLoginRequired, "the login was not renewed"
	if !p.strongEnough(req, subject) {
		code, text = errUnmet, "the level of assurance was not reached"
	}
	p.refuse(r, audit.CodeRefused, req.service.ClientID, string(code))
	return goidc.NewError(code, text)
}

// levelFor is the level to ask for: what the service is registered for, or more
// if the request wants more. // G4.8
func (p *Provider) levelFor(req *request) person.Level {
	return max(req.service.Level, req.contexts.Level())
}

// suffices reports whether the session answers the request without a new login.
func (p *Provider) suffices(req *request, s Subject) bool {
	return p.strongEnough(req, s) && p.fresh(req, s)
}

// strongEnough is about how the person proved who they are. Less than the service is
// registered for, or than a request cannot do without, never is enough. More may be
// wished for: then it is tried once, and the answer tells what came of it.
// OIDC-core 3.1.2.1, 5.5.1.1
func (p *Provider) strongEnough(req *request, s Subject) bool {
	switch {
	case s.strong() < req.service.Level, req.contexts.Essential && !req.contexts.Met(s.strength()):
		return false
	case !req.began.IsZero():
		return true
	}
	return s.strong() >= p.levelFor(req) && req.twoFactors(s) == Unasked
}

// fresh is about who proved it, and when.
func (p *Provider) fresh(req *request, s Subject) bool {
	if req.hinted != "" && req.hinted != p.subjectOf(req.service, s.Account) {
		return false
	}
	// A login after the request came in is as fresh as can be.
	if !req.began.IsZero() && s.newAfter(req.began) {
		return true
	}
	if req.wantsPrompt() {
		return false
	}
	age := p.Site.Now().Sub(s.AuthTime)
	return req.maxAge < 0 || age <= time.Duration(req.maxAge)*time.Second
}

// answerError sends an error to the service. The address was checked.
// RFC 6749 4.1.2.1, RFC 9207 2
func (p *Provider) answerError(w http.ResponseWriter, r *http.Request, req *request, e goidc.Error) error {
	to, err := url.Parse(req.params.Get("redirect_uri"))
	if err != nil {
		return errRequest.Because(err)
	}
	q := to.Query()
	q.Set("error", string(e.Code))
	q.Set("error_description", e.Description)
	q.Set("iss", p.Site.BaseURL)
	if state := req.params.Get("state"); state != "" && len(state) <= maxState {
		q.Set("state", state)
	}
	to.RawQuery = q.Encode()
	noStore(w)
	return web.Redirect(w, r, to.String())
}
