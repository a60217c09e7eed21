package cardlogin

import (
	"errors"
	"net/http"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/account"
	"atrio/idp/enrolment/way"
	"atrio/idp/identity"
	"atrio/idp/proofing/cns"
	"atrio/web"
)

type page func(w http.ResponseWriter, r *http.Request, who *identity.Identity) error

// holding gives the page its holder; an applicant is led to the request.
func (h *Handler) holding(next page) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := h.Account.Holder(r)
		if errors.Is(err, identity.ErrUnknown) {
			return web.Redirect(w, r, way.Request)
		}
		if err != nil {
			return err
		}
		return next(w, r, who)
	}
}

// OwnView is the view of "cardlogin/card".
type OwnView struct {
	CardView
	Bound
	// Closed says why no card can be bound, the end of a key: "blocked", "level".
	Closed string
}

// own shows the card of the holder, and binds one.
func (h *Handler) own(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	why, status := said(r)
	v := OwnView{CardView: view(why), Closed: h.closed(who)}
	var err error
	if v.Bound, err = h.Store.CardOf(r.Context(), who.ID); err != nil {
		return err
	}
	return h.Site.Page(w, r, status, "cardlogin/card", v)
}

// closed tells why a holder can bind no card. Who has the password alone gets level 2 first:
// a card that is lost has to leave something to be proved by.
func (h *Handler) closed(who *identity.Identity) string {
	switch {
	case who.Blocked(h.Now()) != "":
		return "blocked"
	case who.Factors.Level() < 2:
		return "level"
	}
	return ""
}

// bind starts the ceremony that makes a card that of the holder.
func (h *Handler) bind(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if why := h.closed(who); why != "" {
		return fault.New(fault.Denied, "cardlogin.closed."+why).For("card_"+why).Offer("cardlogin.back", account.Path)
	}
	return h.lead(w, r, Ceremony{Key: web.CurrentSession(r).Handle, Identity: who.ID, Page: Path})
}

// bound takes what the listener found, in the session that began.
func (h *Handler) bound(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	err := h.take(w, r, Taking{
		Key: web.CurrentSession(r).Handle, Identity: who.ID, Binds: true, Messages: h.notices(who, "bound"), Audit: h.factor(r, who, audit.FactorAdded),
	})
	switch {
	case stale(err):
		return h.back(w, r, who.ID, Path, cns.Stale)
	case err != nil:
		return err
	}
	h.Site.Notice(w, "cardlogin.notice.bound")
	return web.Redirect(w, r, Path)
}

// remove ends level 3 of the holder.
func (h *Handler) remove(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	ended, err := h.Store.EndCard(r.Context(), who.ID, web.CurrentSession(r).Handle, h.notices(who, "removed"), h.factor(r, who, audit.FactorRemoved))
	if err != nil {
		return err
	}
	if ended {
		h.Site.Notice(w, "cardlogin.notice.removed")
	}
	return web.Redirect(w, r, Path)
}

func (h *Handler) factor(r *http.Request, who *identity.Identity, action string) audit.Event {
	ev := h.Account.Event(r, who.ID, action)
	ev.Detail = map[string]string{"kind": "card"}
	return ev
}

// notices tell the holder by mail that a card came or went, whoever did it. // REG 24
func (h *Handler) notices(who *identity.Identity, what string) []notify.Message {
	if who.Holder.Email == "" {
		return nil
	}
	c, lang := h.Site.Pages.Catalog(), who.Language
	args := []any{"provider", h.Provider, "card", h.Site.BaseURL + Path, "stop", h.Site.BaseURL + account.Path + "/stop"}
	return []notify.Message{{
		Channel: notify.Mail, To: who.Holder.Email, Lang: lang,
		Subject: c.Text(lang, "cardlogin.mail."+what+".subject", args...), Text: c.Text(lang, "cardlogin.mail."+what+".text", args...),
	}}
}
