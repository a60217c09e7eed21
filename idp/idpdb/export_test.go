package idpdb

import (
	"context"
	"testing"
	"time"

	"atrio/db"
	"atrio/idp/identity"
)

// SealOldBatch is one commit of SealOld, so that a test can end the job between two.
func (s *Store) SealOldBatch(ctx context.Context) (more bool, err error) { return s.sealOldBatch(ctx) }

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
	sealed, err := s.vault().Seal(totpPurpose+id, at.Add(totpSealed), []byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// TablesForgotten lists the tables whose rows end with a request or an identity, and those
// that end by a rule of their own.
func TablesForgotten() (list []string) {
	for _, parts := range [][]part{partsOfRequest, partsOfHolder, partsOfIdentity} {
		for _, p := range parts {
			list = append(list, p.table)
		}
	}
	// Evidence is the vault's; accesses end after 24 months, codes after minutes; a lease is
	// no person's.
	return append(list, "evidence", "evidence_recording", "evidence_working", "ledger", "access", "sms_code", "job_lease")
}
