package mrtd

import (
	"errors"
	"io"

	"atrio/mrtd/apdu"
	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/signature"
)

// ActiveProof is an answer to a challenge. Whoever holds the reading can check it again.
type ActiveProof struct {
	Challenge []byte
	Signature []byte // empty when the chip did not answer
}

// challengeSize is what INTERNAL AUTHENTICATE takes, ICAO 9303-11 6.1.
const challengeSize = 8

// active has the chip sign a challenge with the key of DG15 (ICAO 9303-11 6.1). Whether
// that is the chip's answer is for Judge to say; an error means that the chip is gone.
func (c *conversation) active(dg15, challenge []byte) (*ActiveProof, error) {
	if challenge == nil {
		challenge = make([]byte, challengeSize)
		if _, err := io.ReadFull(c.random, challenge); err != nil {
			return nil, &Error{Lost, err}
		}
	}
	key, err := activeKey(dg15)
	if err != nil {
		return nil, nil // Judge reads the same bytes and says so
	}
	le := 256
	if key.RSA != nil && protectedSize(key.RSA.Size(), c.session.Suite()) > 256 {
		le = 65536 // ICAO 9303-11 6.1: the long form of commands
	}
	proof := &ActiveProof{Challenge: challenge}
	r, err := c.send(apdu.Command{INS: 0x88, Data: challenge, Le: le})
	if gone(err) {
		return nil, err
	}
	if err == nil && r.Status == apdu.OK {
		proof.Signature = r.Data
	}
	if err != nil { // the session is over
		c.session = nil
	}
	return proof, nil
}

// protectedSize is how long an answer of n bytes becomes.
func protectedSize(n int, s messaging.Suite) int {
	padded := (n/s.BlockSize() + 1) * s.BlockSize()
	return 1 + 3 + 1 + padded + 4 + 10
}

// activeKey is the key in DG15.
func activeKey(dg15 []byte) (signature.Key, error) {
	content, err := lds.Content(lds.DG15, dg15)
	if err != nil {
		return signature.Key{}, err
	}
	return signature.ParseKey(content)
}

// gone says whether an error is about the way to the chip, not about the chip.
func gone(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Reason == Lost || e.Reason == TooLarge)
}
