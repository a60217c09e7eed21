package samlsso

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/slo"
	"atrio/web"
)

// inFrame is the RelayState of what is sent through a frame: its answer needs no page.
const inFrame = "frame"

// logout takes a message of logout: a service asks, or answers that it has heard.
// Avviso SPID 3
func (h *Handler) logout(w http.ResponseWriter, r *http.Request) error {
	in := spidsaml.Incoming{Method: http.MethodGet, RawQuery: r.URL.RawQuery, Now: h.Now()}
	if r.Method == http.MethodPost {
		form, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		in.Method, in.RawQuery, in.Form = http.MethodPost, "", map[string][]string{}
		for _, name := range []string{"SAMLRequest", "SAMLResponse", "RelayState"} {
			if value := form.Value(name); value != "" {
				in.Form[name] = []string{value}
			}
		}
	}
	f, err := h.IdP.Leaver().Read(in, h.peer)
	switch {
	case err != nil:
		return h.refuseLogout(r, err)
	case f.Request:
		return h.leaveForService(w, r, f)
	}
	return h.confirm(w, r, f)
}

// peer finds a service as the other side of a logout.
func (h *Handler) peer(entityID string) (spidsaml.Peer, bool) {
	s, known := h.Services(entityID)
	if !known {
		return spidsaml.Peer{}, false
	}
	return s.Peer(h.Now()), true
}

// leaveForService ends the session that a service names. It ends before anybody else is
// told: what other services do cannot keep it open.
func (h *Handler) leaveForService(w http.ResponseWriter, r *http.Request, f *spidsaml.Farewell) error {
	t := trip{Service: f.Peer.EntityID, Request: f.ID, RelayState: f.RelayState, Binding: f.Binding}
	for _, index := range f.SessionIndexes {
		e := h.ending(r, index, map[string]string{"how": "service", "from": f.Peer.EntityID, "id": f.ID})
		e.Service, e.NameID = f.Peer.EntityID, f.NameID
		_, ended, err := h.Store.EndGlobal(r.Context(), e)
		if err != nil {
			return err
		}
		if ended {
			t.Sessions = append(t.Sessions, index)
		}
	}
	// SPID-RT single logout: what was over before is answered by a partial logout, since
	// nobody knows any more who else took part in it.
	t.Partial = len(t.Sessions) < len(f.SessionIndexes)
	return h.tell(w, r, t)
}

// Leave ends the session of the holder who is at the provider's own page, and tells the
// services that were entered from it. SPID-RT single logout
func (h *Handler) Leave(w http.ResponseWriter, r *http.Request, session *web.Session) error {
	if _, _, err := h.Store.EndGlobal(r.Context(), h.ending(r, session.Handle, map[string]string{"how": "self"})); err != nil {
		return err
	}
	if err := h.Site.Sessions.Clear(w, r); err != nil {
		return err
	}
	return h.tell(w, r, trip{Sessions: []string{session.Handle}})
}

func (h *Handler) ending(r *http.Request, session string, detail map[string]string) Ending {
	now := h.Now()
	ev := audit.Event{At: now, Role: h.Site.Role, Reference: web.RequestID(r), Detail: detail}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	seen := time.Time{}
	if s := h.Site.Sessions; s != nil {
		seen = now.Add(-s.Idle)
	}
	return Ending{Session: session, Now: now, Seen: seen, NewID: saml.NewID, Event: ev}
}

// answerLogout sends the answer to the service that asked.
func (h *Handler) answerLogout(w http.ResponseWriter, r *http.Request, t trip, partial bool) error {
	d, err := h.logoutAnswer(t, partial)
	if err != nil {
		return err
	}
	h.forget(w)
	return h.send(w, r, d, t.RelayState)
}

func (h *Handler) logoutAnswer(t trip, partial bool) (slo.Delivery, error) {
	peer, known := h.peer(t.Service)
	if !known {
		return slo.Delivery{}, fault.New(fault.Unprocessable, "error.spid.logout_unanswerable").For("logout_service_gone")
	}
	return h.IdP.Leaver().Answer(saml.NewID(), h.Now(), peer, t.Request, t.Binding, partial)
}

// send leads the browser on with a message of logout.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, d slo.Delivery, relayState string) error {
	if d.Binding == saml.BindingRedirect {
		address, err := d.RedirectURL(relayState)
		if err != nil {
			return err
		}
		http.Redirect(w, r, address, http.StatusFound)
		return nil
	}
	list, err := logoutFields(d, relayState)
	if err != nil {
		return err
	}
	return h.Site.AutoPost(w, r, web.AutoPost{Action: d.Location, Fields: list, TitleKey: "idp.answer.title"})
}

func logoutFields(d slo.Delivery, relayState string) ([]web.Field, error) {
	value, err := d.Field()
	list := []web.Field{{Name: d.Parameter, Value: value}}
	if relayState != "" {
		list = append(list, web.Field{Name: "RelayState", Value: relayState})
	}
	return list, err
}

// confirm notes what a service answers. That the request was sent to it is a row, and its
// identifier cannot be guessed: no cookie is needed, which a frame might not carry.
func (h *Handler) confirm(w http.ResponseWriter, r *http.Request, f *spidsaml.Farewell) error {
	ev := h.ending(r, "", map[string]string{"issuer": f.Peer.EntityID, "id": f.ID, "complete": strconv.FormatBool(f.Complete)}).Event
	known, err := h.Store.Confirm(r.Context(), f.InResponseTo, f.Peer.EntityID, f.Complete, ev)
	switch {
	case err != nil:
		return err
	case !known:
		return fault.New(fault.Denied, "error.idp.logout_unasked").For("logout_not_pending").Offer("idp.start.link", "/")
	case f.RelayState == inFrame:
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return web.Redirect(w, r, outcomePath)
}

// refuseLogout writes the audit line of a message that was not taken, and makes the page.
func (h *Handler) refuseLogout(r *http.Request, err error) error {
	var refusal *spidsaml.LogoutRefusal
	if errors.As(err, &refusal) && h.Site.Refused != nil {
		ev := h.ending(r, "", map[string]string{"from": refusal.Issuer, "check": refusal.Check.ID}).Event
		ev.Action, ev.Outcome, ev.Reason = audit.RequestRefused, audit.Refused, refusal.Check.ID
		h.Site.Refused(r.Context(), ev)
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer("idp.account.link", "/account").Offer("idp.start.link", "/")
}
