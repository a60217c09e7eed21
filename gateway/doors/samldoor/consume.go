package samldoor

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/people/person"
	"atrio/web"
)

// maxResponse bounds the form that brings an answer: 256 KiB of XML in base64,
// which itself grows when it is written as a form field.
const maxResponse = 400 << 10

// ACS is an Assertion Consumer Service: the address for the answers of all doors
// whose requests name it. An answer is checked by the door that its request left
// through and by no other, whoever signed it. // SAML-profiles 4.1.4.3
type ACS struct {
	Path     string
	Journeys *journey.Keeper
	Doors    []*Door
	// Allow counts the answer for the address of the client, before anything is checked.
	Allow func(r *http.Request) error
}

// Mount gives it its address.
func (a *ACS) Mount(m *web.Mux) { m.Post(a.Path, a.consume, web.MaxBody(maxResponse)) }

// consume takes a provider's answer, finds what this browser is waiting for, and
// hands the answer to the door of that request.
func (a *ACS) consume(w http.ResponseWriter, r *http.Request) error {
	form, err := web.ReadForm(r)
	if err != nil {
		return offer(err, "")
	}
	if err := a.Allow(r); err != nil {
		return a.later(err, form)
	}
	// The RelayState is the handle of the journey; an answer to a browser that did
	// not start, or that nobody asked for, ends here.
	flow := form.Value("RelayState")
	j, err := a.Journeys.Find(r, flow, journey.AtDoor)
	if err != nil {
		return journey.Explain(err, flow)
	}
	if j.Through == "" {
		j.Through = person.DoorSPID // 0.1.0 had no other door, and a login may be under way during an update
	}
	for _, d := range a.Doors {
		if d.Name == j.Through {
			return d.consume(w, r, j, form.Value("SAMLResponse"))
		}
	}
	return offer(fault.New(fault.Denied, "error.journey.other_door").For("answer_of_another_door"), flow)
}

// later answers over the limit: nothing of the answer was looked at, and the button sends
// it again as it is. So nobody has to go back to the provider because of a crowd.
func (a *ACS) later(err error, form *web.Form) error {
	f := fault.From(err)
	if f.Kind != fault.TooMany {
		return err
	}
	var fields []fault.Field
	for _, name := range []string{"SAMLResponse", "RelayState"} {
		fields = append(fields, fault.Field{Name: name, Value: form.Value(name)})
	}
	return fault.New(fault.TooMany, "error.door.busy").For(f.AuditReason()).Retry(f.RetryAfter).
		OfferForm("gateway.action.send_again", a.Path, fields...).Offer("gateway.action.help", "/help")
}

// consume checks an answer against what is pending and hands the assertion on.
func (d *Door) consume(w http.ResponseWriter, r *http.Request, j journey.Journey, samlResponse string) error {
	var pending spidsaml.Pending
	if err := json.Unmarshal(j.Door, &pending); err != nil {
		return journey.Explain(journey.ErrWrongStep.Because(err), j.Handle)
	}
	provider, known := d.Directory.Provider(pending.Provider)
	if !known {
		return offer(fault.New(fault.Denied, d.key("provider_unknown")).For(string(d.Name)+"_provider_gone"), j.Handle)
	}
	login, err := d.World.Check(samlResponse, provider, pending, d.Now())
	if err != nil {
		return d.refuse(r, err, pending, j)
	}
	exchange := account.Exchange{
		RequestID: pending.RequestID, ResponseID: login.ResponseID, AssertionID: login.AssertionID, Request: j.Request, Response: login.XML,
	}
	passage, err := d.passage(login, pending, j, &exchange)
	if err == nil {
		err = d.Passed(w, r, j, passage)
	} else {
		err = d.offerRetry(err, pending.Provider, j.Handle)
	}
	return d.noteRefusal(r, err, exchange, pending.Provider)
}

