package entrydb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/sessiondb"
	"atrio/people/person"
)

// Declares tells whether an account that may be entered declared a codice fiscale which
// it has not proved; with an id, whether that one did. // G3.8
func (s *Store) Declares(ctx context.Context, code person.FiscalCode, accountID string) (bool, error) {
	list, err := declarers(ctx, s.DB.Read(), code, accountID)
	return len(list) > 0, err
}

// declarers are the active accounts that declared the code and proved none, and those of
// which a register said it. One that proved another is its holder's, whatever was typed
// once.
func declarers(ctx context.Context, q db.Queryer, code person.FiscalCode, accountID string) ([]string, error) {
	if code == "" {
		return nil, nil
	}
	// Each half has an index of its own.
	return accountdb.Texts(ctx, q, `SELECT a.id FROM account a WHERE a.state = 'active' AND a.fiscal_code IS NULL AND ($2 = '' OR a.id = $2) AND a.id IN (
		SELECT t.account_id FROM attribute t WHERE t.name = 'fiscal_code' AND t.source = 'declared' AND t.value = $1
		UNION SELECT t.account_id FROM attribute t WHERE t.name = 'fiscal_code' AND t.source = 'register' AND t.value = $1) ORDER BY a.id`, string(code), accountID)
}

// holdDeclarers locks them until the end of the transaction, in the order in which
// displace does.
func holdDeclarers(ctx context.Context, tx *db.Tx, code person.FiscalCode) error {
	ids, err := declarers(ctx, tx, code, "")
	for _, id := range ids {
		if _, err := tx.ExecContext(ctx, `UPDATE account SET state = state WHERE id = $1`, id); err != nil {
			return fmt.Errorf("entrydb: hold account: %w", err)
		}
	}
	return err
}

// voided are the tables whose rows open an account: they go when it is frozen, since who
// set them is not who the account says. A test holds this list to the schema. // G3.8
var voided = []string{"credential", "credential_former", "factor", "factor_code", "factor_suspension", "factor_reset", "recovery_code", "desk_code", "mailbox_change"}

// displace freezes the other accounts that declared what an account proves in this
// transaction: whoever registers first with somebody's codice fiscale must not stay behind
// that person's back. Password, sessions and grants are void, both contacts are told, the
// help desk decides. // G3.8
//
// It comes before the codice fiscale is written: who proves another of these accounts at
// this moment locks the account first too, and in the same order.
func displace(ctx context.Context, tx *db.Tx, by account.Account, v account.Visit) error {
	ids, err := declarers(ctx, tx, by.FiscalCode, "")
	if err != nil {
		return err
	}
	told := false
	for _, id := range ids {
		if id == by.ID {
			continue
		}
		frozen, err := freeze(ctx, tx, id, by.ID, v)
		if err != nil {
			return err
		}
		told = told || frozen
	}
	if !told || v.Displacing == nil {
		return nil
	}
	return shareddb.QueueMessage(ctx, tx, v.Displacing(by), v.Now)
}

// freeze freezes one account, unless it was proved, frozen or closed a moment ago. The
// state comes first, then what opens the account, then its sessions: who is entering at
// this moment holds one of these rows, and is found or turned away.
func freeze(ctx context.Context, tx *db.Tx, id, by string, v account.Visit) (did bool, err error) {
	res, err := tx.ExecContext(ctx, `UPDATE account SET state = 'frozen' WHERE id = $1 AND state = 'active' AND fiscal_code IS NULL`, id)
	if err != nil {
		return false, fmt.Errorf("entrydb: freeze account: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	for _, table := range voided {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE account_id = $1`, id); err != nil {
			return false, fmt.Errorf("entrydb: void %s: %w", table, err)
		}
	}
	// Where the other person is, and how they came, is not for this account's history.
	ev := v.Event
	ev.Actor, ev.Address, ev.Detail = "", "", map[string]string{"why": "fiscal_code_proved_by_another"}
	if err := endAll(ctx, tx, id, "frozen", ev); err != nil {
		return false, err
	}
	task := account.Task{Kind: account.TaskMerge, Detail: by, Due: v.Now.AddDate(0, 0, accountdb.MergeDays)}
	if err := accountdb.InsertTask(ctx, tx, id, task, v.Now); err != nil {
		return false, err
	}
	if err := accountdb.WriteEvent(ctx, tx, ev, audit.AccountFrozen, id); err != nil {
		return false, err
	}
	a, _, err := accountdb.One(ctx, tx, `FROM account a WHERE a.id = $1`, id)
	if err != nil || v.Displaced == nil || a.Email == "" {
		return true, err
	}
	return true, shareddb.QueueMessage(ctx, tx, v.Displaced(a), v.Now)
}

// errSessions: sessions of an account go on changing while they are ended.
var errSessions = fault.New(fault.Unavailable, "error.unavailable").For("sessions_change")

// endAll ends every session of an account, those too that took another's place while it
// was being ended.
func endAll(ctx context.Context, tx *db.Tx, accountID, how string, ev audit.Event) error {
	for range accountdb.MaxRaces {
		if _, err := sessiondb.EndOthers(ctx, tx, accountID, "", how, ev); err != nil {
			return err
		}
		left, err := accountdb.Texts(ctx, tx, `SELECT handle FROM session WHERE subject = $1`, accountID)
		if err != nil || len(left) == 0 {
			return err
		}
	}
	return errSessions
}
