package mrtdtest

import (
	"bytes"
	"crypto/rand"
	"crypto/sha1" // ICAO 9303-11 9.7.2
	"math/big"

	"atrio/mrtd/agreement"
	"atrio/mrtd/apdu"
	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/tlv"
)

// zoneSecret is the secret that a zone yields.
func zoneSecret(zone string) []byte {
	z, err := lds.ParseMRZ(zone)
	must(err)
	sum := sha1.Sum([]byte(z.KeyInformation()))
	return sum[:]
}

func (c *Chip) beginPACE(protocol, reference []byte) apdu.Response {
	c.pace = nil
	want := marshal(c.Document.paceOID())[2:]
	if !bytes.Equal(protocol, want) || len(reference) != 1 || reference[0] < 1 || reference[0] > 2 {
		return status(apdu.WrongData)
	}
	group, ok := agreement.ByID(c.Document.PACEGroup)
	if !ok {
		return status(apdu.WrongData)
	}
	c.pace = &paceState{group: group, oid: want, secret: c.secretOf(reference[0])}
	return status(apdu.OK)
}

// stepPACE answers one of the four commands of ICAO 9303-11 4.4.4.
func (c *Chip) stepPACE(in tlv.List) apdu.Response {
	p, suite := c.pace, c.Document.PACE
	p.step++
	tags := map[int]uint32{2: 0x81, 3: 0x83, 4: 0x85}
	if want := tags[p.step]; (want == 0) != (len(in) == 0) || want != 0 && in[0].Tag != want {
		c.pace = nil
		return status(apdu.WrongData)
	}
	if p.step == 1 {
		nonce := draw(16)
		p.nonce = new(big.Int).SetBytes(nonce)
		return dynamic(0x80, suite.Encrypt(suite.Derive(p.secret, messaging.ForPassword), nil, nonce))
	}
	if p.step == 4 {
		return c.finishPACE(in[0].Value)
	}
	theirs, base := in[0].Value, p.group.Base()
	if p.step == 3 {
		base = p.base
	}
	k, ours, err := p.group.Draw(rand.Reader, base)
	must(err)
	shared, err := p.group.Multiply(k, theirs)
	if err == nil && p.step == 2 {
		var mapped []byte
		mapped, err = p.group.Multiply(p.nonce, p.group.Base())
		must(err)
		p.base, err = p.group.Add(mapped, shared)
	}
	if err != nil {
		c.pace = nil
		return status(apdu.WrongData)
	}
	if p.step == 2 {
		return dynamic(0x82, ours)
	}
	p.theirs, p.ours, p.shared = theirs, ours, p.group.Secret(shared)
	return dynamic(0x84, ours)
}

func (c *Chip) finishPACE(token []byte) apdu.Response {
	p, suite := c.pace, c.Document.PACE
	c.pace = nil
	mac := suite.Derive(p.shared, messaging.ForChecksum)
	over := func(public []byte) []byte {
		return suite.Checksum(mac, tlv.Append(nil, 0x7f49, tlv.Append(nil, 0x06, p.oid), tlv.Append(nil, p.group.Tag(), public)))
	}
	if !bytes.Equal(token, over(p.ours)) {
		return status(apdu.WrongKey)
	}
	c.protected = newProtection(suite, p.shared, nil)
	// The session begins with the next command: the answer goes out in the clear.
	return dynamic(0x86, over(p.theirs))
}

func dynamic(tag uint32, value []byte) apdu.Response {
	return apdu.Response{Data: tlv.Append(nil, 0x7c, tlv.Append(nil, tag, value)), Status: apdu.OK}
}

// protection is the chip's end of secure messaging, ICAO 9303-11 9.8.
type protection struct {
	suite    messaging.Suite
	enc, mac []byte
	counter  *big.Int
}

func newProtection(s messaging.Suite, secret, counter []byte) *protection {
	return &protection{s, s.Derive(secret, messaging.ForEncryption), s.Derive(secret, messaging.ForChecksum), new(big.Int).SetBytes(counter)}
}

// count gives the next counter as bytes.
func (p *protection) count() []byte {
	p.counter.Add(p.counter, big.NewInt(1))
	size := p.suite.BlockSize()
	wrapped := new(big.Int).SetBit(new(big.Int), 8*size, 1)
	return p.counter.Mod(p.counter, wrapped).FillBytes(make([]byte, size))
}

func (p *protection) iv(counter []byte) []byte {
	if p.suite == messaging.TDES {
		return nil
	}
	return p.suite.Encrypt(p.enc, nil, counter)
}

// sum is the checksum over a message that the padding of the checksum itself fills up:
// with Triple-DES Checksum pads, with AES it is padded here.
func (p *protection) sum(message []byte) []byte {
	if p.suite != messaging.TDES {
		message = messaging.Pad(message, p.suite.BlockSize())
	}
	return p.suite.Checksum(p.mac, message)
}

func (p *protection) open(command apdu.Command) (apdu.Command, bool) {
	counter := p.count()
	objects, err := tlv.All(command.Data)
	if err != nil || len(objects) == 0 || objects[len(objects)-1].Tag != 0x8e {
		return command, false
	}
	last := objects[len(objects)-1]
	message := append(counter, messaging.Pad([]byte{command.CLA, command.INS, command.P1, command.P2}, p.suite.BlockSize())...)
	message = append(message, command.Data[:len(command.Data)-len(last.Raw)]...)
	if !bytes.Equal(p.sum(message), last.Value) {
		return command, false
	}
	open := apdu.Command{CLA: command.CLA &^ 0x0c, INS: command.INS, P1: command.P1, P2: command.P2}
	for _, o := range objects[:len(objects)-1] {
		switch {
		case o.Tag == 0x87 && len(o.Value) > 0 && o.Value[0] == 1:
			padded, err := p.suite.Decrypt(p.enc, p.iv(counter[:p.suite.BlockSize()]), o.Value[1:])
			if err != nil {
				return command, false
			}
			if open.Data, err = messaging.Unpad(padded, p.suite.BlockSize()); err != nil {
				return command, false
			}
		case o.Tag == 0x97 && len(o.Value) == 1:
			open.Le = int(o.Value[0])
			if open.Le == 0 {
				open.Le = 256
			}
		case o.Tag == 0x97 && len(o.Value) == 2:
			open.Le = int(o.Value[0])<<8 | int(o.Value[1])
			if open.Le == 0 {
				open.Le = 65536
			}
		default:
			return command, false
		}
	}
	return open, true
}

func (p *protection) seal(r apdu.Response) apdu.Response {
	counter := p.count()
	var objects []byte
	if len(r.Data) > 0 {
		objects = tlv.Append(objects, 0x87, []byte{1}, p.suite.Encrypt(p.enc, p.iv(counter), messaging.Pad(r.Data, p.suite.BlockSize())))
	}
	objects = tlv.Append(objects, 0x99, []byte{byte(r.Status >> 8), byte(r.Status)})
	return apdu.Response{Data: tlv.Append(objects, 0x8e, p.sum(append(counter, objects...))), Status: r.Status}
}
