package proofingdb

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
	"atrio/idp/enrolment"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/rao/office"
)

var (
	_ rao.Store    = (*Store)(nil)
	_ office.Store = (*Store)(nil)
)

// TokenUsable tells whether a token of a public office was used, or tried too often.
func (s *Store) TokenUsable(ctx context.Context, token []byte) error {
	return tokenState(ctx, s.DB.Read(), token)
}

func tokenState(ctx context.Context, q db.Queryer, token []byte) error {
	var tries int
	var used int64
	err := q.QueryRowContext(ctx, `SELECT tries, used_at FROM rao_token WHERE token = $1`, hex.EncodeToString(token)).Scan(&tries, &used)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("idpdb: token: %w", err)
	case used != 0:
		return rao.ErrUsed
	case tries >= rao.Tries:
		return rao.ErrDead
	}
	return nil
}

// outlives is how long a token is known after its end: the clocks of nodes differ.
const outlives = 24 * time.Hour

// TryToken takes a try: the statement locks the row, so that no two have the same. // A26
func (s *Store) TryToken(ctx context.Context, token []byte, ends time.Time) (left int, err error) {
	var tries int
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO rao_token (token, tries, used_at, expires_at) VALUES ($1, 1, 0, $2)
			ON CONFLICT (token) DO UPDATE SET tries = rao_token.tries + 1 WHERE rao_token.used_at = 0 AND rao_token.tries < $3
			RETURNING tries`, hex.EncodeToString(token), db.Micros(ends.Add(outlives)), rao.Tries).Scan(&tries)
		if errors.Is(err, sql.ErrNoRows) {
			return tokenState(ctx, tx, token)
		}
		if err != nil {
			return fmt.Errorf("idpdb: token: %w", err)
		}
		return nil
	})
	return rao.Tries - tries, err
}

// UseToken uses a token up with the step that it proves: of two requests one has it. // A26
func (s *Store) UseToken(ctx context.Context, token []byte, step enrolment.Step, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE rao_token SET used_at = $2 WHERE token = $1 AND used_at = 0`, hex.EncodeToString(token), db.Micros(step.Event.At))
		if err != nil {
			return fmt.Errorf("idpdb: token: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(rao.ErrUsed, err)
		}
		if err := s.Requests.SaveIn(ctx, tx, step); err != nil {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// NoteSealed queues what a person gets of a sealed token, with the line of who sealed it.
// Nothing of the token is kept.
func (s *Store) NoteSealed(ctx context.Context, messages []notify.Message, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, m := range messages {
			if err := shareddb.QueueMessage(ctx, tx, m, line.At); err != nil {
				return err
			}
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}
