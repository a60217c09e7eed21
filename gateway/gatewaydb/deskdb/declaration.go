package deskdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/declaration"
	"atrio/gateway/gatewaydb/accessdb"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/helpdesk"
	desk "atrio/gateway/helpdesk/declarations"
)

// stateOf are the conditions of the states; $1 is now, $2 a year ago.
var stateOf = map[desk.State]string{
	desk.Unreviewed: `d.withdrawn_at = 0 AND d.until_at > $1 AND d.reviewed_at = 0 AND d.until_at > $2`,
	desk.Reviewed:   `d.withdrawn_at = 0 AND d.until_at > $1 AND d.reviewed_at > 0 AND d.until_at > $2`,
	desk.Ended:      `d.withdrawn_at = 0 AND d.until_at <= $1 AND d.until_at > $2`,
	desk.Withdrawn:  `d.withdrawn_at > 0 AND d.withdrawn_at <= $1 AND d.withdrawn_at > $2`,
}

// lastOne is the last declaration of an account: renewals are rows of their own.
const lastOne = `d.number = (SELECT max(n.number) FROM declaration n WHERE n.account_id = d.account_id)`

// DeclarationQueue are the last declarations of people in sight, by their end.
func (s *Store) DeclarationQueue(ctx context.Context, st desk.State, sight helpdesk.Sight, now time.Time) ([]desk.Row, error) {
	sees, args := inSight("d.account_id", sight, db.Micros(now), db.Micros(now.Add(-declaration.Memory)))
	args = append(args, mostTasks)
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT a.code, d.number, d.made_by, d.made_at, d.until_at, d.withdrawn_at
		FROM declaration d JOIN account a ON a.id = d.account_id
		WHERE a.state = 'active' AND `+lastOne+` AND `+stateOf[st]+` AND `+sees+fmt.Sprintf(` ORDER BY d.until_at, d.id LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("deskdb: declarations at the desk: %w", err)
	}
	defer rows.Close()
	var list []desk.Row
	for rows.Next() {
		var r desk.Row
		var made, until, withdrawn int64
		if err := rows.Scan(&r.Code, &r.Number, &r.By, &made, &until, &withdrawn); err != nil {
			return nil, fmt.Errorf("deskdb: declarations at the desk: %w", err)
		}
		r.Made, r.Until, r.Withdrawn = db.FromMicros(made), db.FromMicros(until), db.FromMicros(withdrawn)
		list = append(list, r)
	}
	return list, rows.Err()
}

// DeclarationsByReason are the figures in the order of the reasons.
func (s *Store) DeclarationsByReason(ctx context.Context, since, now time.Time) ([]desk.Figures, error) {
	all, err := s.Access.DeclarationFigures(ctx, since, now)
	var list []desk.Figures
	for _, reason := range declaration.Reasons() {
		f := all[reason]
		list = append(list, desk.Figures{Reason: reason, Made: f.Made, Valid: f.Valid, Withdrawn: f.Withdrawn})
	}
	return list, err
}

// DeclarationReviewed tells whether the last one of an account was found right.
func (s *Store) DeclarationReviewed(ctx context.Context, accountID string) (bool, error) {
	var n int
	err := s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM declaration d WHERE d.account_id = $1 AND d.reviewed_at > 0 AND d.withdrawn_at = 0 AND `+lastOne, accountID).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("deskdb: review: %w", err)
	}
	return n > 0, nil
}

// AcceptDeclaration notes that the desk found the declaration that holds right, once.
func (s *Store) AcceptDeclaration(ctx context.Context, c account.Change) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := accountdb.Open(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE declaration SET reviewed_at = $1 WHERE account_id = $2 AND until_at > $1 AND withdrawn_at = 0 AND reviewed_at = 0
			AND number = (SELECT max(number) FROM declaration WHERE account_id = $2)`, db.Micros(c.Now), c.AccountID)
		if err != nil {
			return fmt.Errorf("deskdb: accept declaration: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, accessdb.ErrNoDeclaration)
		}
		return accountdb.Tell(ctx, tx, c, a, c.Event, audit.DeskDone)
	})
}
