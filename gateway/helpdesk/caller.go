package helpdesk

import (
	"crypto/hmac"
	"net/http"
	"time"

	"atrio/authn/otp"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/registration"
	"atrio/web"
)

// Limits of the check of a caller: a code of six digits by mail, three tries, good for
// ten minutes; what it proved counts for a quarter of an hour, for this clerk.
const (
	callerDigits = 6
	callerTries  = 3
	callerLife   = 10 * time.Minute
	callerProof  = 15 * time.Minute
)

// caller sends a code to the holder's address, or compares what the caller read out. It
// proves that who is on the phone reads that mailbox: more than a birth date does, less
// than a login. // G5.4
func (h *Helpdesk) caller(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	pass := f.Value("pass")
	id, err := h.Of(r, pass)
	if err != nil {
		return err
	}
	if f.Value("send") != "" {
		err = h.sendCode(r, id)
	} else {
		code := f.Digits("code", callerDigits)
		if !f.OK() {
			return h.showPerson(w, r, http.StatusUnprocessableEntity, pass, id, f.Errors)
		}
		var ok bool
		if ok, err = h.compare(r, id, code); err == nil && !ok {
			f.Fail("code", "helpdesk.caller.wrong")
			return h.showPerson(w, r, http.StatusUnprocessableEntity, pass, id, f.Errors)
		}
	}
	if err != nil {
		return h.offerPerson(r, err, id)
	}
	to, err := h.PersonURL(r, id)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, to)
}

// slot binds a code to the account and to the session of the clerk.
func slot(r *http.Request, id string) string {
	return "desk " + id[:min(len(id), 32)] + " " + web.CurrentSession(r).Handle
}

func (h *Helpdesk) mac(r *http.Request, id, code string) []byte {
	return h.Site.Keyring.MAC("desk-code", slot(r, id), code)
}

func (h *Helpdesk) sendCode(r *http.Request, id string) error {
	a, err := h.People.Account(r.Context(), id)
	if err != nil {
		return err
	}
	if a.Email == "" {
		return fault.New(fault.Conflict, "error.helpdesk.no_contact").For("no_contact")
	}
	if err := h.AllowCode(r.Context(), a.Email); err != nil {
		return err
	}
	code, now, texts := otp.NumericCode(callerDigits), h.Site.Now(), h.Site.Pages.Catalog()
	ev := h.Event(r, map[string]string{"channel": string(notify.Mail), "what": "caller"})
	ev.Actor = web.CurrentSession(r).Subject
	return h.Codes.SendCode(r.Context(), registration.ContactCode{
		Journey: slot(r, id), Address: h.Site.Keyring.MAC("contact-address", a.Email), Code: h.mac(r, id, code), Expires: now.Add(callerLife),
	}, notify.Message{
		Channel: notify.Mail, To: a.Email, Lang: a.Language, Expires: now.Add(callerLife),
		Subject: texts.Text(a.Language, "helpdesk.mail.caller.subject"),
		Text:    texts.Text(a.Language, "helpdesk.mail.caller.text", "name", a.Name(), "code", code, "minutes", int(callerLife.Minutes())),
	}, ev)
}

// compare counts a try and writes down how it ended. A right code is used up. // ASVS 6.5.1
func (h *Helpdesk) compare(r *http.Request, id, code string) (bool, error) {
	stored, err := h.Codes.TryCode(r.Context(), slot(r, id), callerTries, h.Site.Now())
	if fault.Is(err, fault.Gone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	ev := h.Event(r, nil)
	ev.Actor, ev.Subject = web.CurrentSession(r).Subject, id
	if hmac.Equal(stored.Code, h.mac(r, id, code)) {
		return h.People.ProveCaller(r.Context(), slot(r, id), stored.Code, ev)
	}
	ev.Action, ev.Outcome, ev.Reason = audit.CallerFailed, audit.Refused, "wrong_code"
	return false, h.People.NoteRead(r.Context(), ev)
}

// callerProved tells whether the caller proved it to this clerk a moment ago.
func (h *Helpdesk) callerProved(r *http.Request, rows []audit.Row) bool {
	me, now := web.CurrentSession(r).Subject, h.Site.Now()
	for _, row := range rows {
		if e := row.Event; e.Action == audit.CallerProved && e.Actor == me && now.Sub(e.At) < callerProof {
			return true
		}
	}
	return false
}
