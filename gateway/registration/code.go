package registration

import (
	"crypto/hmac"
	"errors"
	"net/http"
	"strings"
	"time"

	"atrio/authn/otp"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/ui"
)

// Limits of a contact code. // ASVS 6.5.5: ten minutes; 6.6.3: few tries
const (
	codeDigits = 6
	codeLife   = 10 * time.Minute
	codeTries  = 5
)

// codeView is the view of "registration/code".
type codeView struct {
	ui.Errors
	Flow, Email string
	Minutes     int
	// Change leads back to the page where the address can be corrected.
	Change string
}

// send makes a code and mails it to the address of the journey.
func (g *Registration) send(r *http.Request, j journey.Journey) error {
	// Per address, and per person: else one person could write to everybody.
	for _, of := range []string{strings.ToLower(j.Email), "person " + j.Asserted.Issuer + " " + j.Asserted.Subject} {
		if err := g.AllowCode(r.Context(), of); err != nil {
			return err
		}
	}
	code := otp.NumericCode(codeDigits)
	now, lang, texts := g.Now(), web.Lang(r), g.Site.Pages.Catalog()
	service := g.Site.Institution.Service.In(lang)
	m := notify.Message{
		Channel: notify.Mail, To: j.Email, Lang: lang, Expires: now.Add(codeLife),
		Subject: texts.Text(lang, "registration.mail.code.subject", "service", service),
		Text:    texts.Text(lang, "registration.mail.code.text", "service", service, "code", code, "minutes", int(codeLife.Minutes())),
	}
	ev := audit.Event{
		At: now, Role: g.Site.Role, Reference: web.RequestID(r), Address: web.ClientAddr(r).String(),
		Detail: map[string]string{"channel": string(notify.Mail)},
	}
	return g.Codes.SendCode(r.Context(), ContactCode{
		Journey: j.Handle, Address: g.Site.Keyring.MAC("contact-address", j.Email), Code: g.mac(j, code), Expires: now.Add(codeLife),
	}, m, ev)
}

// mac binds a code to its journey and its address.
func (g *Registration) mac(j journey.Journey, code string) []byte {
	return g.Site.Keyring.MAC("contact-code", j.Handle, j.Email, code)
}

// code asks for the code that was mailed.
func (g *Registration) code(w http.ResponseWriter, r *http.Request) error {
	j, err := g.find(r, flowOf(r), journey.Entering)
	if err != nil {
		return err
	}
	if j.Email == "" {
		return web.Redirect(w, r, at(WelcomePath, j))
	}
	return g.showCode(w, r, http.StatusOK, j, nil)
}

func (g *Registration) showCode(w http.ResponseWriter, r *http.Request, status int, j journey.Journey, errs ui.Errors) error {
	return g.Site.Page(w, r, status, "registration/code", codeView{
		Errors: errs, Flow: j.Handle, Email: j.Email, Minutes: int(codeLife.Minutes()), Change: at(WelcomePath, j),
	}, web.Plain)
}

// checkCode compares the code; the try is counted before the comparison.
func (g *Registration) checkCode(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	j, err := g.find(r, f.Value("flow"), journey.Entering)
	if err != nil {
		return err
	}
	if j.Email == "" || j.Notice == "" {
		return web.Redirect(w, r, at(WelcomePath, j))
	}
	if f.Value("resend") != "" {
		if err := g.send(r, j); err != nil {
			return again(err, j)
		}
		g.Site.Notice(w, "registration.notice.sent")
		return web.Redirect(w, r, at(codePath, j))
	}
	code := f.Digits("code", codeDigits)
	if !f.OK() {
		return g.showCode(w, r, http.StatusUnprocessableEntity, j, f.Errors)
	}
	stored, err := g.Codes.TryCode(r.Context(), j.Handle, codeTries, g.Now())
	if err != nil && !fault.Is(err, fault.Gone) {
		return err
	}
	switch {
	case err != nil:
		f.Fail("code", "registration.code.gone")
	case !hmac.Equal(stored.Code, g.mac(j, code)):
		f.Fail("code", "registration.code.wrong")
	default:
		return g.Finish(w, r, j)
	}
	return g.showCode(w, r, http.StatusUnprocessableEntity, j, f.Errors)
}

// again keeps the way back to the form on an error page.
func again(err error, j journey.Journey) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer("gateway.action.retry", at(WelcomePath, j)).Offer("gateway.action.help", "/help")
}
