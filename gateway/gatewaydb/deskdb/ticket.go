package deskdb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/helpdesk"
	"atrio/gateway/helpdesk/tasks"
)

// TicketsKept is how long a ticket is kept: what it says concerns people.
const TicketsKept = 90 * 24 * time.Hour

// ticketKey seals what people wrote; like that of factors it outlives rotations.
func (s *Store) ticketKey() *seal.RowKey {
	return seal.NewRowKey("gateway ticket", "desk", [32]byte(s.Ring.MAC("gateway.desk.ticket")))
}

// OpenTicket stores a ticket. It looks nothing up.
func (s *Store) OpenTicket(ctx context.Context, t helpdesk.Ticket, once *account.Once, ev audit.Event) error {
	text, err := json.Marshal(t.Said)
	if err != nil {
		return fmt.Errorf("deskdb: ticket: %w", err)
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if once != nil {
			if err := shareddb.ConsumeAll(ctx, tx, shareddb.Use{Kind: once.Kind, ID: once.ID, Expires: once.Until}); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO desk_ticket (id, number, sealed, opened_at, taken_by, done_at, outcome, decided_by, reason, account_id)
			VALUES ($1, $2, $3, $4, '', 0, '', '', '', '')`, t.ID, t.Number, s.ticketKey().Seal([]string{t.ID}, text), db.Micros(t.Opened))
		if err != nil {
			return fmt.Errorf("deskdb: open ticket: %w", err)
		}
		return accountdb.WriteEvent(ctx, tx, ev, audit.TicketOpened, "")
	})
}

const ticketColumns = `SELECT t.id, t.number, t.sealed, t.opened_at, t.taken_by, t.done_at, t.outcome, t.reason,
	coalesce((SELECT code FROM account WHERE id = t.taken_by), '') FROM desk_ticket t `

func (s *Store) tickets(ctx context.Context, q db.Queryer, clerk, where string, args ...any) ([]helpdesk.Ticket, error) {
	rows, err := q.QueryContext(ctx, ticketColumns+where, args...)
	if err != nil {
		return nil, fmt.Errorf("deskdb: tickets: %w", err)
	}
	defer rows.Close()
	var list []helpdesk.Ticket
	for rows.Next() {
		var t helpdesk.Ticket
		var sealed []byte
		var opened, done int64
		if err := rows.Scan(&t.ID, &t.Number, &sealed, &opened, &t.TakenBy, &done, &t.Answer, &t.Reason, &t.Taken); err != nil {
			return nil, fmt.Errorf("deskdb: tickets: %w", err)
		}
		// One that does not open, out of a backup of other keys, must not stop the queue.
		parts, err := s.ticketKey().Open([]string{t.ID}, sealed)
		t.Damaged = err != nil || len(parts) != 1 || json.Unmarshal(parts[0], &t.Said) != nil
		t.Opened, t.Done, t.Mine = db.FromMicros(opened), db.FromMicros(done), t.TakenBy != "" && t.TakenBy == clerk
		list = append(list, t)
	}
	return list, rows.Err()
}

// AllTickets are those that wait, oldest first, or those that were answered, newest first.
func (s *Store) AllTickets(ctx context.Context, done bool, clerk string) ([]helpdesk.Ticket, error) {
	where := `WHERE t.done_at = 0 ORDER BY t.opened_at, t.id LIMIT $1`
	if done {
		where = `WHERE t.done_at > 0 ORDER BY t.done_at DESC, t.id LIMIT $1`
	}
	return s.tickets(ctx, s.DB.Read(), clerk, where, mostTasks)
}

// TicketsOf are the open ones that a clerk has.
func (s *Store) TicketsOf(ctx context.Context, clerk string) ([]helpdesk.Ticket, error) {
	return s.tickets(ctx, s.DB.Read(), clerk, `WHERE t.done_at = 0 AND t.taken_by = $1 ORDER BY t.opened_at, t.id LIMIT $2`, clerk, mostTasks)
}

// Ticket is an open one.
func (s *Store) Ticket(ctx context.Context, id, clerk string) (helpdesk.Ticket, error) {
	return s.ticket(ctx, s.DB.Read(), id, clerk)
}

func (s *Store) ticket(ctx context.Context, q db.Queryer, id, clerk string) (helpdesk.Ticket, error) {
	list, err := s.tickets(ctx, q, clerk, `WHERE t.id = $1 AND t.done_at = 0`, id)
	if err != nil || len(list) != 1 {
		return helpdesk.Ticket{}, cmp.Or(err, error(tasks.ErrGone))
	}
	return list[0], nil
}

// TakeTicket gives a ticket to a clerk, who then reads it: of two at once the first.
func (s *Store) TakeTicket(ctx context.Context, id, clerk string, over bool, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE desk_ticket SET taken_by = $1 WHERE id = $2 AND done_at = 0 AND (taken_by = '' OR taken_by = $1 OR $3 = 1)`, clerk, id, flag(over))
		if err != nil {
			return fmt.Errorf("deskdb: take ticket: %w", err)
		}
		t, err := s.ticket(ctx, tx, id, clerk)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return cmp.Or(err, error(tasks.ErrTaken))
		}
		ev.Actor, ev.Detail = clerk, map[string]string{"kind": "mailbox", "ticket": t.Number}
		return accountdb.WriteEvent(ctx, tx, ev, audit.TaskTaken, "")
	})
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// AnswerTicket closes a ticket of the clerk, with the mail that they wrote, if any.
func (s *Store) AnswerTicket(ctx context.Context, a tasks.TicketAnswer) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		t, err := s.ticket(ctx, tx, a.ID, a.By)
		switch {
		case err != nil:
			return err
		case !t.Mine:
			return tasks.ErrTaken
		}
		if err := closeTicket(ctx, tx, a.ID, string(a.Answer), a.By, a.Reason, "", a.Now); err != nil {
			return err
		}
		ev := a.Event
		ev.Actor, ev.Detail = a.By, map[string]string{"deed": "ticket_" + string(a.Answer), "ticket": t.Number}
		if err := accountdb.WriteEvent(ctx, tx, ev, audit.DeskDone, ""); err != nil || a.Mail == nil || t.Damaged {
			return err // nowhere to write to
		}
		return shareddb.QueueMessage(ctx, tx, a.Mail(t), a.Now)
	})
}

func closeTicket(ctx context.Context, tx *db.Tx, id, outcome, by, reason, accountID string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE desk_ticket SET done_at = $1, outcome = $2, decided_by = $3, reason = $4, account_id = $5 WHERE id = $6 AND done_at = 0`,
		db.Micros(now), outcome, by, reason, accountID, id)
	if err != nil {
		return fmt.Errorf("deskdb: close ticket: %w", err)
	}
	return nil
}
