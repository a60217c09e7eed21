// Package apdu is the form in which a card is spoken to: commands and responses
// of ISO 7816-4, short and extended. Both sides need it, the reader that writes
// commands and a card made of software that reads them.
package apdu

import (
	"errors"
	"fmt"
)

// ErrMalformed is what every error of form wraps.
var ErrMalformed = errors.New("apdu: malformed")

// Largest is the longest answer of a card: 65,536 bytes and the status.
const Largest = 65536 + 2

// Command is a command without its form on the wire.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte // up to 65,535 bytes
	Le               int    // bytes wanted, up to 65,536; 0 for none
}

// Extended says whether the command needs the long form.
func (c Command) Extended() bool { return len(c.Data) > 255 || c.Le > 256 }

// Bytes is the command as it goes to the card.
func (c Command) Bytes() []byte {
	out := []byte{c.CLA, c.INS, c.P1, c.P2}
	if c.Extended() {
		if len(c.Data) > 0 {
			out = append(out, 0, byte(len(c.Data)>>8), byte(len(c.Data)))
			out = append(out, c.Data...)
		} else {
			out = append(out, 0)
		}
		if c.Le > 0 {
			out = append(out, byte(c.Le>>8), byte(c.Le)) // 65,536 is written 0000
		}
		return out
	}
	if len(c.Data) > 0 {
		out = append(out, byte(len(c.Data)))
		out = append(out, c.Data...)
	}
	if c.Le > 0 {
		out = append(out, byte(c.Le)) // 256 is written 00
	}
	return out
}

// ParseCommand reads a command as a card does.
func ParseCommand(b []byte) (Command, error) {
	if len(b) < 4 {
		return Command{}, fmt.Errorf("%w: %d bytes", ErrMalformed, len(b))
	}
	c := Command{CLA: b[0], INS: b[1], P1: b[2], P2: b[3]}
	body := b[4:]
	switch {
	case len(body) == 0:
		return c, nil
	case len(body) == 1:
		c.Le = orAll(int(body[0]), 256)
		return c, nil
	case body[0] != 0:
		return c, c.takeBody(body[1:], int(body[0]), 1)
	case len(body) == 3:
		c.Le = orAll(int(body[1])<<8|int(body[2]), 65536)
		return c, nil
	case len(body) > 3:
		return c, c.takeBody(body[3:], int(body[1])<<8|int(body[2]), 2)
	}
	return Command{}, fmt.Errorf("%w: body of %d bytes", ErrMalformed, len(body))
}

// takeBody reads the data and, when there is one, a Le of so many bytes.
func (c *Command) takeBody(rest []byte, lc, leSize int) error {
	if lc == 0 || (len(rest) != lc && len(rest) != lc+leSize) {
		return fmt.Errorf("%w: %d bytes announced, %d are there", ErrMalformed, lc, len(rest))
	}
	c.Data = rest[:lc:lc]
	switch le := rest[lc:]; len(le) {
	case 1:
		c.Le = orAll(int(le[0]), 256)
	case 2:
		c.Le = orAll(int(le[0])<<8|int(le[1]), 65536)
	}
	return nil
}

func orAll(n, all int) int {
	if n == 0 {
		return all
	}
	return n
}

// Status is the two bytes with which a card ends every answer.
type Status uint16

// What cards say; ISO 7816-4 has the whole list.
const (
	OK                Status = 0x9000
	WrongKey          Status = 0x6300
	WrongLength       Status = 0x6700
	NotAllowed        Status = 0x6982
	ConditionsNotMet  Status = 0x6985
	WrongSMObjects    Status = 0x6988
	WrongData         Status = 0x6A80
	FileNotFound      Status = 0x6A82
	WrongParameters   Status = 0x6B00
	UnknownCommand    Status = 0x6D00
	UnknownClass      Status = 0x6E00
	moreBytesAreThere Status = 0x6100
)

func (s Status) Error() string { return fmt.Sprintf("the card answers %04X", uint16(s)) }

// More says whether the card holds further bytes back, and how many it offers (0 for all).
func (s Status) More() (n int, more bool) { return int(s & 0xff), s&0xff00 == moreBytesAreThere }

// Response is an answer of a card.
type Response struct {
	Data   []byte
	Status Status
}

// Bytes is the answer as it comes from the card.
func (r Response) Bytes() []byte {
	return append(append([]byte(nil), r.Data...), byte(r.Status>>8), byte(r.Status))
}

// ParseResponse reads an answer.
func ParseResponse(b []byte) (Response, error) {
	if len(b) < 2 || len(b) > Largest {
		return Response{}, fmt.Errorf("%w: answer of %d bytes", ErrMalformed, len(b))
	}
	n := len(b) - 2
	return Response{Data: b[:n:n], Status: Status(b[n])<<8 | Status(b[n+1])}, nil
}
