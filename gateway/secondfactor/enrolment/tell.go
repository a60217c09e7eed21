package enrolment

import (
	kinds "atrio/authn/secondfactor"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/secondfactor"
)

// tell writes the message about a change: who did not make it has to hear of it where
// the intruder is not. what is the end of the key of the text; kind and name are of the
// factor that it is about, if it is about one. // ASVS 6.3.7
func (e *Enrolment) tell(what string, kind kinds.Kind, name string) secondfactor.Tell {
	texts, at := e.Site.Pages.Catalog(), e.Now()
	return func(a account.Account) notify.Message {
		lang := a.Language
		service, about := e.Site.Institution.Service.In(lang), ""
		if kind != "" {
			about = texts.Text(lang, "enrolment.unnamed."+string(kind))
		}
		if name != "" {
			about += " – " + name
		}
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: lang,
			Subject: texts.Text(lang, "enrolment.mail.subject", "service", service),
			Text: texts.Text(lang, "enrolment.mail.text", "name", a.Name(), "service", service, "when", texts.DateTime(lang, at),
				"what", texts.Text(lang, "enrolment.mail."+what, "factor", about), "account", e.Site.BaseURL+Path),
		}
	}
}
