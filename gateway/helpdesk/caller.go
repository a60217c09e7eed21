package helpdesk

import (
	"context"
	"crypto/hmac"
	"net/http"
	"time"

	"atrio/authn/otp"
	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/registration"
	"atrio/gateway/secondfactor"
	"atrio/web"
)

// Limits of the check of a caller: a code of six digits, three tries, good for ten
// minutes; what it proved counts for a quarter of an hour, for this clerk.
const (
	callerDigits = 6
	callerTries  = 3
	callerLife   = 10 * time.Minute
	callerProof  = 15 * time.Minute
)

// The ways in which a caller is checked.
const (
	byMail  = "mail"
	bySMS   = "sms"
	byPaper = "paper" // the clerk has seen the person with a document
)

// papers are the documents that a clerk may have seen; their numbers are not written.
var papers = []string{"id_card", "passport", "other"}

// caller sends a code to the holder, compares what the caller read out, or notes the
// document that the clerk saw. A code proves that who is on the phone reads that mailbox
// or telephone: more than a birth date does, less than a login. // G5.4
func (h *Helpdesk) caller(w http.ResponseWriter, r *http.Request) error {
	f, pass, id, err := h.about(r)
	if err != nil {
		return err
	}
	switch {
	case f.Value("send") != "":
		err = h.sendCode(r, id, f.Value("send"))
	case f.Value("seen") != "":
		paper := f.Choice("paper", papers...)
		if !f.OK() {
			return h.showPerson(w, r, http.StatusUnprocessableEntity, pass, id, f.Errors)
		}
		err = h.noteProof(r, id, map[string]string{"channel": byPaper, "paper": paper})
	default:
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

func (h *Helpdesk) mac(r *http.Request, id, channel, code string) []byte {
	return h.Site.Keyring.MAC("desk-code", slot(r, id), channel, code)
}

// sendCode sends a code by mail, or to the telephone that was set up last.
func (h *Helpdesk) sendCode(r *http.Request, id, channel string) error {
	a, err := h.People.Account(r.Context(), id)
	if err != nil {
		return err
	}
	m, err := h.envelope(r.Context(), a, channel)
	if err != nil {
		return err
	}
	if m.To == "" {
		return fault.New(fault.Conflict, "error.helpdesk.no_contact").For("no_contact")
	}
	if err := h.AllowCode(r.Context(), m.To); err != nil {
		return err
	}
	code, now := otp.NumericCode(callerDigits), h.Site.Now()
	m.Text = h.Site.Pages.Catalog().Text(a.Language, "helpdesk."+string(m.Channel)+".caller.text", "name", a.Name(), "code", code,
		"minutes", int(callerLife.Minutes()), "service", h.Site.Institution.Service.In(a.Language))
	m.Lang, m.Expires = a.Language, now.Add(callerLife)
	ev := h.Event(r, map[string]string{"channel": string(m.Channel), "what": "caller"})
	ev.Actor = web.CurrentSession(r).Subject
	return h.Codes.SendCode(r.Context(), registration.ContactCode{
		Journey: slot(r, id), Address: h.Site.Keyring.MAC("contact-address", m.To), Code: h.mac(r, id, string(m.Channel), code), Expires: m.Expires,
	}, m, ev)
}

// envelope is where a code goes; nowhere when there is no such contact.
func (h *Helpdesk) envelope(ctx context.Context, a account.Account, channel string) (notify.Message, error) {
	if channel != bySMS {
		return notify.Message{Channel: notify.Mail, To: a.Email, Subject: h.Site.Pages.Catalog().Text(a.Language, "helpdesk.mail.caller.subject")}, nil
	}
	status, err := h.Factors.FactorStatus(ctx, a.ID)
	m := notify.Message{Channel: notify.SMS}
	for _, f := range status.Of(kinds.SMS) {
		m.To = f.Number
	}
	return m, err
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
	for _, channel := range []string{byMail, bySMS} {
		if hmac.Equal(stored.Code, h.mac(r, id, channel, code)) {
			if ev.Actor == id {
				return false, errOwnCaller
			}
			ev.Detail = map[string]string{"channel": channel}
			return h.People.ProveCaller(r.Context(), slot(r, id), stored.Code, ev)
		}
	}
	ev.Action, ev.Outcome, ev.Reason = audit.CallerFailed, audit.Refused, "wrong_code"
	return false, h.People.NoteRead(r.Context(), ev)
}

// errOwnCaller: a clerk proves nothing about themselves.
var errOwnCaller = fault.New(fault.Denied, "error.helpdesk.same_person").For("own_account")

// noteProof writes down what the caller proved by a document.
func (h *Helpdesk) noteProof(r *http.Request, id string, detail map[string]string) error {
	if web.CurrentSession(r).Subject == id {
		return errOwnCaller
	}
	ev := h.Event(r, detail)
	ev.Actor, ev.Subject, ev.Action, ev.Outcome = web.CurrentSession(r).Subject, id, audit.CallerProved, audit.OK
	return h.People.NoteRead(r.Context(), ev)
}

// proved lists the ways in which the caller proved it to this clerk a moment ago.
func (h *Helpdesk) proved(r *http.Request, rows []audit.Row) map[string]bool {
	me, now, ways := web.CurrentSession(r).Subject, h.Site.Now(), map[string]bool{}
	for _, row := range rows {
		if e := row.Event; e.Action == audit.CallerProved && e.Actor == me && now.Sub(e.At) < callerProof {
			ways[e.Detail["channel"]] = true
		}
	}
	return ways
}

// Checked refuses what wants a better check of the caller, with the way back to the person.
func (h *Helpdesk) Checked(r *http.Request, id string, proof Proof) error {
	if _, err := h.checked(r, id, Rule{Proof: proof}); err != nil {
		return h.offerPerson(r, err, id)
	}
	return nil
}

// checked refuses a deed that wants a better check of the caller. A code by mail counts
// for nothing while the password may come from the same mailbox. // G4.6
func (h *Helpdesk) checked(r *http.Request, id string, rule Rule) (way string, err error) {
	if rule.Proof == NoProof {
		return "", nil
	}
	rows, err := h.History.EventsOf(r.Context(), id, 0, timeline)
	if err != nil {
		return "", err
	}
	ways := h.proved(r, rows)
	for _, way := range []string{byPaper, bySMS} {
		if ways[way] {
			return way, nil
		}
	}
	if ways[byMail] && rule.Proof == AnyProof {
		at, by, err := h.PasswordReset(r.Context(), id)
		if err != nil {
			return "", err
		}
		if by != byMail || h.Site.Now().Sub(at) >= secondfactor.ResetFrom {
			return byMail, nil
		}
	}
	return "", fault.New(fault.Denied, "error.helpdesk.caller").For("caller_unproved")
}
