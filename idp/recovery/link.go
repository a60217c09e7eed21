package recovery

import (
	"encoding/json"
	"errors"
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
	// Withdraw: it leads to the end of a request.
	Withdraw bool `json:"w,omitempty"`
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
func (h *Handler) opened(r *http.Request, token string) (t ticket, who person, err error) {
	if token == "" || len(token) > maxToken {
		return t, who, errLink
	}
	raw, err := h.Site.Keyring.Open(linkPurpose, h.Now(), token)
	if err == nil {
		err = json.Unmarshal(raw, &t)
	}
	if err != nil || t.Identity == "" {
		return t, who, errLink.Because(err)
	}
	who, err = h.person(r.Context(), t.Identity)
	if errors.Is(err, identity.ErrUnknown) {
		return t, who, errLink.Because(err)
	}
	if err != nil {
		return t, who, err
	}
	if who.PasswordAt.UnixMicro() != t.PasswordAt || who.Holder.Email != t.Email || !may(who) || t.Withdraw && !who.applies() {
		return t, who, errLink.For("recovery_link_stale")
	}
	v, err := h.Store.Recovery(r.Context(), t.Recovery)
	switch {
	case fault.Is(err, fault.NotFound):
		err = nil
	case err == nil && (v.Uses >= t.Use || v.State != Open):
		return t, who, errLink.For("recovery_link_used")
	}
	return t, who, err
}

// LinkView is the view of "recovery/link".
type LinkView struct {
	Token string
	// Code and Answer are what comes next; neither: the new password. Withdraw: the request
	// is withdrawn.
	Code, Answer, Withdraw bool
}

// landing shows a button and does nothing: programs that look into mail follow links. // A04
func (h *Handler) landing(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	t, who, err := h.opened(r, token)
	if err != nil && t.Recovery != "" && h.held(r) == t.Recovery {
		if v, _, gone := h.current(r); gone == nil {
			return web.Redirect(w, r, v.step(h.Now())) // the browser that pressed it before
		}
	}
	if err != nil {
		return err
	}
	v := LinkView{Token: token, Withdraw: t.Withdraw}
	v.Code, v.Answer = who.asks()
	return h.Site.Page(w, r, http.StatusOK, "recovery/link", v, web.Plain)
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
	if t.Use > 1 { // a link that is pressed too early works later
		if v, err := h.Store.Recovery(r.Context(), t.Recovery); err == nil && h.Now().Before(v.Ready) {
			return h.wait(w, r, v, who)
		}
	}
	v, err := h.start(r, t, who)
	if errors.Is(err, ErrMoved) { // at this moment: the link says whether it still fits
		return web.Redirect(w, r, linkPath+"?"+url.Values{"token": {f.Value("token")}}.Encode())
	}
	if fault.Is(err, fault.Conflict) {
		return errLink.For("recovery_link_used").Because(err)
	}
	if err != nil {
		return err
	}
	if err := h.hold(w, v); err != nil {
		return err
	}
	switch _, err := h.Store.Regaining(r.Context(), who.ID); {
	case err == nil:
		return web.Redirect(w, r, lostPath) // they go on with it, or take the ordinary way again
	case !fault.Is(err, fault.Gone):
		return err
	}
	return web.Redirect(w, r, v.step(h.Now()))
}

// start stores a recovery, or goes on with one that waited.
func (h *Handler) start(r *http.Request, t ticket, who person) (Recovery, error) {
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
	v := who.begin(t.Recovery, ForPassword, now)
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

// hold lets this browser go on with a recovery.
func (h *Handler) hold(w http.ResponseWriter, v Recovery) error {
	sealed, err := h.Site.Keyring.Seal(walkPurpose, v.Until, []byte(v.ID))
	if err != nil {
		return err
	}
	h.Site.SetCookie(w, walkCookie, sealed, web.CookieOptions{})
	return nil
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
