package cardlogin

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"time"

	"atrio/base/audit"
	"atrio/idp/flow"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/cns/card"
	"atrio/web"
)

// secretForm is that of both secrets: rand.Text.
var secretForm = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// refusedName is the parameter by which the listener says why a card was not taken.
const refusedName = "refused"

// LoginView is the view of "cardlogin/login".
type LoginView struct {
	CardView
	Service        string
	Action, Cancel string
}

// show asks for the card of a login of level 3, and says why one was not taken.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	why, status := said(r)
	return h.Site.Page(w, r, status, "cardlogin/login", LoginView{
		CardView: view(why), Service: s.Service(web.Lang(r)), Action: flow.URL(s.Handle, "card"), Cancel: flow.URL(s.Handle, "cancel"),
	}, web.Plain)
}

// said is what the listener said of a card.
func said(r *http.Request) (why card.Refusal, status int) {
	for _, one := range cns.Refusals() {
		if r.URL.Query().Get(refusedName) == string(one) {
			return one, http.StatusUnprocessableEntity
		}
	}
	return "", http.StatusOK
}

// begin starts the ceremony of a login and leads to the listener.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	return h.lead(w, r, Ceremony{Key: s.Handle, Identity: s.Identity, Page: flow.URL(s.Handle, "card")})
}

func (h *Handler) lead(w http.ResponseWriter, r *http.Request, c Ceremony) error {
	if err := h.Limiter.Allow(r.Context(), perIdentity(), c.Identity); err != nil {
		return err
	}
	code := rand.Text()
	c.Code, c.Until = h.codeMAC(code), h.Now().Add(life)
	if err := h.Store.BeginCardLogin(r.Context(), c); err != nil {
		return err
	}
	http.Redirect(w, r, h.BaseURL+CeremonyPath+code, http.StatusSeeOther)
	return nil
}

// done takes what the listener found, in the browser that holds the login: it brings back a
// secret that only the one at the listener has. // A14
func (h *Handler) done(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	t := Taking{Key: s.Handle, Identity: s.Identity, Audit: h.event(r, s.Identity, audit.CodeChecked)}
	page := flow.URL(s.Handle, "card")
	if err := h.take(w, r, t); stale(err) {
		return h.back(w, r, s.Identity, page, cns.Stale)
	} else if err != nil {
		return err
	}
	s.SecondAt, s.Method = h.Now(), flow.Card
	return h.Desk.Next(w, r, s)
}

func (h *Handler) take(w http.ResponseWriter, r *http.Request, t Taking) error {
	w.Header().Set("Referrer-Policy", "no-referrer")
	secret := r.URL.Query().Get("code")
	if !secretForm.MatchString(secret) {
		return ErrStale
	}
	t.Back = h.backMAC(t.Key, secret)
	return h.Store.TakeCard(r.Context(), t)
}

// back refuses a way back that is over, another browser's, or late.
func (h *Handler) back(w http.ResponseWriter, r *http.Request, who, page string, why card.Refusal) error {
	h.refused(r.Context(), h.event(r, who, audit.CodeChecked), why)
	return web.Redirect(w, r, page+"?"+refusedName+"="+string(why))
}

// Present judges the card of a handshake for the ceremony of a code, and gives the page to
// go back to. It is a cns.Present.
func (h *Handler) Present(r *http.Request, code string, ev audit.Event) (page string) {
	ctx, now := r.Context(), h.Now()
	// The code is used up before anything else: one ceremony, one card. // A24
	c, err := h.Store.PresentCardLogin(ctx, h.codeMAC(code), now)
	if err == nil {
		ev.Actor, ev.Subject = c.Identity, c.Identity
		var secret string
		if secret, err = h.find(ctx, r, c, now); err == nil {
			return c.Page + "/done?code=" + secret
		}
	}
	if c.Page == "" { // nobody's ceremony: there is no page to go back to
		c.Page = Path
	}
	why := cns.Why(ctx, h.Site.Log, err, stale(err))
	h.refused(ctx, ev, why)
	return c.Page + "?" + refusedName + "=" + string(why)
}

// find judges the card, and gives the secret for the way back.
func (h *Handler) find(ctx context.Context, r *http.Request, c Ceremony, now time.Time) (secret string, err error) {
	who, err := h.Store.Identity(ctx, c.Identity)
	if err != nil {
		return "", err
	}
	asked, cancel := context.WithTimeout(ctx, cns.Asking)
	defer cancel()
	verdict, err := h.Judge.Judge(asked, r.TLS.PeerCertificates)
	if err != nil {
		return "", err
	}
	if verdict.FiscalCode != who.Holder.FiscalCode {
		return "", cns.OtherPerson
	}
	secret = rand.Text()
	return secret, h.Store.FoundCard(ctx, c, Finding{
		Back: h.backMAC(c.Key, secret), Until: now.Add(comeBack), Ending: Ending(verdict.Card),
	})
}

// Ending is what is kept of the number of a card: enough to tell two of one holder apart.
func Ending(number string) string { return number[max(0, len(number)-4):] }
