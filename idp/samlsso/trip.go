package samlsso

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"atrio/base/fault"
	"atrio/saml"
	"atrio/saml/slo"
	"atrio/web"
)

// trip is a logout that other services are being told of, sealed into the browser: what
// is needed to say how it went, and to answer the service that asked.
type trip struct {
	Sessions []string `json:"s"`
	// Service asked, with Request; "" when the holder did.
	Service    string `json:"by,omitempty"`
	Request    string `json:"id,omitempty"`
	RelayState string `json:"relay,omitempty"`
	Binding    string `json:"way,omitempty"`
	// Partial: of what was asked, something was over before.
	Partial bool `json:"part,omitempty"`
}

const (
	tripCookie  = "leaving"
	tripPurpose = "idp.leaving"
	tripLife    = 30 * time.Minute
	outcomePath = "/slo/outcome"
	tellPath    = "/slo/tell"
	backPath    = "/slo/back"

	// patience is how long the page waits for the services, all at once, before it says
	// which have not answered, in seconds as in assets/js/onward.js. The header counts
	// from the end of loading, which a frame without answer puts off; then the script
	// goes on, or the person does. // Decision 0021
	patience = "4"
	// maxFrames bounds the signatures of one page; further services get a link.
	maxFrames = 12
)

// told is a service on the pages of a logout.
type told struct {
	Name string
	// Frame is the signed address for the frame, Address that of a link to our own
	// tellPath; "" when the service has no address for it.
	Frame, Address string
}

// LeavingView is the view of "samlsso/leaving": signed out, the services are being told.
type LeavingView struct{ Services []told }

// OutcomeView is the view of "samlsso/outcome": which services have not confirmed, and
// the way on.
type OutcomeView struct {
	Unconfirmed []told
	// Service is the name of the one that asked; "" when the holder did.
	Service string
}

// tell shows the page from which all other services are told at the same time, each in a
// frame of its own: one that never answers holds up neither the others nor the person.
// Without other services the logout is finished at once.
func (h *Handler) tell(w http.ResponseWriter, r *http.Request, t trip) error {
	list, err := h.participants(r, t)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return h.finish(w, r, t)
	}
	if err := h.rememberTrip(w, t); err != nil {
		return err
	}
	var view LeavingView
	var origins []string
	for _, p := range list {
		one := told{Name: h.displayName(r, p.Service)}
		if d, err := h.request(p); err == nil && d.Binding == saml.BindingRedirect && len(origins) < maxFrames {
			if one.Frame, err = d.RedirectURL(inFrame); err != nil {
				return err
			}
			origins = append(origins, origin(d.Location))
		}
		view.Services = append(view.Services, one)
	}
	w.Header().Set("Refresh", patience+";url="+outcomePath)
	return h.Site.Page(w, r, http.StatusOK, "samlsso/leaving", view, web.Plain, web.Frames(origins...))
}

func (h *Handler) participants(r *http.Request, t trip) ([]Participant, error) {
	var all []Participant
	for _, session := range t.Sessions {
		list, err := h.Store.ParticipantsOf(r.Context(), session)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// outcome says how it went. When every service has confirmed there is nothing to say, and
// the browser goes on.
func (h *Handler) outcome(w http.ResponseWriter, r *http.Request) error {
	t, held := h.recallTrip(r)
	if !held {
		return web.Redirect(w, r, "/")
	}
	list, err := h.participants(r, t)
	if err != nil {
		return err
	}
	var view OutcomeView
	for _, p := range list {
		if p.Out {
			continue
		}
		one := told{Name: h.displayName(r, p.Service)}
		if _, err := h.request(p); err == nil {
			one.Address = tellPath + "?" + url.Values{"request": {p.Request}}.Encode()
		}
		view.Unconfirmed = append(view.Unconfirmed, one)
	}
	if len(view.Unconfirmed) == 0 {
		return h.finish(w, r, t)
	}
	if t.Service != "" {
		view.Service = h.displayName(r, t.Service)
	}
	return h.Site.Page(w, r, http.StatusOK, "samlsso/outcome", view, web.Plain)
}

// finish ends a logout that everybody has confirmed.
func (h *Handler) finish(w http.ResponseWriter, r *http.Request, t trip) error {
	if t.Service != "" {
		return h.answerLogout(w, r, t, t.Partial)
	}
	h.forget(w)
	h.Site.Notice(w, "idp.notice.logout")
	return web.Redirect(w, r, "/")
}

// back goes on although somebody has not confirmed: the service that asked learns that
// the logout is partial.
func (h *Handler) back(w http.ResponseWriter, r *http.Request) error {
	t, held := h.recallTrip(r)
	if !held || t.Service == "" {
		h.forget(w)
		return web.Redirect(w, r, "/")
	}
	list, err := h.participants(r, t)
	if err != nil {
		return err
	}
	open := slices.ContainsFunc(list, func(p Participant) bool { return !p.Out })
	return h.answerLogout(w, r, t, t.Partial || open)
}

// tellByHand leads the person to a service that has not confirmed, by the binding that it
// has, in the whole window: it may need its own cookies to know the person.
func (h *Handler) tellByHand(w http.ResponseWriter, r *http.Request) error {
	query, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	t, held := h.recallTrip(r)
	if !held {
		return web.Redirect(w, r, "/")
	}
	list, err := h.participants(r, t)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.Out || p.Request != query.Value("request") {
			continue
		}
		d, err := h.request(p)
		if err != nil {
			return err
		}
		return h.send(w, r, d, "")
	}
	return web.Redirect(w, r, outcomePath)
}

// request is the LogoutRequest to a service that was told, as often as it is needed:
// its identifier stays, so that any of its answers counts.
func (h *Handler) request(p Participant) (slo.Delivery, error) {
	peer, known := h.peer(p.Service)
	if !known {
		return slo.Delivery{}, fault.New(fault.Unavailable, "error.spid.logout_unreachable").For("logout_service_gone")
	}
	d, _, err := h.IdP.Leaver().Ask(p.Request, h.Now(), peer, p.NameID, p.Session, saml.BindingRedirect)
	return d, err
}

func (h *Handler) displayName(r *http.Request, entityID string) string {
	if s, known := h.Services(entityID); known {
		return s.DisplayNames.In(web.Lang(r))
	}
	return entityID
}

// origin is the origin of an address of metadata, as a policy names it.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func (h *Handler) rememberTrip(w http.ResponseWriter, t trip) error {
	plain, err := json.Marshal(t)
	if err != nil {
		return fault.New(fault.Internal, "error.internal").Because(err)
	}
	sealed, err := h.Site.Keyring.Seal(tripPurpose, h.Now().Add(tripLife), plain)
	if err != nil {
		return err
	}
	h.Site.SetCookie(w, tripCookie, sealed, web.CookieOptions{CrossSite: true})
	return nil
}

func (h *Handler) recallTrip(r *http.Request) (t trip, held bool) {
	sealed, ok := h.Site.Cookie(r, tripCookie)
	if !ok {
		return t, false
	}
	plain, err := h.Site.Keyring.Open(tripPurpose, h.Now(), sealed)
	return t, err == nil && json.Unmarshal(plain, &t) == nil
}

func (h *Handler) forget(w http.ResponseWriter) {
	h.Site.ClearCookie(w, tripCookie, web.CookieOptions{CrossSite: true})
}
