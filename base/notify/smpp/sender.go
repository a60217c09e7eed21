// Package smpp sends messages of the outbox to a message centre by SMPP 3.4.
//
// It owns the connection (link.go), the division of a text into short messages
// (text.go) and what the answers of the centre mean (status.go); when to try again is
// decided by base/notify. Providers with an HTTP interface are served by
// base/notify/sms. The form of the PDUs is the library's, see docs/decisions/0025.
package smpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"atrio/base/notify"
)

// Sender is a notify.Sender for numbers in E.164 form. Check its fields with Validate.
// It binds as a transmitter at the first message, keeps the link while there is work,
// and binds again after any trouble.
type Sender struct {
	// Address is host:port of the message centre.
	Address string
	// TLS is needed but for a centre on this machine: passwords and codes cross the
	// link in clear.
	TLS bool
	// SystemID and Password are ours at the centre, SystemType what some ask for.
	SystemID, Password, SystemType string
	// From is the sender that people see: a name of up to 11 characters, a short code
	// or a number with +.
	From string
	// Timeout bounds binding and one message; 10 s when zero.
	Timeout time.Duration
	// Idle is how long an unused link stays open; 30 s when zero.
	Idle time.Duration
	// TLSConfig is for roots of an own authority; nil: those of the system.
	TLSConfig *tls.Config

	mu   sync.Mutex // guards link, held while one is made
	link *link
}

var _ notify.Sender = (*Sender)(nil)

// Send hands the message to the centre, in as many parts as it needs; success is that
// the centre has taken each. Where the link broke before an answer came, nobody knows
// whether the centre has the message: it is sent again, because a code that comes
// twice is better than one that does not come.
func (s *Sender) Send(ctx context.Context, m notify.Message) error {
	if m.Channel != notify.SMS || !e164(m.To) {
		return &notify.Failure{Stage: "composition", Permanent: true}
	}
	parts, err := divide(m.Text)
	if err != nil {
		return &notify.Failure{Stage: "composition", Permanent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	for _, p := range parts {
		if err := s.submit(ctx, m.To, p); err != nil {
			return err
		}
	}
	return nil
}

// submit sends one part. A link that was used before may have died unseen: it is tried
// once more on a new one.
func (s *Sender) submit(ctx context.Context, to string, p part) error {
	l, used, err := s.open(ctx)
	if err != nil {
		return failure("binding", err)
	}
	status, err := l.submit(ctx, s.message(to, p))
	if used && errors.Is(err, errBroken) && ctx.Err() == nil {
		if l, _, err = s.open(ctx); err != nil {
			return failure("binding", err)
		}
		status, err = l.submit(ctx, s.message(to, p))
	}
	if err != nil {
		return failure("centre", err)
	}
	return refusal(status)
}

// open gives the link, bound; used tells that it had been there before.
func (s *Sender) open(ctx context.Context) (l *link, used bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != nil && s.link.alive() {
		return s.link, true, nil
	}
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, false, err
	}
	s.link, err = bind(ctx, conn, s.bindRequest(), s.idle())
	return s.link, false, err
}

func (s *Sender) dial(ctx context.Context) (net.Conn, error) {
	if !s.TLS {
		return (&net.Dialer{}).DialContext(ctx, "tcp", s.Address)
	}
	c := &tls.Config{}
	if s.TLSConfig != nil {
		c = s.TLSConfig.Clone()
	}
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return (&tls.Dialer{Config: c}).DialContext(ctx, "tcp", s.Address)
}

// Close unbinds.
func (s *Sender) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link != nil {
		s.link.unbind()
	}
}

func (s *Sender) timeout() time.Duration { return orDefault(s.Timeout, 10*time.Second) }
func (s *Sender) idle() time.Duration    { return orDefault(s.Idle, 30*time.Second) }

func orDefault(d, def time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return def
}

// Lengths of the fields of bind_transmitter, without the final zero. // SMPP-3.4 4.1.1
const (
	maxSystemID = 15
	maxPassword = 8
	maxType     = 12
)

// Validate lists what is wrong with the settings, in words for the operator.
func (s *Sender) Validate() []error {
	var wrong []error
	host, port, err := net.SplitHostPort(s.Address)
	switch {
	case err != nil || host == "" || port == "":
		wrong = append(wrong, errors.New("smpp: the address of the centre is not host:port"))
	case !s.TLS && !loopback(host):
		wrong = append(wrong, errors.New("smpp: without TLS the centre must be on this machine: write smpps://, or put a tunnel (stunnel, VPN endpoint) here"))
	}
	for name, f := range map[string]struct {
		value string
		max   int
	}{"system_id": {s.SystemID, maxSystemID}, "password": {s.Password, maxPassword}, "system_type": {s.SystemType, maxType}} {
		if len(f.value) > f.max || strings.ContainsFunc(f.value, func(r rune) bool { return r < ' ' || r > '~' }) {
			wrong = append(wrong, fmt.Errorf("smpp: %s may have %d characters of ASCII", name, f.max))
		}
	}
	if s.SystemID == "" {
		wrong = append(wrong, errors.New("smpp: system_id is missing"))
	}
	if _, err := source(s.From); err != nil {
		wrong = append(wrong, err)
	}
	return wrong
}

func loopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return host == "localhost"
}

// e164 accepts + and 7 to 15 digits.
func e164(s string) bool {
	digits, plus := strings.CutPrefix(s, "+")
	return plus && len(digits) >= 7 && len(digits) <= 15 && allDigits(digits)
}

func allDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
