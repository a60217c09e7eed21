package gatewaydb

import (
	"context"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/people/person"
)

// Declares tells whether an account that may be entered declared a codice fiscale which
// it has not proved; with an id, whether that one did. // G3.8
func (s *Store) Declares(ctx context.Context, code person.FiscalCode, accountID string) (bool, error) {
	list, err := declarers(ctx, s.DB.Read(), code, accountID)
	return len(list) > 0, err
}

// declarers are the active accounts that declared the code and proved none.
func declarers(ctx context.Context, q db.Queryer, code person.FiscalCode, accountID string) ([]string, error) {
	if code == "" {
		return nil, nil
	}
	return texts(ctx, q, `SELECT a.id FROM attribute t JOIN account a ON a.id = t.account_id
		WHERE t.name = 'fiscal_code' AND t.source = 'declared' AND t.value = $1 AND a.state = 'active' AND a.fiscal_code IS NULL
		AND ($2 = '' OR a.id = $2) ORDER BY a.id`, string(code), accountID)
}

// mergeDays is how long the help desk has.
const mergeDays = 30

// displacing is what the accounts that only declared a codice fiscale lose it to.
type displacing struct {
	by             account.Account
	event          audit.Event
	now            time.Time
	frozen, prover func(account.Account) notify.Message
}

// displace freezes the other accounts that declared what an account has just proved:
// whoever registers first with somebody's codice fiscale must not stay behind that
// person's back. Password, sessions and grants are void, both contacts are told, the
// help desk decides. // G3.8
func displace(ctx context.Context, tx *db.Tx, d displacing) error {
	ids, err := declarers(ctx, tx, d.by.FiscalCode, "")
	if err != nil {
		return err
	}
	told := false
	for _, id := range ids {
		if id == d.by.ID {
			continue
		}
		if err := freeze(ctx, tx, id, d); err != nil {
			return err
		}
		told = true
	}
	if !told || d.prover == nil {
		return nil
	}
	return shareddb.QueueMessage(ctx, tx, d.prover(d.by), d.now)
}

func freeze(ctx context.Context, tx *db.Tx, id string, d displacing) error {
	a, found, err := oneAccount(ctx, tx, `FROM account a WHERE a.id = $1`, id)
	if err != nil || !found {
		return err
	}
	for _, statement := range []string{
		`UPDATE account SET state = 'frozen' WHERE id = $1`, `DELETE FROM credential WHERE account_id = $1`, `DELETE FROM credential_former WHERE account_id = $1`,
	} {
		if _, err := tx.ExecContext(ctx, statement, id); err != nil {
			return fmt.Errorf("gatewaydb: freeze account: %w", err)
		}
	}
	ev := d.event
	ev.Actor, ev.Address = "", "" // the other person's
	if _, err := endOthers(ctx, tx, id, "", "frozen", ev); err != nil {
		return err
	}
	task := account.Task{Kind: account.TaskMerge, Detail: d.by.ID, Due: d.now.AddDate(0, 0, mergeDays)}
	if err := insertTask(ctx, tx, id, task, d.now); err != nil {
		return err
	}
	ev.Detail = map[string]string{"why": "fiscal_code_proved_by_another"}
	if err := writeEvent(ctx, tx, ev, audit.AccountFrozen, id); err != nil || d.frozen == nil {
		return err
	}
	return shareddb.QueueMessage(ctx, tx, d.frozen(a), d.now)
}

// displacedBy is displace for a visit.
func displacedBy(ctx context.Context, tx *db.Tx, a account.Account, v account.Visit) error {
	return displace(ctx, tx, displacing{by: a, event: v.Event, now: v.Now, frozen: v.Displaced, prover: v.Displacing})
}
