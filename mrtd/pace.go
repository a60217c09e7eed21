package mrtd

import (
	"bytes"
	"crypto/subtle"
	"encoding/asn1"
	"math/big"

	"atrio/mrtd/agreement"
	"atrio/mrtd/apdu"
	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/tlv"
)

// genericMapping are the families of PACE with Generic Mapping, over integers and over
// curves, less the cipher: TR-03110-3 A.1.1.1. The Italian identity card speaks the first.
var genericMapping = map[int]asn1.ObjectIdentifier{
	1: {0, 4, 0, 127, 0, 7, 2, 2, 4, 1},
	2: {0, 4, 0, 127, 0, 7, 2, 2, 4, 2},
}

// familyOf is the number of the kind of group in identifiers of PACE and of chip authentication.
func familyOf(g agreement.Group) int {
	if _, points := g.(agreement.Points); points {
		return 2
	}
	return 1
}

// suiteOf reads the cipher off an identifier that is a family and one number more.
func suiteOf(family, oid asn1.ObjectIdentifier) (messaging.Suite, bool) {
	if len(oid) != len(family)+1 || !oid[:len(family)].Equal(family) || oid[len(family)] < 1 || oid[len(family)] > 4 {
		return 0, false
	}
	return messaging.Suite(oid[len(family)]), true
}

// pace is a way to open the chip that is spoken on both sides.
type pace struct {
	info      lds.PACEInfo
	suite     messaging.Suite
	group     agreement.Group
	ambiguous bool // more than one set of parameters is offered
}

// choosePACE takes the strongest cipher that is offered, in the strongest group.
func choosePACE(s lds.Security) (pace, bool) {
	var best pace
	parameters := map[int]bool{}
	for _, info := range s.PACE {
		parameters[info.Parameter] = true
		g, known := agreement.ByID(info.Parameter)
		if !known {
			continue
		}
		suite, ok := suiteOf(genericMapping[familyOf(g)], info.Protocol)
		if ok && (suite > best.suite || suite == best.suite && g.Strength() > best.group.Strength()) {
			best = pace{info: info, suite: suite, group: g}
		}
	}
	best.ambiguous = len(parameters) > 1
	return best, best.suite != 0
}

// open runs Password Authenticated Connection Establishment (ICAO 9303-11 4.4).
func (p pace) open(c *conversation, key Key) error {
	encoded, err := asn1.Marshal(p.info.Protocol)
	if err != nil {
		return &Error{Malformed, err}
	}
	oid := encoded[2:]
	choice := tlv.Append(nil, 0x80, oid)
	choice = tlv.Append(choice, 0x83, []byte{key.reference})
	if p.ambiguous {
		choice = tlv.Append(choice, 0x84, []byte{byte(p.info.Parameter)})
	}
	r, err := c.send(apdu.Command{INS: 0x22, P1: 0xc1, P2: 0xa4, Data: choice})
	if err != nil {
		return err
	}
	if r.Status != apdu.OK && r.Status&0xfff0 != 0x63c0 { // 63CX: so many tries are left, ICAO 9303-11 4.4.4.1
		return failf(Refused, "choosing PACE: %w", r.Status)
	}
	mapped, err := p.mapping(c, key)
	if err != nil {
		return err
	}
	secret, own, theirs, err := p.agree(c, mapped)
	if err != nil {
		return err
	}
	mac := p.suite.Derive(secret, messaging.ForChecksum)
	token, err := step(c, false, 0x85, p.token(mac, oid, theirs), 0x86)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(token, p.token(mac, oid, own)) != 1 {
		return failf(AccessDenied, "PACE: the chip does not know the key")
	}
	c.session = messaging.NewSession(p.suite, secret, nil)
	return nil
}

