package app

import (
	"errors"
	"fmt"
	"io"
	"time"

	"atrio/app/config"
	"atrio/authn/password"
	"atrio/base/keys/hsm"
	"atrio/base/notify"
	"atrio/base/notify/mail"
	"atrio/base/notify/sms"
)

// newPlant makes what the roles of a process share, as configured.
func newPlant(f *config.File, log io.Writer, now func() time.Time) (*plant, error) {
	logger, err := newLogger(log, f.Log)
	if err != nil {
		return nil, err
	}
	p := &plant{now: now, log: logger, metrics: newMetrics(version()), hasher: password.New(password.Settings{})}
	p.metrics.providers.now, p.tally = now, newTally(p.metrics, now)
	if p.mail, err = mailSender(f.Mail, now); err != nil {
		return nil, err
	}
	if p.sms, err = smsSender(f.SMS); err != nil {
		return nil, err
	}
	p.devices = map[string]*hsm.Device{}
	for _, role := range f.Roles() {
		p.devices[role] = device(f, role)
	}
	return p, nil
}

// mailSender is nil without a host: messages then wait in the outbox.
func mailSender(c config.Mail, now func() time.Time) (notify.Sender, error) {
	if c.Host == "" {
		return nil, nil
	}
	s := &mail.Sender{
		Host: c.Host, Port: c.Port, Security: mail.Security(orText(c.TLS, string(mail.STARTTLS))),
		Username: c.Username, Password: c.Password.Reveal(), From: c.From, Now: now,
	}
	if s.Port == 0 {
		s.Port = 587
	}
	return s, prefixed("mail", s.Validate())
}

// smsSender is nil without an address.
func smsSender(c config.SMS) (notify.Sender, error) {
	if c.URL == "" {
		return nil, nil
	}
	s := &sms.Sender{
		URL: c.URL, Method: c.Method, Type: orText(c.Type, sms.JSON), Body: c.Body,
		AuthHeader: c.Header, Secret: c.Token.Reveal(), From: c.From,
	}
	return s, prefixed("sms", s.Validate())
}

// prefixed names the table in which the mistakes are.
func prefixed(table string, faults []error) error {
	var out []error
	for _, f := range faults {
		out = append(out, fmt.Errorf("%s: %w", table, f))
	}
	return errors.Join(out...)
}
