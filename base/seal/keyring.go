// Package seal keeps state outside the server without trusting its keeper: what
// is sealed into a cookie, a link or a row can neither be read nor changed, nor
// used for another purpose, in another role or after its end.
//
// It owns the format of sealed values and the MACs of stored identifiers. It does
// not own key files (base/keys makes the Keyring), and it gives no protection
// against use of the same value twice: tries, sends and consumed marks are rows
// (DESIGN decision 3).
//
// Format, base64url without padding (RFC 4648 5):
//
//	version 1 | key id length | key id | expiry, µs since 1970, 8 bytes | nonce 24 | ciphertext
//
// The cipher is XChaCha20-Poly1305 with a random nonce; role, purpose, key id and
// expiry are its associated data. The key id is in clear so that the right
// generation opens the value, the expiry so that an authentic but old value can
// be told from a broken one.
package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"

	"golang.org/x/crypto/chacha20poly1305"
)

// Key is one generation of the sealing key.
type Key struct {
	ID     string // 1 to MaxKeyID bytes, not secret
	Secret [32]byte
}

// Limits, in bytes.
const (
	MaxKeyID     = 32
	MaxPlaintext = 32 << 10 // before sealing
)

// Keyring seals with its first key and opens with all of them. It is safe for
// concurrent use.
type Keyring struct {
	role    string
	sealing string // id of the first key
	ciphers map[string]cipher.AEAD
	mac     []byte
}

// NewKeyring makes the keyring of a role ("gateway", "idp", "portal"). The MAC
// key comes from the last, oldest key until WithMACKey gives one that outlives
// the generations. It panics when there is no role, no key, an id that is empty,
// too long or given twice, or an all-zero secret: base/keys never hands such out.
func NewKeyring(role string, keys ...Key) *Keyring {
	if role == "" || len(keys) == 0 {
		panic("seal: a keyring needs a role and a key")
	}
	k := &Keyring{role: role, sealing: keys[0].ID, ciphers: make(map[string]cipher.AEAD, len(keys))}
	for _, key := range keys {
		if _, twice := k.ciphers[key.ID]; twice || key.ID == "" || len(key.ID) > MaxKeyID || key.Secret == [32]byte{} {
			panic("seal: unusable key " + key.ID)
		}
		aead, err := chacha20poly1305.NewX(derive(key.Secret, "atrio seal v1", role))
		if err != nil {
			panic(err) // the derived key has the right length
		}
		k.ciphers[key.ID] = aead
	}
	return k.WithMACKey(keys[len(keys)-1].Secret)
}

// WithMACKey returns the keyring with a MAC key derived from secret, which has to
// stay the same as long as any MAC is stored.
func (k *Keyring) WithMACKey(secret [32]byte) *Keyring {
	c := *k
	c.mac = derive(secret, "atrio mac v1", k.role)
	return &c
}

// Role is the role that the keyring was made for.
func (k *Keyring) Role() string { return k.role }

// derive separates the uses of one secret. RFC 5869 2.3.
func derive(secret [32]byte, use, role string) []byte {
	key, err := hkdf.Key(sha256.New, secret[:], nil, use+"\x00"+role, chacha20poly1305.KeySize)
	if err != nil {
		panic(err) // only an output longer than 255 hashes fails
	}
	return key
}
