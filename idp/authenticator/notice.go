package authenticator

import (
	"cmp"
	"net/http"
	"time"

	"atrio/base/notify"
	"atrio/idp/account"
	"atrio/idp/identity"
	"atrio/web"
)

// notices tell the holder, by mail and by telephone, what became of an app: whoever has the
// password and one of the two is told by the other. // REG 24
func (h *Handler) notices(who *identity.Identity, what string, args ...any) []notify.Message {
	// In the language of the holder, whoever asks: a stranger chooses none.
	lang, c := cmp.Or(who.Language, "it"), h.Site.Pages.Catalog()
	args = append(args, "provider", h.Provider, "account", h.Site.BaseURL+AccountPath, "password", h.Site.BaseURL+account.Path+"/password", "sender", h.SMSSender)
	list := []notify.Message{{
		Channel: notify.Mail, To: who.Holder.Email, Lang: lang,
		Subject: c.Text(lang, "app.mail."+what+".subject", args...), Text: c.Text(lang, "app.mail."+what+".text", args...),
	}}
	if who.Factors.SMS {
		list = append(list, notify.Message{Channel: notify.SMS, To: who.Holder.MobilePhone, Lang: lang, Text: c.Text(lang, "app.sms."+what, args...)})
	}
	return list
}

// noticed is how long the app says that a password was recovered.
const noticed = 30 * 24 * time.Hour

// recovered says in the app that the password was recovered lately, and what to do; "" when
// it was not. Whoever holds the mailbox and the number does not hold the telephone. // E31
func (h *Handler) recovered(r *http.Request, id string) (string, error) {
	events, err := h.Life.Store.LifeOf(r.Context(), id)
	if err != nil {
		return "", err
	}
	for _, e := range events {
		if e.Act == identity.Recover && h.Now().Sub(e.At) < noticed {
			c, lang := h.Site.Pages.Catalog(), web.Lang(r)
			return c.Text(lang, "app.recovered", "at", c.DateTime(lang, e.At), "site", h.Site.BaseURL), nil
		}
	}
	return "", nil
}
