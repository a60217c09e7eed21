package helpdesk

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/gateway/account"
	"atrio/gateway/secondfactor"
	"atrio/gateway/selfcare"
	"atrio/web"
	"atrio/web/ui"
)

// personView is the view of "helpdesk/person".
type personView struct {
	ui.Errors
	Pass              string
	Name, Code, State string
	Mail              string
	Since             time.Time
	// Known are the names of what is known, with where it came from; no values.
	Known      []knownView
	Identities []identityView
	Sessions   int
	Requests   []requestView
	Lines      []lineView
	Deeds      []deedView
	// Caller are the ways in which the caller proved it, lately and to this clerk; Phone is
	// set when a code can go to a telephone.
	Caller []string
	Phone  bool
	Papers []string
	// Tickets are those of the clerk, whose address the account may get.
	Tickets []unitView
	// Factors are the kinds of second factors, Suspended until when they are not asked for.
	Factors   []string
	Suspended time.Time
	// MayMerge is set for supervisors at an account that is open.
	MayMerge bool
	// Units are those of the person; MayAssign is set for supervisors, with Choices, the
	// units that have a clerk.
	Units     []string
	Choices   []unitView
	MayAssign bool
}

type knownView struct {
	Name, Source string
	At           time.Time
}

type identityView struct {
	ID, Door, Issuer string
	Linked, LastUsed time.Time
}

// unitView is a unit, or a ticket, to choose.
type unitView struct{ Code, Name string }

type deedView struct {
	Deed   string
	Second bool
	Hours  int
	// Proof is what the caller proves first: 0 for nothing.
	Proof int
}

// lineView is a line of the audit log in words.
type lineView struct {
	// Key is the text of the event; "" when there are no words for it.
	Key, Action     string
	At              time.Time
	Issuer, Service string
	// Reason is the word that stands in the log, ReasonKey its text; "" without one.
	Reason, ReasonKey string
	Reference         string
	Refused           bool
	// Own: the holder did it; Desk: somebody else did, a clerk. Neither: nobody is named.
	Own, Desk bool
	// Deed is what the desk did or asked for.
	Deed string
}

// timeline is how many lines are shown.
const timeline = 60

// person shows an account to a clerk who searched for it.
func (h *Helpdesk) person(w http.ResponseWriter, r *http.Request) error {
	pass := r.URL.Query().Get("pass")
	id, err := h.Of(r, pass)
	if err != nil {
		return err
	}
	return h.showPerson(w, r, http.StatusOK, pass, id, nil)
}

func (h *Helpdesk) showPerson(w http.ResponseWriter, r *http.Request, status int, pass, id string, errs ui.Errors) error {
	ctx := r.Context()
	a, err := h.People.Account(ctx, id)
	if err != nil {
		return err
	}
	m, _ := h.Member(r)
	v := personView{
		Errors: errs, Pass: pass, Name: a.Name(), Code: string(a.Code), State: string(a.State), Mail: masked(a.Email), Since: a.CreatedAt,
		MayMerge: m.Role.covers(Supervisor) && a.State == account.Active, MayAssign: m.Role.covers(Supervisor),
	}
	if err := h.describe(r, &v, a); err != nil {
		return err
	}
	requests, err := h.Desk.Requests(ctx, id, h.Sight(r))
	if err != nil {
		return err
	}
	if v.Requests, err = h.views(r, requests); err != nil {
		return err
	}
	for _, u := range units(h.Members) {
		v.Choices = append(v.Choices, unitView{u, u})
	}
	if v.Units, err = h.Desk.UnitsOf(ctx, id, h.Site.Now()); err != nil {
		return err
	}
	tickets, err := h.Tickets.TicketsOf(ctx, web.CurrentSession(r).Subject)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		v.Tickets = append(v.Tickets, unitView{t.ID, t.Number + " · " + t.Address})
	}
	factors, err := h.secondFactors(r, &v, id)
	if err != nil {
		return err
	}
	for _, d := range offered(a.State, factors) {
		rule := rules[d]
		v.Deeds = append(v.Deeds, deedView{string(d), rule.Second, int(rule.Delay.Hours()), int(rule.Proof)})
	}
	return h.Site.Page(w, r, status, "helpdesk/person", v)
}

