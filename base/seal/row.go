package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// RowKey seals rows that are kept for long: messages in a ledger. It is a data key
// of its own, not a generation of the Keyring, so that it can be destroyed alone.
//
// Format: version 1 | nonce 24 | ciphertext. The cipher is XChaCha20-Poly1305 with a
// random nonce; the use, the id of the key and the texts that the row is bound to are
// its associated data. Parts are framed by their lengths before they are sealed.
type RowKey struct {
	id, use string
	aead    cipher.AEAD
}

// NewRowKey makes the key of that id for one use ("gateway ledger").
func NewRowKey(use, id string, secret [32]byte) *RowKey {
	aead, err := chacha20poly1305.NewX(derive(secret, "atrio row v1", use))
	if err != nil {
		panic(err) // the derived key has the right length
	}
	return &RowKey{id: id, use: use, aead: aead}
}

// ID names the key in the row.
func (k *RowKey) ID() string { return k.id }

// rowOverhead is what sealing adds to the framed parts.
const rowOverhead = 1 + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// Seal encrypts parts for the row that the texts bound describe: its id, and the
// columns that stay in clear. None of them can be exchanged afterwards.
func (k *RowKey) Seal(bound []string, parts ...[]byte) []byte {
	size := 0
	for _, p := range parts {
		size += binary.MaxVarintLen32 + len(p)
	}
	out := make([]byte, 1+chacha20poly1305.NonceSizeX, rowOverhead+size)
	out[0] = version
	nonce := out[1:]
	rand.Read(nonce)
	plain := out[len(out):]
	for _, p := range parts {
		plain = append(binary.AppendUvarint(plain, uint64(len(p))), p...)
	}
	return k.aead.Seal(out, nonce, plain, k.associated(bound)) // in place
}

// errRow is the private cause of a row that does not open.
var errRow = errors.New("seal: truncated row, or one of another version")

// Open returns the parts of a row; ErrBroken when anything of it, or of what it is
// bound to, is not as it was sealed.
func (k *RowKey) Open(bound []string, sealed []byte) ([][]byte, error) {
	if len(sealed) < rowOverhead || sealed[0] != version {
		return nil, ErrBroken.Because(errRow)
	}
	nonce := sealed[1 : 1+chacha20poly1305.NonceSizeX]
	plain, err := k.aead.Open(nil, nonce, sealed[1+chacha20poly1305.NonceSizeX:], k.associated(bound))
	if err != nil {
		return nil, ErrBroken.Because(err)
	}
	var parts [][]byte
	for len(plain) > 0 {
		size, n := binary.Uvarint(plain)
		if n <= 0 || size > uint64(len(plain)-n) {
			return nil, ErrBroken.Because(errRow)
		}
		parts = append(parts, plain[n:n+int(size)])
		plain = plain[n+int(size):]
	}
	return parts, nil
}

func (k *RowKey) associated(bound []string) []byte {
	var b bytes.Buffer
	writeParts(&b, "atrio row v1", k.use, k.id)
	writeParts(&b, bound...)
	return b.Bytes()
}
