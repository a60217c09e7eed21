// Package plant wires the three products by literals: it opens databases, keys,
// connections and listeners as the configuration names them, and starts and ends what
// runs (Plant, Ground, Role). What `/metrics` shows is counted here.
//
// The commands are in package app and its neighbours; each product decides for itself
// what it needs (its Deps).
package plant

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"atrio/app/config"
	"atrio/authn/password"
	"atrio/base/keys/hsm"
	"atrio/base/notify"
	"atrio/base/notify/mail"
	"atrio/base/notify/smpp"
	"atrio/base/notify/sms"
)

// New makes what the roles of a process share, as configured.
func New(f *config.File, log io.Writer, now func() time.Time) (*Plant, error) {
	logger, err := newLogger(log, f.Log)
	if err != nil {
		return nil, err
	}
	p := &Plant{Now: now, Log: logger, Metrics: newMetrics(Version()), hasher: password.New(password.Settings{})}
	p.Metrics.providers.now, p.tally = now, newTally(p.Metrics, now)
	if p.Mail, err = mailSender(f.Mail, now); err != nil {
		return nil, err
	}
	if p.SMS, err = smsSender(f.SMS); err != nil {
		return nil, err
	}
	if p.Places, err = placesLater(f, logger); err != nil {
		return nil, err
	}
	p.Devices = map[string]*hsm.Device{}
	for _, role := range f.Roles() {
		p.Devices[role] = Device(f, role)
	}
	return p, nil
}

// mailSender is nil without a host: messages then wait in the outbox.
func mailSender(c config.Mail, now func() time.Time) (notify.Sender, error) {
	if c.Host == "" {
		return nil, nil
	}
	s := &mail.Sender{
		Host: c.Host, Port: c.Port, Security: mail.Security(cmp.Or(c.TLS, string(mail.STARTTLS))),
		Username: c.Username, Password: c.Password.Reveal(), From: c.From, Now: now,
	}
	if s.Port == 0 {
		s.Port = 587
	}
	return s, prefixed("mail", s.Validate())
}

// smsSender is nil without an address.
func smsSender(c config.SMS) (notify.Sender, error) {
	scheme, address, _ := strings.Cut(c.URL, "://")
	switch {
	case c.URL == "":
		return nil, nil
	case scheme == "smpp" || scheme == "smpps":
		s := &smpp.Sender{
			Address: address, TLS: scheme == "smpps", SystemID: c.SystemID, Password: c.Password.Reveal(), SystemType: c.SystemType, From: c.From,
		}
		return s, prefixed("sms", s.Validate())
	}
	s := &sms.Sender{
		URL: c.URL, Method: c.Method, Type: cmp.Or(c.Type, sms.JSON), Body: c.Body,
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
