package deskdb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/sessiondb"
	"atrio/gateway/helpdesk"
	"atrio/gateway/lostmailbox"
	"atrio/people/person"
)

var _ lostmailbox.Store = (*Store)(nil)

// deskMailbox begins a change of the address to that of a ticket: the clerks type none.
// Every contact hears of it; it waits. // G5.4
func (s *Store) deskMailbox(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	if holder.State != account.Active || a.MailboxAsked == nil {
		return ErrState
	}
	t, err := s.ticket(ctx, tx, a.Other, "")
	if fault.Is(err, fault.Conflict) || err == nil && t.Damaged {
		return ErrState
	}
	if err != nil {
		return err
	}
	c := helpdesk.MailboxChange{
		ID: a.ID, AccountID: holder.ID, Address: t.Address, Ripe: a.Now.Add(helpdesk.MailboxAfter), Ends: a.Now.Add(helpdesk.MailboxAfter + helpdesk.MailboxFor),
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO mailbox_change (account_id, id, address, ripe_at, ends_at, told_at) VALUES ($1, $2, $3, $4, $5, 0)
		ON CONFLICT (account_id) DO UPDATE SET id = excluded.id, address = excluded.address, ripe_at = excluded.ripe_at, ends_at = excluded.ends_at, told_at = 0`,
		c.AccountID, c.ID, c.Address, db.Micros(c.Ripe), db.Micros(c.Ends))
	if err != nil {
		return fmt.Errorf("deskdb: change mailbox: %w", err)
	}
	if err := closeTicket(ctx, tx, t.ID, "changed", a.By, a.Reason, holder.ID, a.Now); err != nil {
		return err
	}
	return s.Second.TellAll(ctx, tx, holder, a.Event, a.MailboxAsked(c))
}

const changeColumns = `SELECT id, account_id, address, ripe_at, ends_at FROM mailbox_change `

func scanChange(row interface{ Scan(...any) error }) (c helpdesk.MailboxChange, err error) {
	var ripe, ends int64
	err = row.Scan(&c.ID, &c.AccountID, &c.Address, &ripe, &ends)
	if errors.Is(err, sql.ErrNoRows) {
		return c, lostmailbox.ErrNoChange
	}
	c.Ripe, c.Ends = db.FromMicros(ripe), db.FromMicros(ends)
	return c, err
}

// MailboxChange finds one that is under way.
func (s *Store) MailboxChange(ctx context.Context, id string, now time.Time) (helpdesk.MailboxChange, error) {
	return scanChange(s.DB.Read().QueryRowContext(ctx, changeColumns+`WHERE id = $1 AND ends_at > $2`, id, db.Micros(now)))
}

// RipeChanges are those whose new mailbox has no link yet.
func (s *Store) RipeChanges(ctx context.Context, now time.Time) ([]helpdesk.MailboxChange, error) {
	rows, err := s.DB.Read().QueryContext(ctx, changeColumns+`WHERE ripe_at <= $1 AND told_at = 0 AND ends_at > $1 ORDER BY ripe_at LIMIT $2`, db.Micros(now), accountdb.PurgeBatch)
	if err != nil {
		return nil, fmt.Errorf("deskdb: list changes: %w", err)
	}
	defer rows.Close()
	var list []helpdesk.MailboxChange
	for rows.Next() {
		c, err := scanChange(rows)
		if err != nil {
			return nil, fmt.Errorf("deskdb: list changes: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// TellChange queues the link for the new mailbox, once on all nodes.
func (s *Store) TellChange(ctx context.Context, c helpdesk.MailboxChange, now time.Time, tell func(account.Account) notify.Message) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE mailbox_change SET told_at = $2 WHERE id = $1 AND told_at = 0`, c.ID, db.Micros(now))
		if err != nil {
			return fmt.Errorf("deskdb: tell change: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err // another node was faster, or it was stopped
		}
		a, err := accountdb.Hold(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		return shareddb.QueueMessage(ctx, tx, tell(a), now)
	})
}

// takeChange removes the row: of stopping and finishing at the same time one succeeds.
func takeChange(ctx context.Context, tx *db.Tx, c helpdesk.MailboxChange) (account.Account, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM mailbox_change WHERE id = $1`, c.ID)
	if err != nil {
		return account.Account{}, fmt.Errorf("deskdb: take change: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return account.Account{}, cmp.Or(err, error(lostmailbox.ErrNoChange))
	}
	return accountdb.Open(ctx, tx, c.AccountID)
}

// StopChange ends a change without any.
func (s *Store) StopChange(ctx context.Context, c helpdesk.MailboxChange, ev audit.Event, tell func(account.Account) notify.Message) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := takeChange(ctx, tx, c)
		if err != nil {
			return err
		}
		return s.Second.Told(ctx, tx, a, ev, audit.MailboxKept, tell)
	})
}

// FinishChange gives the account the address that was confirmed by its link. The one
// before is told; all sessions end.
func (s *Store) FinishChange(ctx context.Context, c helpdesk.MailboxChange, ev audit.Event, tell func(account.Account) notify.Message) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if !c.Ready(ev.At) {
			return lostmailbox.ErrNoChange
		}
		a, err := takeChange(ctx, tx, c)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE account SET email = $1 WHERE id = $2`, c.Address, a.ID); err != nil {
			return fmt.Errorf("deskdb: change address: %w", err)
		}
		said := account.Attribute{Name: person.Email, Value: c.Address, Source: account.Confirmed, At: ev.At}
		if err := accountdb.SetAttribute(ctx, tx, a.ID, said); err != nil {
			return err
		}
		if _, err := sessiondb.EndOthers(ctx, tx, a.ID, "", "mailbox", ev); err != nil {
			return err
		}
		return s.Second.Told(ctx, tx, a, ev, audit.MailboxChanged, tell)
	})
}
