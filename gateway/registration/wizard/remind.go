package wizard

import (
	"context"
	"time"

	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/gateway/account"
)

// remindEvery is how often due reminders are looked for.
const remindEvery = time.Hour

// Jobs are what the registration does later.
func (z *Wizard) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "gateway.remind", Every: remindEvery, Run: z.Remind}}
}

// Remind writes to who owes a codice fiscale. // G3.3
func (z *Wizard) Remind(ctx context.Context, now time.Time) error {
	return z.Drafts.RemindTasks(ctx, now, func(a account.Account, t account.Task) notify.Message {
		texts := z.Site.Pages.Catalog()
		key := "wizard.mail.fiscal.text"
		if !now.Before(t.Due) {
			key = "wizard.mail.fiscal.due"
		}
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: a.Language, Subject: texts.Text(a.Language, "wizard.mail.fiscal.subject"),
			Text: texts.Text(a.Language, key, "name", a.Called(), "date", texts.Date(a.Language, t.Due), "account", z.Site.BaseURL+"/account/fiscal-code"),
		}
	})
}
