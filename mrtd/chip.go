package mrtd

import (
	"bytes"
	"encoding/asn1"

	"atrio/mrtd/agreement"
	"atrio/mrtd/apdu"
	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/tlv"
)

// ChipProof says that a chip agreed on keys with us by a private key that it holds. It is
// a statement of the reader that saw it: nobody else can check it again.
type ChipProof struct {
	Protocol string // OID
	Key      []byte // the public key, as DG14 has it
	Passed   bool
}

// The families of chip authentication and of its keys, over integers and over curves,
// TR-03110-3 A.1.1.2.
var (
	chipFamilies = map[int]asn1.ObjectIdentifier{1: {0, 4, 0, 127, 0, 7, 2, 2, 3, 1}, 2: {0, 4, 0, 127, 0, 7, 2, 2, 3, 2}}
	chipKeys     = map[int]asn1.ObjectIdentifier{1: {0, 4, 0, 127, 0, 7, 2, 2, 1, 1}, 2: {0, 4, 0, 127, 0, 7, 2, 2, 1, 2}}
)

// chipChoice is a key of the chip and the cipher to use with it.
type chipChoice struct {
	protocol asn1.ObjectIdentifier
	suite    messaging.Suite
	group    agreement.Group
	public   []byte
	raw      []byte // as DG14 has it
	id       int
}

// chooseChip takes the strongest cipher for which there is a key that is spoken here.
// offered says whether DG14 speaks of chip authentication at all.
func chooseChip(s lds.Security) (best chipChoice, offered bool) {
	for _, k := range s.ChipKeys {
		offered = true
		group, public, err := agreement.ParseKey(k.Key)
		if err != nil || !k.Protocol.Equal(chipKeys[familyOf(group)]) {
			continue
		}
		family := chipFamilies[familyOf(group)]
		infos := s.Chip
		if len(infos) == 0 { // older documents name the key alone and mean Triple-DES
			infos = []lds.ChipInfo{{Protocol: append(family[:len(family):len(family)], int(messaging.TDES)), Version: 1, KeyID: k.KeyID}}
		}
		for _, info := range infos {
			suite, ok := suiteOf(family, info.Protocol)
			if ok && info.KeyID == k.KeyID && info.Version == 1 && suite > best.suite {
				best = chipChoice{info.Protocol, suite, group, public, k.Key, k.KeyID}
			}
		}
	}
	return best, offered
}

// authenticate runs Chip Authentication (ICAO 9303-11 6.2): agree on new keys, and see
// that the chip has them by reading again what was read before.
func (c *conversation) authenticate(choice chipChoice, f lds.File, begins []byte) (*ChipProof, error) {
	proof := &ChipProof{Protocol: choice.protocol.String(), Key: choice.raw}
	k, own, err := choice.group.Draw(c.random, choice.group.Base())
	if err != nil {
		return nil, &Error{Lost, err}
	}
	switched, err := c.offerKey(choice, own)
	if gone(err) {
		return nil, err
	}
	if err != nil || !switched {
		return proof, nil // the proof failed: that is the result
	}
	shared, err := choice.group.Multiply(k, choice.public)
	if err != nil {
		return nil, &Error{Malformed, err}
	}
	c.session = messaging.NewSession(choice.suite, choice.group.Secret(shared), nil)
	if err = c.selectFile(f); err == nil {
		var again []byte
		again, err = c.read(f, nil, headerSize)
		proof.Passed = err == nil && bytes.HasPrefix(begins, again)
	}
	if gone(err) {
		return nil, err
	}
	return proof, nil
}

// offerKey sends our public key: in one command, which Triple-DES alone has, or in two
// (ICAO 9303-11 6.2.4).
func (c *conversation) offerKey(choice chipChoice, own []byte) (bool, error) {
	var id []byte
	if choice.id >= 0 {
		id = tlv.Append(nil, 0x84, bigEndian(choice.id))
	}
	if choice.suite == messaging.TDES {
		r, err := c.send(apdu.Command{INS: 0x22, P1: 0x41, P2: 0xa6, Data: append(tlv.Append(nil, 0x91, own), id...)})
		if err != nil || r.Status == apdu.OK {
			return err == nil, err
		}
	}
	encoded, err := asn1.Marshal(choice.protocol)
	if err != nil {
		return false, &Error{Malformed, err}
	}
	r, err := c.send(apdu.Command{INS: 0x22, P1: 0x41, P2: 0xa4, Data: append(tlv.Append(nil, 0x80, encoded[2:]), id...)})
	if err != nil || r.Status != apdu.OK {
		return false, err
	}
	r, err = c.send(apdu.Command{INS: 0x86, Data: tlv.Append(nil, 0x7c, tlv.Append(nil, 0x80, own)), Le: 256})
	return err == nil && r.Status == apdu.OK, err
}

func bigEndian(n int) []byte {
	b := []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	for len(b) > 1 && b[0] == 0 {
		b = b[1:]
	}
	return b
}
