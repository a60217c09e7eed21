package evidence

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"atrio/federation/spid/spidcases"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/xmlsec"
)

// play is one case: a login in a browser of its own.
func (r *run) play(ctx context.Context, c spidcases.Case) (Result, error) {
	b := newBrowser(r)
	asked, now, err := r.request(ctx, b)
	if err != nil {
		return Result{}, err
	}
	document, err := r.provider.Response(c, asked, now)
	if err != nil {
		return Result{}, err
	}
	result := Result{ID: c.ID, Title: c.Title, Tools: c.Tools, Expected: c.Expected(asked)}
	if err := r.store.writeCase(c.ID, map[string][]byte{"request.xml": asked.XML, "response.xml": document}); err != nil {
		return result, err
	}
	form := url.Values{"SAMLResponse": {binding.EncodePost(document)}, "RelayState": {asked.RelayState}}
	first, err := b.post(ctx, asked.ACSURL, r.provider.EntityID, form)
	if err != nil {
		return result, err
	}
	last, err := b.follow(ctx, first)
	if err != nil {
		return result, err
	}
	result.see(first, last)
	if err := r.keepPage(ctx, b, c.ID, "page.html", last); err != nil {
		return result, err
	}
	if result.Expected.Anomaly != 0 && !result.Got.Accepted {
		// What a person reads is shown in both languages: a refused answer can be sent again.
		b.lang = "en"
		english, err := b.post(ctx, asked.ACSURL, r.provider.EntityID, form)
		if err != nil {
			return result, err
		}
		if err := r.keepPage(ctx, b, c.ID, "page.en.html", english); err != nil {
			return result, err
		}
		result.English = true
	}
	result.compare()
	return result, r.store.writeJSON("cases/"+c.ID+"/meta.json", result)
}

// request starts a login and reads the request that the gateway sends to the provider,
// by either binding. Its own date is the gateway's time, which need not be ours.
func (r *run) request(ctx context.Context, b *browser) (*spidsaml.Authn, time.Time, error) {
	answer, err := b.get(ctx, r.plan.World.Login(r.provider.EntityID))
	if err != nil {
		return nil, time.Time{}, err
	}
	in, err := r.incoming(answer)
	if err != nil {
		return nil, time.Time{}, err
	}
	if in.Now, err = issued(in); err != nil {
		return nil, time.Time{}, err
	}
	asked, found := r.provider.ReadRequest(in, func(id string) (spidsaml.Service, bool) { return r.service, id == r.service.EntityID })
	if found != nil {
		return nil, time.Time{}, fmt.Errorf("the request of the gateway is wrong: %w", found)
	}
	if !r.sameOrigin(asked.ACSURL) {
		return nil, time.Time{}, fmt.Errorf("the answer goes to %s, which is not at %s: give the public address of the gateway", asked.ACSURL, r.base)
	}
	return asked, in.Now, nil
}

// incoming is the request as it would reach the provider.
func (r *run) incoming(a answer) (spidsaml.Incoming, error) {
	if target := a.location(); target != "" {
		address, query, _ := strings.Cut(target, "?")
		if address != r.provider.SSOURL {
			return spidsaml.Incoming{}, fmt.Errorf("%w (it sends people to %s)", ErrNotTrusted, address)
		}
		return spidsaml.Incoming{Method: http.MethodGet, RawQuery: query}, nil
	}
	p := readPage(a.body)
	switch {
	case a.status == http.StatusOK && p.action == r.provider.SSOURL:
		form := map[string][]string{}
		for _, name := range []string{"SAMLRequest", "RelayState"} {
			form[name] = []string{p.fields[name]}
		}
		return spidsaml.Incoming{Method: http.MethodPost, Form: form}, nil
	case a.status == http.StatusOK || a.status == http.StatusNotFound:
		return spidsaml.Incoming{}, ErrNotTrusted
	}
	return spidsaml.Incoming{}, fmt.Errorf("the login does not start: status %d, %q, reference %s", a.status, p.heading, p.reference)
}

// issued is the date that the request gives itself. It is believed: the request is
// checked against it for everything else.
func issued(in spidsaml.Incoming) (time.Time, error) {
	var m *binding.Message
	var err error
	if in.Method == http.MethodGet {
		m, err = binding.FromQuery(in.RawQuery)
	} else {
		m, err = binding.FromForm(in.Form)
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("the request of the gateway: %w", err)
	}
	e, err := xmlsec.Parse(m.XML, xmlsec.Message)
	if err != nil {
		return time.Time{}, fmt.Errorf("the request of the gateway: %w", err)
	}
	at, _ := e.Attr("IssueInstant")
	return saml.Instant(at).Time()
}