// describe adds what is known and what happened.
func (h *Helpdesk) describe(r *http.Request, v *personView, a account.Account) error {
	ctx := r.Context()
	attributes, err := h.People.Attributes(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, one := range attributes {
		v.Known = append(v.Known, knownView{one.Name, string(one.Source), one.At})
	}
	identities, err := h.People.Identities(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, one := range identities {
		v.Identities = append(v.Identities, identityView{one.ID, string(one.Door), h.ProviderName(one.Issuer), one.LinkedAt, one.LastUsed})
	}
	sessions, err := h.Site.Sessions.List(ctx, a.ID)
	if err != nil {
		return err
	}
	v.Sessions = len(sessions)
	rows, err := h.History.EventsOf(ctx, a.ID, 0, timeline)
	if err != nil {
		return err
	}
	for _, row := range rows {
		v.Lines = append(v.Lines, h.line(r, row.Event))
	}
	v.Caller, v.Papers = slices.Sorted(maps.Keys(h.proved(r, rows))), papers
	return nil
}

// secondFactors adds which kinds there are; a clerk sees no number and no key.
func (h *Helpdesk) secondFactors(r *http.Request, v *personView, id string) (secondfactor.Status, error) {
	status, err := h.Factors.FactorStatus(r.Context(), id)
	if err != nil {
		return status, err
	}
	for _, k := range status.Kinds() {
		v.Factors = append(v.Factors, string(k))
	}
	v.Phone = len(status.Of(kinds.SMS)) > 0
	v.Suspended, err = h.SuspendedUntil(r.Context(), id, h.Site.Now())
	return status, err
}

// line puts an audit line into words. What has no words for people is named as auditors
// know it: a clerk may have to tell an engineer.
func (h *Helpdesk) line(r *http.Request, ev audit.Event) lineView {
	l := lineView{Action: ev.Action, At: ev.At, Reason: ev.Reason, Reference: ev.Reference, Refused: ev.Outcome != audit.OK, Deed: ev.Detail["deed"],
		Own: ev.Actor != "" && ev.Actor == ev.Subject, Desk: ev.Actor != "" && ev.Actor != ev.Subject && ev.Subject != ""}
	texts := h.Site.Pages.Catalog()
	for _, key := range []string{"helpdesk.event." + ev.Action + "." + ev.Detail["channel"], "helpdesk.event." + ev.Action, selfcare.EventKey(ev)} {
		if texts.Has(key) {
			l.Key = key
			break
		}
	}
	if key := "helpdesk.reason." + ev.Reason; ev.Reason != "" && texts.Has(key) {
		l.ReasonKey = key
	}
	if issuer := ev.Detail["issuer"]; issuer != "" {
		l.Issuer = h.ProviderName(issuer)
	}
	if service := cmp.Or(ev.Detail["client"], ev.Detail["service"]); service != "" {
		l.Service = h.ServiceName(service, web.Lang(r))
	}
	return l
}

func (h *Helpdesk) referenceLines(r *http.Request, reference string) ([]lineView, error) {
	rows, err := h.History.EventsByReference(r.Context(), reference, timeline)
	if err != nil {
		return nil, err
	}
	var lines []lineView
	for _, row := range rows {
		ev := row.Event
		sees, err := ev.Subject == "", error(nil)
		if !sees {
			sees, err = h.Desk.Sees(r.Context(), ev.Subject, h.Sight(r))
		}
		if err != nil {
			return nil, err
		}
		if sees && ev.Action != audit.DataRead {
			lines = append(lines, h.line(r, ev))
		}
	}
	return lines, nil
}
