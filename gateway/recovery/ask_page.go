package recovery

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/ui"
)

// askView is the view of "recovery/ask" and, with Sent, of "recovery/sent".
type askView struct {
	ui.Errors
	// Flow keeps the destination for the way back to the login page.
	Flow, Login    string
	Email, Support string
	Minutes        int
}

// most is how many accounts of one address are named in the message.
const most = 5

func (v *Recovery) view(r *http.Request) askView {
	flow := r.URL.Query().Get("flow")
	if !journey.IsHandle(flow) {
		flow = ""
	}
	return askView{Flow: flow, Login: journey.LoginURL(flow), Support: v.SupportMail, Minutes: int(linkLife.Minutes())}
}

// ask shows the ways back: another door, the address, the help desk.
func (v *Recovery) ask(w http.ResponseWriter, r *http.Request) error {
	return v.Site.Page(w, r, http.StatusOK, "recovery/ask", v.view(r))
}

// asked sends the message and says the same for every address. // ASVS 6.3.8
func (v *Recovery) asked(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	view := v.view(r)
	view.Email = f.Email("email", web.Required)
	if !f.OK() {
		view.Errors = f.Errors
		return v.Site.Page(w, r, http.StatusUnprocessableEntity, "recovery/ask", view)
	}
	if err := v.admit(r, view.Email); err != nil {
		return fault.From(err).Offer("gateway.action.login", view.Login).Offer("gateway.action.help", "/help")
	}
	if err := v.send(r, view.Email); err != nil {
		return err
	}
	return v.Site.Page(w, r, http.StatusOK, "recovery/sent", view)
}

// admit counts a message to be sent.
func (v *Recovery) admit(r *http.Request, email string) error {
	ctx := r.Context()
	if err := v.Limiter.Allow(ctx, perNetwork(), web.ClientNetwork(web.ClientAddr(r))); err != nil {
		return err
	}
	if err := v.Limiter.Allow(ctx, perAddress(), strings.ToLower(email)); err != nil {
		return err
	}
	return v.Limiter.Allow(ctx, all())
}

// send writes one message whether the address is known or not: who has several
// addresses learns that it is another one.
func (v *Recovery) send(r *http.Request, email string) error {
	found, err := v.Store.CredentialsByEmail(r.Context(), email, most)
	if err != nil {
		return err
	}
	lang, lines := web.Lang(r), []audit.Event{v.event(r, "", "unknown")}
	if len(found) > 0 {
		// The message goes to the address that is stored: what was typed may be another
		// one that only looks the same to the database (K and the sign for kelvin).
		email, lang, lines = found[0].Account.Email, found[0].Account.Language, nil
		found = slices.DeleteFunc(found, func(c credential.Credential) bool { return c.Account.Email != email })
	}
	texts := v.Site.Pages.Catalog()
	var accounts strings.Builder
	for _, c := range found {
		text, what, err := v.about(c, lang)
		if err != nil {
			return err
		}
		accounts.WriteString(text)
		lines = append(lines, v.event(r, c.Account.ID, what))
	}
	key := "recovery.mail.none"
	if len(found) > 0 {
		key = "recovery.mail.found"
	}
	return v.Store.NoteRecovery(r.Context(), notify.Message{
		Channel: notify.Mail, To: email, Lang: lang, Expires: v.Now().Add(linkLife), Subject: texts.Text(lang, "recovery.mail.subject"),
		Text: texts.Text(lang, key, "accounts", accounts.String(), "minutes", int(linkLife.Minutes()), "help", v.Site.BaseURL+"/help",
			"login", v.Site.BaseURL+"/login"),
	}, lines)
}

// event is the line about a message that is sent.
func (v *Recovery) event(r *http.Request, subject, what string) audit.Event {
	ev := v.Event(r, map[string]string{"what": what})
	ev.Action, ev.Outcome, ev.Subject = audit.RecoveryAsked, audit.OK, subject
	return ev
}

// about is what the message says of one account: its Codice Persona, and how to get a
// password back.
func (v *Recovery) about(c credential.Credential, lang string) (text, what string, err error) {
	texts := v.Site.Pages.Catalog()
	a := c.Account
	switch {
	case a.State != account.Active:
		return texts.Text(lang, "recovery.mail.frozen", "name", a.Called(), "code", string(a.Code)), "frozen", nil
	case c.PHC == "" && !c.First:
		return texts.Text(lang, "recovery.mail.door", "name", a.Called(), "code", string(a.Code)), "code", nil
	}
	token, err := v.seal(c)
	if err != nil {
		return "", "", err
	}
	link := v.Site.BaseURL + linkPath + "?" + url.Values{"token": {token}}.Encode()
	key := "recovery.mail.link"
	if c.First {
		key = "recovery.mail.first"
	}
	return texts.Text(lang, key, "name", a.Called(), "code", string(a.Code), "link", link, "minutes", int(linkLife.Minutes())), "link", nil
}
