package challenge

import (
	"net/http"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/gateway/secondfactor"
	"atrio/web"
)

// send sends a code to a number of the account: only when a button is pressed, so that
// a page that is merely opened costs nobody a message.
func (c *Challenge) send(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := c.visitOf(r, f.Value("flow"))
	if err != nil {
		return err
	}
	_, chosen := numbers(v, f.Value("number"))
	number, ok := v.status.Find(chosen.ID)
	if !ok {
		return web.Redirect(w, r, at(v.journey))
	}
	ev := c.event(r, v, kinds.SMS)
	ev.Detail["channel"] = "sms"
	wait, err := c.Checker.Send(r.Context(), secondfactor.Envelope{
		Flow: v.journey.Handle, AccountID: v.account, Number: number.Number, Lang: web.Lang(r), Address: web.ClientAddr(r), Event: ev,
		Text: func(code string) string { return c.message(r, v, code) },
	})
	if err != nil {
		return err
	}
	if wait == 0 {
		return web.Redirect(w, r, at(v.journey)+"&with=sms&number="+number.ID)
	}
	c.refused(r, v, kinds.SMS, audit.CodeSent, "throttled")
	w.Header().Set("Retry-After", seconds(wait))
	key := "challenge.sms.pause"
	if wait > c.Checker.Limits.Pause {
		key = "challenge.sms.cap"
	}
	return c.page(w, r, v, http.StatusTooManyRequests, string(kinds.SMS),
		codeView{Chosen: chosen, Notice: Notice{Key: key, Minutes: kinds.Minutes(wait)}})
}

// message is the text of an SMS. The service is named in it, so that a code asked for
// by somebody else does not look like one's own. // ASVS 6.6.2
func (c *Challenge) message(r *http.Request, v visit, code string) string {
	lang := web.Lang(r)
	key, service := "challenge.sms.text", c.ServiceName(v.journey.To.Service, lang)
	if service == "" {
		key = "challenge.sms.text_account"
	}
	return c.Site.Pages.Catalog().Text(lang, key, "sender", c.Site.Institution.Service.In(lang), "code", code,
		"service", service, "minutes", kinds.Minutes(c.Checker.Limits.Valid))
}
