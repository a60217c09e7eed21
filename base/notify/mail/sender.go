// Package mail sends messages of the outbox by SMTP.
//
// It owns the connection, its encryption and the form of the mail; when to try
// again is decided by base/notify. One message takes one connection: the volume
// is small, and a broken connection then harms nobody else.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	gomail "github.com/wneessen/go-mail"

	"atrio/base/notify"
)

// Security is how the connection is protected.
type Security string

// The kinds of protection. RFC 8314 3 prefers implicit TLS.
const (
	TLS      Security = "tls"      // from the first byte, usually port 465
	STARTTLS Security = "starttls" // required after the greeting, usually port 587
	None     Security = "none"     // loopback only
)

// Sender is a notify.Sender. Check its fields with Validate.
type Sender struct {
	Host     string // name in the server's certificate
	Port     int
	Security Security
	Username string // empty: no authentication
	Password string
	From     string // address, or "Name <address>"
	// HELO is the name with which we greet; the domain of From when empty.
	HELO string
	// TLSConfig is for roots of an own authority; nil: those of the system.
	TLSConfig *tls.Config
	// Timeout bounds each phase of a delivery; 15 s when zero.
	Timeout time.Duration
	Now     func() time.Time // for the Date header
}

var _ notify.Sender = (*Sender)(nil)

// Send delivers the message to the server. Once the server has taken it, later
// trouble on the connection is no failure: it would be sent twice.
func (s *Sender) Send(ctx context.Context, m notify.Message) error {
	if err := ctx.Err(); err != nil {
		return &notify.Failure{Stage: "start"}
	}
	message, err := s.compose(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var dialed bool
	client, err := s.client(ctx, &dialed)
	if err != nil {
		return &notify.Failure{Stage: "configuration"}
	}
	err = client.DialAndSendWithContext(ctx, message)
	if err == nil || message.IsDelivered() {
		return nil
	}
	return failure(err, dialed)
}

// client is made for one message, so that the end of ctx can cut its connection.
func (s *Sender) client(ctx context.Context, dialed *bool) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.Port), gomail.WithTimeout(s.timeout()), gomail.WithHELO(s.helo()),
		gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			conn, err := s.dial(dialing, network, address)
			if err != nil {
				return nil, err
			}
			*dialed = true
			context.AfterFunc(ctx, func() { conn.Close() })
			return conn, nil
		}),
		gomail.WithTLSConfig(s.tlsConfig()),
	}
	switch s.Security {
	case STARTTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS: // dialled by us; the library only has to notice that it is encrypted
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.Username != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.Username), gomail.WithPassword(s.Password))
	}
	return gomail.NewClient(s.Host, options...)
}

func (s *Sender) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if s.Security == TLS {
		return (&tls.Dialer{Config: s.tlsConfig()}).DialContext(ctx, network, address)
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil && !s.dialAllowed(conn) {
		conn.Close()
		return nil, errors.New("mail: in clear to loopback only")
	}
	return conn, err
}

func (s *Sender) tlsConfig() *tls.Config {
	c := &tls.Config{}
	if s.TLSConfig != nil {
		c = s.TLSConfig.Clone()
	}
	c.ServerName = s.Host
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return c
}

func (s *Sender) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return 15 * time.Second
}

// failure keeps the stage and the code of an error and drops its text. Only what
// the server says about this recipient or this text is permanent: after a wrong
// password, a policy or a broken line the next try may succeed.
func failure(err error, dialed bool) *notify.Failure {
	if !dialed {
		return &notify.Failure{Stage: "connection"}
	}
	var send *gomail.SendError
	if !errors.As(err, &send) {
		return &notify.Failure{Stage: "greeting, encryption or authentication"}
	}
	f := &notify.Failure{Stage: "conversation", Code: send.ErrorCode()}
	switch send.Reason {
	case gomail.ErrSMTPMailFrom:
		f.Stage = "sender address"
	case gomail.ErrSMTPRcptTo:
		f.Stage = "recipient"
		f.Permanent = rejected(f.Code)
	case gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		f.Stage = "content"
		f.Permanent = rejected(f.Code)
	}
	return f
}

// rejected tells refusals of a mailbox or a text from those of our session: 503
// (order), 530 to 538 (authentication). RFC 5321 4.2.2, RFC 4954 6.
func rejected(code int) bool {
	return code >= 550 && code < 560
}
