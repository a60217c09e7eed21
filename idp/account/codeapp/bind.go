package codeapp

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/qrcode"
	"atrio/idp/account"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

func masked(who *identity.Identity) string {
	if who.Holder.MobilePhone == "" {
		return ""
	}
	return secondfactor.Masked(who.Holder.MobilePhone)
}

// begin draws a key and sends the code that binds it. What the page was opened with proves
// the password and the second factor that there is, the code the number of the identity. // E24
func (h *Handler) begin(w http.ResponseWriter, r *http.Request, who *identity.Identity, p account.Place) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	phone := who.Holder.MobilePhone
	switch blocked := who.Blocked(h.Now()); {
	case blocked != "":
		h.refused(r, who, audit.CodeSent, blocked)
		return h.page(w, r, http.StatusForbidden, who, View{Place: p})
	case phone == "":
		h.refused(r, who, audit.CodeSent, "no_phone")
		return h.page(w, r, http.StatusUnprocessableEntity, who, View{Place: p})
	case who.Factors.TOTP:
		return web.Redirect(w, r, p.Path)
	}
	texts, lang := h.Site.Pages.Catalog(), web.Lang(r)
	ev := h.Account.Event(r, who.ID, audit.CodeSent)
	ev.Detail = map[string]string{"channel": "sms", "purpose": Purpose}
	wait, err := h.Codes.Send(r.Context(), life.Letter{
		Identity: who.ID, Purpose: Purpose, Value: p.Key + " " + otp.EncodeSecret(otp.NewSecret()), From: web.ClientNetwork(web.ClientAddr(r)), Audit: ev,
		Message: func(code string, minutes int) notify.Message {
			return notify.Message{
				Channel: notify.SMS, To: phone, Lang: lang,
				Text: texts.Text(lang, "codes.sms", "sender", h.SMSSender, "code", code, "minutes", minutes),
			}
		},
	})
	if err != nil {
		return err
	}
	if wait > 0 {
		typed, err := h.pending(r, who, p)
		if err != nil {
			return err
		}
		if typed != "" { // pressed twice, or come back
			return web.Redirect(w, r, p.Path+bindPage)
		}
		h.refused(r, who, audit.CodeSent, "throttled")
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return h.page(w, r, http.StatusTooManyRequests, who, View{Place: p, Notice: "codes.wait", Minutes: secondfactor.Minutes(wait)})
	}
	return web.Redirect(w, r, p.Path+bindPage)
}

// BindView is the view of "codeapp/bind".
type BindView struct {
	account.Place
	ui.Errors
	// Drawing is the QR code, Size its edge in modules; Link opens an app on this device.
	Drawing template.HTMLAttr
	Size    int
	Link    template.URL
	// Key is the secret as people type it, Account and Issuer what the app shows.
	Key, Account, Issuer string
	Phone                string
}

// ask shows the key of the binding under way, and asks for both codes.
func (h *Handler) ask(w http.ResponseWriter, r *http.Request, who *identity.Identity, p account.Place) error {
	return h.bindPage(w, r, who, p, http.StatusOK, nil)
}

// pending is the key of the binding that was begun here, "" for none: whoever has another
// session of the holder sees nothing of it.
func (h *Handler) pending(r *http.Request, who *identity.Identity, p account.Place) (typed string, err error) {
	value, err := h.Codes.Asked(r.Context(), who, Purpose)
	if begun, typed, _ := strings.Cut(value, " "); begun == p.Key {
		return typed, err
	}
	return "", err
}

func (h *Handler) bindPage(w http.ResponseWriter, r *http.Request, who *identity.Identity, p account.Place, status int, errs ui.Errors) error {
	typed, err := h.pending(r, who, p)
	if err != nil {
		return err
	}
	if typed == "" { // over, bound meanwhile, or begun elsewhere
		return web.Redirect(w, r, p.Path)
	}
	key, err := otp.DecodeSecret(typed)
	if err != nil {
		return fault.New(fault.Internal, "error.internal").Because(err)
	}
	v := BindView{Place: p, Errors: errs, Issuer: h.Provider, Account: who.UserID, Key: grouped(typed), Phone: masked(who)}
	uri := otp.URI(v.Issuer, v.Account, key)
	code, err := qrcode.New(uri)
	if err != nil {
		return fault.New(fault.Internal, "error.internal").Because(err)
	}
	v.Link = template.URL(uri)                               //nolint:gosec // made here
	v.Drawing = template.HTMLAttr(`d="` + code.Path() + `"`) //nolint:gosec // letters and digits of ours
	v.Size = code.Size()
	return h.Site.Page(w, r, status, "codeapp/bind", v, p.Options()...)
}

// skew is how many steps of 30 s the clock of a telephone may be off, either way. RFC 6238 5.2
const skew = 1

// take binds the app when both codes are right. Which of the two was wrong is not said:
// tries at one of them would be free otherwise. // A01
func (h *Handler) take(w http.ResponseWriter, r *http.Request, who *identity.Identity, p account.Place) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	sms, code := f.Digits("sms", otp.Digits), f.Digits("code", otp.Digits)
	if !f.OK() { // no try: nothing is counted
		return h.bindPage(w, r, who, p, http.StatusUnprocessableEntity, f.Errors)
	}
	if who.Factors.TOTP { // pressed twice: it is bound
		return p.Bound(w, r)
	}
	if blocked := who.Blocked(h.Now()); blocked != "" {
		h.refused(r, who, audit.FactorAdded, blocked)
		return h.page(w, r, http.StatusForbidden, who, View{Place: p})
	}
	outcome, left, typed, err := h.try(r, who, p, sms)
	if err != nil {
		return err
	}
	if outcome == secondfactor.Stale {
		h.refused(r, who, audit.FactorAdded, "stale_code")
		return h.page(w, r, http.StatusUnprocessableEntity, who, View{Place: p, Notice: "codes.over"})
	}
	key, _ := otp.DecodeSecret(typed) // none with a wrong code
	step, right := otp.Verify(key, code, h.Now(), skew)
	if outcome != secondfactor.Right || !right {
		h.refused(r, who, audit.FactorAdded, "wrong_code")
		if left == 0 {
			return h.page(w, r, http.StatusUnprocessableEntity, who, View{Place: p, Notice: "codes.over"})
		}
		return h.bindPage(w, r, who, p, http.StatusUnprocessableEntity, ui.Errors{{Field: "sms", Key: "codes.wrong", Args: []any{"left", left}}})
	}
	added, err := h.Store.AddTOTP(r.Context(), Addition{
		Identity: who.ID, Key: key, Step: step, At: h.Now(), Messages: h.notices(who, "bound"), Audit: h.event(r, who, audit.FactorAdded),
	})
	if err != nil {
		return err
	}
	if added {
		h.Site.Notice(w, "codes.notice.bound")
	}
	return p.Bound(w, r)
}

// try compares the code of the binding that was begun here; what was begun elsewhere is not
// tried.
func (h *Handler) try(r *http.Request, who *identity.Identity, p account.Place, sms string) (o secondfactor.Outcome, left int, typed string, err error) {
	if typed, err = h.pending(r, who, p); err != nil || typed == "" {
		return secondfactor.Stale, 0, "", err
	}
	o, left, value, err := h.Codes.Try(r.Context(), who.ID, Purpose, sms)
	_, typed, _ = strings.Cut(value, " ")
	return o, left, typed, err
}

// grouped parts a long text into groups of four.
func grouped(s string) string {
	var groups []string
	for ; len(s) > 4; s = s[4:] {
		groups = append(groups, s[:4])
	}
	return strings.Join(append(groups, s), " ")
}
