package evidence

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"atrio/federation/spid/spidcases"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/binding"
)

// LogoutID names the case of the way out among the results.
const LogoutID = "logout"

var logoutTitle = spidcases.Text{
	It: "Il gestore chiede l’uscita e il servizio la conferma con una LogoutResponse firmata",
	En: "The provider asks for the logout and the service confirms it with a signed LogoutResponse",
}

// logout is the way out that the provider begins. The other direction needs a person
// who is signed in, and an account; it is proved by the tests of the gateway. Avviso SPID 3
func (r *run) logout(ctx context.Context) (Result, error) {
	result := Result{ID: LogoutID, Title: logoutTitle, Tools: spidcases.SAMLCheck, Expected: spidcases.Expectation{Accepted: true}}
	b := newBrowser(r)
	_, now, err := r.request(ctx, b) // tells the gateway's time
	if err != nil {
		return result, err
	}
	request, pending, err := r.provider.Leaver().Ask(saml.NewID(), now, r.service.Peer(now), "_"+rand.Text(), "_"+rand.Text(), saml.BindingPost)
	if err != nil {
		return result, fmt.Errorf("the metadata of the gateway name no address for logout: %w", err)
	}
	if !r.sameOrigin(request.Location) {
		return result, fmt.Errorf("the logout goes to %s, which is not at %s", request.Location, r.base)
	}
	got, err := r.sendLogout(ctx, b, request.Binding, request.Location, request.RedirectURL, request.Field)
	if err != nil {
		return result, err
	}
	result.see(got, got)
	result.Got.Accepted = got.status < 400
	confirmed, err := r.confirmed(got)
	switch {
	case err != nil:
		result.Differences = append(result.Differences, err.Error())
	case confirmed.InResponseTo != pending.RequestID || !confirmed.Complete:
		result.Differences = append(result.Differences, "the LogoutResponse answers another request, or does not confirm")
	}
	files := map[string][]byte{"request.xml": request.XML}
	if confirmed != nil {
		files["response.xml"] = confirmed.XML
	}
	if err := r.store.writeCase(result.ID, files); err != nil {
		return result, err
	}
	if err := r.keepPage(ctx, b, result.ID, "page.html", got); err != nil {
		return result, err
	}
	return result, r.store.writeJSON("cases/"+result.ID+"/meta.json", result)
}

// sendLogout sends the request by the binding for which the gateway has an address.
func (r *run) sendLogout(ctx context.Context, b *browser, way, location string, redirect func(string) (string, error), field func() (string, error)) (answer, error) {
	if way == saml.BindingRedirect {
		address, err := redirect("opaque")
		if err != nil {
			return answer{}, err
		}
		return b.ask(ctx, http.MethodGet, address, "", nil)
	}
	value, err := field()
	if err != nil {
		return answer{}, err
	}
	return b.post(ctx, location, r.provider.EntityID, url.Values{binding.Request: {value}, "RelayState": {"opaque"}})
}

// confirmed reads the answer that the browser would bring to the provider.
func (r *run) confirmed(got answer) (*spidsaml.Farewell, error) {
	in := spidsaml.Incoming{Method: http.MethodGet}
	if target := got.location(); target != "" {
		address, query, _ := strings.Cut(target, "?")
		if address != r.provider.SLOURL {
			return nil, fmt.Errorf("the browser is sent to %s, not to the provider", address)
		}
		in.RawQuery = query
	} else {
		p := readPage(got.body)
		if p.action != r.provider.SLOURL {
			return nil, fmt.Errorf("status %d and no LogoutResponse: %q", got.status, p.heading)
		}
		in.Method, in.Form = http.MethodPost, map[string][]string{binding.Response: {p.fields[binding.Response]}, "RelayState": {p.fields["RelayState"]}}
	}
	var err error
	if in.Now, err = issued(in); err != nil {
		return nil, err
	}
	f, err := r.provider.Leaver().Read(in, func(id string) (spidsaml.Peer, bool) {
		return r.service.Peer(in.Now), id == r.service.EntityID
	})
	if err != nil {
		return nil, err
	}
	if f.Request || f.RelayState != "opaque" {
		return nil, fmt.Errorf("no LogoutResponse with the RelayState of the request")
	}
	return f, nil
}
