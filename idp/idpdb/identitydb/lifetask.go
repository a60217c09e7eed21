package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/life"
)

var _ life.Tasks = (*Store)(nil)

const (
	identityTaskPurpose = "idp.identity_task."
	identityTaskColumns = `id, identity, kind, author, made_at, sealed`
)

// PutTask stores a task in place of one of its kind.
func (s *Store) PutTask(ctx context.Context, t life.Task, messages []notify.Message, line audit.Event) error {
	sealed, err := s.Seals.Seal(identityTaskPurpose+t.ID, t.Made, t.Data)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE identity_task SET closed_at = $3, closed_by = $4, outcome = 'replaced' WHERE identity = $1 AND kind = $2 AND closed_at = 0`,
			t.Identity, t.Kind, db.Micros(t.Made), t.Author)
		if err != nil {
			return fmt.Errorf("idpdb: task: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO identity_task (id, identity, kind, author, made_at, sealed, closed_at, closed_by, outcome) VALUES ($1, $2, $3, $4, $5, $6, 0, '', '')`,
			t.ID, t.Identity, t.Kind, t.Author, db.Micros(t.Made), sealed)
		if err != nil {
			return fmt.Errorf("idpdb: task: %w", err)
		}
		return noteTask(ctx, tx, t, "", messages, line)
	})
}

func noteTask(ctx context.Context, tx *db.Tx, t life.Task, outcome string, messages []notify.Message, line audit.Event) error {
	for _, m := range messages {
		if err := shareddb.QueueMessage(ctx, tx, m, line.At); err != nil {
			return err
		}
	}
	line.Action, line.Outcome, line.Subject = audit.IdentityTask, audit.OK, t.Identity
	line.Detail = map[string]string{"kind": t.Kind, "outcome": outcome, "act": string(t.Data.Act), "cause": string(t.Data.Cause)}
	return shareddb.AppendAudit(ctx, tx, line)
}

// Task gives one that waits.
func (s *Store) Task(ctx context.Context, id string) (life.Task, error) {
	t, err := s.scanTask(s.DB.Read().QueryRowContext(ctx, `SELECT `+identityTaskColumns+` FROM identity_task WHERE id = $1 AND closed_at = 0`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return t, life.ErrNoTask
	}
	return t, err
}

func (s *Store) scanTask(row interface{ Scan(...any) error }) (t life.Task, err error) {
	var made int64
	var sealed string
	if err := row.Scan(&t.ID, &t.Identity, &t.Kind, &t.Author, &made, &sealed); err != nil {
		return t, fmt.Errorf("idpdb: task: %w", err)
	}
	t.Made = db.FromMicros(made)
	return t, s.Seals.Open(identityTaskPurpose+t.ID, t.Made, sealed, &t.Data)
}

// WaitingTasks lists those that wait: "agree" stands before "document".
func (s *Store) WaitingTasks(ctx context.Context, identity string, limit int) (list []life.Task, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+identityTaskColumns+` FROM identity_task WHERE closed_at = 0 AND ($1 = '' OR identity = $1) ORDER BY kind, made_at, id LIMIT $2`,
		identity, limit)
	if err != nil {
		return nil, fmt.Errorf("idpdb: tasks: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		t, err := s.scanTask(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// RefuseTask closes one.
func (s *Store) RefuseTask(ctx context.Context, id, by string, messages []notify.Message, line audit.Event) error {
	t, err := s.Task(ctx, id)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := closeTask(ctx, tx, id, "refused", by, line.At); err != nil {
			return err
		}
		return noteTask(ctx, tx, t, "refused", messages, line)
	})
}

func closeTask(ctx context.Context, tx *db.Tx, id, outcome, by string, at time.Time) error {
	res, err := tx.ExecContext(ctx, `UPDATE identity_task SET closed_at = $2, closed_by = $3, outcome = $4 WHERE id = $1 AND closed_at = 0`, id, db.Micros(at), by, outcome)
	if err != nil {
		return fmt.Errorf("idpdb: close task: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(life.ErrNoTask, err)
	}
	return nil
}
