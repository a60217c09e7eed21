// Package messaging is the protected conversation with the chip of an electronic
// document: the keys that follow from a shared secret, the ciphers and checksums,
// and secure messaging, which wraps every command and unwraps every answer (ICAO
// 9303-11 9.7, 9.8).
//
// Two-key Triple-DES and SHA-1 stand here because chips of documents that are still
// valid speak nothing else. They protect a conversation of seconds against listeners;
// whether a document is genuine never rests on them.
package messaging

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"  // ICAO 9303-11 9.8
	"crypto/sha1" // ICAO 9303-11 9.7.1
	"crypto/sha256"
	"fmt"
	"math/bits"
)

// Suite is a cipher with its checksum.
type Suite int

// The suites of ICAO 9303-11 9.8, in rising strength.
const (
	TDES Suite = iota + 1
	AES128
	AES192
	AES256
)

// String is the name of the suite.
func (s Suite) String() string {
	switch s {
	case TDES:
		return "3DES"
	case AES128:
		return "AES-128"
	case AES192:
		return "AES-192"
	case AES256:
		return "AES-256"
	}
	return fmt.Sprintf("suite %d", int(s))
}

// The counters that tell keys of one secret apart, ICAO 9303-11 9.7.1.
const (
	ForEncryption = 1
	ForChecksum   = 2
	ForPassword   = 3
)

// Derive is the key derivation function of ICAO 9303-11 9.7.1.
func (s Suite) Derive(secret []byte, counter byte) []byte {
	input := append(append([]byte(nil), secret...), 0, 0, 0, counter)
	switch s {
	case AES192, AES256:
		sum := sha256.Sum256(input)
		if s == AES192 {
			return sum[:24]
		}
		return sum[:]
	case AES128:
		sum := sha1.Sum(input)
		return sum[:16]
	}
	sum := sha1.Sum(input)
	for i, b := range sum[:16] { // the lowest bit of every byte makes the parity odd
		sum[i] = b&0xfe | byte(bits.OnesCount8(b>>1)+1)&1
	}
	return sum[:16]
}

// block is the cipher under a key that Derive made.
func (s Suite) block(key []byte) cipher.Block {
	var b cipher.Block
	var err error
	if s == TDES {
		b, err = des.NewTripleDESCipher(append(append([]byte(nil), key...), key[:8]...))
	} else {
		b, err = aes.NewCipher(key)
	}
	if err != nil { // only for a key that Derive did not make
		panic("messaging: key of " + fmt.Sprint(len(key)) + " bytes for " + s.String())
	}
	return b
}

// Encrypt and Decrypt are the cipher in CBC mode over whole blocks; iv nil is all zeros.
func (s Suite) Encrypt(key, iv, plain []byte) []byte {
	b := s.block(key)
	out := make([]byte, len(plain))
	cipher.NewCBCEncrypter(b, orZeros(iv, b)).CryptBlocks(out, plain)
	return out
}

func (s Suite) Decrypt(key, iv, secret []byte) ([]byte, error) {
	b := s.block(key)
	if len(secret) == 0 || len(secret)%b.BlockSize() != 0 {
		return nil, fmt.Errorf("%w: %d encrypted bytes", ErrProtection, len(secret))
	}
	out := make([]byte, len(secret))
	cipher.NewCBCDecrypter(b, orZeros(iv, b)).CryptBlocks(out, secret)
	return out, nil
}

func orZeros(iv []byte, b cipher.Block) []byte {
	if iv == nil {
		return make([]byte, b.BlockSize())
	}
	return iv
}

// BlockSize is the size of a block in bytes.
func (s Suite) BlockSize() int {
	if s == TDES {
		return des.BlockSize
	}
	return aes.BlockSize
}

// Checksum is the eight bytes that protect a message: the retail MAC (ISO 9797-1
// algorithm 3, padding 2) with Triple-DES, CMAC cut to eight bytes with AES.
func (s Suite) Checksum(key, message []byte) []byte {
	if s == TDES {
		return retail(key, Pad(message, des.BlockSize))
	}
	return cmac(s.block(key), message)[:8]
}

// checksumPadded is the same over a message that already fills its blocks.
func (s Suite) checksumPadded(key, message []byte) []byte {
	if s == TDES {
		return retail(key, message)
	}
	return cmac(s.block(key), message)[:8]
}

func retail(key, padded []byte) []byte {
	first, err := des.NewCipher(key[:8])
	if err != nil {
		panic("messaging: half a key")
	}
	second, err := des.NewCipher(key[8:16])
	if err != nil {
		panic("messaging: half a key")
	}
	acc := make([]byte, des.BlockSize)
	for ; len(padded) > 0; padded = padded[des.BlockSize:] {
		for i := range acc {
			acc[i] ^= padded[i]
		}
		first.Encrypt(acc, acc)
	}
	second.Decrypt(acc, acc)
	first.Encrypt(acc, acc)
	return acc
}

// cmac is AES-CMAC, RFC 4493 2.4; the form for longer keys is NIST SP 800-38B.
func cmac(b cipher.Block, message []byte) []byte {
	const size = aes.BlockSize
	last := make([]byte, size)
	b.Encrypt(last, last)
	subkey := doubled(last)
	n := (len(message) - 1) / size * size
	if len(message) == 0 {
		n = 0
	}
	clear(last)
	if copy(last, message[n:]); len(message)-n < size {
		last[len(message)-n] = 0x80
		subkey = doubled(subkey)
	}
	acc := make([]byte, size)
	for head := message[:n]; len(head) > 0; head = head[size:] {
		for i := range acc {
			acc[i] ^= head[i]
		}
		b.Encrypt(acc, acc)
	}
	for i := range acc {
		acc[i] ^= last[i] ^ subkey[i]
	}
	b.Encrypt(acc, acc)
	return acc
}

// doubled is the block times x in GF(2¹²⁸).
func doubled(block []byte) []byte {
	out := make([]byte, len(block))
	var carry byte
	for i := len(block) - 1; i >= 0; i-- {
		out[i] = block[i]<<1 | carry
		carry = block[i] >> 7
	}
	out[len(out)-1] ^= 0x87 * carry
	return out
}

// Pad fills up with 80 00… (ISO 9797-1 padding method 2).
func Pad(b []byte, size int) []byte {
	out := append(append([]byte(nil), b...), 0x80)
	for len(out)%size != 0 {
		out = append(out, 0)
	}
	return out
}

// Unpad takes the padding off again.
func Unpad(b []byte, size int) ([]byte, error) {
	for i := len(b) - 1; i >= 0 && i >= len(b)-size; i-- {
		switch b[i] {
		case 0x80:
			return b[:i:i], nil
		case 0:
			continue
		}
		break
	}
	return nil, fmt.Errorf("%w: padding", ErrProtection)
}
