package authenticator

import (
	"crypto/sha256"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/qrcode"
	"atrio/base/ratelimit"
	"atrio/idp/account"
	"atrio/idp/identity"
	"atrio/web"
)

// deviceView is a telephone in the list.
type deviceView struct {
	ID, Name    string
	Bound, Used time.Time
	Ended       time.Time
	Reported    bool
}

// listView is the view of "authenticator/list".
type listView struct {
	account.Place
	Devices []deviceView
	// Phone is the masked number that the code goes to; "" when there is none.
	Phone   string
	Full    bool
	Notice  string
	Minutes int
}

func (h *Handler) list(w http.ResponseWriter, r *http.Request, who *identity.Identity, p account.Place) error {
	return h.listPage(w, r, http.StatusOK, who, listView{Place: p})
}

func (h *Handler) listPage(w http.ResponseWriter, r *http.Request, status int, who *identity.Identity, v listView) error {
	devices, err := h.Store.Devices(r.Context(), who.ID)
	if err != nil {
		return err
	}
	open := 0
	for _, d := range devices {
		if d.EndedAt.IsZero() {
			open++
		}
		v.Devices = append(v.Devices, deviceView{ID: d.ID, Name: d.Name, Bound: d.BoundAt, Used: d.UsedAt, Ended: d.EndedAt, Reported: d.How == Reported})
	}
	v.Full = open >= MostDevices
	if who.Holder.MobilePhone != "" {
		v.Phone = secondfactor.Masked(who.Holder.MobilePhone)
	}
	return h.Site.Page(w, r, status, "authenticator/list", v, v.Options()...)
}

// hash is the form in which the token of a QR code is stored.
func hash(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// digest binds a code to its binding and its purpose: one of a login, of a request or of a
// recovery fits not. Six digits are quickly tried through, so the stored form needs the
// key. // E24
func (h *Handler) digest(token, code string) []byte {
	return h.Site.Keyring.MAC("idp.app.bind", token, code)
}

// start begins a binding: a token for the telephone and a code by SMS to the number of the
// identity. What the page was opened with proves the password and the second factor that
// there is, the code the number: level 2. // E24
func (h *Handler) start(w http.ResponseWriter, r *http.Request, who *identity.Identity, p account.Place) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if who.Holder.MobilePhone == "" {
		h.refused(r, who.ID, audit.CodeSent, "no_phone")
		return h.listPage(w, r, http.StatusUnprocessableEntity, who, listView{Place: p})
	}
	token, code := newID(), otp.NumericCode(otp.Digits)
	now, to, lang := h.Now(), who.Holder.MobilePhone, web.Lang(r)
	until := now.Add(h.Limits.Valid)
	wait, err := h.Store.StartBinding(r.Context(), Binding{
		Identity: who.ID, Token: hash(token), Digest: h.digest(token, code), At: now, Expires: until, Pause: h.Limits.Pause,
		Caps: []ratelimit.Bucket{
			h.Limiter.Bucket(h.Limits.Identity, who.ID), h.Limiter.Bucket(h.Limits.Number, to),
			h.Limiter.Bucket(h.Limits.Network, web.ClientNetwork(web.ClientAddr(r))), h.Limiter.Bucket(h.Limits.All),
		},
		Message: notify.Message{
			Channel: notify.SMS, To: to, Lang: lang, Expires: until,
			Text: h.Site.Pages.Catalog().Text(lang, "app.sms.code", "sender", h.SMSSender, "code", code, "minutes", secondfactor.Minutes(h.Limits.Valid)),
		},
		Audit: h.event(r, who.ID, audit.CodeSent, map[string]string{"channel": "sms", "purpose": "app"}),
	})
	if err != nil {
		return err
	}
	if wait > 0 {
		open, _, err := h.underWay(r, who, p)
		if err != nil {
			return err
		}
		if open != "" { // come back
			return web.Redirect(w, r, p.Path+bindPage)
		}
		h.refused(r, who.ID, audit.CodeSent, "throttled")
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return h.listPage(w, r, http.StatusTooManyRequests, who, listView{Place: p, Notice: "app.list.wait", Minutes: secondfactor.Minutes(wait)})
	}
	return h.hand(w, r, p, token, until)
}

