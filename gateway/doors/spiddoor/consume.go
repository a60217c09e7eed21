package spiddoor

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/journey"
	"atrio/web"
)

// consume is the Assertion Consumer Service: it takes the provider's answer,
// checks it against what this browser is waiting for, and hands the assertion on.
// SPID-RT 1.3, SAML-profiles 4.1.4.3
func (d *Door) consume(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return offer(err, "")
	}
	// The RelayState is the handle of the journey; an answer to a browser that did
	// not start, or that nobody asked for, ends here.
	flow := form.Value("RelayState")
	j, err := d.Journeys.Find(r, flow, journey.AtDoor)
	if err != nil {
		return journey.Explain(err, flow)
	}
	var pending spidsaml.Pending
	if err := json.Unmarshal(j.Door, &pending); err != nil {
		return journey.Explain(journey.ErrWrongStep.Because(err), flow)
	}
	provider, known := d.Directory.Provider(pending.Provider)
	if !known {
		return offer(fault.New(fault.Denied, "error.spid.provider_unknown").For("spid_provider_gone"), flow)
	}
	login, err := spidsaml.CheckResponse(spidsaml.Input{
		SAMLResponse: form.Value("SAMLResponse"), SP: d.SP, Provider: provider, Pending: pending, Now: d.Now(),
	})
	if err != nil {
		return d.refuse(r, err, pending, flow)
	}
	passage, err := d.passage(login, pending, j)
	if err != nil {
		return offerRetry(err, pending.Provider, flow)
	}
	return d.Passed(w, r, j, passage)
}

// refuse writes the audit line of an answer that was not accepted and makes the
// page: what happened, who can solve it, Riprova, Entra in altro modo.
func (d *Door) refuse(r *http.Request, err error, pending spidsaml.Pending, flow string) error {
	var refusal *spidsaml.Refusal
	if errors.As(err, &refusal) && d.Site.Refused != nil {
		d.Site.Refused(r.Context(), audit.Event{
			At: d.Now(), Role: d.Site.Role, Action: audit.ResponseRefused, Outcome: audit.Refused, Reason: refusal.Reason(),
			Reference: web.RequestID(r), Address: web.ClientAddr(r).String(),
			Detail: map[string]string{"issuer": pending.Provider, "check": refusal.Check.ID, "case": strings.Join(refusal.Check.Cases, " ")},
		})
	}
	if errors.As(err, &refusal) && refusal.Anomaly != nil && hopeless[refusal.Anomaly.Code] {
		var f *fault.Error
		if errors.As(err, &f) {
			return f.Offer("gateway.action.other", loginURL(flow)).
				Offer("gateway.action.retry", startURL(pending.Provider, flow)).Offer("gateway.action.help", "/help")
		}
	}
	return offerRetry(err, pending.Provider, flow)
}

// hopeless are the anomalies that the same identity at the same provider meets
// again: no credential of the level, identity suspended or revoked. Another way
// then comes before another try.
var hopeless = map[int]bool{20: true, 23: true}

// offerRetry adds the ways on after an answer that did not lead in. The person's
// destination survives in the journey.
func offerRetry(err error, provider, flow string) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return offer(f.Offer("gateway.action.retry", startURL(provider, flow)), flow)
}

func offer(err error, flow string) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer("gateway.action.other", loginURL(flow)).Offer("gateway.action.help", "/help")
}
