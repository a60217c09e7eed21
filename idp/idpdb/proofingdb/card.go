package proofingdb

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/proofing/cns"
)

var _ cns.Store = (*Store)(nil)

// cardPurpose names what is sealed; the request is part of it.
const cardPurpose = "idp.card."

// BeginCeremony replaces the ceremony of a request: a code of before is worth nothing.
func (s *Store) BeginCeremony(ctx context.Context, c cns.Ceremony) error {
	return s.DB.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `INSERT INTO card_ceremony (request, holder, version, code, began_at, expires_at, used_at, back, found)
			VALUES ($1, $2, $3, $4, $5, $6, 0, '', '')
			ON CONFLICT (request) DO UPDATE SET holder = excluded.holder, version = excluded.version, code = excluded.code,
				began_at = excluded.began_at, expires_at = excluded.expires_at, used_at = 0, back = '', found = ''`,
			c.Request, c.Holder, c.Version, hex.EncodeToString(c.Code), db.Micros(c.At), db.Micros(c.Until))
		if err != nil {
			return fmt.Errorf("idpdb: ceremony of a card: %w", err)
		}
		return nil
	})
}

// PresentCard uses a code up: the statement locks the row, so that one of many has it. // A24
func (s *Store) PresentCard(ctx context.Context, code []byte, now time.Time) (c cns.Ceremony, err error) {
	c.Code = code
	var began, until int64
	err = s.DB.One(ctx, func(q db.Queryer) error {
		return q.QueryRowContext(ctx, `UPDATE card_ceremony SET used_at = $2 WHERE code = $1 AND used_at = 0 AND expires_at > $2
			RETURNING request, holder, version, began_at, expires_at`, hex.EncodeToString(code), db.Micros(now)).Scan(&c.Request, &c.Holder, &c.Version, &began, &until)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return c, cns.ErrStale
	}
	if err != nil {
		return c, fmt.Errorf("idpdb: card presented: %w", err)
	}
	c.At, c.Until = db.FromMicros(began), db.FromMicros(until)
	return c, nil
}

// KeepFinding keeps what was found for the way back. A ceremony that began anew meanwhile
// gets nothing of this one.
func (s *Store) KeepFinding(ctx context.Context, c cns.Ceremony, f cns.Finding, line audit.Event) error {
	sealed, err := s.Seals.Seal(cardPurpose+c.Request, f.Until, f)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE card_ceremony SET back = $3, found = $4, expires_at = $5 WHERE request = $1 AND code = $2 AND used_at <> 0 AND back = ''`,
			c.Request, hex.EncodeToString(c.Code), hex.EncodeToString(f.Back), sealed, db.Micros(f.Until))
		if err := oneRow(res, err); err != nil {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// Finding gives what was found for a request.
func (s *Store) Finding(ctx context.Context, request string, back []byte, now time.Time) (f cns.Finding, err error) {
	var sealed string
	var until int64
	err = s.DB.Read().QueryRowContext(ctx, `SELECT found, expires_at FROM card_ceremony WHERE request = $1 AND back = $2 AND back <> '' AND expires_at > $3`,
		request, hex.EncodeToString(back), db.Micros(now)).Scan(&sealed, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return f, cns.ErrStale
	}
	if err != nil {
		return f, fmt.Errorf("idpdb: finding of a card: %w", err)
	}
	f.Back, f.Until = back, db.FromMicros(until)
	return f, s.Seals.Open(cardPurpose+request, now, sealed, &f)
}

// TakeFinding ends a ceremony and saves the step that it proves.
func (s *Store) TakeFinding(ctx context.Context, request string, back []byte, step enrolment.Step) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM card_ceremony WHERE request = $1 AND back = $2 AND back <> '' AND expires_at > $3`,
			request, hex.EncodeToString(back), db.Micros(step.Event.At))
		if err := oneRow(res, err); err != nil {
			return err
		}
		return s.Requests.SaveIn(ctx, tx, step)
	})
}

// oneRow says that a ceremony was there.
func oneRow(res sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("idpdb: ceremony of a card: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return cns.ErrStale
}
