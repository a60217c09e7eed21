package suspension

import (
	"context"
	"errors"
	"time"

	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/secondfactor"
	"atrio/gateway/waylink"
)

// links are those of the messages.
func (s *Suspension) links() waylink.Links {
	return waylink.Links{Keyring: s.Site.Keyring, Matter: "factor.reset", URL: s.Site.BaseURL + linkPath}
}

// tell writes the mail about a change. // ASVS 6.3.7
func (s *Suspension) tell(what string, until time.Time) secondfactor.Tell {
	texts := s.Site.Pages.Catalog()
	return func(a account.Account) notify.Message {
		service := s.Site.Institution.Service.In(a.Language)
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: a.Language,
			Subject: texts.Text(a.Language, "suspension.mail."+what+".subject", "service", service),
			Text: texts.Text(a.Language, "suspension.mail."+what+".text", "name", a.Name(), "service", service,
				"until", texts.DateTime(a.Language, until), "account", s.Site.BaseURL+listPath),
		}
	}
}

// tellAll writes to every contact that a reset was asked for, with the link that stops it.
func (s *Suspension) tellAll(r secondfactor.Reset) secondfactor.TellAll { return s.asked(r, "asked") }

// AskedAtDesk is tellAll for one that the help desk was asked for. // G5.4
func (s *Suspension) AskedAtDesk(r secondfactor.Reset) secondfactor.TellAll {
	return s.asked(r, "desk")
}

func (s *Suspension) asked(r secondfactor.Reset, how string) secondfactor.TellAll {
	texts := s.Site.Pages.Catalog()
	return func(a account.Account, numbers []string) []notify.Message {
		service := s.Site.Institution.Service.In(a.Language)
		args := []any{"name", a.Name(), "service", service, "ripe", texts.DateTime(a.Language, r.Ripe), "stop", s.links().Address(r.ID, waylink.Stop)}
		list := []notify.Message{{
			Channel: notify.Mail, To: a.Email, Lang: a.Language,
			Subject: texts.Text(a.Language, "suspension.mail.asked.subject", "service", service), Text: texts.Text(a.Language, "suspension.mail."+how+".text", args...),
		}}
		for _, n := range numbers {
			list = append(list, notify.Message{Channel: notify.SMS, To: n, Lang: a.Language, Expires: r.Ripe, Text: texts.Text(a.Language, "suspension.sms.asked", args...)})
		}
		return list
	}
}

// Jobs sends the link that finishes a reset when its time has come.
func (s *Suspension) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "gateway.factor-resets", Every: 10 * time.Minute, Run: s.tellRipe}}
}

func (s *Suspension) tellRipe(ctx context.Context, now time.Time) error {
	list, err := s.Store.RipeResets(ctx, now)
	if err != nil {
		return err
	}
	var faults []error
	for _, r := range list {
		faults = append(faults, s.Store.TellReset(ctx, r, now, s.tellReady(r)))
	}
	return errors.Join(faults...)
}

func (s *Suspension) tellReady(r secondfactor.Reset) secondfactor.Tell {
	texts := s.Site.Pages.Catalog()
	return func(a account.Account) notify.Message {
		service := s.Site.Institution.Service.In(a.Language)
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: a.Language, Expires: r.Ends,
			Subject: texts.Text(a.Language, "suspension.mail.ready.subject", "service", service),
			Text: texts.Text(a.Language, "suspension.mail.ready.text", "name", a.Name(), "service", service, "ends", texts.DateTime(a.Language, r.Ends),
				"finish", s.links().Address(r.ID, waylink.Finish), "stop", s.links().Address(r.ID, waylink.Stop)),
		}
	}
}
