// Package rowseal is how rows of the provider are sealed and found again: the keys of what is
// kept for years, of who holds an identity, and the MACs by which rows are found. The register
// of accesses has keys of its own, by month.
package rowseal

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"atrio/base/seal"
	"atrio/idp/backoffice/screening"
	"atrio/idp/identity"
)

// Seals are the keys of rows. They are made of the lasting MAC key of the role, so that no
// generation of the sealing key that is forgotten costs a row.
type Seals struct {
	ring *seal.Keyring

	vaultOnce, identityOnce sync.Once
	kept                    *seal.Keyring
	identityKey             *seal.RowKey
}

// New makes them of the keys of the role, nil for a Store that opens nothing.
func New(ring *seal.Keyring) *Seals { return &Seals{ring: ring} }

// Vault seals what is stored for years. The sealing keys rotate and old ones go,
// so its key comes from the MAC key, which stays.
func (s *Seals) Vault() *seal.Keyring {
	s.vaultOnce.Do(func() {
		s.kept = seal.NewKeyring(s.ring.Role(), seal.Key{ID: "vault", Secret: [32]byte(s.ring.MAC("idp.vault"))})
	})
	return s.kept
}

// Lasting is how long a stored value can be opened: in practice for ever, but a
// sealed value needs an end.
const Lasting = 100 * 365 * 24 * time.Hour

// Seal seals what is kept for years, bound to its row.
func (s *Seals) Seal(purpose string, at time.Time, v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("idpdb: seal: %w", err)
	}
	return s.Vault().Seal(purpose, at.Add(Lasting), plain)
}

// Open opens what Seal sealed for the same row.
func (s *Seals) Open(purpose string, at time.Time, sealed string, v any) error {
	plain, err := s.Vault().Open(purpose, at, sealed)
	if err != nil {
		return fmt.Errorf("idpdb: open: %w", err)
	}
	if err := json.Unmarshal(plain, v); err != nil {
		return fmt.Errorf("idpdb: open: %w", err)
	}
	return nil
}

// identityUse names the key of sealed identities; it is made of the lasting MAC key, as the
// vault is, and no generation of the sealing key that is forgotten costs a row.
const identityUse = "idp identity"

// IdentityKey is the key of who holds an identity.
func (s *Seals) IdentityKey() *seal.RowKey {
	s.identityOnce.Do(func() {
		s.identityKey = seal.NewRowKey(identityUse, "1", [32]byte(s.ring.MAC("idp.identity.vault")))
	})
	return s.identityKey
}

// Key is the MAC by which a row is found without saying what it is; "" for nothing.
func (s *Seals) Key(purpose, value string) string {
	if value == "" {
		return ""
	}
	return hex.EncodeToString(s.ring.MAC(purpose, value))
}

// Person is the MAC of a codice fiscale: requests and identities are both found by it.
func (s *Seals) Person(code string) string { return s.Key("idp.person", code) }

// Phone is that of a telephone.
func (s *Seals) Phone(number string) string { return s.Key("idp.phone", number) }

// Document is that of the number of a document.
func (s *Seals) Document(number string) string { return s.Key("idp.document", number) }

// User is that of a User ID, however it is typed.
func (s *Seals) User(userID string) string { return s.Key("idp.user", identity.Login(userID)) }

// SPID is that of a spidCode.
func (s *Seals) SPID(code identity.SPIDCode) string { return s.Key("idp.spid_code", string(code)) }

// Mailbox is the MAC of what mailboxes that one person makes for others have in common.
func (s *Seals) Mailbox(email string) string {
	return s.Key("idp.mailbox", screening.MailboxPattern(email))
}

// Said is the sealed part of an event: of a request, or of the life of an identity.
type Said struct {
	Reason   string   `json:"r,omitempty"`
	Evidence []string `json:"e,omitempty"`
}
