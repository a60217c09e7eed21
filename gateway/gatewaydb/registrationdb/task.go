package registrationdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/fiscalcode"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/people/person"
)

// dueTask is a task whose reminder is due.
type dueTask struct {
	account  account.Account
	task     account.Task
	remindAt int64
}

// remindBatch is how many reminders one run looks at.
const remindBatch = 200

// RemindTasks queues the reminders that are due, each with its next date in one commit,
// so that two nodes send one. Who has proved a codice fiscale meanwhile is done. // G3.3
func (s *Store) RemindTasks(ctx context.Context, now time.Time, write func(account.Account, account.Task) notify.Message) error {
	due, err := s.dueTasks(ctx, now)
	if err != nil {
		return err
	}
	for _, one := range due {
		err := s.DB.Tx(ctx, func(tx *db.Tx) error { return remind(ctx, tx, one, now, write) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) dueTasks(ctx context.Context, now time.Time) ([]dueTask, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT a.id, a.code, a.state, a.given_name, a.family_name, a.email, a.language, a.fiscal_code IS NOT NULL, t.kind, t.due_at, t.remind_at
		FROM account_task t JOIN account a ON a.id = t.account_id WHERE t.remind_at > 0 AND t.remind_at <= $1 ORDER BY t.remind_at LIMIT $2`, db.Micros(now), remindBatch)
	if err != nil {
		return nil, fmt.Errorf("registrationdb: due tasks: %w", err)
	}
	defer rows.Close()
	var list []dueTask
	for rows.Next() {
		var d dueTask
		var code, state, kind string
		var proved bool
		var dueAt int64
		a := &d.account
		if err := rows.Scan(&a.ID, &code, &state, &a.GivenName, &a.FamilyName, &a.Email, &a.Language, &proved, &kind, &dueAt, &d.remindAt); err != nil {
			return nil, fmt.Errorf("registrationdb: due tasks: %w", err)
		}
		a.Code, a.State = account.Code(code), account.State(state)
		d.task = account.Task{Kind: account.TaskKind(kind), Due: db.FromMicros(dueAt)}
		if proved {
			d.task.Done = now
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// remind moves the date on, if nobody did, and queues the mail.
func remind(ctx context.Context, tx *db.Tx, d dueTask, now time.Time, write func(account.Account, account.Task) notify.Message) error {
	next := d.task.Reminder(now)
	res, err := tx.ExecContext(ctx, `UPDATE account_task SET remind_at = $1, reminded = reminded + 1, done_at = $2 WHERE account_id = $3 AND kind = $4 AND remind_at = $5`,
		db.Micros(next), db.Micros(d.task.Done), d.account.ID, string(d.task.Kind), d.remindAt)
	if err != nil {
		return fmt.Errorf("registrationdb: remind: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 || !d.task.Done.IsZero() || d.account.State != account.Active {
		return err
	}
	return shareddb.QueueMessage(ctx, tx, write(d.account, d.task), now)
}

// DeclareFiscalCode stores a codice fiscale that its holder declares. // G3.3, G3.8
func (s *Store) DeclareFiscalCode(ctx context.Context, d fiscalcode.Declaration) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := accountdb.Open(ctx, tx, d.AccountID)
		if err != nil {
			return err
		}
		if a.FiscalCode != "" {
			return fault.New(fault.Conflict, "error.conflict").For("fiscal_code_proved")
		}
		said := account.Attribute{Name: person.FiscalNumber, Value: string(d.Code), Source: account.Declared, At: d.Now}
		if err := accountdb.SetAttribute(ctx, tx, a.ID, said); err != nil {
			return err
		}
		// What was left to do about the code before is over, and what the desk checked was
		// another one; doubts begin anew.
		_, err = tx.ExecContext(ctx, `DELETE FROM attribute WHERE account_id = $1 AND name = $2 AND source = $3`, a.ID, person.FiscalNumber, string(account.FromDesk))
		if err != nil {
			return fmt.Errorf("registrationdb: forget the check: %w", err)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM account_task WHERE account_id = $1 AND kind IN ('fiscal_code', 'check_fiscal_code')`, a.ID)
		if err != nil {
			return fmt.Errorf("registrationdb: end tasks: %w", err)
		}
		if len(d.Doubts) > 0 {
			check := account.Task{Kind: account.TaskCheck, Detail: strings.Join(d.Doubts, " "), Due: d.Now.AddDate(0, 0, accountdb.MergeDays)}
			if err := accountdb.InsertTask(ctx, tx, a.ID, check, d.Now); err != nil {
				return err
			}
		}
		if err := accountdb.SuspectTwin(ctx, tx, a.ID, string(d.Code), d.Now); err != nil {
			return err
		}
		ev := d.Event
		ev.Actor = a.ID
		return accountdb.WriteEvent(ctx, tx, ev, audit.AccountChanged, a.ID)
	})
}
