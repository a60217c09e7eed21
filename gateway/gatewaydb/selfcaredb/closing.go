package selfcaredb

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/sessiondb"
)

// Close closes an account for its holder: all sessions end at once, and it opens
// nothing any more. It is erased account.ClosedFor later.
func (s *Store) Close(ctx context.Context, c account.Change) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := accountdb.Open(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE account SET state = $1, closed_at = $2 WHERE id = $3`, string(account.Closed), db.Micros(c.Now), a.ID)
		if err != nil {
			return fmt.Errorf("selfcaredb: close account: %w", err)
		}
		ev := c.Event
		ev.Actor = a.ID
		if _, err := sessiondb.EndOthers(ctx, tx, a.ID, "", "closed", ev); err != nil {
			return err
		}
		return accountdb.Tell(ctx, tx, c, a, ev, audit.AccountClosed)
	})
}

// erased are the tables whose rows about a person go with the account; a test holds
// this list to the schema.
var erased = []string{
	"identity", "attribute", "acknowledgement", "door_session",
	"credential", "credential_former", "stay", "desk_request",
	"factor", "factor_code", "factor_reset", "factor_suspension", "recovery_code", "account_task", "account_unit", "desk_code", "declaration",
	"desk_ticket", "mailbox_change",
	"affiliation", "parental_authorisation",
}

// Erase deletes what closed accounts hold about people once account.ClosedFor is over.
// The Codice Persona stays taken, and so do the lines of the audit log and, for 24
// months, the messages of logins, which the law wants. // G5.5; SPID-RT registro
func (s *Store) Erase(ctx context.Context, now time.Time) error {
	due, err := accountdb.Texts(ctx, s.DB.Read(), `SELECT id FROM account WHERE state = $1 AND closed_at > 0 AND closed_at <= $2 ORDER BY closed_at LIMIT $3`,
		string(account.Closed), db.Micros(now.Add(-account.ClosedFor)), accountdb.PurgeBatch)
	if err != nil {
		return err
	}
	for _, id := range due {
		if err := s.DB.Tx(ctx, func(tx *db.Tx) error { return eraseAll(ctx, tx, id, now) }); err != nil {
			return err
		}
	}
	return nil
}

// eraseAll erases a closed account and those that were merged into it, whose Codici
// Persona are its aliases.
func eraseAll(ctx context.Context, tx *db.Tx, id string, now time.Time) error {
	merged, err := accountdb.Texts(ctx, tx, `SELECT a.id FROM person_code c JOIN account a ON a.code = c.code WHERE c.account_id = $1 AND a.id <> $1`, id)
	if err != nil {
		return err
	}
	if err := erase(ctx, tx, id, account.Closed, now); err != nil {
		return err
	}
	for _, one := range merged {
		if err := erase(ctx, tx, one, account.Merged, now); err != nil {
			return err
		}
	}
	return nil
}

func erase(ctx context.Context, tx *db.Tx, id string, from account.State, now time.Time) error {
	res, err := tx.ExecContext(ctx, `UPDATE account SET state = $1, given_name = '', family_name = '', email = '', fiscal_code = NULL WHERE id = $2 AND state = $3`,
		string(account.Erased), id, string(from))
	if err != nil {
		return fmt.Errorf("selfcaredb: erase account: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err // opened again, or erased by another node
	}
	rows := 0
	for _, table := range erased {
		res, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE account_id = $1`, id)
		if err != nil {
			return fmt.Errorf("selfcaredb: erase %s: %w", table, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		rows += int(n)
	}
	return accountdb.WriteEvent(ctx, tx, audit.Event{At: now, Role: "gateway", Detail: map[string]string{"rows": strconv.Itoa(rows)}}, audit.AccountErased, id)
}
