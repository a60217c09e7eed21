package passwordlife

import (
	"cmp"
	"context"
	"slices"
	"time"

	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/idp/identity"
	"atrio/idp/passwordrule"
)

// Jobs remind holders of the end of their password. // REG 15, E12
func (h *Handler) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "idp.password_reminders", Every: time.Hour, Run: h.remind}}
}

// remind begins with the last day: who is told of it is not told of an earlier one too.
func (h *Handler) remind(ctx context.Context, now time.Time) error {
	days := passwordrule.Reminders()
	slices.Sort(days)
	for _, day := range days {
		for {
			n, err := h.Store.RemindPasswords(ctx, day, now, h.reminder)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
		}
	}
	return nil
}

// reminder says until when the password works.
func (h *Handler) reminder(who *identity.Identity, until time.Time) notify.Message {
	lang := cmp.Or(who.Language, "it")
	c := h.Site.Pages.Catalog()
	return notify.Message{
		Channel: notify.Mail, To: who.Holder.Email, Lang: lang, Expires: until,
		Subject: c.Text(lang, "password_life.mail.reminder.subject", "until", c.Date(lang, until)),
		Text:    c.Text(lang, "password_life.mail.reminder.text", "until", c.Date(lang, until), "provider", h.Provider, "link", h.Site.BaseURL+Path),
	}
}
