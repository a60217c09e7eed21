package pcsc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Card is a connection to the card on a reader, for one program at a time.
type Card struct {
	s        *Service
	handle   int32
	protocol uint32
}

// Connect connects to the card on a reader and keeps other programs from it.
func (s *Service) Connect(ctx context.Context, reader string) (*Card, error) {
	c := struct {
		Context         uint32
		Reader          [maxName]byte
		Mode, Protocols uint32
		Handle          int32
		Active, Code    uint32
	}{Context: s.context, Mode: shareShared, Protocols: anyProtocol}
	if len(reader) >= maxName {
		return nil, fmt.Errorf("pcsc: a name of %d bytes", len(reader))
	}
	copy(c.Reader[:], reader)
	if err := s.call(ctx, connect, &c); err != nil {
		return nil, err
	}
	if err := coded(c.Code); err != nil {
		return nil, err
	}
	card := &Card{s, c.Handle, c.Active}
	b := struct {
		Handle int32
		Code   uint32
	}{Handle: c.Handle}
	if err := errors.Join(s.call(ctx, begin, &b), coded(b.Code)); err != nil {
		return nil, errors.Join(err, card.Close())
	}
	return card, nil
}

// transmitSize is that of the structure before the bytes for a card.
const transmitSize = 8 * 4

// transmission is the structure, both ways.
type transmission struct {
	Handle                               int32
	SendProtocol, SendProtocolSize, Send uint32
	RecvProtocol, RecvProtocolSize, Recv uint32
	Code                                 uint32
}

// Transceive has the card answer a command.
func (c *Card) Transceive(ctx context.Context, command []byte) ([]byte, error) {
	if len(command) > maxAnswer {
		return nil, fmt.Errorf("pcsc: a command of %d bytes", len(command))
	}
	const pci = 16 // the size of what names a protocol in C, on machines of 64 bits
	t := transmission{Handle: c.handle, SendProtocol: c.protocol, SendProtocolSize: pci, Send: uint32(len(command)), RecvProtocol: c.protocol, RecvProtocolSize: pci, Recv: maxAnswer}
	body, err := binary.Append(nil, binary.NativeEndian, &t)
	if err != nil {
		return nil, fmt.Errorf("pcsc: %w", err)
	}
	var answer []byte
	err = c.s.exchange(ctx, transmit, append(body, command...), func() error {
		if err := c.s.receive(&t); err != nil {
			return err
		}
		if err := coded(t.Code); err != nil {
			return err
		}
		if t.Recv > maxAnswer {
			return fmt.Errorf("pcsc: an answer of %d bytes", t.Recv)
		}
		answer = make([]byte, t.Recv)
		_, err := io.ReadFull(c.s.conn, answer)
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// Close lets other programs have the card again, switched off and on.
func (c *Card) Close() error {
	e := struct {
		Handle            int32
		Disposition, Code uint32
	}{Handle: c.handle, Disposition: leaveCard}
	d := e
	d.Disposition = resetCard
	return errors.Join(c.s.call(context.Background(), end, &e), c.s.call(context.Background(), disconnect, &d))
}
