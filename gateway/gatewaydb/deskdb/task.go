package deskdb

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/helpdesk"
	"atrio/gateway/helpdesk/tasks"
	"atrio/people/person"
)

var _ tasks.Store = (*Store)(nil)

const taskColumns = `t.account_id, a.code, t.kind, t.detail, t.due_at, t.done_at, t.opened_at, t.taken_at, t.outcome, t.reason,
	coalesce((SELECT code FROM account WHERE id = t.taken_by), ''), CASE WHEN t.taken_by <> '' AND t.taken_by = $1 THEN 1 ELSE 0 END,
	CASE WHEN t.kind IN ('merge', 'conflict') THEN coalesce((SELECT code FROM account WHERE id = t.detail), '') ELSE '' END
	FROM account_task t JOIN account a ON a.id = t.account_id `

// openTask leaves out what has settled itself: the codice fiscale is proved, the account
// is no more.
const openTask = `t.done_at = 0 AND a.state IN ('active', 'frozen') AND (a.fiscal_code IS NULL OR t.kind NOT IN ('fiscal_code', 'check_fiscal_code'))`

// mostTasks bounds a page of the queue.
const mostTasks = 200

// Tasks are those that wait, oldest first, or those that were decided, newest first.
func (s *Store) Tasks(ctx context.Context, f tasks.Filter, sight helpdesk.Sight) ([]tasks.Task, error) {
	sees, args := inSight("t.account_id", sight, f.Clerk, string(f.Kind), f.Whose)
	which, order := openTask, `t.opened_at, t.account_id, t.kind`
	if f.Done {
		which, order = `t.done_at > 0`, `t.done_at DESC, t.account_id, t.kind`
	}
	args = append(args, mostTasks)
	return s.tasks(ctx, s.DB.Read(), `WHERE `+which+` AND ($2 = '' OR t.kind = $2)
		AND ($3 = '' OR $3 = 'mine' AND t.taken_by = $1 OR $3 = 'free' AND t.taken_by = '') AND `+sees+` ORDER BY `+order+fmt.Sprintf(` LIMIT $%d`, len(args)), args...)
}

// Task is an open one of an account.
func (s *Store) Task(ctx context.Context, accountID string, k account.TaskKind, clerk string) (tasks.Task, error) {
	list, err := s.tasks(ctx, s.DB.Read(), `WHERE t.account_id = $2 AND t.kind = $3 AND `+openTask, clerk, accountID, string(k))
	if err != nil || len(list) != 1 {
		return tasks.Task{}, cmp.Or(err, error(tasks.ErrGone))
	}
	return list[0], nil
}

func (s *Store) tasks(ctx context.Context, q db.Queryer, where string, args ...any) ([]tasks.Task, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+taskColumns+where, args...)
	if err != nil {
		return nil, fmt.Errorf("deskdb: tasks: %w", err)
	}
	defer rows.Close()
	var list []tasks.Task
	for rows.Next() {
		var t tasks.Task
		var due, done, opened, taken int64
		err := rows.Scan(&t.AccountID, &t.Code, &t.Kind, &t.Detail, &due, &done, &opened, &taken, &t.Answer, &t.Reason, &t.TakenBy, &t.Mine, &t.Other)
		if err != nil {
			return nil, fmt.Errorf("deskdb: tasks: %w", err)
		}
		t.Due, t.Done, t.Opened, t.Taken = db.FromMicros(due), db.FromMicros(done), db.FromMicros(opened), db.FromMicros(taken)
		list = append(list, t)
	}
	return list, rows.Err()
}

// TakeTask gives a task to a clerk. Of two at once the first gets it.
func (s *Store) TakeTask(ctx context.Context, t tasks.Taking) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		to := t.By
		if t.To != "" {
			found, err := accountdb.Texts(ctx, tx, `SELECT account_id FROM person_code WHERE code = $1`, string(t.To))
			if err != nil || len(found) != 1 {
				return cmp.Or(err, error(accountdb.ErrNoAccount))
			}
			to = found[0]
		}
		if _, err := accountdb.Hold(ctx, tx, t.AccountID); err != nil {
			return err
		}
		list, err := s.tasks(ctx, tx, `WHERE t.account_id = $2 AND t.kind = $3 AND `+openTask, t.By, t.AccountID, string(t.Kind))
		switch {
		case err != nil || len(list) != 1:
			return cmp.Or(err, error(tasks.ErrGone))
		case list[0].TakenBy != "" && !list[0].Mine && !t.Over:
			return tasks.ErrTaken
		}
		_, err = tx.ExecContext(ctx, `UPDATE account_task SET taken_by = $1, taken_at = $2 WHERE account_id = $3 AND kind = $4`, to, db.Micros(t.Now), t.AccountID, string(t.Kind))
		if err != nil {
			return fmt.Errorf("deskdb: take task: %w", err)
		}
		return taken(ctx, tx, t)
	})
}

// taken writes who has the task, and that its taker looks at the person.
func taken(ctx context.Context, tx *db.Tx, t tasks.Taking) error {
	ev := t.Event
	ev.Actor, ev.Detail = t.By, map[string]string{"kind": string(t.Kind), "to": string(t.To)}
	if err := accountdb.WriteEvent(ctx, tx, ev, audit.TaskTaken, t.AccountID); err != nil || t.To != "" {
		return err
	}
	ev.Detail = map[string]string{"what": "helpdesk", "by": "task", "purpose": string(t.Kind)}
	return accountdb.WriteEvent(ctx, tx, ev, audit.DataRead, t.AccountID)
}

