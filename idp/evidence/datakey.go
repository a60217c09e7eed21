package evidence

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strconv"
	"time"

	"atrio/base/fault"
	"atrio/base/keys/archivekey"
	"atrio/base/seal"
)

// dataKey is the key of one item, or of one recording.
type dataKey [32]byte

func newDataKey() (k dataKey) {
	rand.Read(k[:])
	return k
}

// use of row keys; it is part of what they bind.
const use = "idp evidence"

// row is the cipher of an item.
func (k dataKey) row(id string) *seal.RowKey { return seal.NewRowKey(use, id, k) }

// segment is the key of one segment of a recording.
func (k dataKey) segment(number int) dataKey {
	return k.derive("atrio evidence segment v1 " + strconv.Itoa(number))
}

// digest commits to a content. The key that it needs is sealed with the item: nobody
// else can compare it with a content that they guess.
func (k dataKey) digest(content []byte) (sum [sha256.Size]byte) {
	key := k.derive("atrio evidence digest v1")
	h := hmac.New(sha256.New, key[:])
	h.Write(content)
	h.Sum(sum[:0])
	return sum
}

func (k dataKey) derive(what string) dataKey {
	out, err := hkdf.Expand(sha256.New, k[:], what, len(k)) // RFC 5869 2.3
	if err != nil {
		panic(err) // only an output longer than 255 hashes fails
	}
	return dataKey(out)
}

// never is an expiry that is not reached: a wrap ends when it is deleted.
var never = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// working is the keyring of the wraps that operators use.
func (v *Vault) working() *seal.Keyring {
	return seal.NewKeyring(v.Ring.Role(), seal.Key{ID: "evidence", Secret: [32]byte(v.Ring.MAC("evidence.vault"))})
}

func purpose(owner string) string { return "evidence.key " + owner }

// wrap makes both wraps of a key; owner is the item or the recording.
func (v *Vault) wrap(owner string, key dataKey) (w Wraps, err error) {
	if w.Working, err = v.working().Seal(purpose(owner), never, key[:]); err != nil {
		return Wraps{}, err
	}
	if w.Archive, err = v.Offline.Wrap(key); err != nil {
		return Wraps{}, err
	}
	w.ArchiveID = v.Offline.ID()
	return w, nil
}

// ErrArchiveKey says that a private key is missing, or it is that of another archive.
var ErrArchiveKey = fault.New(fault.Denied, "idp.evidence.key").For("evidence_archive_key")

// unwrap opens a key with the private keys of the archive, or without them with the
// role's.
func (v *Vault) unwrap(owner string, w Wraps, archive *archivekey.Identities) (dataKey, error) {
	if archive != nil {
		key, err := archive.Open(w.Archive)
		switch {
		case errors.Is(err, archivekey.ErrOtherKey):
			return dataKey{}, ErrArchiveKey.Because(err)
		case err != nil:
			return dataKey{}, ErrDamaged.Because(err)
		}
		return key, nil
	}
	if w.Working == "" {
		return dataKey{}, ErrArchived
	}
	key, err := v.working().Open(purpose(owner), time.Time{}, w.Working)
	if err != nil {
		return dataKey{}, ErrDamaged.Because(err)
	}
	if len(key) != len(dataKey{}) {
		return dataKey{}, ErrDamaged.Because(errors.New("evidence: a key of another length"))
	}
	return dataKey(key), nil
}

// bound are the columns that an item's content belongs to: none of them can be changed,
// and no content put in the place of another.
func bound(i Item) []string {
	return []string{i.ID, i.Request, string(i.Kind), i.MediaType, i.Author, strconv.FormatInt(i.At.UnixMicro(), 10), strconv.FormatInt(i.Size, 10)}
}

func reasonOf(err error) string { return fault.From(err).AuditReason() }
