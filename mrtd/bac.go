package mrtd

import (
	"bytes"
	"crypto/subtle"
	"io"

	"atrio/mrtd/apdu"
	"atrio/mrtd/messaging"
)

// basicAccess opens the chip by Basic Access Control (ICAO 9303-11 4.3): both sides show
// that they know the key, and draw halves of the next.
func (c *conversation) basicAccess(key Key) error {
	if key.reference != referenceMRZ {
		return failf(Unsupported, "this chip opens with the machine-readable zone alone")
	}
	challenge, err := c.demand("a challenge", apdu.Command{INS: 0x84, Le: 8})
	if err != nil {
		return err
	}
	if len(challenge) != 8 {
		return failf(Malformed, "a challenge of %d bytes", len(challenge))
	}
	drawn := make([]byte, 24) // RND.IFD, K.IFD
	if _, err := io.ReadFull(c.random, drawn); err != nil {
		return &Error{Lost, err}
	}
	nonce, half := drawn[:8], drawn[8:]
	enc, mac := key.basic()
	secret := messaging.TDES.Encrypt(enc, nil, bytes.Join([][]byte{nonce, challenge, half}, nil))
	r, err := c.send(apdu.Command{INS: 0x82, Data: append(secret, messaging.TDES.Checksum(mac, secret)...), Le: 40})
	if err != nil {
		return err
	}
	if r.Status != apdu.OK {
		return failf(AccessDenied, "basic access control: %w", r.Status)
	}
	if len(r.Data) != 40 || subtle.ConstantTimeCompare(messaging.TDES.Checksum(mac, r.Data[:32]), r.Data[32:]) != 1 {
		return failf(Disturbed, "basic access control: checksum of the answer")
	}
	answer, err := messaging.TDES.Decrypt(enc, nil, r.Data[:32])
	if err != nil {
		return &Error{Disturbed, err}
	}
	if !bytes.Equal(answer[:8], challenge) || !bytes.Equal(answer[8:16], nonce) {
		return failf(Disturbed, "basic access control: an answer to other numbers")
	}
	seed := make([]byte, 16)
	subtle.XORBytes(seed, half, answer[16:])
	c.session = messaging.NewSession(messaging.TDES, seed, append(bytes.Clone(challenge[4:]), nonce[4:]...)) // ICAO 9303-11 9.8
	return nil
}
