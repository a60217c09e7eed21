package messaging

import (
	"crypto/subtle"
	"errors"
	"fmt"

	"atrio/mrtd/apdu"
	"atrio/mrtd/tlv"
)

// ErrProtection says that an answer did not come from the other end of the
// session, or was changed on its way. The session is over: every later counter is off.
var ErrProtection = errors.New("messaging: the protection of an answer fails")

// The data objects of secure messaging, ICAO 9303-11 9.8.4.
const (
	tagCryptogram = 0x87
	tagLe         = 0x97
	tagStatus     = 0x99
	tagChecksum   = 0x8e
)

// masked are the bits of the class byte that announce secure messaging.
const masked = 0x0c

// Session is one end of secure messaging: the reader's. It is not for concurrent use.
type Session struct {
	suite    Suite
	enc, mac []byte
	counter  []byte // the send sequence counter
}

// NewSession begins a session from a shared secret. The counter starts at zero (ICAO
// 9303-11 9.8) or, after BAC, at the halves of the two nonces.
func NewSession(s Suite, secret, counter []byte) *Session {
	if counter == nil {
		counter = make([]byte, s.BlockSize())
	}
	return &Session{suite: s, enc: s.Derive(secret, ForEncryption), mac: s.Derive(secret, ForChecksum), counter: append([]byte(nil), counter...)}
}

// Suite is what protects the session.
func (s *Session) Suite() Suite { return s.suite }

func (s *Session) count() {
	for i := len(s.counter) - 1; i >= 0; i-- {
		if s.counter[i]++; s.counter[i] != 0 {
			return
		}
	}
}

// iv is zero with Triple-DES, the encrypted counter with AES (ICAO 9303-11 9.8).
func (s *Session) iv() []byte {
	if s.suite == TDES {
		return nil
	}
	return s.suite.Encrypt(s.enc, nil, s.counter)
}

// checksum is over counter, then the parts, filled up to whole blocks.
func (s *Session) checksum(parts ...[]byte) []byte {
	message := append([]byte(nil), s.counter...)
	for _, p := range parts {
		message = append(message, p...)
	}
	return s.suite.checksumPadded(s.mac, Pad(message, s.suite.BlockSize()))
}

// Wrap protects a command that has data or wants some, with an even instruction byte.
func (s *Session) Wrap(c apdu.Command) apdu.Command {
	s.count()
	c.CLA |= masked
	var objects []byte
	if len(c.Data) > 0 {
		secret := s.suite.Encrypt(s.enc, s.iv(), Pad(c.Data, s.suite.BlockSize()))
		objects = tlv.Append(objects, tagCryptogram, []byte{1}, secret) // 1: padded
	}
	extended := c.Extended()
	if c.Le > 0 {
		le := []byte{byte(c.Le)}
		if extended {
			le = []byte{byte(c.Le >> 8), byte(c.Le)}
		}
		objects = tlv.Append(objects, tagLe, le)
	}
	header := Pad([]byte{c.CLA, c.INS, c.P1, c.P2}, s.suite.BlockSize())
	c.Data = tlv.Append(objects, tagChecksum, s.checksum(header, objects))
	if c.Le = 256; extended || len(c.Data) > 255 {
		c.Le = 65536
	}
	return c
}

// Unwrap checks and opens an answer. An answer of a bare status, with which a chip
// tells that it has ended the session, is returned as an error that holds it.
func (s *Session) Unwrap(r apdu.Response) (apdu.Response, error) {
	s.count()
	if len(r.Data) == 0 {
		return apdu.Response{}, fmt.Errorf("%w: %w without protection", ErrProtection, r.Status)
	}
	objects, err := tlv.All(r.Data)
	if err != nil {
		return apdu.Response{}, fmt.Errorf("%w: %w", ErrProtection, err)
	}
	var secret []byte
	if len(objects) == 3 && objects[0].Tag == tagCryptogram {
		secret, objects = objects[0].Value, objects[1:]
	}
	if len(objects) != 2 || objects[0].Tag != tagStatus || len(objects[0].Value) != 2 || objects[1].Tag != tagChecksum {
		return apdu.Response{}, fmt.Errorf("%w: other data objects than wanted", ErrProtection)
	}
	covered := r.Data[:len(r.Data)-len(objects[1].Raw)]
	if subtle.ConstantTimeCompare(s.checksum(covered), objects[1].Value) != 1 {
		return apdu.Response{}, fmt.Errorf("%w: checksum", ErrProtection)
	}
	status := apdu.Status(objects[0].Value[0])<<8 | apdu.Status(objects[0].Value[1])
	if status != r.Status {
		return apdu.Response{}, fmt.Errorf("%w: status %04X inside, %04X outside", ErrProtection, uint16(status), uint16(r.Status))
	}
	open := apdu.Response{Status: status}
	if secret == nil {
		return open, nil
	}
	if len(secret) == 0 || secret[0] != 1 {
		return apdu.Response{}, fmt.Errorf("%w: padding indicator", ErrProtection)
	}
	padded, err := s.suite.Decrypt(s.enc, s.iv(), secret[1:])
	if err != nil {
		return apdu.Response{}, err
	}
	open.Data, err = Unpad(padded, s.suite.BlockSize())
	return open, err
}
