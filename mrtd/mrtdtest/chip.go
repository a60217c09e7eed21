package mrtdtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"sync"

	"atrio/mrtd/agreement"
	"atrio/mrtd/apdu"
	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/tlv"
)

// ErrGone is what a chip answers that was taken off the reader.
var ErrGone = errors.New("mrtdtest: the document was taken away")

// Chip is a document that is powered. It is a mrtd.Transceiver.
type Chip struct {
	Document *Document
	// Pieces bounds an answer; the rest is fetched by GET RESPONSE. Zero for no bound.
	Pieces int
	// TakenAfter is the number of commands after which the document is gone. Zero for never.
	TakenAfter int

	mu        sync.Mutex
	commands  int
	held      []byte // the rest of an answer
	inside    bool   // the application is selected
	selected  []byte
	challenge []byte
	pace      *paceState
	protected *protection
	next      *protection // takes over after the answer
	chipOID   []byte      // chosen for chip authentication
}

// Insert powers a document.
func Insert(d *Document) *Chip { return &Chip{Document: d} }

// Reset is what a reader does before it begins.
func (c *Chip) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held, c.inside, c.selected, c.challenge, c.pace, c.protected, c.next, c.chipOID = nil, false, nil, nil, nil, nil, nil, nil
}

// Transceive answers one command.
func (c *Chip) Transceive(ctx context.Context, command []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.commands++; c.TakenAfter > 0 && c.commands > c.TakenAfter {
		return nil, ErrGone
	}
	parsed, err := apdu.ParseCommand(command)
	if err != nil {
		return apdu.Response{Status: apdu.WrongLength}.Bytes(), nil
	}
	r := c.answer(parsed)
	if c.Pieces > 0 && len(r.Data) > c.Pieces {
		c.held = r.Data
		r = c.piece(r.Status)
	}
	return r.Bytes(), nil
}

// piece is the next part of what is held; the last carries the status.
func (c *Chip) piece(last apdu.Status) apdu.Response {
	n := min(c.Pieces, len(c.held))
	r := apdu.Response{Data: c.held[:n], Status: last}
	if c.held = c.held[n:]; len(c.held) > 0 {
		r.Status = apdu.Status(0x6100 | min(len(c.held), c.Pieces, 255))
	}
	return r
}

func (c *Chip) answer(command apdu.Command) apdu.Response {
	if command.INS == 0xc0 {
		if len(c.held) == 0 {
			return apdu.Response{Status: apdu.ConditionsNotMet}
		}
		return c.piece(apdu.OK)
	}
	if command.CLA&0x0c != 0x0c {
		c.protected = nil // ICAO 9303-11 9.8.3: a plain command ends the session
		return c.carryOut(command)
	}
	if c.protected == nil {
		return apdu.Response{Status: apdu.WrongSMObjects}
	}
	open, ok := c.protected.open(command)
	if !ok {
		c.protected = nil
		return apdu.Response{Status: apdu.WrongSMObjects}
	}
	r := c.protected.seal(c.carryOut(open))
	if c.next != nil {
		c.protected, c.next = c.next, nil
	}
	return r
}

func status(s apdu.Status) apdu.Response { return apdu.Response{Status: s} }

func (c *Chip) carryOut(command apdu.Command) apdu.Response {
	switch command.INS {
	case 0xa4:
		return c.selectFile(command)
	case 0xb0:
		return c.readBinary(command)
	case 0x84:
		c.challenge = draw(8)
		return apdu.Response{Data: c.challenge, Status: apdu.OK}
	case 0x82:
		return c.basicAccess(command.Data)
	case 0x22:
		return c.manage(command)
	case 0x86:
		return c.generalAuthenticate(command)
	case 0x88:
		if c.protected == nil || c.Document.ActiveKey.none() || len(command.Data) != 8 {
			return status(apdu.ConditionsNotMet)
		}
		return apdu.Response{Data: c.Document.ActiveKey.answer(command.Data), Status: apdu.OK}
	}
	return status(apdu.UnknownCommand)
}

func draw(n int) []byte {
	b := make([]byte, n)
	_, err := rand.Read(b)
	must(err)
	return b
}

func (c *Chip) selectFile(command apdu.Command) apdu.Response {
	switch {
	case command.P1 == 4:
		if !bytes.Equal(command.Data, []byte{0xa0, 0, 0, 2, 0x47, 0x10, 1}) {
			return status(apdu.FileNotFound)
		}
		c.inside, c.selected = true, nil
		return status(apdu.OK)
	case command.P1 == 0 && bytes.Equal(command.Data, []byte{0x3f, 0}):
		c.inside, c.selected = false, nil
		return status(apdu.OK)
	case command.P1 != 2 || len(command.Data) != 2:
		return status(apdu.WrongParameters)
	}
	f := lds.File(command.Data[0])<<8 | lds.File(command.Data[1])
	b, there := c.Document.Files[f]
	if !there || (f == lds.CardAccess) == c.inside {
		return status(apdu.FileNotFound)
	}
	if f != lds.CardAccess && c.protected == nil {
		return status(apdu.NotAllowed)
	}
	c.selected = b
	return status(apdu.OK)
}

