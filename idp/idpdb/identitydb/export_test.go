package identitydb

import (
	"context"
	"testing"
	"time"

	"atrio/db"
	"atrio/idp/identity"
	"atrio/idp/idpdb/credentialdb"
	"atrio/idp/idpdb/rowseal"
)

// Reseal writes who holds an identity anew, as no page does.
func (s *Store) Reseal(ctx context.Context, i *identity.Identity) error {
	r := s.sealIdentity(i)
	return s.DB.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `UPDATE identity SET spid_key = $2, user_key = $3, fiscal_key = $4, phone_key = $5, document_key = $6, sealed = $7 WHERE id = $1`,
			r.id, r.spid, r.user, r.fiscal, r.phone, r.document, r.sealed)
		return err
	})
}

// SealTOTP seals the key of an app of codes as it is stored.
func (s *Store) SealTOTP(t testing.TB, id string, at time.Time) string {
	t.Helper()
	sealed, err := s.Seals.Vault().Seal(credentialdb.TOTPPurpose+id, at.Add(rowseal.Lasting), []byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}
