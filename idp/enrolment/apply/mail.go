package apply

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"time"

	"atrio/authn/proofofwork"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/identity"
	"atrio/web"
)

// The secret of a link is made from the reference of its request, which is in no page, by
// a key that only this program has: the same mail can be sent again although the secret
// is kept nowhere. What is stored is a MAC of it.
const (
	secretPurpose = "enrolment.link_secret"
	linkPurpose   = "enrolment.link"
)

// secretLength is that of a secret in a link.
var secretLength = base64.RawURLEncoding.EncodedLen(sha256.Size)

func (h *Handler) secret(request string) string {
	return base64.RawURLEncoding.EncodeToString(h.Site.Keyring.MAC(secretPurpose, request))
}

func (h *Handler) linkMAC(secret string) []byte { return h.Site.Keyring.MAC(linkPurpose, secret) }

// mail writes what goes to the mailbox: the link, or to who has an account the truth.
// Both are made, so that the work is the same. // A02, E16
func (h *Handler) mail(lang, to, request string, until time.Time, taken bool) notify.Message {
	link := h.Site.BaseURL + confirmPath + "?token=" + h.secret(request)
	args := []any{"provider", h.Provider, "link", link, "hours", int(draftLife.Hours())}
	fresh := h.letter(lang, "enrol.mail.confirm", link, args)
	login := h.Site.BaseURL + "/account/login"
	own := h.letter(lang, "enrol.mail.taken", login, []any{"provider", h.Provider, "login", login})
	m := fresh
	if taken {
		m = own
	}
	m.Channel, m.To, m.Lang, m.Expires = notify.Mail, to, lang, until
	return m
}

// letter has a button for who reads HTML, and the address to copy for everybody. // E17
func (h *Handler) letter(lang, key, link string, args []any) notify.Message {
	text := h.text(lang, key+".text", args...)
	var body strings.Builder
	for _, paragraph := range strings.Split(text, "\n\n") {
		if strings.TrimSpace(paragraph) == link {
			body.WriteString(`<p><a href="` + template.HTMLEscapeString(link) + `">` + template.HTMLEscapeString(h.text(lang, key+".button")) + "</a></p>\n")
		}
		body.WriteString("<p>" + strings.ReplaceAll(template.HTMLEscapeString(paragraph), "\n", "<br>\n") + "</p>\n")
	}
	return notify.Message{Subject: h.text(lang, key+".subject", args...), Text: text, HTML: body.String()}
}

// createdView is the view of "apply/created".
type createdView struct {
	Email, Support string
	Hours          int
	Work           proofofwork.Challenge
	Notice         string
	Minutes        int
}

// created tells that the account was made, and to look into the mailbox. // E16
func (h *Handler) created(w http.ResponseWriter, r *http.Request) error {
	d := h.find(r)
	if d.Request == "" {
		return web.Redirect(w, r, d.next())
	}
	return h.createdPage(w, r, http.StatusOK, d, createdView{})
}

func (h *Handler) createdPage(w http.ResponseWriter, r *http.Request, status int, d draft, v createdView) error {
	var err error
	if v.Work, err = h.Work.New(); err != nil {
		return err
	}
	v.Email, v.Support, v.Hours = d.Email, h.Config.SupportMail, int(draftLife.Hours())
	return h.Site.Page(w, r, status, "apply/created", v)
}

// mailAgain sends the same mail once more, within the limits of the mailbox.
func (h *Handler) mailAgain(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	d := h.find(r)
	if d.Request == "" || !h.Now().Before(d.Until) {
		h.forget(w)
		return web.Redirect(w, r, draft{}.next())
	}
	ctx, userID := r.Context(), identity.Login(d.Email)
	// The work only widens the limit of the network: what the mailbox gets is bounded, and
	// the browser made one account with work that counted once.
	_, idle := h.Work.Check(f.Value("challenge"), f.Value("work"))
	err = h.allowMail(ctx, r, userID, idle == nil)
	if f := fault.From(err); err != nil && f.Kind == fault.TooMany {
		h.refused(r, audit.RequestMailed, "", f.AuditReason())
		return h.createdPage(w, r, http.StatusTooManyRequests, d, createdView{Notice: "enrol.mail.wait", Minutes: minutes(f.RetryAfter)})
	}
	if err != nil {
		return err
	}
	taken, _, err := h.People.Password(ctx, userID)
	if err != nil {
		return err
	}
	m := h.mail(web.Lang(r), d.Email, d.Request, d.Until, taken != "")
	if err := h.Store.QueueMail(ctx, m, h.event(r, audit.RequestMailed, "", nil)); err != nil {
		return err
	}
	h.Site.Notice(w, "enrol.notice.mailed")
	return web.Redirect(w, r, createdPath)
}

func minutes(wait time.Duration) int { return secondfactor.Minutes(wait) }
