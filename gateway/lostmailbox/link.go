package lostmailbox

import (
	"context"
	"errors"
	"net/http"
	"time"

	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/helpdesk"
	"atrio/gateway/secondfactor"
	"atrio/gateway/waylink"
	"atrio/web"
)

// links are those of the messages.
func (m *Mailbox) links() waylink.Links {
	return waylink.Links{Keyring: m.Site.Keyring, Matter: "mailbox.change", URL: m.Site.BaseURL + linkPath}
}

// mail writes about a change.
func (m *Mailbox) mail(what string, to func(account.Account) string, args ...any) func(account.Account) notify.Message {
	texts := m.Site.Pages.Catalog()
	return func(a account.Account) notify.Message {
		service := m.Site.Institution.Service.In(a.Language)
		return notify.Message{
			Channel: notify.Mail, To: to(a), Lang: a.Language, Subject: texts.Text(a.Language, "lostmailbox.mail.subject", "service", service),
			Text: texts.Text(a.Language, "lostmailbox.mail."+what, append(args, "name", a.Called(), "service", service, "help", m.Site.BaseURL+"/help")...),
		}
	}
}

func before(a account.Account) string { return a.Email }

// Asked writes to the mailbox before and to every telephone that the account gets another
// address, with the link that stops it.
func (m *Mailbox) Asked(c helpdesk.MailboxChange) secondfactor.TellAll {
	texts := m.Site.Pages.Catalog()
	return func(a account.Account, numbers []string) []notify.Message {
		link, ripe := m.links().Address(c.ID, waylink.Stop), texts.DateTime(a.Language, c.Ripe)
		list := []notify.Message{m.mail("asked", before, "ripe", ripe, "stop", link)(a)}
		for _, n := range numbers {
			list = append(list, notify.Message{Channel: notify.SMS, To: n, Lang: a.Language, Expires: c.Ripe,
				Text: texts.Text(a.Language, "lostmailbox.sms.asked", "service", m.Site.Institution.Service.In(a.Language), "stop", link)})
		}
		return list
	}
}

// Jobs sends the link to the new mailbox when its time has come.
func (m *Mailbox) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "gateway.mailbox-changes", Every: 10 * time.Minute, Run: m.tellRipe}}
}

func (m *Mailbox) tellRipe(ctx context.Context, now time.Time) error {
	list, err := m.Store.RipeChanges(ctx, now)
	if err != nil {
		return err
	}
	var faults []error
	for _, c := range list {
		to := func(account.Account) string { return c.Address }
		faults = append(faults, m.Store.TellChange(ctx, c, now, func(a account.Account) notify.Message {
			return m.mail("ready", to, "ends", m.Site.Pages.Catalog().DateTime(a.Language, c.Ends), "finish", m.links().Address(c.ID, waylink.Finish))(a)
		}))
	}
	return errors.Join(faults...)
}

// linkView is the view of "lostmailbox/link" and "lostmailbox/done".
type linkView struct {
	Token  string
	Finish bool
	Ripe   time.Time
}

// link shows what the link of a message does; nothing is done before a button is pressed,
// since programs open links too.
func (m *Mailbox) link(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	c, k, err := m.changeOf(r, token)
	if err != nil {
		return err
	}
	return m.Site.Page(w, r, http.StatusOK, "lostmailbox/link", linkView{Token: token, Finish: k == waylink.Finish, Ripe: c.Ripe}, web.Plain)
}

// takeLink stops or finishes a change. Whoever finishes it reads the new mailbox; that
// opens no account: the password and the second factors are what they were.
func (m *Mailbox) takeLink(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c, k, err := m.changeOf(r, f.Value("token"))
	if err != nil {
		return err
	}
	ev := m.Event(r, map[string]string{"request": c.ID})
	if k == waylink.Stop {
		err = m.Store.StopChange(r.Context(), c, ev, m.mail("stopped", before))
	} else {
		err = m.Store.FinishChange(r.Context(), c, ev, m.mail("done", before))
	}
	if err != nil {
		return err
	}
	return m.Site.Page(w, r, http.StatusOK, "lostmailbox/done", linkView{Finish: k == waylink.Finish}, web.Plain)
}

// changeOf finds the change of a link that is ours.
func (m *Mailbox) changeOf(r *http.Request, token string) (helpdesk.MailboxChange, waylink.Kind, error) {
	gone := ErrNoChange.Offer("gateway.action.login", "/login").Offer("gateway.action.help", "/help")
	id, k := m.links().Read(token)
	if id == "" {
		return helpdesk.MailboxChange{}, "", gone
	}
	c, err := m.Store.MailboxChange(r.Context(), id, m.Site.Now())
	if errors.Is(err, ErrNoChange) || err == nil && k == waylink.Finish && !c.Ready(m.Site.Now()) {
		return c, k, gone
	}
	return c, k, err
}