// The token waits in a sealed cookie, so that the page with the QR code can be loaded again
// and no address holds it; another session or login of the same browser does not open it.
const bindingCookie = "appbind"

const bindingPurpose = "idp.app.binding."

func (h *Handler) hand(w http.ResponseWriter, r *http.Request, p account.Place, token string, until time.Time) error {
	sealed, err := h.Site.Keyring.Seal(bindingPurpose+p.Key, until, []byte(token))
	if err != nil {
		return err
	}
	h.Site.SetCookie(w, bindingCookie, sealed, web.CookieOptions{MaxAge: int(h.Limits.Valid.Seconds())})
	return web.Redirect(w, r, p.Path+bindPage)
}

// bindingView is the view of "authenticator/bind".
type bindingView struct {
	account.Place
	// Link opens the app on this device with the token behind "#", which browsers keep to
	// themselves: no log of ours or of a proxy has it.
	Link    string
	Drawing template.HTMLAttr
	Size    int
	Phone   string
	Minutes int
}

// underWay is the token of the binding that was begun here, "" for none.
func (h *Handler) underWay(r *http.Request, who *identity.Identity, p account.Place) (token string, until time.Time, err error) {
	sealed, held := h.Site.Cookie(r, bindingCookie)
	if !held {
		return "", until, nil
	}
	raw, err := h.Site.Keyring.Open(bindingPurpose+p.Key, h.Now(), sealed)
	if err != nil {
		return "", until, nil //nolint:nilerr // another's, or over
	}
	owner, until, err := h.Store.BindingOf(r.Context(), hash(string(raw)), h.Now())
	if fault.Is(err, fault.NotFound) || err == nil && owner != who.ID {
		return "", until, nil
	}
	return string(raw), until, err
}

// binding shows the QR code of the binding under way.
func (h *Handler) binding(w http.ResponseWriter, r *http.Request, who *identity.Identity, p account.Place) error {
	token, until, err := h.underWay(r, who, p)
	if err != nil {
		return err
	}
	if token == "" { // over, bound meanwhile, or begun elsewhere: the list says so
		h.Site.ClearCookie(w, bindingCookie, web.CookieOptions{})
		return web.Redirect(w, r, p.Path)
	}
	link := h.Site.BaseURL + Path + "#" + token
	code, err := qrcode.New(link)
	if err != nil {
		return fault.New(fault.Internal, "error.internal").Because(err)
	}
	return h.Site.Page(w, r, http.StatusOK, "authenticator/bind", bindingView{
		Place: p, Link: link, Size: code.Size(), Phone: secondfactor.Masked(who.Holder.MobilePhone), Minutes: secondfactor.Minutes(until.Sub(h.Now())),
		Drawing: template.HTMLAttr(`d="` + code.Path() + `"`), //nolint:gosec // letters and digits of ours
	}, p.Options()...)
}

// finished goes on once the telephone is bound: a login leads on before it gets here. // E30
func (h *Handler) finished(w http.ResponseWriter, r *http.Request, _ *identity.Identity, p account.Place) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	h.Site.Notice(w, "app.notice.not_yet")
	return web.Redirect(w, r, p.Path+bindPage)
}

// remove ends a telephone of the holder.
func (h *Handler) remove(w http.ResponseWriter, r *http.Request, who *identity.Identity, p account.Place) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if !h.Account.Proved(r, who) {
		return web.Redirect(w, r, account.Prove(AccountPath))
	}
	device := f.Value("device")
	ev := h.event(r, who.ID, audit.FactorRemoved, map[string]string{"kind": "app", "factor": device})
	ended, err := h.Store.EndDevice(r.Context(), who.ID, device, p.Key, h.notices(who, "removed"), ev)
	if err != nil {
		return err
	}
	if ended {
		h.Site.Notice(w, "app.notice.removed")
	}
	return web.Redirect(w, r, AccountPath)
}
