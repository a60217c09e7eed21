package mrtd

import (
	"crypto/subtle"
	"encoding/asn1"
	"math/big"

	"atrio/mrtd/apdu"
	"atrio/mrtd/curve"
	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/tlv"
)

// generic is PACE over elliptic curves with Generic Mapping, less the cipher: TR-03110-3 A.1.1.1.
var generic = asn1.ObjectIdentifier{0, 4, 0, 127, 0, 7, 2, 2, 4, 2}

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
	curve     *curve.Curve
	ambiguous bool // more than one set of parameters is offered
}

// choosePACE takes the strongest cipher that is offered.
func choosePACE(s lds.Security) (pace, bool) {
	var best pace
	parameters := map[int]bool{}
	for _, info := range s.PACE {
		parameters[info.Parameter] = true
		suite, ok := suiteOf(generic, info.Protocol)
		c, known := curve.ByID(info.Parameter)
		if ok && known && (suite > best.suite || suite == best.suite && c.N.BitLen() > best.curve.N.BitLen()) {
			best = pace{info: info, suite: suite, curve: c}
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

// mapping fetches the encrypted nonce and maps it to a new base point: G' = s·G + H (ICAO
// 9303-11 4.4.3.3.1).
func (p pace) mapping(c *conversation, key Key) (curve.Point, error) {
	secret, err := step(c, true, 0, nil, 0x80)
	if err != nil {
		return curve.Point{}, err
	}
	if len(secret) > 32 {
		return curve.Point{}, failf(Malformed, "PACE: a nonce of %d bytes", len(secret))
	}
	nonce, err := p.suite.Decrypt(p.suite.Derive(key.secret, messaging.ForPassword), nil, secret)
	if err != nil {
		return curve.Point{}, &Error{Malformed, err}
	}
	h, _, _, err := p.exchange(c, p.curve.G, 0x81, 0x82)
	if err != nil {
		return curve.Point{}, err
	}
	g := p.curve.Add(p.curve.Multiply(new(big.Int).SetBytes(nonce), p.curve.G), h)
	if g.Infinite() {
		return curve.Point{}, failf(Malformed, "PACE: mapping to infinity")
	}
	return g, nil
}

// agree draws keys on the new base point and agrees on a secret.
func (p pace) agree(c *conversation, base curve.Point) (secret []byte, own, theirs curve.Point, err error) {
	shared, own, theirs, err := p.exchange(c, base, 0x83, 0x84)
	if err != nil {
		return nil, own, theirs, err
	}
	if own.Equal(theirs) { // ICAO 9303-11 4.4.1 d
		return nil, own, theirs, failf(Malformed, "PACE: the chip sends our own key back")
	}
	return p.curve.Coordinate(shared), own, theirs, nil
}

// exchange is Diffie and Hellman over a base point.
func (p pace) exchange(c *conversation, base curve.Point, send, receive uint32) (shared, own, theirs curve.Point, err error) {
	k, err := p.curve.Random(c.random)
	if err != nil {
		return shared, own, theirs, &Error{Lost, err}
	}
	own = p.curve.Multiply(k, base)
	answer, err := step(c, true, send, p.curve.Encode(own), receive)
	if err != nil {
		return shared, own, theirs, err
	}
	if theirs, err = p.curve.Decode(answer); err != nil {
		return shared, own, theirs, &Error{Malformed, err}
	}
	return p.curve.Multiply(k, theirs), own, theirs, nil
}

// token is the checksum over a public key (ICAO 9303-11 4.4.3.4).
func (p pace) token(mac, oid []byte, public curve.Point) []byte {
	key := tlv.Append(tlv.Append(nil, 0x06, oid), 0x86, p.curve.Encode(public))
	return p.suite.Checksum(mac, tlv.Append(nil, 0x7f49, key))
}

// step is one GENERAL AUTHENTICATE (ICAO 9303-11 4.4.4.2): what goes under a tag inside 7C,
// what comes back. chained says that more steps follow.
func step(c *conversation, chained bool, tag uint32, data []byte, want uint32) ([]byte, error) {
	command := apdu.Command{INS: 0x86, Data: tlv.Append(nil, 0x7c), Le: 256}
	if chained {
		command.CLA = 0x10
	}
	if tag != 0 {
		command.Data = tlv.Append(nil, 0x7c, tlv.Append(nil, tag, data))
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
