package oidcop

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"atrio/base/fault"
	"atrio/gateway/services"
	"atrio/web"
)

// farewell is a logout that was asked for: whose, and where it leads.
type farewell struct {
	Client string `json:"c,omitempty"`
	To     string `json:"u,omitempty"`
	State  string `json:"s,omitempty"`

	service *services.Service
	// subject of a valid id_token_hint.
	subject string
}

const (
	farewellPurpose = "oidc-logout"
	farewellLife    = 15 * time.Minute
)

// endSession ends the session of this browser at the wish of a service. With the
// ID token of the person who is signed in it does so at once; otherwise it asks,
// since anybody can make a browser open this address. // OIDC-RP-logout 2
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request) error {
	raw, err := rawParameters(r)
	if err != nil {
		return err
	}
	values, err := parse(raw)
	if err != nil {
		return err
	}
	f, err := p.readFarewell(values)
	if err != nil {
		return err
	}
	if r.Method == http.MethodPost {
		return againByGET(w, r, EndSessionPath, values)
	}
	subject, signedIn := p.Login.Current(r)
	if !signedIn {
		return p.leave(w, r, f)
	}
	if f.subject != "" && f.subject == p.subjectOf(f.service, subject.Account) {
		return p.end(w, r, f)
	}
	plain, err := json.Marshal(f)
	if err != nil {
		return err
	}
	sealed, err := p.Site.Keyring.Seal(farewellPurpose, p.Site.Now().Add(farewellLife), plain)
	if err != nil {
		return err
	}
	view := LogoutPage{Action: confirmPath, Request: sealed}
	if f.service != nil {
		view.Service = f.service.Name.In(web.Lang(r))
	}
	// The form's answer may lead to the service, another origin.
	return p.Site.Page(w, r, http.StatusOK, "oidcop/logout", view, web.NoFormAction, web.Plain)
}

// confirmLogout is the answer to the question. It is a POST from our own page
// only: CrossOriginProtection refuses others.
func (p *Provider) confirmLogout(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	plain, err := p.Site.Keyring.Open(farewellPurpose, p.Site.Now(), form.Value("request"))
	if err != nil {
		return err
	}
	var f farewell
	if err := json.Unmarshal(plain, &f); err != nil {
		return fault.New(fault.Internal, "error.internal").Because(err)
	}
	return p.end(w, r, f)
}

// end ends the session with what it gave out, and leaves.
func (p *Provider) end(w http.ResponseWriter, r *http.Request, f farewell) error {
	to, err := f.address()
	if err != nil {
		return err
	}
	if away, err := p.Login.End(w, r, to); err != nil || away {
		return err
	}
	return p.leave(w, r, f)
}

// leave goes back to the service, or says that the person has left.
func (p *Provider) leave(w http.ResponseWriter, r *http.Request, f farewell) error {
	to, err := f.address()
	if err != nil {
		return err
	}
	if to == "" {
		return p.Site.Page(w, r, http.StatusOK, "oidcop/left", LeftPage{}, web.Plain)
	}
	noStore(w)
	return web.Redirect(w, r, to)
}

// address is where the logout leads, "" when no service said so.
func (f farewell) address() (string, error) {
	if f.To == "" {
		return "", nil
	}
	to, err := url.Parse(f.To)
	if err != nil {
		return "", errLogoutRedirect.Because(err)
	}
	if f.State != "" {
		q := to.Query()
		q.Set("state", f.State)
		to.RawQuery = q.Encode()
	}
	return to.String(), nil
}

// readFarewell checks the parameters. Every mistake is a page: a wrong address
// is never followed.
func (p *Provider) readFarewell(values url.Values) (farewell, error) {
	f := farewell{Client: values.Get("client_id"), To: values.Get("post_logout_redirect_uri"), State: values.Get("state")}
	if len(f.State) > maxState {
		return farewell{}, errTooLong
	}
	if hint := values.Get("id_token_hint"); hint != "" {
		claims, err := p.Keys.ReadIDToken(hint, p.Site.BaseURL)
		if err != nil || (f.Client != "" && !slices.Contains(claims.Audience, f.Client)) {
			return farewell{}, errHint.Because(err)
		}
		f.Client, f.subject = claims.Audience[0], claims.Subject
	}
	if f.Client != "" {
		s, ok := p.Services.ByClientID(f.Client)
		if !ok {
			return farewell{}, errUnknownService
		}
		f.service = s
	}
	if f.To != "" && (f.service == nil || !f.service.LogsOutTo(f.To)) { // byte by byte
		return farewell{}, errLogoutRedirect
	}
	return f, nil
}
