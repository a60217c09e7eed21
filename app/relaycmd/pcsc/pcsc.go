// Package pcsc is a client of pcscd, the service of card readers on Linux and the BSDs: it
// lists readers, connects to a card, and exchanges bytes with it. It speaks the service's
// own protocol over its socket, so that the program needs no C library.
//
// Numbers go over the socket as the machine has them, structures as a C compiler lays them
// out. What the service sends is bounded like what a stranger sends. Decision 0039
package pcsc

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// Socket is where pcscd listens; its own library honours the same variable.
func Socket() string {
	if s := os.Getenv("PCSCLITE_CSOCK_NAME"); s != "" {
		return s
	}
	return "/run/pcscd/pcscd.comm"
}

// The commands of the protocol, version 4.
const (
	establish    = 0x01
	release      = 0x02
	connect      = 0x04
	disconnect   = 0x06
	begin        = 0x07
	end          = 0x08
	transmit     = 0x09
	version      = 0x11
	readersState = 0x12
)

// Sizes and bounds of the protocol.
const (
	maxName    = 128
	maxReaders = 16
	maxATR     = 33
	maxAnswer  = 4 + 3 + 1<<16 + 3 + 2
	answering  = 30 * time.Second // the service and the card, in real time
)

// Values of the protocol.
const (
	scopeSystem  = 2
	shareShared  = 2
	anyProtocol  = 3 // T=0 or T=1
	leaveCard    = 0
	resetCard    = 1
	statePresent = 0x04
	noCard       = 0x8010000c
	removed      = 0x80100069
	unpowered    = 0x80100067
)

// ErrNoCard says that no card lies on the reader, or not any more.
var ErrNoCard = errors.New("pcsc: there is no card on the reader")

// Error is a code of the service.
type Error uint32

func (e Error) Error() string { return fmt.Sprintf("pcsc: the service answers %08X", uint32(e)) }

// Is makes the codes of a missing card ErrNoCard.
func (e Error) Is(target error) bool {
	return target == ErrNoCard && (e == noCard || e == removed || e == unpowered) //nolint:errorlint // a sentinel
}

// Service is a connection to pcscd.
type Service struct {
	conn    net.Conn
	context uint32
}

// Open connects to the service.
func Open(ctx context.Context, socket string) (*Service, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("pcsc: is pcscd running? %w", err)
	}
	s := &Service{conn: conn}
	v := struct {
		Major, Minor int32
		Code         uint32
	}{4, 4, 0}
	if err := s.call(ctx, version, &v); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if v.Major != 4 {
		return nil, errors.Join(fmt.Errorf("pcsc: the service speaks version %d of the protocol, wanted 4", v.Major), conn.Close())
	}
	e := struct{ Scope, Context, Code uint32 }{Scope: scopeSystem}
	if err := s.call(ctx, establish, &e); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	s.context = e.Context
	return s, coded(e.Code)
}

// Close ends the connection.
func (s *Service) Close() error {
	r := struct{ Context, Code uint32 }{Context: s.context}
	return errors.Join(s.call(context.Background(), release, &r), s.conn.Close())
}

// Reader is a reader of cards.
type Reader struct {
	Name    string
	Present bool // a card lies on it
}

// Readers lists the readers.
func (s *Service) Readers(ctx context.Context) (list []Reader, err error) {
	var states [maxReaders]struct {
		Name                [maxName]byte
		Events, State       uint32
		Sharing             int32
		ATR                 [maxATR]byte
		_                   [3]byte
		ATRLength, Protocol uint32
	}
	err = s.exchange(ctx, readersState, nil, func() error { return s.receive(&states) })
	if err != nil {
		return nil, err
	}
	for _, r := range states {
		if name, _, _ := bytes.Cut(r.Name[:], []byte{0}); len(name) > 0 {
			list = append(list, Reader{string(name), r.State&statePresent != 0})
		}
	}
	return list, nil
}

// call sends a structure and receives it again, filled in.
func (s *Service) call(ctx context.Context, command uint32, v any) error {
	body, err := binary.Append(nil, binary.NativeEndian, v)
	if err != nil {
		return fmt.Errorf("pcsc: %w", err)
	}
	return s.exchange(ctx, command, body, func() error { return s.receive(v) })
}

// exchange sends a command with its body and reads what comes back, until the context ends.
func (s *Service) exchange(ctx context.Context, command uint32, body []byte, receive func() error) error {
	s.conn.SetDeadline(time.Now().Add(answering))                                               //nolint:errcheck // reading tells
	defer context.AfterFunc(ctx, func() { s.conn.SetDeadline(time.Unix(1, 0)) })()              //nolint:errcheck // as above
	head := binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(nil, 0), command) // size, command
	binary.NativeEndian.PutUint32(head, uint32(structSize(command, len(body))))
	if _, err := s.conn.Write(append(head, body...)); err != nil {
		return fmt.Errorf("pcsc: %w", err)
	}
	if err := receive(); err != nil {
		return errors.Join(ctx.Err(), err)
	}
	return nil
}

// structSize is what a header says of its body: bytes for a card go behind the structure
// and are not counted.
func structSize(command uint32, body int) int {
	if command == transmit {
		return transmitSize
	}
	return body
}

func (s *Service) receive(v any) error {
	if err := binary.Read(io.LimitReader(s.conn, 1<<16), binary.NativeEndian, v); err != nil {
		return fmt.Errorf("pcsc: %w", err)
	}
	return nil
}

func coded(code uint32) error {
	if code == 0 {
		return nil
	}
	return Error(code)
}