// mapping fetches the encrypted nonce and maps it to a new base point: s·G + H, where H is
// agreed on (ICAO 9303-11 4.4.3.3).
func (p pace) mapping(c *conversation, key Key) ([]byte, error) {
	secret, err := step(c, true, 0, nil, 0x80)
	if err != nil {
		return nil, err
	}
	if len(secret) > 32 {
		return nil, failf(Malformed, "PACE: a nonce of %d bytes", len(secret))
	}
	nonce, err := p.suite.Decrypt(p.suite.Derive(key.secret, messaging.ForPassword), nil, secret)
	if err != nil {
		return nil, &Error{Malformed, err}
	}
	h, _, _, err := p.exchange(c, p.group.Base(), 0x81, 0x82)
	if err != nil {
		return nil, err
	}
	mapped, err := p.group.Multiply(new(big.Int).SetBytes(nonce), p.group.Base())
	if err == nil {
		mapped, err = p.group.Add(mapped, h)
	}
	if err != nil {
		return nil, &Error{Malformed, err}
	}
	return mapped, nil
}

// agree draws keys on the new base point and agrees on a secret.
func (p pace) agree(c *conversation, base []byte) (secret, own, theirs []byte, err error) {
	shared, own, theirs, err := p.exchange(c, base, 0x83, 0x84)
	if err != nil {
		return nil, own, theirs, err
	}
	if bytes.Equal(own, theirs) { // ICAO 9303-11 4.4.1
		return nil, own, theirs, failf(Malformed, "PACE: the chip sends our own key back")
	}
	return p.group.Secret(shared), own, theirs, nil
}

// exchange is Diffie and Hellman over a base point.
func (p pace) exchange(c *conversation, base []byte, send, receive uint32) (shared, own, theirs []byte, err error) {
	k, own, err := p.group.Draw(c.random, base)
	if err != nil {
		return nil, nil, nil, &Error{Lost, err}
	}
	if theirs, err = step(c, true, send, own, receive); err != nil {
		return nil, nil, nil, err
	}
	if shared, err = p.group.Multiply(k, theirs); err != nil {
		return nil, nil, nil, &Error{Malformed, err}
	}
	return shared, own, theirs, nil
}

// token is the checksum over a public key (ICAO 9303-11 4.4.3).
func (p pace) token(mac, oid, public []byte) []byte {
	key := tlv.Append(tlv.Append(nil, 0x06, oid), p.group.Tag(), public)
	return p.suite.Checksum(mac, tlv.Append(nil, 0x7f49, key))
}

// step is one GENERAL AUTHENTICATE (ICAO 9303-11 4.4.4): what goes under a tag inside 7C,
// what comes back. chained says that more steps follow.
func step(c *conversation, chained bool, tag uint32, data []byte, want uint32) ([]byte, error) {
	command := apdu.Command{INS: 0x86, Data: tlv.Append(nil, 0x7c), Le: 256}
	if chained {
		command.CLA = 0x10
	}
	if tag != 0 {
		command.Data = tlv.Append(nil, 0x7c, tlv.Append(nil, tag, data))
	}
	if len(command.Data) > 240 { // what comes back is as long
		command.Le = 65536
	}
	r, err := c.send(command)
	if err != nil {
		return nil, err
	}
	if r.Status == apdu.WrongKey || r.Status&0xfff0 == 0x63c0 || !chained && r.Status != apdu.OK {
		return nil, failf(AccessDenied, "PACE: %w", r.Status)
	}
	if r.Status != apdu.OK {
		return nil, failf(Refused, "PACE: %w", r.Status)
	}
	outer, err := tlv.Only(r.Data, 0x7c)
	if err != nil {
		return nil, &Error{Malformed, err}
	}
	list, err := tlv.All(outer.Value) // names of authorities may stand beside it (TR-03110-3 B.11.1)
	if err != nil {
		return nil, &Error{Malformed, err}
	}
	value, err := list.One(want)
	if err != nil || value == nil {
		return nil, failf(Malformed, "PACE: no answer under %X: %v", want, err)
	}
	return value, nil
}