// noteRefusal keeps the messages of a good answer that a rule of the house refused:
// a level too low, an age, an answer used before. What failed is no refusal, and what
// no longer fits the browser was kept with the accepted ones.
func (d *Door) noteRefusal(r *http.Request, err error, x account.Exchange, issuer string) error {
	var f *fault.Error
	if d.KeepRefused == nil || !errors.As(err, &f) || errors.Is(err, journey.ErrTooLarge) {
		return err
	}
	switch f.Kind {
	case fault.Denied, fault.Conflict, fault.Unprocessable, fault.Gone, fault.Invalid:
		d.KeepRefused(r, x, issuer, f.AuditReason())
	}
	return err
}

// key is the catalogue key of an error of this world.
func (d *Door) key(name string) string { return "error." + string(d.Name) + "." + name }

// refuse writes the audit line of an answer that was not accepted, keeps its
// messages, and makes the page: what happened, who can solve it, Riprova, Entra in
// altro modo.
func (d *Door) refuse(r *http.Request, err error, pending spidsaml.Pending, j journey.Journey) error {
	var refusal *spidsaml.Refusal
	if !errors.As(err, &refusal) {
		return d.offerRetry(err, pending.Provider, j.Handle)
	}
	if d.Site.Refused != nil {
		d.Site.Refused(r.Context(), audit.Event{
			At: d.Now(), Role: d.Site.Role, Action: audit.ResponseRefused, Outcome: audit.Refused, Reason: refusal.Reason(),
			Reference: web.RequestID(r), Address: web.ClientAddr(r).String(),
			Detail: map[string]string{
				"issuer": pending.Provider, "check": refusal.Check.ID, "case": strings.Join(refusal.Check.Cases, " "),
				"signed": strconv.FormatBool(refusal.Signed),
			},
		})
	}
	if d.KeepRefused != nil {
		d.KeepRefused(r, account.Exchange{
			RequestID: pending.RequestID, ResponseID: refusal.ResponseID, AssertionID: refusal.AssertionID,
			Request: j.Request, Response: refusal.XML,
		}, pending.Provider, refusal.Reason())
	}
	if refusal.OurFault() {
		// Nobody who reads the page can mend it: whoever runs the gateway must learn of it.
		// What no provider signed may be written by anybody, and wakes nobody.
		level := slog.LevelInfo
		if refusal.Signed {
			level = slog.LevelError
		}
		d.Site.Log.LogAttrs(r.Context(), level, "a provider says that our request is wrong",
			slog.String("request", web.RequestID(r)), slog.String("reason", refusal.Reason()),
			slog.String("provider", pending.Provider), slog.Bool("signed", refusal.Signed))
	}
	return d.waysOn(err, refusal.Anomaly, pending.Provider, j.Handle)
}

// waysOn orders the ways on after an error that the provider reports by who can do
// something about it: another try first only where it may end otherwise.
func (d *Door) waysOn(err error, reported *spid.Anomaly, provider, flow string) error {
	var f *fault.Error
	if reported == nil || !errors.As(err, &f) {
		return d.offerRetry(err, provider, flow)
	}
	if reported.Retry {
		f = f.Offer("gateway.action.retry", d.Again(provider, flow)).Offer("gateway.action.other", LoginURL(flow))
	} else {
		f = f.Offer("gateway.action.other", LoginURL(flow)).Offer("gateway.action.retry", d.Again(provider, flow))
	}
	if reported.Solver == spid.ByProvider && d.ProviderHelp != nil {
		f = f.Offer("gateway.action.provider_help", d.ProviderHelp(provider, flow))
	}
	return f.Offer("gateway.action.help", "/help")
}

// offerRetry adds the ways on after an answer that did not lead in. The person's
// destination survives in the journey.
func (d *Door) offerRetry(err error, provider, flow string) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return offer(f.Offer("gateway.action.retry", d.Again(provider, flow)), flow)
}

func offer(err error, flow string) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer("gateway.action.other", LoginURL(flow)).Offer("gateway.action.help", "/help")
}
