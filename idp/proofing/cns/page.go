package cns

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"regexp"

	"atrio/base/audit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/cns/card"
	"atrio/web"
	"atrio/web/ui"
)

// donePath takes the browser back from the listener.
const donePath = way.CNS + "/done"

// refusedName is the parameter by which the listener says why a card was not taken.
const refusedName = "refused"

// secretForm is that of both secrets: rand.Text.
var secretForm = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// Mount gives the pages their addresses.
func (c *Cards) Mount(m *web.Mux) {
	m.Get(way.CNS, c.Way.At(c.signed(c.page), enrolment.Identify))
	m.Post(way.CNS, c.Way.At(c.signed(c.begin), enrolment.Identify), c.Limit)
	m.Get(donePath, c.Way.At(c.signed(c.done), enrolment.Identify), c.Limit)
}

// view is the view of "cns/card".
type view struct {
	ui.Errors
	Number string
	// Help says what to do about a refusal, a key; "" without one.
	Help string
	// Life is for how many minutes a ceremony can be used.
	Life int
}

// signed serves the page for this way, once the contract is signed.
func (c *Cards) signed(page way.Handler) way.Handler {
	return func(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
		switch {
		case request.Method != enrolment.CNS:
			return web.Redirect(w, r, way.Next(request))
		case !request.Data.SignedNow():
			return web.Redirect(w, r, way.Sign)
		}
		return page(w, r, request)
	}
}

// page explains card, reader and PIN, and says why a card was not taken.
func (c *Cards) page(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	why, status := card.Refusal(""), http.StatusOK
	for _, one := range Refusals() {
		if r.URL.Query().Get(refusedName) == string(one) {
			why, status = one, http.StatusUnprocessableEntity
		}
	}
	return c.show(w, r, status, request, why)
}

func (c *Cards) show(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, why card.Refusal) error {
	v := view{Number: string(request.Number), Life: int(life.Minutes())}
	if why != "" {
		v.Errors = ui.Errors{{Key: Key(why)}}
		v.Help = Key(why) + ".help"
	}
	return c.Site.Page(w, r, status, "cns/card", v)
}

// Key is that of the text about a refusal.
func Key(why card.Refusal) string { return "idp.cns.refused." + string(why) }

// begin starts a ceremony and leads to the listener.
func (c *Cards) begin(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if err := c.Limiter.Allow(r.Context(), perRequest(), request.ID); err != nil {
		return err
	}
	code, now := rand.Text(), c.Now()
	err := c.Store.BeginCeremony(r.Context(), Ceremony{
		Request: request.ID, Holder: request.Holder, Version: request.Version, Code: c.codeMAC(code), At: now, Until: now.Add(life),
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, c.BaseURL+CeremonyPath+code, http.StatusSeeOther)
	return nil
}

// done takes the step that the card proved, in the session that began the ceremony: the
// browser brings a secret back that only the one at the listener has. // A14
func (c *Cards) done(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	secret := r.URL.Query().Get("code")
	if !secretForm.MatchString(secret) {
		return c.back(w, r, request, Stale)
	}
	back := c.backMAC(request.ID, secret)
	found, err := c.Store.Finding(r.Context(), request.ID, back, c.Now())
	if errors.Is(err, ErrStale) {
		return c.back(w, r, request, Stale)
	}
	if err != nil {
		return err
	}
	if found.Version != request.Version {
		return c.back(w, r, request, Moved)
	}
	verdict := found.Verdict
	step, err := c.Way.Step(r, request, enrolment.Change{
		Act: enrolment.Identify, Evidence: verdict.Evidence, Edit: func(q *enrolment.Request) { q.Data.Verdict = &verdict },
	})
	if err != nil {
		return err
	}
	err = c.Store.TakeFinding(r.Context(), request.ID, back, step)
	if errors.Is(err, ErrStale) {
		return c.back(w, r, request, Stale)
	}
	if err != nil {
		return c.Way.Offer(err)
	}
	c.Site.Notice(w, "idp.cns.notice.identified")
	return web.Redirect(w, r, way.Request)
}

// back refuses a way back that is over, another browser's, or late.
func (c *Cards) back(w http.ResponseWriter, r *http.Request, request enrolment.Request, why card.Refusal) error {
	c.refused(r.Context(), c.Way.Event(r, request.Holder), request.Number, why)
	return web.Redirect(w, r, refusedAt(why))
}

func refusedAt(why card.Refusal) string { return way.CNS + "?" + refusedName + "=" + string(why) }

// refused writes down why a card was not taken.
func (c *Cards) refused(ctx context.Context, ev audit.Event, number enrolment.Number, why card.Refusal) {
	if c.Site.Refused == nil {
		return
	}
	ev.Action, ev.Outcome, ev.Reason = audit.RequestCard, audit.Refused, "card_"+string(why)
	ev.Detail = map[string]string{"request": string(number)}
	c.Site.Refused(ctx, ev)
}
