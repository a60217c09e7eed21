package stop

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

const (
	ticketPurpose = "idp.stop.ticket"
	ticketLasts   = 15 * time.Minute
)

// perNetwork bounds how often one network may ask and try, whoever it asks about. // A02, A31
var perNetwork = ratelimit.Limit{Name: "idp.stop.network", Burst: 30, Per: time.Hour}

// EmergencyView is the view of "stop/emergency".
type EmergencyView struct {
	ui.Errors
	UserID, Way string
	// Ticket carries the User ID to the second step; "" in the first one.
	Ticket string
}

// ticket is a User ID on its way to the code, and where that went.
type ticket struct {
	UserID string `json:"u"`
	Way    string `json:"w"`
}

// emergency is for who cannot sign in: lost telephone, stolen password.
func (h *Handler) emergency(w http.ResponseWriter, r *http.Request) error {
	return h.Site.Page(w, r, http.StatusOK, "stop/emergency", EmergencyView{Way: "sms"})
}

// sendCode answers everybody alike, whether there is such a User ID or not. // A02
func (h *Handler) sendCode(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := EmergencyView{UserID: f.Text("username", web.Required, web.Max(identity.MaxUserID)), Way: f.Choice("way", "sms", "mail")}
	if v.Errors = f.Errors; !f.OK() {
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "stop/emergency", v)
	}
	from := web.ClientNetwork(web.ClientAddr(r))
	if err := h.Limiter.Allow(r.Context(), perNetwork, from); err != nil {
		return err
	}
	userID := identity.Login(v.UserID)
	switch who, err := h.Store.HolderByUserID(r.Context(), userID); {
	case errors.Is(err, identity.ErrUnknown):
		h.refused(r, "", "stop_unknown")
	case err != nil:
		return err
	default:
		if err := h.letter(r, who, v.Way, from); err != nil {
			return err
		}
	}
	raw, err := json.Marshal(ticket{userID, v.Way})
	if err != nil {
		return err
	}
	if v.Ticket, err = h.Site.Keyring.Seal(ticketPurpose, h.Now().Add(ticketLasts), raw); err != nil {
		return err
	}
	return h.Site.Page(w, r, http.StatusOK, "stop/emergency_code", v)
}

// letter sends the code, unless the one before still works: nobody else makes that worthless.
// That it may not is in the audit log alone.
func (h *Handler) letter(r *http.Request, who *identity.Identity, by, from string) error {
	ev := h.Account.Event(r, who.ID, audit.CodeSent)
	ev.Actor, ev.Detail = "", map[string]string{"channel": by, "purpose": "stop"}
	wait, err := h.Codes.Send(r.Context(), life.Letter{Identity: who.ID, Purpose: life.ToStop + by, Value: by, Keep: true, From: from, Audit: ev, Message: func(code string, minutes int) notify.Message {
		if by == "mail" || who.Holder.MobilePhone == "" {
			return h.Life.Mail(who.Holder.Email, who.Language, "stop", "code", code, "minutes", minutes)
		}
		return h.Life.SMS(who.Holder.MobilePhone, who.Language, "stop", "code", code, "minutes", minutes)
	}})
	if wait > 0 {
		h.refused(r, who.ID, "stop_code_wait")
	}
	return err
}

// tryCode suspends. Whoever reads the holder's messages may stop the identity and do
// nothing else; the holder is told, and lifts it with password and code. // A31
func (h *Handler) tryCode(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := EmergencyView{Ticket: f.Value("ticket"), Way: "sms"}
	var t ticket
	raw, err := h.Site.Keyring.Open(ticketPurpose, h.Now(), v.Ticket)
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil {
		h.refused(r, "", "stop_ticket")
		v.Ticket, v.Errors = "", ui.Errors{{Key: "stop.emergency.over"}}
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "stop/emergency", v)
	}
	code := f.Digits("code", otp.Digits)
	if v.Errors = f.Errors; !f.OK() {
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "stop/emergency_code", v)
	}
	if err := h.Limiter.Allow(r.Context(), perNetwork, web.ClientNetwork(web.ClientAddr(r))); err != nil {
		return err
	}
	who, err := h.Store.HolderByUserID(r.Context(), t.UserID)
	if err != nil && !errors.Is(err, identity.ErrUnknown) {
		return err
	}
	outcome := secondfactor.Wrong
	if err == nil {
		if outcome, _, _, err = h.Codes.Try(r.Context(), who.ID, life.ToStop+t.Way, code); err != nil {
			return err
		}
	}
	if outcome != secondfactor.Right {
		subject := ""
		if who != nil {
			subject = who.ID
		}
		h.refused(r, subject, "stop_code")
		v.Errors = ui.Errors{{Field: "code", Key: "stop.emergency.wrong"}}
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "stop/emergency_code", v)
	}
	return h.called(w, r, who, identity.ByHolder, life.ToStop+t.Way)
}

// called suspends for somebody who proved nothing but a channel; one that is suspended for
// the same or more already is what they want.
func (h *Handler) called(w http.ResponseWriter, r *http.Request, who *identity.Identity, cause identity.Cause, code string) error {
	if who.May(identity.Suspend, cause, identity.AsCaller) {
		line := h.Account.Event(r, who.ID, audit.IdentityChanged)
		line.Actor = ""
		c := identity.Change{Act: identity.Suspend, Cause: cause, By: identity.By{Role: identity.AsCaller}}
		if _, err := h.Life.Do(r.Context(), who, c, line, life.Also{Code: code}); err != nil {
			return err
		}
	}
	what := "suspended"
	if cause != identity.ByHolder {
		what = "other"
	}
	return web.Redirect(w, r, donePath+"?what="+what)
}

// refused writes the line of a refusal that the answer does not show.
func (h *Handler) refused(r *http.Request, subject, reason string) {
	if h.Site.Refused == nil {
		return
	}
	ev := h.Account.Event(r, subject, audit.IdentityChanged)
	ev.Actor, ev.Outcome, ev.Reason = "", audit.Refused, reason
	h.Site.Refused(r.Context(), ev)
}
