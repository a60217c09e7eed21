package credentialdb

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/cardlogin"
)

// BeginCardLogin replaces the ceremony of a key: a code of before is worth nothing.
func (s *Store) BeginCardLogin(ctx context.Context, c cardlogin.Ceremony) error {
	return s.DB.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `INSERT INTO card_login (flow, identity, page, code, expires_at, used_at, back, ending) VALUES ($1, $2, $3, $4, $5, 0, '', '')
			ON CONFLICT (flow) DO UPDATE SET identity = excluded.identity, page = excluded.page, code = excluded.code, expires_at = excluded.expires_at,
				used_at = 0, back = '', ending = ''`,
			c.Key, c.Identity, c.Page, hex.EncodeToString(c.Code), db.Micros(c.Until))
		if err != nil {
			return fmt.Errorf("idpdb: ceremony of a login: %w", err)
		}
		return nil
	})
}

// PresentCardLogin uses a code up: the statement locks the row, so that one of many has it.
// Who comes late is told where to go back to. // A24
func (s *Store) PresentCardLogin(ctx context.Context, code []byte, now time.Time) (c cardlogin.Ceremony, err error) {
	c.Code = code
	var until int64
	err = s.DB.One(ctx, func(q db.Queryer) error {
		return q.QueryRowContext(ctx, `UPDATE card_login SET used_at = $2 WHERE code = $1 AND used_at = 0 AND expires_at > $2
			RETURNING flow, identity, page, expires_at`, hex.EncodeToString(code), db.Micros(now)).Scan(&c.Key, &c.Identity, &c.Page, &until)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = s.DB.Read().QueryRowContext(ctx, `SELECT page FROM card_login WHERE code = $1`, hex.EncodeToString(code)).Scan(&c.Page)
		if err == nil || errors.Is(err, sql.ErrNoRows) {
			return c, cardlogin.ErrStale
		}
	}
	if err != nil {
		return c, fmt.Errorf("idpdb: card of a login: %w", err)
	}
	c.Until = db.FromMicros(until)
	return c, nil
}

// FoundCard keeps what was found for the way back. A ceremony that began anew meanwhile gets
// nothing of this one.
func (s *Store) FoundCard(ctx context.Context, c cardlogin.Ceremony, f cardlogin.Finding) error {
	return s.DB.One(ctx, func(q db.Queryer) error {
		res, err := q.ExecContext(ctx, `UPDATE card_login SET back = $3, ending = $4, expires_at = $5 WHERE flow = $1 AND code = $2 AND used_at <> 0 AND back = ''`,
			c.Key, hex.EncodeToString(c.Code), hex.EncodeToString(f.Back), f.Ending, db.Micros(f.Until))
		return oneLogin(res, err)
	})
}

// TakeCard ends a ceremony, once, and binds the card where it is for that.
func (s *Store) TakeCard(ctx context.Context, t cardlogin.Taking) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		var ending string
		err := tx.QueryRowContext(ctx, `DELETE FROM card_login WHERE flow = $1 AND identity = $2 AND back = $3 AND back <> '' AND expires_at > $4 RETURNING ending`,
			t.Key, t.Identity, hex.EncodeToString(t.Back), db.Micros(t.Audit.At)).Scan(&ending)
		if errors.Is(err, sql.ErrNoRows) {
			return cardlogin.ErrStale
		}
		if err != nil {
			return fmt.Errorf("idpdb: take a card: %w", err)
		}
		if t.Binds {
			if err := BindCard(ctx, tx, t.Identity, ending, t.Audit.At); err != nil {
				return err
			}
		}
		return shareddb.Tell(ctx, tx, t.Messages, t.Audit)
	})
}

// BindCard makes a card that of an identity, in place of the one before.
func BindCard(ctx context.Context, tx *db.Tx, identity, ending string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO identity_card (identity, bound_at, ending) VALUES ($1, $2, $3)
		ON CONFLICT (identity) DO UPDATE SET bound_at = excluded.bound_at, ending = excluded.ending`, identity, db.Micros(at), ending)
	if err != nil {
		return fmt.Errorf("idpdb: bind a card: %w", err)
	}
	return nil
}

// CardOf is the card of an identity.
func (s *Store) CardOf(ctx context.Context, identity string) (b cardlogin.Bound, err error) {
	var at int64
	err = s.DB.Read().QueryRowContext(ctx, `SELECT bound_at, ending FROM identity_card WHERE identity = $1`, identity).Scan(&at, &b.Ending)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return b, fmt.Errorf("idpdb: card of an identity: %w", err)
	}
	b.At = db.FromMicros(at)
	return b, nil
}

// EndCard forgets it.
func (s *Store) EndCard(ctx context.Context, identity, keep string, messages []notify.Message, ev audit.Event) (ended bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM identity_card WHERE identity = $1`, identity)
		if err != nil {
			return fmt.Errorf("idpdb: end a card: %w", err)
		}
		n, err := res.RowsAffected()
		if ended = n == 1; err != nil || !ended {
			return err
		}
		if err := FactorLost(ctx, tx, identity, keep, ev.At); err != nil {
			return err
		}
		return shareddb.Tell(ctx, tx, messages, ev)
	})
	return ended, err
}

// oneLogin says that a ceremony was there.
func oneLogin(res sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("idpdb: ceremony of a login: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return cardlogin.ErrStale
}
