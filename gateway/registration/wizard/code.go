package wizard

import (
	"crypto/hmac"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"atrio/authn/otp"
	"atrio/authn/proofofwork"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/registration"
	"atrio/gateway/registration/draft"
	"atrio/web"
	"atrio/web/ui"
)

// Limits of the code. // ASVS 6.5.5: ten minutes; 6.6.3: few tries
const (
	codeDigits = 6
	codeLife   = 10 * time.Minute
	codeTries  = 5
)

// linkPurpose binds the sealed link to its use; it lives as long as the draft may.
const linkPurpose = "registration.link"

// invitation is what the link carries. It opens nothing by itself: see link.go.
type invitation struct {
	ID    string    `json:"i"`
	Email string    `json:"e"`
	Code  string    `json:"c"`
	Until time.Time `json:"u"` // of the code
}

// send mails code and link to the address of the draft. What is sent to an address that
// an account has already tells that, and holds no code; what the page says and what is
// stored is the same. // G3.6
func (z *Wizard) send(r *http.Request, k *kept, f *web.Form) error {
	email, now := k.Identity.Email, z.Now()
	solved, unsolved := z.Work.Check(f.Value("challenge"), f.Value("work"))
	if err := z.AllowSend(r.Context(), web.ClientAddr(r), unsolved == nil); err != nil {
		return err
	}
	if err := z.AllowCode(r.Context(), strings.ToLower(email)); err != nil {
		return err
	}
	known, err := z.Drafts.KnowsAddress(r.Context(), email)
	if err != nil {
		return err
	}
	code := otp.NumericCode(codeDigits)
	message, err := z.message(k.Draft, code, now, known)
	if err != nil {
		return err
	}
	var once *account.Once
	worked := "no"
	if unsolved == nil {
		once, worked = &account.Once{Kind: "work", ID: solved.ID, Until: solved.Until}, "yes"
	}
	ev := z.event(r, map[string]string{"channel": string(notify.Mail), "purpose": "registration", "work": worked})
	err = z.Drafts.SendDraftCode(r.Context(), registration.ContactCode{
		Journey: k.ID, Address: z.Site.Keyring.MAC("contact-address", email), Code: z.mac(k.Draft, code), Expires: now.Add(codeLife),
	}, once, message, ev)
	if err == nil {
		k.Sent, k.SentAt = email, now
	}
	return err
}

// message writes the mail; both kinds are made, so that the work is the same.
func (z *Wizard) message(d draft.Draft, code string, now time.Time, known bool) (notify.Message, error) {
	plain, err := json.Marshal(invitation{ID: d.ID, Email: d.Identity.Email, Code: code, Until: now.Add(codeLife)})
	if err != nil {
		return notify.Message{}, err
	}
	token, err := z.Site.Keyring.Seal(linkPurpose, now.Add(rowLife), plain)
	if err != nil {
		return notify.Message{}, err
	}
	texts, lang := z.Site.Pages.Catalog(), d.Language
	args := []any{
		"service", z.Site.Institution.Service.In(lang), "code", code, "minutes", int(codeLife.Minutes()),
		"link", z.Site.BaseURL + linkPath + "?token=" + token, "days", int(rowLife.Hours() / 24),
	}
	fresh := notify.Message{
		Subject: texts.Text(lang, "wizard.mail.code.subject", args[0], args[1]), Text: texts.Text(lang, "wizard.mail.code.text", args...),
	}
	own := []any{
		"service", args[1], "login", z.Site.BaseURL + "/login", "recover", z.Site.BaseURL + "/recover", "help", z.Site.BaseURL + "/help",
	}
	m := notify.Message{
		Subject: texts.Text(lang, "wizard.mail.known.subject", args[0], args[1]), Text: texts.Text(lang, "wizard.mail.known.text", own...),
	}
	if !known {
		m = fresh
	}
	m.Channel, m.To, m.Lang, m.Expires = notify.Mail, d.Identity.Email, lang, now.Add(rowLife)
	return m, nil
}

// mac binds a code to its draft and its address.
func (z *Wizard) mac(d draft.Draft, code string) []byte {
	return z.Site.Keyring.MAC("contact-code", d.ID, d.Identity.Email, code)
}

// codeView is the view of "wizard/code".
type codeView struct {
	ui.Errors
	Email   string
	Minutes int
	Work    proofofwork.Challenge
}

