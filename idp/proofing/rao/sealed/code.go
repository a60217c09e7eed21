package sealed

import (
	"crypto/rand"
	"crypto/sha512"
	"math/big"
	"strings"
)

// half is how many signs each half of an activation code has.
const half = 6

// alphabet of activation codes: what is read for another sign is left out, and punctuation,
// which telephones hide. Twelve of 57 signs are 70 bits. // 1.8
const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// Halves are an activation code: First is handed over at the desk, Second is sent.
type Halves struct{ First, Second string }

// NewHalves draws a code. The one of the public software comes from a generator that can be
// guessed; this one does not.
func NewHalves() Halves {
	draw := func() string {
		var b strings.Builder
		for range half {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(alphabet))))
			if err != nil {
				panic(err) // crypto/rand never fails since Go 1.24
			}
			b.WriteByte(alphabet[n.Int64()])
		}
		return b.String()
	}
	return Halves{draw(), draw()}
}

// ReadHalves reads what somebody typed. Other bodies' codes have signs that ours have not:
// only spaces are left out, and capital letters count.
func ReadHalves(first, second string) (Halves, bool) {
	h := Halves{strings.Join(strings.Fields(first), ""), strings.Join(strings.Fields(second), "")}
	return h, len(h.First) == half && len(h.Second) == half
}

// key opens what is inside a token.
func (h Halves) key() []byte {
	sum := sha512.Sum512([]byte(h.First + h.Second))
	return sum[:]
}
