package mrtd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"atrio/mrtd/apdu"
	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/tlv"
)

// Limits bound what a chip can make us do. Zero means the default.
type Limits struct {
	Commands int // APDUs of one reading; 600: two files of 32 KiB and the rest
	FileSize int // bytes of one file; 32,767, which is as far as READ BINARY reaches
}

const (
	defaultCommands = 600
	largestFile     = 0x7fff
	// chunk is what one READ BINARY fetches, so that the protected answer fits 256 bytes.
	chunk = 223
)

// conversation is one chip, from its reset to the end.
type conversation struct {
	ctx      context.Context // one conversation is one call of Read
	chip     Transceiver
	random   io.Reader
	session  *messaging.Session
	limits   Limits
	commands int
}

// exchange sends bytes and counts them.
func (c *conversation) exchange(command apdu.Command) (apdu.Response, error) {
	if err := c.ctx.Err(); err != nil {
		return apdu.Response{}, &Error{Lost, err}
	}
	if c.commands++; c.commands > c.limits.Commands {
		return apdu.Response{}, failf(TooLarge, "more than %d commands", c.limits.Commands)
	}
	answer, err := c.chip.Transceive(c.ctx, command.Bytes())
	if err != nil {
		return apdu.Response{}, &Error{Lost, err}
	}
	r, err := apdu.ParseResponse(answer)
	if err != nil {
		return apdu.Response{}, &Error{Malformed, err}
	}
	return r, nil
}

// send sends a command, protected when there is a session, and collects an answer that
// comes in pieces (ISO 7816-4 7.6.1).
func (c *conversation) send(command apdu.Command) (apdu.Response, error) {
	if c.session != nil {
		command = c.session.Wrap(command)
	}
	r, err := c.exchange(command)
	if err != nil {
		return r, err
	}
	whole := r.Data
	for n, more := r.Status.More(); more; n, more = r.Status.More() {
		if n == 0 {
			n = 256
		}
		if r, err = c.exchange(apdu.Command{INS: 0xc0, Le: n}); err != nil {
			return r, err
		}
		if whole = append(whole, r.Data...); len(r.Data) == 0 || len(whole) > apdu.Largest {
			return r, failf(Malformed, "an answer in pieces that does not end")
		}
	}
	r.Data = whole
	if c.session == nil {
		return r, nil
	}
	if r, err = c.session.Unwrap(r); err != nil {
		return r, &Error{Disturbed, err}
	}
	return r, nil
}

// demand sends a command that every chip carries out.
func (c *conversation) demand(what string, command apdu.Command) ([]byte, error) {
	r, err := c.send(command)
	if err != nil {
		return nil, err
	}
	if r.Status != apdu.OK {
		return nil, failf(Refused, "%s: %w", what, r.Status)
	}
	return r.Data, nil
}

// document selects the application of travel documents, ICAO 9303-10 3.
func (c *conversation) document() error {
	_, err := c.demand("the application", apdu.Command{INS: 0xa4, P1: 4, P2: 0x0c, Data: []byte{0xa0, 0, 0, 2, 0x47, 0x10, 1}})
	return err
}

var errNoFile = errors.New("the chip has no such file, or does not show it")

// selectFile chooses a file; errNoFile when the chip refuses.
func (c *conversation) selectFile(f lds.File) error {
	r, err := c.send(apdu.Command{INS: 0xa4, P1: 2, P2: 0x0c, Data: []byte{byte(f >> 8), byte(f)}})
	if err != nil {
		return err
	}
	if r.Status != apdu.OK {
		return fmt.Errorf("%s: %w: %w", f, errNoFile, r.Status)
	}
	return nil
}

// headerSize reaches over tag and length of every file.
const headerSize = 6

// file reads a whole file. Its own header says how long it is.
func (c *conversation) file(f lds.File) ([]byte, error) {
	if err := c.selectFile(f); err != nil {
		return nil, err
	}
	b, err := c.read(f, nil, headerSize)
	if err != nil {
		return nil, err
	}
	tag, header, length, err := tlv.Header(b)
	if err != nil || tag != f.Tag() {
		return nil, failf(Malformed, "%s begins with tag %X: %v", f, tag, err)
	}
	size := header + length
	if size > c.limits.FileSize {
		return nil, failf(TooLarge, "%s of %d bytes", f, size)
	}
	if size < len(b) {
		return b[:size:size], nil
	}
	return c.read(f, b, size)
}

// read goes on until there are so many bytes.
func (c *conversation) read(f lds.File, b []byte, size int) ([]byte, error) {
	for len(b) < size {
		want := min(size-len(b), chunk)
		r, err := c.send(apdu.Command{INS: 0xb0, P1: byte(len(b) >> 8), P2: byte(len(b)), Le: want})
		if err != nil {
			return nil, err
		}
		// 6282: the file ends before what was asked for.
		if (r.Status != apdu.OK && r.Status != 0x6282) || len(r.Data) == 0 || len(r.Data) > want {
			return nil, failf(Refused, "reading %s at %d of %d: %d bytes, %w", f, len(b), size, len(r.Data), r.Status)
		}
		b = append(b, r.Data...)
	}
	return b, nil
}

// masterFile selects the root of the chip.
var masterFile = apdu.Command{INS: 0xa4, P2: 0x0c, Data: []byte{0x3f, 0}}