// DecideTask does what the clerk who has the task decided.
func (s *Store) DecideTask(ctx context.Context, d tasks.Decision) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		holder, err := accountdb.Hold(ctx, tx, d.AccountID)
		if err != nil {
			return err
		}
		list, err := s.tasks(ctx, tx, `WHERE t.account_id = $2 AND t.kind = $3 AND `+openTask, d.By, d.AccountID, string(d.Kind))
		switch {
		case err != nil || len(list) != 1:
			return cmp.Or(err, error(tasks.ErrGone))
		case !list[0].Mine:
			return tasks.ErrTaken
		}
		if err := answer(ctx, tx, d, list[0]); err != nil {
			return err
		}
		ev := d.Event
		ev.Actor, ev.Detail = d.By, map[string]string{"deed": tasks.Deed(d.Kind, d.Answer)}
		if err := accountdb.WriteEvent(ctx, tx, ev, audit.DeskDone, holder.ID); err != nil || d.Tell == nil || holder.Email == "" {
			return err
		}
		return shareddb.QueueMessage(ctx, tx, d.Tell(holder), d.Now)
	})
}

// answer changes what the decision says.
func answer(ctx context.Context, tx *db.Tx, d tasks.Decision, t tasks.Task) error {
	later := d.Now.Add(tasks.More)
	switch d.Answer {
	case tasks.Accept:
		if err := checked(ctx, tx, d); err != nil {
			return err
		}
		return closeTask(ctx, tx, d)
	case tasks.Refuse, tasks.Apart:
		if err := undeclare(ctx, tx, d.AccountID); err != nil {
			return err
		}
		if err := closeTask(ctx, tx, d); err != nil || d.Answer == tasks.Apart {
			return err
		}
		return owes(ctx, tx, d, later)
	case tasks.Again:
		if d.Kind == account.TaskCheck {
			if err := closeTask(ctx, tx, d); err != nil {
				return err
			}
		}
		if d.Kind == account.TaskFiscalCode && t.Due.After(later) {
			later = t.Due
		}
		return owes(ctx, tx, d, later)
	case tasks.Extend:
		if t.Due.After(d.Now) {
			later = t.Due.Add(tasks.More)
		}
		return owes(ctx, tx, d, later)
	case tasks.Waive, tasks.Settle:
		return closeTask(ctx, tx, d)
	}
	return fault.New(fault.Invalid, "error.invalid").For("task_answer")
}

// owes lets the person bring a codice fiscale until a day, with reminders; nobody has the
// task any more.
func owes(ctx context.Context, tx *db.Tx, d tasks.Decision, due time.Time) error {
	if err := accountdb.InsertTask(ctx, tx, d.AccountID, account.Task{Kind: account.TaskFiscalCode, Due: due}, d.Now); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE account_task SET taken_by = '', taken_at = 0, decided_by = $1, reason = $2 WHERE account_id = $3 AND kind = $4`,
		d.By, d.Reason, d.AccountID, string(account.TaskFiscalCode))
	if err != nil {
		return fmt.Errorf("deskdb: owed codice fiscale: %w", err)
	}
	return nil
}

func closeTask(ctx context.Context, tx *db.Tx, d tasks.Decision) error {
	_, err := tx.ExecContext(ctx, `UPDATE account_task SET done_at = $1, remind_at = 0, outcome = $2, decided_by = $3, reason = $4 WHERE account_id = $5 AND kind = $6`,
		db.Micros(d.Now), string(d.Answer), d.By, d.Reason, d.AccountID, string(d.Kind))
	if err != nil {
		return fmt.Errorf("deskdb: close task: %w", err)
	}
	return nil
}

// checked writes that the help desk vouches for the declared codice fiscale. The declared
// one stays: whoever proves it at a door displaces this account all the same. // G3.8
func checked(ctx context.Context, tx *db.Tx, d tasks.Decision) error {
	list, err := accountdb.Attributes(ctx, tx, d.AccountID)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.Name == person.FiscalNumber && a.Source == account.Declared {
			return accountdb.SetAttribute(ctx, tx, d.AccountID, account.Attribute{Name: a.Name, Value: a.Value, Source: account.FromDesk, At: d.Now})
		}
	}
	return tasks.ErrGone
}

// undeclare takes away a codice fiscale that is not the person's.
func undeclare(ctx context.Context, tx *db.Tx, accountID string) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM attribute WHERE account_id = $1 AND name = $2 AND source IN ($3, $4)`,
		accountID, person.FiscalNumber, string(account.Declared), string(account.FromDesk))
	if err != nil {
		return fmt.Errorf("deskdb: undeclare: %w", err)
	}
	return nil
}

// settled ends the tasks about two accounts when they were merged. // G3.8
func settled(ctx context.Context, tx *db.Tx, a helpdesk.Act, accounts ...string) error {
	for _, id := range accounts {
		_, err := tx.ExecContext(ctx, `UPDATE account_task SET done_at = $1, outcome = 'merged', decided_by = $2 WHERE account_id = $3 AND kind IN ($4, $5) AND done_at = 0`,
			db.Micros(a.Now), a.By, id, string(account.TaskMerge), string(account.TaskConflict))
		if err != nil {
			return fmt.Errorf("deskdb: settle task: %w", err)
		}
	}
	return nil
}
