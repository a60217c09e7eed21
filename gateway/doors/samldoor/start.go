package samldoor

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"atrio/federation/spid/spidsaml"
	"atrio/gateway/journey"
	"atrio/saml"
	"atrio/web"
)

// Start sends the person to a provider with a signed request for what the
// destination asks for. flow is the handle of the journey; empty begins one to the
// person's own account. // SPID-RT 1.2.2
func (d *Door) Start(w http.ResponseWriter, r *http.Request, provider spidsaml.Provider, flow string) error {
	j, err := d.journeyOf(r, flow)
	if err != nil {
		return journey.Explain(err, flow)
	}
	request, err := d.World.Request(saml.NewID(), d.Now(), provider, j.To)
	if err != nil {
		return offer(err, flow)
	}
	if err := d.remember(w, r, &j, request); err != nil {
		return journey.Explain(err, flow)
	}
	return d.send(w, r, request, j.Handle)
}

// journeyOf finds the journey that goes on here, or begins one to the person's own
// account. A journey that is already at a door keeps its cookie: going back and
// choosing again, or opening two providers, makes one more, and tabs do not mix.
func (d *Door) journeyOf(r *http.Request, flow string) (journey.Journey, error) {
	if flow == "" {
		return journey.Journey{Handle: journey.NewHandle()}, nil
	}
	j, err := d.Journeys.Find(r, flow)
	if err != nil && !errors.Is(err, journey.ErrExpired) {
		return j, err
	}
	if j.Step != journey.Choosing {
		return journey.Journey{Handle: journey.NewHandle(), To: j.To, Link: j.Link, LinkLogin: j.LinkLogin, Passed: j.Passed}, nil
	}
	return j, nil
}

// remember seals what is pending into the journey. The copy of the request for the
// ledger is left out when the service's own request leaves no room for it.
func (d *Door) remember(w http.ResponseWriter, r *http.Request, j *journey.Journey, request spidsaml.Request) error {
	pending, err := json.Marshal(request.Pending)
	if err != nil {
		return fmt.Errorf("samldoor: pending request: %w", err)
	}
	j.Step, j.Through, j.Door = journey.AtDoor, d.Name, pending
	j.Request = request.Deflated
	if s := web.CurrentSession(r); s != nil {
		j.Replaces = s.Handle
	}
	err = d.Journeys.Save(w, r, j)
	if errors.Is(err, journey.ErrTooLarge) {
		j.Request = nil
		err = d.Journeys.Save(w, r, j)
	}
	return err
}

// send leads the browser to the provider: by redirect where the provider has an
// address for it, else by a form that posts itself. // SAML-bindings 3.4, 3.5
func (d *Door) send(w http.ResponseWriter, r *http.Request, request spidsaml.Request, relayState string) error {
	if request.Binding == saml.BindingRedirect {
		address, err := request.RedirectURL(relayState)
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-store") // SAML-bindings 3.4.5.1
		http.Redirect(w, r, address, http.StatusFound)
		return nil
	}
	action, message, err := request.Post()
	if err != nil {
		return err
	}
	return d.Site.Page(w, r, http.StatusOK, "web/autopost", web.AutoPost{
		Action: action, Fields: []web.Field{{Name: "SAMLRequest", Value: message}, {Name: "RelayState", Value: relayState}},
	}, web.NoFormAction, web.Plain)
}
