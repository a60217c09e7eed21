package signature

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // chips hash a fresh challenge with it, ICAO 9303-11 6.1
	"fmt"
	"math/big"
	"strings"
)

// plainHashes are the hashes of signatures in the plain form of TR-03111 5.2.1.1,
// which DG14 names for active authentication, and of the other names in use.
var plainHashes = map[string]crypto.Hash{
	"0.4.0.127.0.7.1.1.4.1.1": crypto.SHA1,
	"0.4.0.127.0.7.1.1.4.1.2": crypto.SHA224,
	"0.4.0.127.0.7.1.1.4.1.3": crypto.SHA256,
	"0.4.0.127.0.7.1.1.4.1.4": crypto.SHA384,
	"0.4.0.127.0.7.1.1.4.1.5": crypto.SHA512,
}

// VerifyChallenge checks the answer of a chip to a challenge (active authentication, ICAO
// 9303-11 6.1). algorithm is what DG14 says about it; RSA keys need none. SHA-1 passes
// here: the chip cannot choose what it signs, so two messages of one hash help nobody.
func (k Key) VerifyChallenge(algorithm string, challenge, signature []byte) error {
	if k.RSA != nil {
		return k.recover(challenge, signature)
	}
	h, ok := plainHashes[algorithm]
	if !ok {
		return fmt.Errorf("%w: active authentication with %q", ErrUnsupported, algorithm)
	}
	size := (k.Curve.N.BitLen() + 7) / 8
	if len(signature) != 2*size {
		return fmt.Errorf("%w: %d bytes of a signature on %s", ErrMalformed, len(signature), k.Curve.Name)
	}
	r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
	if !k.Curve.Verify(k.Point, Sum(h, challenge), r, s) {
		return ErrWrong
	}
	return nil
}

// minChipRSA is the smallest key of a chip: 1,024 bits is what older ones have.
const minChipRSA = 1024

// trailers name the hash at the end of a recovered message, ISO/IEC 9796-2 8.1 and 10118-3.
var trailers = map[byte]crypto.Hash{0x33: crypto.SHA1, 0x38: crypto.SHA224, 0x34: crypto.SHA256, 0x36: crypto.SHA384, 0x35: crypto.SHA512}

// unspoken are the trailers of hashes that are not spoken here: RIPEMD-160, RIPEMD-128, Whirlpool.
const unspoken = "\x31\x32\x37"

// recover is ISO/IEC 9796-2 scheme 1 with partial recovery: the message that the chip drew
// and the challenge are hashed together; the signature holds the former and the hash.
func (k Key) recover(challenge, signature []byte) error {
	size := (k.RSA.N.BitLen() + 7) / 8
	if k.RSA.N.BitLen() < minChipRSA {
		return fmt.Errorf("%w: RSA key of %d bits", ErrWeak, k.RSA.N.BitLen())
	}
	s := new(big.Int).SetBytes(signature)
	if len(signature) != size || s.Cmp(k.RSA.N) >= 0 {
		return fmt.Errorf("%w: %d bytes of an RSA signature", ErrMalformed, len(signature))
	}
	// A signer may send n-s in place of s, of which this gives the other root.
	m := s.Exp(s, big.NewInt(int64(k.RSA.E)), k.RSA.N)
	if m.Bit(0)|m.Bit(1) != 0 || m.Bit(2)&m.Bit(3) != 1 { // both trailers end in C
		m.Sub(k.RSA.N, m)
	}
	message := m.FillBytes(make([]byte, size))
	if message[0] != 0x6a { // partial recovery, the message fills the place
		return ErrWrong
	}
	h, trailer := crypto.SHA1, 1
	switch end, name := message[size-1], message[size-2]; {
	case end == 0xcc && trailers[name] != 0:
		h, trailer = trailers[name], 2
	case end == 0xcc && strings.IndexByte(unspoken, name) >= 0:
		return fmt.Errorf("%w: trailer %X", ErrUnsupported, name)
	case end != 0xbc: // that of another key ends in anything
		return ErrWrong
	}
	body := message[:size-trailer]
	if len(body) < h.Size()+2 {
		return ErrWrong
	}
	drawn, sum := body[1:len(body)-h.Size()], body[len(body)-h.Size():]
	if !bytes.Equal(Sum(h, append(bytes.Clone(drawn), challenge...)), sum) {
		return ErrWrong
	}
	return nil
}
