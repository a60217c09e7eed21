package identitydb

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/authn/secondfactor"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/life"
)

var _ life.Codes = (*Store)(nil)

const identityCodePurpose = "idp.identity_code."

// SendIdentityCode replaces a code and queues its messages, within the caps.
func (s *Store) SendIdentityCode(ctx context.Context, m life.Sending) (time.Duration, error) {
	sealed, err := s.Seals.Seal(identityCodePurpose+m.Identity+"."+m.Purpose, m.At, m.Value)
	if err != nil {
		return 0, err
	}
	return shareddb.Capped{
		At: m.At, Pause: m.Pause, Caps: m.Caps, Take: shareddb.TakeIn,
		Last: func(ctx context.Context, q db.Queryer) (time.Time, error) {
			var at, until int64
			var tries int
			err := q.QueryRowContext(ctx, `SELECT sent_at, expires_at, tries FROM identity_code WHERE identity = $1 AND purpose = $2`, m.Identity, m.Purpose).Scan(&at, &until, &tries)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return time.Time{}, fmt.Errorf("idpdb: code of an identity: %w", err)
			}
			if m.Keep && tries < m.Tries && until > db.Micros(m.At) {
				return m.At, nil // as if it had been sent just now
			}
			return db.FromMicros(at), nil
		},
		Store: func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO identity_code (identity, purpose, digest, tries, sent_at, expires_at, sealed) VALUES ($1, $2, $3, 0, $4, $5, $6)
				ON CONFLICT (identity, purpose) DO UPDATE SET digest = excluded.digest, tries = 0, sent_at = excluded.sent_at, expires_at = excluded.expires_at,
					sealed = excluded.sealed`, m.Identity, m.Purpose, m.Digest, db.Micros(m.At), db.Micros(m.Expires), sealed)
			if err != nil {
				return fmt.Errorf("idpdb: code of an identity: %w", err)
			}
			for _, one := range m.Messages {
				if err := shareddb.QueueMessage(ctx, tx, one, m.At); err != nil {
					return err
				}
			}
			return shareddb.AppendAudit(ctx, tx, m.Audit)
		},
	}.Send(ctx, s.DB)
}

// IdentityCode gives what a code is about.
func (s *Store) IdentityCode(ctx context.Context, id, purpose string, tries int, now time.Time) (value string, err error) {
	var sealed string
	err = s.DB.Read().QueryRowContext(ctx, `SELECT sealed FROM identity_code WHERE identity = $1 AND purpose = $2 AND expires_at > $3 AND tries < $4`, id, purpose, db.Micros(now), tries).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("idpdb: code of an identity: %w", err)
	}
	return value, s.Seals.Open(identityCodePurpose+id+"."+purpose, now, sealed, &value)
}

// TryIdentityCode counts a try and compares. The first statement locks the row: tries at
// the same time are compared one after another. // A01
func (s *Store) TryIdentityCode(ctx context.Context, id, purpose string, digest []byte, tries int, now time.Time) (o secondfactor.Outcome, left int, value string, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		var right []byte
		var tried int
		var sealed string
		o, left, value = secondfactor.Stale, 0, ""
		err := tx.QueryRowContext(ctx, `UPDATE identity_code SET tries = tries + 1 WHERE identity = $1 AND purpose = $2 AND tries < $3 AND expires_at > $4
			RETURNING digest, tries, sealed`, id, purpose, tries, db.Micros(now)).Scan(&right, &tried, &sealed)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return nil
		case err != nil:
			return fmt.Errorf("idpdb: try a code of an identity: %w", err)
		}
		if o, left = secondfactor.Right, tries-tried; !hmac.Equal(right, digest) {
			o = secondfactor.Wrong
			return nil
		}
		return s.Seals.Open(identityCodePurpose+id+"."+purpose, now, sealed, &value)
	})
	return o, left, value, err
}
