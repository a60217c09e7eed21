// Package archivekey wraps data keys for an archive whose private keys are not on the
// machine: what is wrapped here opens only with what is kept in a safe. It owns the form
// of wrapped keys. // decision 0035
//
// The keys are those of age (c2sp.org/age): "age1pq…" resists quantum computers too,
// which counts for what is kept for 20 years; "age1…" is X25519 alone.
//
// With several recipients all of their private keys are needed: the data key is cut
// into as many shares, of which any lesser number says nothing. So two persons who each
// keep one private key open the archive only together.
package archivekey

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
)

// MaxShares bounds how many private keys may be needed at once.
const MaxShares = 3

// maxWrapped bounds what Open looks at: three shares of the longer kind have 6 KB.
const maxWrapped = 16 << 10

// Recipients are the public keys of an archive.
type Recipients struct {
	id   string
	list []age.Recipient
}

// Parse reads one to MaxShares public keys as age-keygen writes them.
func Parse(keys []string) (*Recipients, error) {
	if len(keys) == 0 || len(keys) > MaxShares {
		return nil, fmt.Errorf("archivekey: an archive needs from one to %d public keys; age-keygen -pq makes a pair", MaxShares)
	}
	r := &Recipients{}
	h := sha256.New()
	known := map[string]bool{}
	for _, key := range keys {
		recipient, text, err := parseOne(key)
		if err != nil {
			return nil, err
		}
		if known[text] { // one person would open the archive alone
			return nil, errors.New("archivekey: a public key stands there twice")
		}
		known[text] = true
		r.list = append(r.list, recipient)
		io.WriteString(h, text+"\n") // a hash does not fail
	}
	r.id = hex.EncodeToString(h.Sum(nil)[:8])
	return r, nil
}

func parseOne(key string) (age.Recipient, string, error) {
	if strings.HasPrefix(key, "AGE-SECRET-KEY-") { // the message must not repeat it
		return nil, "", errors.New("archivekey: this is a private key: it belongs into a safe, not into the configuration; take another pair")
	}
	if r, err := age.ParseHybridRecipient(key); err == nil {
		return r, r.String(), nil
	}
	r, err := age.ParseX25519Recipient(key)
	if err != nil {
		return nil, "", errors.New("archivekey: a public key begins with age1 or age1pq, as age-keygen writes it")
	}
	return r, r.String(), nil
}

// ID names these public keys in rows and lists: which private keys will be needed.
func (r *Recipients) ID() string { return r.id }

// Wrap encrypts a data key for the archive.
func (r *Recipients) Wrap(secret [32]byte) ([]byte, error) {
	last := secret
	var out []byte
	for i, recipient := range r.list {
		share := last
		if i < len(r.list)-1 {
			rand.Read(share[:])
			subtle.XORBytes(last[:], last[:], share[:])
		}
		var b bytes.Buffer
		w, err := age.Encrypt(&b, recipient)
		if err != nil {
			return nil, fmt.Errorf("archivekey: %w", err)
		}
		_, err = w.Write(share[:])
		if err = errors.Join(err, w.Close()); err != nil {
			return nil, fmt.Errorf("archivekey: %w", err)
		}
		out = append(binary.AppendUvarint(out, uint64(b.Len())), b.Bytes()...)
	}
	return out, nil
}

// Identities are private keys, for as long as something is read.
type Identities struct{ list []age.Identity }

// ParseIdentities reads private keys as age-keygen writes them, one a line.
func ParseIdentities(text string) (*Identities, error) {
	list, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil { // the cause may quote the key
		return nil, errors.New("archivekey: the private keys are not understood: one a line, as age-keygen writes them")
	}
	return &Identities{list: list}, nil
}

// The ways in which a wrapped key does not open.
var (
	ErrOtherKey = errors.New("archivekey: a private key is missing, or these are others than it was wrapped for")
	ErrDamaged  = errors.New("archivekey: the wrapped key is damaged")
)

// Open gives the data key.
func (i *Identities) Open(wrapped []byte) (secret [32]byte, err error) {
	if len(wrapped) == 0 || len(wrapped) > maxWrapped {
		return secret, ErrDamaged
	}
	for len(wrapped) > 0 {
		size, n := binary.Uvarint(wrapped)
		if n <= 0 || size > uint64(len(wrapped)-n) {
			return [32]byte{}, ErrDamaged
		}
		share, err := i.share(wrapped[n : n+int(size)])
		if err != nil {
			return [32]byte{}, err
		}
		subtle.XORBytes(secret[:], secret[:], share)
		wrapped = wrapped[n+int(size):]
	}
	return secret, nil
}

func (i *Identities) share(one []byte) ([]byte, error) {
	in, err := age.Decrypt(bytes.NewReader(one), i.list...)
	var mismatch *age.NoIdentityMatchError
	if errors.As(err, &mismatch) {
		return nil, ErrOtherKey
	}
	if err != nil {
		return nil, ErrDamaged
	}
	share, err := io.ReadAll(io.LimitReader(in, maxWrapped))
	if err != nil || len(share) != 32 {
		return nil, ErrDamaged
	}
	return share, nil
}

// maxFile bounds a file with a public key: the longer kind has 2 KB.
const maxFile = 64 << 10

// ReadFiles reads the public keys, one from each file; lines that begin with # are
// remarks, as age-keygen writes them.
func ReadFiles(paths []string) (*Recipients, error) {
	var keys []string
	for _, path := range paths {
		key, err := readFile(path)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return Parse(keys)
}

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("archivekey: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return "", fmt.Errorf("archivekey: %w", err)
	}
	var found []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			found = append(found, line)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("archivekey: %s must hold one public key", path)
	}
	return found[0], nil
}

// Generate makes a pair. It is for demonstrations: the private key of a real archive is
// made where it will stay.
func Generate() (private, public string, err error) {
	i, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", "", fmt.Errorf("archivekey: %w", err)
	}
	return i.String(), i.Recipient().String(), nil
}
