package proofingdb

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/ratelimit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/backoffice/reports"
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

// errFull rolls back a token that is one too many.
var errFull = errors.New("idpdb: too many tokens")

// NoteSealed counts a sealed token and queues what the person gets, with the line of who
// sealed it; or tells which bound is reached. Nothing of the token is kept. // A16
func (s *Store) NoteSealed(ctx context.Context, made office.Sealed) (over string, wait time.Duration, err error) {
	at := made.Line.At
	// The same order everywhere: two nodes must not wait for each other.
	bounds := slices.SortedFunc(slices.Values(made.Bounds), func(a, b ratelimit.Bucket) int { return strings.Compare(a.Key, b.Key) })
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		over, wait = "", 0
		for _, b := range bounds {
			w, err := shareddb.TakeIn(ctx, tx, b, at)
			if err != nil {
				return err
			}
			if w > wait {
				over, wait = b.Limit.Name, w
			}
		}
		if wait > 0 {
			return errFull
		}
		odd := 0
		if made.Odd {
			odd = 1
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO rao_sealed (day, operator, point, tokens, odd) VALUES ($1, $2, $3, 1, $4)
			ON CONFLICT (day, operator, point) DO UPDATE SET tokens = rao_sealed.tokens + 1, odd = rao_sealed.odd + excluded.odd`,
			db.Micros(at.UTC().Truncate(24*time.Hour)), made.Operator, made.Point, odd)
		if err != nil {
			return fmt.Errorf("idpdb: count token: %w", err)
		}
		for _, m := range made.Messages {
			if err := shareddb.QueueMessage(ctx, tx, m, at); err != nil {
				return err
			}
		}
		return shareddb.AppendAudit(ctx, tx, made.Line)
	})
	if errors.Is(err, errFull) {
		return over, wait, nil
	}
	return "", 0, err
}

// SealedDays is how long the numbers of sealed tokens are kept.
const SealedDays = 400

// Sealings sums up what operators sealed since, by operator and Point.
func (s *Store) Sealings(ctx context.Context, since time.Time) (list []reports.Sealing, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT operator, point, CAST(sum(tokens) AS BIGINT), CAST(max(tokens) AS BIGINT), CAST(sum(odd) AS BIGINT) FROM rao_sealed
		WHERE day > $1 GROUP BY operator, point ORDER BY 3 DESC, operator, point`, db.Micros(since))
	if err != nil {
		return nil, fmt.Errorf("idpdb: sealed tokens: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var one reports.Sealing
		if err := rows.Scan(&one.Operator, &one.Point, &one.Tokens, &one.MostADay, &one.Odd); err != nil {
			return nil, fmt.Errorf("idpdb: sealed tokens: %w", err)
		}
		list = append(list, one)
	}
	return list, rows.Err()
}
