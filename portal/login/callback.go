package login

import (
	"net/http"

	"atrio/base/fault"
	"atrio/web"
)

// callback is where the gateway sends the person back to.
func (h *Handler) callback(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadQuery(r) // RFC 6749 3.1: no parameter twice
	if err != nil {
		return err
	}
	p, err := h.take(w, r, f.Value("state"))
	if err != nil {
		return err
	}
	g, err := h.Provider.discover(r.Context())
	if err != nil {
		return withWaysOn(err, p.Return)
	}
	if err := h.answerOf(g, f); err != nil {
		return withWaysOn(err, p.Return)
	}
	proof, who, err := h.redeem(r.Context(), g, f.Value("code"), p)
	if err != nil {
		return withWaysOn(err, p.Return)
	}
	return h.enter(w, r, proof, who, p.Return)
}

// answerOf says why an answer cannot be redeemed: it is not the gateway's, or
// the gateway said no.
func (h *Handler) answerOf(g *gateway, f *web.Form) error {
	// RFC 9207 2.4: an answer of another provider must not be redeemed here.
	if iss := f.Value("iss"); iss != h.Config.Issuer && (iss != "" || g.namesIssuer) {
		return fault.New(fault.Invalid, "login.lost").For("issuer_mismatch")
	}
	switch f.Value("error") {
	case "":
	case "access_denied": // the person chose "Annulla" there
		return fault.New(fault.Denied, "login.cancelled").For("cancelled")
	case "server_error", "temporarily_unavailable":
		return gatewayDown("gateway_error", nil)
	default:
		return fault.New(fault.Denied, "login.refused").For("gateway_error")
	}
	if f.Value("code") == "" {
		return fault.New(fault.Invalid, "login.lost").For("no_code")
	}
	return nil
}

// enter opens the portal's session: one transaction, one commit.
func (h *Handler) enter(w http.ResponseWriter, r *http.Request, p proof, who person, back string) error {
	now := h.Now()
	a := who.arrival(now)
	a.Issuer, a.Subject = h.Config.Issuer, p.subject
	if before := web.CurrentSession(r); before != nil {
		a.Replaces = before.Hash
	}
	data := map[string]string{"name": a.Name}
	if len(p.raw) <= maxHint {
		data[hintKey] = p.raw
	}
	var secret string
	learner, err := h.Store.Arrive(r.Context(), a, now, func(learnerID string) (session web.Session) {
		session, secret = h.Site.Sessions.New(r, learnerID, "oidc", line(p.ACR, maxWord), p.methods(), now)
		session.Data = data
		return session
	})
	if err != nil {
		return err
	}
	h.Site.Sessions.SetCookie(w, secret)
	to, err := h.Next(r.Context(), learner, back)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, to)
}
