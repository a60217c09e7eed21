// Package idpdb is all the SQL of the identity provider: identities, their
// credentials, throttles, sent codes and the register of accesses, a file per
// noun. It implements the stores that identity, credential, samlsso and account
// declare; app alone imports it.
//
// Sessions, audit lines, consumed marks and queued messages are shared tables:
// their SQL is in db/shareddb and runs inside the transactions made here.
package idpdb

import (
	"crypto/ed25519"
	"embed"
	"io/fs"
	"sync"

	"atrio/base/seal"
	"atrio/db"
	"atrio/db/ledgerkey"
)

//go:embed migration
var migrations embed.FS

// Module is the schema of the provider.
func Module() db.Module {
	sub, err := fs.Sub(migrations, "migration")
	if err != nil {
		panic(err) // the name is a constant of this file
	}
	return db.Module{Name: "idp", FS: sub}
}

// Store is the provider's side of one database.
type Store struct {
	DB *db.DB
	// Keyring protects who holds an identity, what applicants say, keys and the register of
	// accesses.
	Keyring *seal.Keyring
	// Signer signs the audit log: no step of a request is stored before what was signed. nil:
	// nobody is asked.
	Signer ed25519.PublicKey

	once sync.Once
	keys *ledgerkey.Keys

	identityOnce, vaultOnce sync.Once
	identityKey             *seal.RowKey
	kept                    *seal.Keyring
}

// ledgerKeys are the data keys of the register of accesses.
func (s *Store) ledgerKeys() *ledgerkey.Keys {
	s.once.Do(func() { s.keys = ledgerkey.New(s.DB, s.Keyring) })
	return s.keys
}

// vault seals what is stored for years. The sealing keys rotate and old ones go,
// so its key comes from the MAC key, which stays.
func (s *Store) vault() *seal.Keyring {
	s.vaultOnce.Do(func() {
		s.kept = seal.NewKeyring(s.Keyring.Role(), seal.Key{ID: "vault", Secret: [32]byte(s.Keyring.MAC("idp.vault"))})
	})
	return s.kept
}
