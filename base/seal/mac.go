package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"io"
)

// MAC is HMAC-SHA-256 over role, purpose and data, for identifiers that have to
// be found again but not read: pairwise subjects, addresses in limits, numbers in
// consumed marks. It does not change when sealing keys rotate. Parts are framed
// by their lengths: ("ab", "c") and ("a", "bc") differ.
func (k *Keyring) MAC(purpose string, data ...string) []byte {
	h := hmac.New(sha256.New, k.mac)
	writeParts(h, k.role, purpose)
	writeParts(h, data...)
	return h.Sum(nil)
}

func writeParts(w io.Writer, parts ...string) {
	var length [4]byte
	for _, p := range parts {
		binary.BigEndian.PutUint32(length[:], uint32(len(p)))
		w.Write(length[:]) // neither a hash nor a buffer fails
		io.WriteString(w, p)
	}
}
