package accountdb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
	"atrio/gateway/account"
)

// MergeDays is how long the help desk has.
const MergeDays = 30

// InsertTask stores what is left to do about an account.
func InsertTask(ctx context.Context, q db.Queryer, accountID string, t account.Task, now time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO account_task (account_id, kind, detail, due_at, reminded, remind_at, done_at, opened_at) VALUES ($1, $2, $3, $4, 0, $5, 0, $6)
		ON CONFLICT (account_id, kind) DO UPDATE SET detail = excluded.detail, due_at = excluded.due_at, remind_at = excluded.remind_at, `+openedAnew,
		accountID, string(t.Kind), t.Detail, db.Micros(t.Due), db.Micros(t.Reminder(now)), db.Micros(now))
	if err != nil {
		return fmt.Errorf("accountdb: insert task: %w", err)
	}
	return nil
}

// openedAnew lets a task that was done wait again; one that is open keeps its age and who
// has it.
const openedAnew = `opened_at = CASE WHEN account_task.done_at = 0 THEN account_task.opened_at ELSE excluded.opened_at END,
	taken_by = CASE WHEN account_task.done_at = 0 THEN account_task.taken_by ELSE '' END, outcome = '', decided_by = '', reason = '', done_at = 0`

// SuspectTwin leaves a task for the help desk when an account has proved the codice
// fiscale that this one declares: one statement whether there is one or not, and the
// person learns nothing. // G3.6
func SuspectTwin(ctx context.Context, q db.Queryer, accountID, code string, now time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO account_task (account_id, kind, detail, due_at, reminded, remind_at, done_at, opened_at)
		SELECT $1, $2, a.id, $3, 0, 0, 0, $5 FROM account a WHERE a.fiscal_code = $4
		ON CONFLICT (account_id, kind) DO UPDATE SET detail = excluded.detail, due_at = excluded.due_at, `+openedAnew,
		accountID, string(account.TaskMerge), db.Micros(now.AddDate(0, 0, MergeDays)), code, db.Micros(now))
	if err != nil {
		return fmt.Errorf("accountdb: suspect twin: %w", err)
	}
	return nil
}
