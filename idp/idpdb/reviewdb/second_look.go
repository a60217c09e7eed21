package reviewdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/backoffice/review"
)

// lookPurpose is what notes of second looks are sealed for.
const lookPurpose = "idp.second_look."

// errLooked: somebody noted a look already.
var errLooked = fault.New(fault.Conflict, "error.review.looked").For("second_look_noted")

// Sample puts approved requests into the sample: those that were picked, and all whose face
// was seen in a file alone. // A13, decision 0054
func (s *Store) Sample(ctx context.Context, since, now time.Time, pick func(request string) bool) error {
	type approval struct{ request, approver string }
	var list []approval
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT e.request, e.author, EXISTS (SELECT 1 FROM face_task t WHERE t.request = e.request AND t.used_at > 0) FROM request_event e
		WHERE e.act = 'approve' AND e.at > $1 AND NOT EXISTS (SELECT 1 FROM second_look l WHERE l.request = e.request) ORDER BY e.at`, db.Micros(since))
	if err != nil {
		return fmt.Errorf("idpdb: sample: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a approval
		var uploaded bool
		if err := rows.Scan(&a.request, &a.approver, &uploaded); err != nil {
			return fmt.Errorf("idpdb: sample: %w", err)
		}
		if uploaded || pick(a.request) {
			list = append(list, a)
		}
	}
	if err := rows.Err(); err != nil || len(list) == 0 {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, a := range list {
			_, err := tx.ExecContext(ctx, `INSERT INTO second_look (request, approver, picked_at, looker, outcome, note, looked_at) VALUES ($1, $2, $3, '', '', '', 0)
				ON CONFLICT (request) DO NOTHING`, a.request, a.approver, db.Micros(now))
			if err != nil {
				return fmt.Errorf("idpdb: sample: %w", err)
			}
		}
		return nil
	})
}

// Unlooked counts what waits for a second look of an operator.
func (s *Store) Unlooked(ctx context.Context, operator string) (n int, err error) {
	c := &conditions{}
	c.and("l.outcome = '' AND l.approver <> %s", operator)
	stranger(c, operator)
	err = s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM second_look l JOIN request r ON r.id = l.request WHERE `+c.String(), c.args...).Scan(&n)
	return n, err
}

// NoteLook stores what came of a second look, and gives the request back.
func (s *Store) NoteLook(ctx context.Context, l review.Look) error {
	note, err := s.Seals.Seal(lookPurpose+l.Request, l.At, l.Note)
	if err != nil {
		return err
	}
	outcome := "wrong"
	if l.Right {
		outcome = "right"
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE second_look SET looker = $2, outcome = $3, note = $4, looked_at = $5 WHERE request = $1 AND outcome = '' AND approver <> $2`,
			l.Request, l.Looker, outcome, note, db.Micros(l.At))
		if err != nil {
			return fmt.Errorf("idpdb: second look: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(errLooked, err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM request_claim WHERE request = $1`, l.Request); err != nil {
			return fmt.Errorf("idpdb: second look: %w", err)
		}
		for _, m := range l.Messages {
			if err := shareddb.QueueMessage(ctx, tx, m, l.At); err != nil {
				return err
			}
		}
		return shareddb.AppendAudit(ctx, tx, l.Event)
	})
}
