package deskdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/helpdesk"
)

const requestColumns = `r.id, r.deed, r.account_id, r.other, r.reason, r.ticket, r.asked_by, r.asked_at, r.due_at, r.state, r.decided_by, r.decided_at, r.proof,
	coalesce((SELECT code FROM account WHERE id = r.account_id), ''), coalesce((SELECT code FROM account WHERE id = r.other), ''), coalesce((SELECT m.other FROM desk_request m WHERE m.id = r.other), '')`

// ErrDecided: the request does not wait any more.
var ErrDecided = fault.New(fault.Conflict, "error.helpdesk.decided").For("request_decided")

// ErrSamePerson: who asked cannot be the second person.
var ErrSamePerson = fault.New(fault.Denied, "error.helpdesk.same_person").For("same_person")

// Ask writes down a deed that waits for a second person or for its time.
func (s *Store) Ask(ctx context.Context, a helpdesk.Act) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		holder, err := accountdb.Hold(ctx, tx, a.AccountID)
		if err != nil {
			return err
		}
		var same int
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM desk_request WHERE account_id = $1 AND deed = $2 AND other = $3 AND state = $4`,
			a.AccountID, string(a.Deed), a.Other, string(helpdesk.Waiting)).Scan(&same)
		if err != nil {
			return fmt.Errorf("deskdb: requests: %w", err)
		}
		if same > 0 {
			return fault.New(fault.Conflict, "error.helpdesk.asked").For("asked_already")
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO desk_request (id, deed, account_id, other, reason, ticket, asked_by, asked_at, due_at, state, decided_by, decided_at, moved, proof)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0, '', $11)`,
			a.ID, string(a.Deed), a.AccountID, a.Other, a.Reason, a.Ticket, a.By, db.Micros(a.Now), db.Micros(a.Due), string(helpdesk.Waiting), a.Proof)
		if err != nil {
			return fmt.Errorf("deskdb: ask: %w", err)
		}
		if begin, ok := beginnings[a.Deed]; ok {
			if err := begin(ctx, s, tx, a, holder); err != nil {
				return err
			}
		}
		return deskLine(ctx, tx, a, holder, audit.DeskAsked)
	})
}

// Requests gives the requests that wait, or those about an account.
func (s *Store) Requests(ctx context.Context, accountID string, sight helpdesk.Sight) ([]helpdesk.Request, error) {
	if accountID == "" {
		sees, args := inSight("r.account_id", sight)
		return requests(ctx, s.DB.Read(), `WHERE r.state = 'waiting' AND `+sees+` ORDER BY r.asked_at, r.id LIMIT 200`, args...)
	}
	sees, args := inSight("r.account_id", sight, accountID)
	return requests(ctx, s.DB.Read(), `WHERE (r.account_id = $1 OR r.other = $1) AND `+sees+` ORDER BY r.asked_at DESC, r.id LIMIT 200`, args...)
}

func requests(ctx context.Context, q db.Queryer, where string, args ...any) ([]helpdesk.Request, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+requestColumns+` FROM desk_request r `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("deskdb: requests: %w", err)
	}
	defer rows.Close()
	var list []helpdesk.Request
	for rows.Next() {
		r, err := scanRequest(rows)
		if err != nil {
			return nil, fmt.Errorf("deskdb: requests: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

func scanRequest(row interface{ Scan(...any) error }) (helpdesk.Request, error) {
	var r helpdesk.Request
	var at, due, decided int64
	err := row.Scan(&r.ID, &r.Deed, &r.AccountID, &r.Other, &r.Reason, &r.Ticket, &r.By, &at, &due, &r.State, &r.DecidedBy, &decided, &r.Proof, &r.Code, &r.OtherCode, &r.Parted)
	r.At, r.Due, r.DecidedAt = db.FromMicros(at), db.FromMicros(due), db.FromMicros(decided)
	return r, err
}

// Decide lets a second person do or refuse what waits. Of two decisions at once one counts.
func (s *Store) Decide(ctx context.Context, d helpdesk.Decision) (r helpdesk.Request, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if r, err = take(ctx, tx, d); err != nil {
			return err
		}
		if r.By == d.By {
			return ErrSamePerson
		}
		return s.settle(ctx, tx, r, d)
	})
	return r, err
}

// take marks a waiting request as decided and gives it.
func take(ctx context.Context, tx *db.Tx, d helpdesk.Decision) (helpdesk.Request, error) {
	state := helpdesk.Refused
	if d.Approve {
		state = helpdesk.Done
	}
	res, err := tx.ExecContext(ctx, `UPDATE desk_request SET state = $1, decided_by = $2, decided_at = $3 WHERE id = $4 AND state = 'waiting'`,
		string(state), d.By, db.Micros(d.Now), d.Request)
	if err != nil {
		return helpdesk.Request{}, fmt.Errorf("deskdb: decide: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return helpdesk.Request{}, cmp.Or(err, error(ErrDecided))
	}
	list, err := requests(ctx, tx, `WHERE r.id = $1`, d.Request)
	if err != nil || len(list) != 1 {
		return helpdesk.Request{}, cmp.Or(err, error(ErrDecided))
	}
	return list[0], nil
}

// settle does what was approved, or writes that it was refused.
func (s *Store) settle(ctx context.Context, tx *db.Tx, r helpdesk.Request, d helpdesk.Decision) error {
	act := helpdesk.Act{ID: r.ID, Deed: r.Deed, AccountID: r.AccountID, Other: r.Other, Ticket: r.Ticket, By: d.By, Now: d.Now, Event: d.Event, MailboxAsked: d.MailboxAsked}
	if d.Tell != nil {
		act.Tell = func(a account.Account) notify.Message { return d.Tell(a, r.Deed) }
	}
	if d.Approve {
		return s.perform(ctx, tx, act)
	}
	holder, err := accountdb.Hold(ctx, tx, r.AccountID)
	if err != nil {
		return err
	}
	act.Tell = nil
	if d.Refused != nil {
		act.Tell = func(a account.Account) notify.Message { return d.Refused(a, r.Deed) }
	}
	if err := giveUp(ctx, tx, r); err != nil {
		return err
	}
	return deskLine(ctx, tx, act, holder, audit.DeskRefused)
}

// DoDue does the requests whose time has come without a second person. One that cannot
// be done any more, because the account changed, is refused. // G5.4
func (s *Store) DoDue(ctx context.Context, now time.Time) error {
	due, err := requests(ctx, s.DB.Read(), `WHERE r.state = 'waiting' AND r.due_at > 0 AND r.due_at <= $1 ORDER BY r.due_at LIMIT 100`, db.Micros(now))
	if err != nil {
		return err
	}
	for _, r := range due {
		err := s.doDue(ctx, r, now, true)
		if fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound) {
			err = s.doDue(ctx, r, now, false)
		}
		if err != nil && !errors.Is(err, ErrDecided) {
			return err
		}
	}
	return nil
}

func (s *Store) doDue(ctx context.Context, r helpdesk.Request, now time.Time, approve bool) error {
	d := helpdesk.Decision{Request: r.ID, Approve: approve, Now: now, Event: audit.Event{At: now, Role: "gateway"}}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := take(ctx, tx, d)
		if err != nil {
			return err
		}
		return s.settle(ctx, tx, r, d)
	})
}
