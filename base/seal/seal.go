package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"time"

	"atrio/base/fault"

	"golang.org/x/crypto/chacha20poly1305"
)

const version = 1

// fixed is the length of everything but key id and plaintext.
const fixed = 2 + 8 + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// MaxSealed is the length of the longest sealed value that Open looks at.
const MaxSealed = ((fixed+MaxKeyID+MaxPlaintext)*8 + 5) / 6

// encoding has one form only for each value: trailing bits must be zero.
var encoding = base64.RawURLEncoding.Strict()

// The two ways in which a sealed value is refused.
var (
	// ErrExpired: made by us for this purpose, but its time is over.
	ErrExpired = fault.New(fault.Gone, "error.sealed.expired").For("sealed_expired")
	// ErrBroken: everything else. The cause, for the log, says more.
	ErrBroken = fault.New(fault.Invalid, "error.sealed.broken").For("sealed_broken")
)

// Seal encrypts plaintext for one purpose ("spiddoor.pending") until expires. It
// fails with an Internal fault on programming errors only: no purpose, no expiry,
// more than MaxPlaintext bytes.
func (k *Keyring) Seal(purpose string, expires time.Time, plaintext []byte) (string, error) {
	if purpose == "" || expires.IsZero() || len(plaintext) > MaxPlaintext {
		return "", fault.New(fault.Internal, "error.internal").
			Because(errors.New("seal: a value needs a purpose, an expiry and at most 32 KiB"))
	}
	out := make([]byte, 0, fixed+len(k.sealing)+len(plaintext))
	out = append(out, version, byte(len(k.sealing)))
	out = append(out, k.sealing...)
	out = binary.BigEndian.AppendUint64(out, uint64(expires.UnixMicro()))
	var nonce [chacha20poly1305.NonceSizeX]byte
	rand.Read(nonce[:])
	out = append(out, nonce[:]...)
	out = k.ciphers[k.sealing].Seal(out, nonce[:], plaintext, k.associated(purpose, k.sealing, expires.UnixMicro()))
	return encoding.EncodeToString(out), nil
}

// Open returns what was sealed for purpose. The errors are ErrExpired, from the
// instant of the expiry on, and ErrBroken.
func (k *Keyring) Open(purpose string, now time.Time, sealed string) ([]byte, error) {
	if len(sealed) > MaxSealed {
		return nil, ErrBroken.Because(errors.New("seal: too long"))
	}
	// The decoder would skip line breaks.
	if strings.ContainsAny(sealed, "\r\n") {
		return nil, ErrBroken.Because(errors.New("seal: line break"))
	}
	raw, err := encoding.DecodeString(sealed)
	if err != nil {
		return nil, ErrBroken.Because(err)
	}
	v, err := parse(raw)
	if err != nil {
		return nil, ErrBroken.Because(err)
	}
	aead, known := k.ciphers[v.keyID]
	if !known {
		return nil, ErrBroken.Because(errors.New("seal: unknown key id"))
	}
	plaintext, err := aead.Open(nil, v.nonce, v.ciphertext, k.associated(purpose, v.keyID, v.expires))
	if err != nil {
		return nil, ErrBroken.Because(err)
	}
	if !now.Before(time.UnixMicro(v.expires)) { // only now is the expiry authentic
		return nil, ErrExpired
	}
	return plaintext, nil
}

type value struct {
	keyID             string
	expires           int64
	nonce, ciphertext []byte
}

func parse(raw []byte) (value, error) {
	if len(raw) < fixed+1 || raw[0] != version {
		return value{}, errors.New("seal: truncated or of another version")
	}
	n := int(raw[1])
	if n == 0 || n > MaxKeyID || len(raw) < fixed+n {
		return value{}, errors.New("seal: bad key id")
	}
	rest := raw[2+n:]
	return value{
		keyID:      string(raw[2 : 2+n]),
		expires:    int64(binary.BigEndian.Uint64(rest)),
		nonce:      rest[8 : 8+chacha20poly1305.NonceSizeX],
		ciphertext: rest[8+chacha20poly1305.NonceSizeX:],
	}, nil
}

// associated binds a ciphertext to its use; lengths make the parts unambiguous.
func (k *Keyring) associated(purpose, keyID string, expires int64) []byte {
	var b bytes.Buffer
	writeParts(&b, "atrio seal v1", k.role, purpose, keyID)
	return binary.BigEndian.AppendUint64(b.Bytes(), uint64(expires))
}
