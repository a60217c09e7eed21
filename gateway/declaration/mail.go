package declaration

import (
	"context"
	"errors"
	"time"

	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/web/locale"
)

// mail writes a message about a declaration in the language of the account.
func mail(c *locale.Catalog, a account.Account, key string, args ...any) notify.Message {
	args = append(args, "name", a.Name())
	return notify.Message{
		Channel: notify.Mail, To: a.Email, Lang: a.Language,
		Subject: c.Text(a.Language, key+".subject"), Text: c.Text(a.Language, key+".text", args...),
	}
}

// Made tells the holder that one was made: whoever did not make it has to know.
func Made(c *locale.Catalog, base string, d Declaration) func(account.Account) notify.Message {
	key := "declaration.mail.made"
	if d.By == ByDesk {
		key = "declaration.mail.desk"
	}
	return func(a account.Account) notify.Message {
		return mail(c, a, key, "date", day(c, a, d.Until), "page", base+Path)
	}
}

// Ended tells the holder that a review ended one, why, and whom to ask.
func Ended(c *locale.Catalog, why, contact string) func(account.Account) notify.Message {
	return func(a account.Account) notify.Message {
		return mail(c, a, "declaration.mail.ended", "why", why, "contact", contact)
	}
}

// reminder tells the holder that one ends soon.
func reminder(c *locale.Catalog, base string) func(account.Account, Declaration) notify.Message {
	return func(a account.Account, d Declaration) notify.Message {
		return mail(c, a, "declaration.mail.reminder", "date", day(c, a, d.Until), "page", base+Path)
	}
}

func day(c *locale.Catalog, a account.Account, until time.Time) string {
	return c.Date(a.Language, c.Local(LastDay(until)))
}

// Job sends reminders and deletes words whose time is over.
func (d *Desk) Job() jobs.Job {
	return jobs.Job{Name: "gateway.declarations", Every: time.Hour, Run: func(ctx context.Context, now time.Time) error {
		return errors.Join(
			d.Store.RemindDeclarations(ctx, now, d.Terms.Reminders, reminder(d.Site.Pages.Catalog(), d.Site.BaseURL)),
			d.Store.ForgetWords(ctx, now.Add(-WordsKept)),
		)
	}}
}

// offer adds the ways on to a refusal.
func offer(err error, v view) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer("declaration.back", v.Back).Offer("gateway.action.help", v.Help)
}