func (c *Chip) readBinary(command apdu.Command) apdu.Response {
	offset := int(command.P1)<<8 | int(command.P2)
	if c.selected == nil || offset > len(c.selected) || command.P1 > 0x7f {
		return status(apdu.WrongParameters)
	}
	rest := c.selected[offset:]
	if len(rest) < command.Le {
		return apdu.Response{Data: rest, Status: 0x6282}
	}
	return apdu.Response{Data: rest[:command.Le], Status: apdu.OK}
}

// secretOf is the password behind a reference; ICAO 9303-11 4.4.4.1.
func (c *Chip) secretOf(reference byte) []byte {
	if reference == 2 {
		return []byte(c.Document.CAN)
	}
	return zoneSecret(c.Document.Zone)
}

func (c *Chip) basicAccess(data []byte) apdu.Response {
	challenge := c.challenge
	c.challenge = nil
	if len(data) != 40 || challenge == nil || !c.inside {
		return status(apdu.ConditionsNotMet)
	}
	seed := c.secretOf(1)[:16]
	enc, mac := messaging.TDES.Derive(seed, messaging.ForEncryption), messaging.TDES.Derive(seed, messaging.ForChecksum)
	if !bytes.Equal(messaging.TDES.Checksum(mac, data[:32]), data[32:]) {
		return status(apdu.WrongKey)
	}
	s, err := messaging.TDES.Decrypt(enc, nil, data[:32])
	if err != nil || !bytes.Equal(s[8:16], challenge) {
		return status(apdu.WrongKey)
	}
	half := draw(16)
	secret := messaging.TDES.Encrypt(enc, nil, bytes.Join([][]byte{challenge, s[:8], half}, nil))
	for i := range half {
		half[i] ^= s[16+i]
	}
	c.protected = newProtection(messaging.TDES, half, append(bytes.Clone(challenge[4:]), s[4:8]...))
	return apdu.Response{Data: append(secret, messaging.TDES.Checksum(mac, secret)...), Status: apdu.OK}
}

// manage is MANAGE SECURITY ENVIRONMENT: of PACE, or of chip authentication in both forms.
func (c *Chip) manage(command apdu.Command) apdu.Response {
	list, err := tlv.All(command.Data)
	if err != nil {
		return status(apdu.WrongData)
	}
	value := func(tag uint32) []byte { v, _ := list.One(tag); return v }
	switch {
	case command.P1 == 0xc1 && command.P2 == 0xa4 && c.Document.PACE != 0:
		return c.beginPACE(value(0x80), value(0x83))
	case command.P1 != 0x41 || c.protected == nil || !offersChip(c.Document):
	case command.P2 == 0xa6 && c.Document.ChipSuite == messaging.TDES:
		return c.agree(value(0x91))
	case command.P2 == 0xa4:
		c.chipOID = value(0x80)
		return status(apdu.OK)
	}
	return status(apdu.WrongData)
}

// offersChip says whether the document says that it speaks chip authentication.
func offersChip(d *Document) bool { return !d.ChipKey.none() }

func (c *Chip) generalAuthenticate(command apdu.Command) apdu.Response {
	outer, err := tlv.Only(command.Data, 0x7c)
	if err != nil {
		return status(apdu.WrongData)
	}
	inner, err := tlv.All(outer.Value)
	if err != nil || len(inner) > 1 {
		return status(apdu.WrongData)
	}
	if c.chipOID != nil && len(inner) == 1 && inner[0].Tag == 0x80 {
		c.chipOID = nil
		r := c.agree(inner[0].Value)
		if r.Status == apdu.OK {
			r.Data = []byte{0x7c, 0}
		}
		return r
	}
	if c.pace == nil {
		return status(apdu.ConditionsNotMet)
	}
	return c.stepPACE(inner)
}

// agree is the chip's half of chip authentication.
func (c *Chip) agree(public []byte) apdu.Response {
	k := c.Document.ChipKey
	shared, err := k.group.Multiply(k.d, public)
	if err != nil {
		return status(apdu.WrongData)
	}
	c.next = newProtection(c.Document.ChipSuite, k.group.Secret(shared), nil)
	return status(apdu.OK)
}

// paceState is PACE between its steps.
type paceState struct {
	group        agreement.Group
	oid, secret  []byte
	nonce        *big.Int
	base, shared []byte
	theirs, ours []byte
	step         int
}
