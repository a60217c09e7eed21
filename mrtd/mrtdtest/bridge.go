package mrtdtest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"

	"atrio/mrtd/apdu"
)

// ATR is what the chip says when it is powered: a contactless card, as PC/SC readers
// present it (PC/SC part 3, 3.1.3.2.3).
var ATR = []byte{0x3b, 0x80, 0x80, 0x01, 0x01}

// The control messages of vpcd, one byte each.
const (
	powerOff = 0
	powerOn  = 1
	reset    = 2
	askATR   = 4
)

// Bridge lays the chip on the virtual reader of pcscd (vsmartcard's vpcd), which listens
// at an address: every program that speaks PC/SC sees it. It returns when the context or
// the connection ends.
func (c *Chip) Bridge(ctx context.Context, address string) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	for {
		message, err := receive(conn)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := c.serve(ctx, conn, message); err != nil {
			return err
		}
	}
}

func (c *Chip) serve(ctx context.Context, conn net.Conn, message []byte) error {
	if len(message) == 1 {
		switch message[0] {
		case powerOff, powerOn, reset:
			c.Reset()
			return nil
		case askATR:
			return deliver(conn, ATR)
		}
		return fmt.Errorf("mrtdtest: control message %d", message[0])
	}
	answer, err := c.Transceive(ctx, message)
	if err != nil {
		return err
	}
	return deliver(conn, answer)
}

// receive reads a message: its length in two bytes, and so many bytes.
func receive(r io.Reader) ([]byte, error) {
	var size [2]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(r, message); err != nil {
		return nil, fmt.Errorf("mrtdtest: half a message: %w", errors.Join(io.ErrUnexpectedEOF, err))
	}
	return message, nil
}

func deliver(w io.Writer, message []byte) error {
	if len(message) > apdu.Largest-3 { // what two bytes can say
		return fmt.Errorf("mrtdtest: a message of %d bytes", len(message))
	}
	_, err := w.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(message))), message...))
	return err
}
