package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/seal"
	"atrio/db"
	"atrio/db/ledgerkey"
	"atrio/idp/identity"
	"atrio/idp/idpdb/credentialdb"
)

// clearBatch bounds one transaction of SealClear, for who waits for the writer of SQLite or
// for a row meanwhile.
const clearBatch = 100

// InClear counts what an earlier program left in clear.
func (s *Store) InClear(ctx context.Context) (n int, err error) {
	if err = s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM identity_clear`).Scan(&n); err != nil {
		err = fmt.Errorf("idpdb: identities in clear: %w", err)
	}
	return n, err
}

// SealClear seals some identities and tells how many; of two nodes each takes others.
func (s *Store) SealClear(ctx context.Context) (n int, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		list, err := takeClear(ctx, tx)
		if n = len(list); err != nil || n == 0 {
			return err
		}
		err = tx.Together(ctx, func(q db.Execer) error {
			for _, i := range list {
				r := s.sealIdentity(i)
				_, err := q.ExecContext(ctx, `UPDATE identity SET spid_key = $2, user_key = $3, fiscal_key = $4, phone_key = $5, document_key = $6, sealed = $7 WHERE id = $1`,
					r.id, r.spid, r.user, r.fiscal, r.phone, r.document, r.sealed)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("idpdb: seal identities: %w", err)
		}
		return errors.Join(ledgerkey.AskScrub(ctx, tx, "identity_clear"), ledgerkey.AskScrub(ctx, tx, "identity"))
	})
	return n, err
}

// takeClear takes a batch out of the table. On PostgreSQL a second node waits for the rows
// of the first, and takes those after them.
func takeClear(ctx context.Context, tx *db.Tx) (list []*identity.Identity, err error) {
	lock := ""
	if tx.Dialect() == db.Postgres {
		lock = ` FOR UPDATE`
	}
	rows, err := tx.QueryContext(ctx, `DELETE FROM identity_clear WHERE id IN (SELECT id FROM identity_clear ORDER BY id LIMIT $1`+lock+`)
		RETURNING id, spid_code, user_id, given_name, family_name, gender, birth_date, birth_place, birth_county, fiscal_code,
			email, mobile_phone, document_kind, document_number, document_issuer, document_issued_on, document_expires_on,
			domicile_street, domicile_postal_code, domicile_municipality, domicile_province, domicile_nation, digital_address`, clearBatch)
	if err != nil {
		return nil, fmt.Errorf("idpdb: identities in clear: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		w := written{Identity: &identity.Identity{}}
		into := []any{&w.ID}
		for _, text := range w.parts() {
			into = append(into, text)
		}
		if err := rows.Scan(into...); err != nil {
			return nil, fmt.Errorf("idpdb: identities in clear: %w", err)
		}
		h := &w.Holder
		h.BirthDate, h.Document.IssuedOn, h.Document.ExpiresOn = day(w.born), day(w.issued), day(w.over)
		list = append(list, w.Identity)
	}
	return list, rows.Err()
}

// ErrOtherKeys: sealing.keys is not the one of this database.
var ErrOtherKeys = errors.New("idpdb: sealing.keys is not the one by which this database was written: nothing was sealed or written; put the right key directory in place and start again (docs/operations/keys.md)")

// ProveKeys opens something that was sealed before, before anything is written: one of
// some identities, so that a row that was tampered with stops nobody, or the key of an
// authenticator app that waits with identities in clear. Where there is neither, nothing
// was. The keys of the register prove themselves.
func (s *Store) ProveKeys(ctx context.Context, now time.Time) error {
	some, err := s.someIdentities(ctx)
	if err != nil {
		return err
	}
	for _, r := range some {
		if err = s.OpenIdentity(&r, &identity.Identity{}); !errors.Is(err, seal.ErrBroken) {
			return nil
		}
	}
	if len(some) > 0 {
		return errors.Join(ErrOtherKeys, err)
	}
	var id, secret string
	err = s.DB.Read().QueryRowContext(ctx, `SELECT t.identity, t.secret FROM totp t JOIN identity_clear c ON c.id = t.identity ORDER BY t.identity LIMIT 1`).Scan(&id, &secret)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("idpdb: prove keys: %w", err)
	}
	if _, err := s.Seals.Vault().Open(credentialdb.TOTPPurpose+id, now, secret); err != nil {
		return errors.Join(ErrOtherKeys, err)
	}
	return nil
}

// someIdentities are sealed ones.
func (s *Store) someIdentities(ctx context.Context) (list []Row, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+RowColumns+` FROM identity i WHERE i.spid_key <> i.id ORDER BY i.id LIMIT 5`)
	if err != nil {
		return nil, fmt.Errorf("idpdb: prove keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r Row
		if err := rows.Scan(r.Into()...); err != nil {
			return nil, fmt.Errorf("idpdb: prove keys: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
