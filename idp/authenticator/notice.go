package authenticator

import (
	"net/http"

	"atrio/base/notify"
	"atrio/idp/account"
	"atrio/idp/identity"
	"atrio/web"
)

// notices tell the holder, by mail and by telephone, what became of an app: whoever has the
// password and one of the two is told by the other. // REG 24
func (h *Handler) notices(r *http.Request, who *identity.Identity, what string, args ...any) []notify.Message {
	lang, c := web.Lang(r), h.Site.Pages.Catalog()
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
