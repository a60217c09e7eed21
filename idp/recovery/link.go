package recovery

import (
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
)

const (
	linkPurpose = "idp.recover.link"
	walkPurpose = "idp.recover.walk"
	// walkCookie holds the reference of the recovery in the browser that pressed the link.
	walkCookie = "recover"
	// maxToken is longer than any link that we make.
	maxToken = 1200
)

// ticket is what a link says, sealed: nothing is stored before it is pressed. It fits while
// the password and the mailbox are those of when it was sent.
type ticket struct {
	Recovery   string `json:"r"`
	Identity   string `json:"i"`
	PasswordAt int64  `json:"p"`
	Email      string `json:"m"`
	// Use is the number of the link: each one opens once.
	Use int `json:"n"`
}

// errLink: a link that is none of ours, too old, or used.
var errLink = fault.New(fault.Gone, "error.recover.link").For("recovery_link").Offer("recover.again", AskPath).Offer("recover.login", "/account/login")

func (h *Handler) link(t ticket, until time.Time) (string, error) {
	raw, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	token, err := h.Site.Keyring.Seal(linkPurpose, until, raw)
	return h.Site.BaseURL + linkPath + "?" + url.Values{"token": {token}}.Encode(), err
}

// opened reads a link and finds whose it is.
func (h *Handler) opened(r *http.Request, token string) (t ticket, who *identity.Identity, err error) {
	if token == "" || len(token) > maxToken {
		return t, nil, errLink
	}
	raw, err := h.Site.Keyring.Open(linkPurpose, h.Now(), token)
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil || t.Identity == "" {
		return t, nil, errLink.Because(err)
	}
	if who, err = h.Store.Identity(r.Context(), t.Identity); err != nil {
		return t, nil, errLink.Because(err)
	}
	if who.PasswordAt.UnixMicro() != t.PasswordAt || who.Holder.Email != t.Email || !may(who) {
		return t, nil, errLink.For("recovery_link_stale")
	}
	v, err := h.Store.Recovery(r.Context(), t.Recovery)
	switch {
	case fault.Is(err, fault.NotFound):
		err = nil
	case err == nil && (v.Uses >= t.Use || v.State != Open):
		return t, nil, errLink.For("recovery_link_used")
	}
	return t, who, err
}

// LinkView is the view of "recovery/link".
type LinkView struct{ Token string }

// landing shows a button and does nothing: programs that look into mail follow links. // A04
func (h *Handler) landing(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	t, _, err := h.opened(r, token)
	if err != nil && t.Recovery != "" && h.held(r) == t.Recovery {
		if v, _, gone := h.current(r); gone == nil {
			return web.Redirect(w, r, v.step(h.Now())) // the browser that pressed it before
		}
	}
	if err != nil {
		return err
	}
	return h.Site.Page(w, r, http.StatusOK, "recovery/link", LinkView{token}, web.Plain)
}

// begin is the press of the button: the mailbox is proven, and this browser goes on.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	t, who, err := h.opened(r, f.Value("token"))
	if err != nil {
		return err
	}
	v, err := h.start(r, t, who)
	if fault.Is(err, fault.Conflict) {
		return errLink.For("recovery_link_used").Because(err)
	}
	if err != nil {
		return err
	}
	sealed, err := h.Site.Keyring.Seal(walkPurpose, v.Until, []byte(v.ID))
	if err != nil {
		return err
	}
	h.Site.SetCookie(w, walkCookie, sealed, web.CookieOptions{})
	switch _, err := h.Store.Regaining(r.Context(), who.ID); {
	case err == nil:
		return web.Redirect(w, r, lostPath) // they are being identified anew
	case !fault.Is(err, fault.Gone):
		return err
	}
	return web.Redirect(w, r, v.step(h.Now()))
}

// start stores a recovery, or goes on with one that waited.
func (h *Handler) start(r *http.Request, t ticket, who *identity.Identity) (Recovery, error) {
	ctx, now := r.Context(), h.Now()
	if t.Use > 1 {
		v, err := h.Store.Recovery(ctx, t.Recovery)
		if err != nil {
			return v, err
		}
		return v, h.Store.ReturnToRecovery(ctx, v.ID, t.Use, h.stepEvent(r, v, "returned"))
	}
	if err := h.Limiter.Allow(ctx, perIdentity, who.ID); err != nil {
		return Recovery{}, err
	}
	v := Recovery{ID: t.Recovery, Identity: who.ID, State: Open, Uses: t.Use, Begun: now, Ready: now, Until: now.Add(walkLife), PasswordAt: who.PasswordAt}
	former, err := h.Store.FormerContacts(ctx, who.ID, now.Add(-Remembered))
	if err != nil {
		return v, err
	}
	var messages []notify.Message
	step := "begun"
	if end := latest(former).Add(Patience); end.After(now) { // A27
		step = "waits"
		v.Ready, v.Until = end, end.Add(backLife)
		if messages, err = h.waiting(v, t, who, former); err != nil {
			return v, err
		}
	}
	return v, h.Store.BeginRecovery(ctx, v, messages, h.stepEvent(r, v, step))
}

// latest is when a contact changed last; zero for never.
func latest(former []life.Former) (at time.Time) {
	for _, f := range former {
		if f.At.After(at) {
			at = f.At
		}
	}
	return at
}

// held is the reference that this browser holds; "" for none.
func (h *Handler) held(r *http.Request) string {
	sealed, ok := h.Site.Cookie(r, walkCookie)
	if !ok || len(sealed) > maxToken {
		return ""
	}
	raw, err := h.Site.Keyring.Open(walkPurpose, h.Now(), sealed)
	if err != nil {
		return ""
	}
	return string(raw)
}
