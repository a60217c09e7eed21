package shareddb

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"atrio/base/notify"
	"atrio/base/seal"
	"atrio/db"
	"atrio/web"
)

// SealRows makes rows about people unreadable without the keys of a role: for whom messages
// are that wait and what they say, what a session knows of its person and from where it was
// opened. Rows from before stay readable. The key is made of the lasting MAC key, so that a
// row outlives the sealing key of its day. // A32, decision 0053
func SealRows(d *db.DB, ring *seal.Keyring) {
	d.SealBy(seal.NewRowKey(ring.Role()+" shared rows", "1", [32]byte(ring.MAC("shared.vault"))))
}

// sealerOf is what seals in a transaction; nil for a database that seals nothing.
func sealerOf(q db.Execer) db.Sealer {
	if d, ok := q.(interface{ Sealer() db.Sealer }); ok {
		return d.Sealer()
	}
	return nil
}

// besideMessage ties a message to what stands beside it in clear. Its number is not known
// before it is stored; recipient and texts are one value, so none gets the texts of another.
func besideMessage(m notify.Message, queued time.Time) []string {
	return []string{"outbox", string(m.Channel), m.Lang, m.Reference, strconv.FormatInt(db.Micros(queued), 10), strconv.FormatInt(db.Micros(m.Expires), 10)}
}

// sealMessage takes out of a message what is sealed.
func sealMessage(s db.Sealer, m notify.Message, queued time.Time) (rest notify.Message, sealed []byte) {
	if s == nil {
		return m, []byte{}
	}
	sealed = s.Seal(besideMessage(m, queued), []byte(m.To), []byte(m.Subject), []byte(m.Text), []byte(m.HTML))
	m.To, m.Subject, m.Text, m.HTML = "", "", "", ""
	return m, sealed
}

// errSealed is the private cause of a row that this role cannot open.
var errSealed = errors.New("shareddb: sealed by other keys, or with other parts")

func openParts(s db.Sealer, bound []string, sealed []byte, want int) ([][]byte, error) {
	if s == nil {
		return nil, seal.ErrBroken.Because(errSealed)
	}
	parts, err := s.Open(bound, sealed)
	if err == nil && len(parts) != want {
		err = seal.ErrBroken.Because(errSealed)
	}
	return parts, err
}

// openMessage puts back what was sealed; one that is in clear stays.
func openMessage(s db.Sealer, m *notify.Queued, sealed []byte) error {
	if len(sealed) == 0 {
		return nil
	}
	parts, err := openParts(s, besideMessage(m.Message, m.QueuedAt), sealed, 4)
	if err != nil {
		return err
	}
	m.Message.To, m.Message.Subject, m.Message.Text, m.Message.HTML = string(parts[0]), string(parts[1]), string(parts[2]), string(parts[3])
	return nil
}

// sealedMark begins the column data of a session that is sealed; JSON begins otherwise.
const sealedMark = "sealed:"

func besideSession(s *web.Session) []string {
	return []string{"session", hex.EncodeToString(s.Hash), s.Handle, s.Subject}
}

// sealSession gives the columns of a session that say something of its person.
func sealSession(sealer db.Sealer, s *web.Session, data []byte) (stored, userAgent, address string) {
	if sealer == nil {
		return string(data), s.UserAgent, s.Address
	}
	sealed := sealer.Seal(besideSession(s), data, []byte(s.UserAgent), []byte(s.Address))
	return sealedMark + base64.RawStdEncoding.EncodeToString(sealed), "", ""
}

// openSession puts back what was sealed, and gives the JSON of the data.
func openSession(sealer db.Sealer, s *web.Session, stored string) (data []byte, err error) {
	text, is := strings.CutPrefix(stored, sealedMark)
	if !is {
		return []byte(stored), nil
	}
	sealed, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, seal.ErrBroken.Because(err)
	}
	parts, err := openParts(sealer, besideSession(s), sealed, 3)
	if err != nil {
		return nil, err
	}
	s.UserAgent, s.Address = string(parts[1]), string(parts[2])
	return parts[0], nil
}
