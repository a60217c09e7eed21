package cns

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/idp/enrolment"
	"atrio/idp/proofing/cns/card"
	"atrio/web"
)

// CeremonyPath stands before the code of a request in the address of the listener.
const CeremonyPath = "/ceremony/"

// Present judges the card of a handshake for the ceremony of a code, and gives the page to
// go back to; ev begins its lines.
type Present func(r *http.Request, code string, ev audit.Event) (page string)

// Listener answers for requests alone.
func (c *Cards) Listener() http.Handler {
	return Listener(c.Site, c.Now, map[string]Present{CeremonyPath: c.Present})
}

// Listener answers behind a Door: every request has the certificate of its handshake,
// and nothing in its headers is believed. Whose ceremony it is, the beginning of the
// address says. // A25
func Listener(site *web.Site, now func() time.Time, ceremonies map[string]Present) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		cut := strings.LastIndexByte(r.URL.Path, '/') + 1
		present, ours := ceremonies[r.URL.Path[:cut]]
		code := r.URL.Path[cut:]
		switch {
		case r.TLS == nil || len(r.TLS.PeerCertificates) == 0 || r.TLS.DidResume: // not by this Door
			http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
		case !ours || r.URL.RawQuery != "" || !secretForm.MatchString(code):
			http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		case r.Method != http.MethodGet:
			h.Set("Allow", http.MethodGet)
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		default:
			ev := audit.Event{At: now(), Role: site.Role, Outcome: audit.OK}
			if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
				ev.Address = a.Addr().Unmap().String()
			}
			http.Redirect(w, r, site.BaseURL+present(r, code, ev), http.StatusSeeOther)
		}
	})
}

// Present judges a card for a request. It is a Present.
func (c *Cards) Present(r *http.Request, code string, ev audit.Event) (page string) {
	ctx, now := r.Context(), c.Now()
	// The code is used up before anything else: one ceremony, one card. // A24
	ceremony, err := c.Store.PresentCard(ctx, c.codeMAC(code), now)
	if err != nil {
		return c.turnAway(ctx, ev, "", err)
	}
	ev.Actor, ev.Subject = ceremony.Holder, ceremony.Holder
	request, err := c.Way.Store.Request(ctx, ceremony.Request)
	if err != nil {
		return c.turnAway(ctx, ev, "", err)
	}
	secret, err := c.find(ctx, r, ceremony, request, ev)
	if err != nil {
		return c.turnAway(ctx, ev, request.Number, err)
	}
	return donePath + "?code=" + secret
}

// find judges the card, keeps the proof, and gives the secret for the way back.
func (c *Cards) find(ctx context.Context, r *http.Request, ceremony Ceremony, request enrolment.Request, ev audit.Event) (secret string, err error) {
	if request.Version != ceremony.Version || request.Holder != ceremony.Holder || !request.Data.SignedNow() || !request.May(enrolment.Identify, enrolment.Applicant) {
		return "", Moved
	}
	asked, cancel := context.WithTimeout(ctx, Asking)
	defer cancel()
	verdict, err := c.Judge.Judge(asked, r.TLS.PeerCertificates)
	if err != nil {
		return "", err
	}
	if string(verdict.FiscalCode) != request.Data.Person.FiscalCode {
		return "", OtherPerson
	}
	items, err := c.keep(ctx, request, ceremony, verdict, r)
	if err != nil {
		return "", err
	}
	secret = rand.Text()
	found := Finding{
		Back: c.backMAC(request.ID, secret), Until: c.Now().Add(comeBack), Version: request.Version,
		Verdict: enrolment.Verdict{At: verdict.At, Evidence: items, Facts: facts(verdict, r)},
	}
	ev.Action, ev.Detail = audit.RequestCard, map[string]string{"request": string(request.Number)}
	return secret, c.Store.KeepFinding(ctx, ceremony, found, ev)
}

// turnAway writes down why a card was not taken, and gives the page that says so.
func (c *Cards) turnAway(ctx context.Context, ev audit.Event, number enrolment.Number, err error) string {
	why := Why(ctx, c.Site.Log.With(slog.String("request", string(number))), err, errors.Is(err, ErrStale))
	c.refused(ctx, ev, number, why)
	return refusedAt(why)
}

// Why is the refusal of an error, logged where an authority or we are the cause: the audit
// log has no room for which, and how. // A21
func Why(ctx context.Context, log *slog.Logger, err error, stale bool) card.Refusal {
	why := card.Of(err)
	switch {
	case stale:
		return Stale
	case why == Unreachable:
		log.WarnContext(ctx, "card turned away", slog.String("error", err.Error()))
	case why == "":
		log.ErrorContext(ctx, "card", slog.String("error", err.Error()))
		return Failed
	}
	return why
}
