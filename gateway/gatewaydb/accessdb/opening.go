package accessdb

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
)

// Openings are those of the operator that hold at a time.
func (s *Store) Openings(ctx context.Context, now time.Time) ([]access.Opening, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT from_at, until_at, reason FROM access_opening
		WHERE from_at <= $1 AND until_at > $1 ORDER BY from_at`, db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("accessdb: openings: %w", err)
	}
	defer rows.Close()
	var list []access.Opening
	for rows.Next() {
		var o access.Opening
		var from, until int64
		if err := rows.Scan(&from, &until, &o.Reason); err != nil {
			return nil, fmt.Errorf("accessdb: openings: %w", err)
		}
		o.From, o.Until = db.FromMicros(from), db.FromMicros(until)
		list = append(list, o)
	}
	return list, rows.Err()
}

// OpenAccess frees everybody from the duty for a time, with its audit line. // G2.3
func (s *Store) OpenAccess(ctx context.Context, o access.Opening, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO access_opening (id, from_at, until_at, reason) VALUES ($1, $2, $3, $4)`,
			account.NewID(), db.Micros(o.From), db.Micros(o.Until), o.Reason)
		if err != nil {
			return fmt.Errorf("accessdb: open access: %w", err)
		}
		return accountdb.WriteEvent(ctx, tx, ev, audit.AccessOpened, "")
	})
}

// CloseAccess ends every opening now, and tells how many there were.
func (s *Store) CloseAccess(ctx context.Context, now time.Time, ev audit.Event) (closed int64, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE access_opening SET until_at = $1 WHERE until_at > $1`, db.Micros(now))
		if err != nil {
			return fmt.Errorf("accessdb: close access: %w", err)
		}
		if closed, err = res.RowsAffected(); err != nil || closed == 0 {
			return err
		}
		ev.Detail = accountdb.WithDetail(ev.Detail, "openings", strconv.FormatInt(closed, 10))
		return accountdb.WriteEvent(ctx, tx, ev, audit.AccessClosed, "")
	})
	return closed, err
}