// code asks for the code that was mailed. // G3.4
func (z *Wizard) code(w http.ResponseWriter, r *http.Request) error {
	k, there, err := z.at(w, r, draft.StepCode)
	if err != nil || !there {
		return err
	}
	if k.Next() != draft.StepCode {
		return z.onward(w, r, k)
	}
	return z.showCode(w, r, http.StatusOK, k, nil)
}

func (z *Wizard) showCode(w http.ResponseWriter, r *http.Request, status int, k kept, errs ui.Errors) error {
	challenge, err := z.Work.New()
	if err != nil {
		return err
	}
	return z.Site.Page(w, r, status, "wizard/code",
		codeView{Errors: errs, Email: k.Identity.Email, Minutes: int(codeLife.Minutes()), Work: challenge}, web.Plain)
}

// checkCode compares the code; the try is counted before the comparison.
func (z *Wizard) checkCode(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	k, there, err := z.at(w, r, draft.StepCode)
	if err != nil || !there {
		return err
	}
	if k.Next() != draft.StepCode {
		return z.onward(w, r, k) // confirmed in another tab
	}
	if f.Value("resend") != "" {
		return z.resend(w, r, k, f)
	}
	code := f.Digits("code", codeDigits)
	if !f.OK() {
		return z.showCode(w, r, http.StatusUnprocessableEntity, k, f.Errors)
	}
	stored, err := z.Drafts.TryCode(r.Context(), k.ID, codeTries, z.Now())
	if err != nil && !fault.Is(err, fault.Gone) {
		return err
	}
	switch {
	case err != nil:
		f.Fail("code", "registration.code.gone")
	case !hmac.Equal(stored.Code, z.mac(k.Draft, code)):
		f.Fail("code", "registration.code.wrong")
	default:
		return z.confirm(w, r, k)
	}
	return z.showCode(w, r, http.StatusUnprocessableEntity, k, f.Errors)
}

func (z *Wizard) resend(w http.ResponseWriter, r *http.Request, k kept, f *web.Form) error {
	if err := z.send(r, &k, f); err != nil {
		return again(err)
	}
	if err := z.save(w, r, &k); err != nil {
		return err
	}
	z.Site.Notice(w, "registration.notice.sent")
	return web.Redirect(w, r, codePath)
}

// confirm marks the address as the person's; the draft becomes a row, or stays the one
// that it is. Of many right codes at once one opens the row, the others find it.
func (z *Wizard) confirm(w http.ResponseWriter, r *http.Request, k kept) error {
	k.Confirmed = k.Identity.Email
	if k.row != nil {
		if err := z.save(w, r, &k); err != nil {
			return err
		}
		return z.onward(w, r, k)
	}
	row, err := z.seal(k.Draft, 1)
	if err != nil {
		return err
	}
	err = z.Drafts.OpenDraft(r.Context(), row, k.ID)
	if fault.Is(err, fault.Conflict) {
		if k, err = z.stored(r, k.ID); err == nil {
			row = *k.row
		}
	}
	if err != nil {
		return err
	}
	if err := z.point(w, k.ID); err != nil {
		return err
	}
	k.row = &row
	return z.onward(w, r, k)
}

// mailboxView is the view of "wizard/mailbox".
type mailboxView struct{ Email, Support string }

// mailbox helps who gets no mail or has the mailbox no more. // G3.6
func (z *Wizard) mailbox(w http.ResponseWriter, r *http.Request) error {
	k, err := z.find(r)
	if err != nil && !errors.Is(err, errNone) && !errors.Is(err, ErrGone) {
		return err
	}
	return z.Site.Page(w, r, http.StatusOK, "wizard/mailbox", mailboxView{Email: k.Identity.Email, Support: z.SupportMail}, web.Plain)
}

// event is the common part of the audit lines.
func (z *Wizard) event(r *http.Request, detail map[string]string) audit.Event {
	ev := audit.Event{At: z.Now(), Role: z.Site.Role, Reference: web.RequestID(r), Detail: detail}
	if a := web.ClientAddr(r); a.IsValid() {
		ev.Address = a.String()
	}
	return ev
}

// again keeps the way back to the form on an error page.
func again(err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer("gateway.action.retry", identityPath).Offer("gateway.action.help", "/help")
}
