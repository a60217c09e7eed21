package suspension

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"atrio/authn/otp"
	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/secondfactor"
)

// kind is what a link does.
type kind string

const (
	stop   kind = "stop"
	finish kind = "finish"
)

// token names a reset and what may be done with it: one kind does not become the other.
func (s *Suspension) token(id string, k kind) string {
	return id + "." + hex.EncodeToString(s.Site.Keyring.MAC("factor.reset."+string(k), id)[:16])
}

// readToken gives the reset and the kind of a token that is ours, else "".
func (s *Suspension) readToken(token string) (id string, k kind) {
	id, _, _ = strings.Cut(token, ".")
	for _, k := range []kind{stop, finish} {
		if len(id) == 32 && otp.Equal(token, s.token(id, k)) {
			return id, k
		}
	}
	return "", ""
}

func (s *Suspension) address(id string, k kind) string {
	return s.Site.BaseURL + linkPath + "?token=" + s.token(id, k)
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
		args := []any{"name", a.Name(), "service", service, "ripe", texts.DateTime(a.Language, r.Ripe), "stop", s.address(r.ID, stop)}
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
				"finish", s.address(r.ID, finish), "stop", s.address(r.ID, stop)),
		}
	}
}
