package mail

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
)

// Validate lists what is wrong with the settings, in words for the operator.
func (s *Sender) Validate() []error {
	var wrong []error
	if s.Host == "" || s.Port < 1 || s.Port > 65535 {
		wrong = append(wrong, errors.New("mail: host and port (1 to 65535) are needed"))
	}
	if _, err := mail.ParseAddress(s.From); err != nil {
		wrong = append(wrong, fmt.Errorf("mail: the sender %q is not a mail address", s.From))
	}
	switch s.Security {
	case TLS, STARTTLS:
	case None:
		if !loopback(s.Host) {
			wrong = append(wrong, fmt.Errorf("mail: without encryption the host must be this machine, not %s; use tls or starttls", s.Host))
		}
		if s.Username != "" {
			wrong = append(wrong, errors.New("mail: a password is not sent without encryption; use tls or starttls"))
		}
	default:
		wrong = append(wrong, fmt.Errorf("mail: security %q is not tls, starttls or none", s.Security))
	}
	return wrong
}

func loopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return host == "localhost"
}

// dialAllowed is the same rule once more, at the moment of dialling: settings
// that were never validated must not send in clear over a network.
func (s *Sender) dialAllowed(conn net.Conn) bool {
	if s.Security == TLS || s.Security == STARTTLS {
		return true
	}
	a, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	return err == nil && a.Addr().Unmap().IsLoopback()
}
