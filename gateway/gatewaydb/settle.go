package gatewaydb

import (
	"context"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/people/person"
)

// Settle makes the account of a registration: draft used up, Codice Persona, account,
// declared attributes, acknowledgements, password, tasks, mail and audit in one commit.
// Of two at once, or of one that reviewed an older version, one succeeds; the other gets
// ErrUsed. A declared codice fiscale never stands in account.fiscal_code. // G3.8
func (s *Store) Settle(ctx context.Context, e account.Settled) (a account.Account, err error) {
	err = s.racing(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM draft WHERE id = $1 AND version = $2 AND expires_at > $3`, e.Draft, e.Version, db.Micros(e.Now))
		if err != nil {
			return fmt.Errorf("gatewaydb: use up draft: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return shareddb.ErrUsed
		}
		a, err = makeAccount(ctx, tx, e)
		return err
	})
	return a, err
}

func makeAccount(ctx context.Context, tx *db.Tx, e account.Settled) (account.Account, error) {
	code, err := account.NewCode(e.Digits)
	if err != nil {
		return account.Account{}, err
	}
	a := account.Account{
		ID: account.NewID(), Code: code, State: account.Active, GivenName: e.GivenName, FamilyName: e.FamilyName,
		Email: e.Email, Language: e.Language, CreatedAt: e.Now,
	}
	if err := insertAccount(ctx, tx, a); err != nil {
		return a, err
	}
	for _, said := range e.Attributes {
		if err := setAttribute(ctx, tx, a.ID, said); err != nil {
			return a, err
		}
	}
	for _, d := range e.Acknowledged {
		if err := acknowledge(ctx, tx, a.ID, d, e); err != nil {
			return a, err
		}
	}
	if err := insertCredential(ctx, tx, a.ID, e.Password, e.Now); err != nil {
		return a, err
	}
	if err := joinUnit(ctx, tx, a.ID, e.Unit, unitOfService, e.Now); err != nil {
		return a, err
	}
	for _, t := range e.Tasks {
		if err := insertTask(ctx, tx, a.ID, t, e.Now); err != nil {
			return a, err
		}
	}
	declared, _ := account.Best(e.Attributes, person.FiscalNumber)
	if err := suspectTwin(ctx, tx, a.ID, declared.Value, e.Now); err != nil {
		return a, err
	}
	if err := writeEvent(ctx, tx, e.Event, audit.AccountCreated, a.ID); err != nil {
		return a, err
	}
	return a, shareddb.QueueMessage(ctx, tx, e.Welcome(a), e.Now)
}

func acknowledge(ctx context.Context, q db.Queryer, accountID string, d account.Acknowledged, e account.Settled) error {
	_, err := q.ExecContext(ctx, `INSERT INTO acknowledgement (account_id, document, version, language, at) VALUES ($1, $2, $3, $4, $5)`,
		accountID, d.Document, d.Version, d.Language, db.Micros(e.Now))
	if err != nil {
		return fmt.Errorf("gatewaydb: acknowledgement: %w", err)
	}
	return nil
}

// insertCredential stores the first password of an account.
func insertCredential(ctx context.Context, q db.Queryer, accountID, phc string, now time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO credential (account_id, phc, set_at, set_by) VALUES ($1, $2, $3, 'registration')`, accountID, phc, db.Micros(now))
	if err != nil {
		return fmt.Errorf("gatewaydb: insert credential: %w", err)
	}
	return nil
}

// suspectTwin leaves a task for the help desk when an account has proved the codice
// fiscale that this one declares: one statement whether there is one or not, and the
// person learns nothing. // G3.6
func suspectTwin(ctx context.Context, q db.Queryer, accountID, code string, now time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO account_task (account_id, kind, detail, due_at, reminded, remind_at, done_at, opened_at)
		SELECT $1, $2, a.id, $3, 0, 0, 0, $5 FROM account a WHERE a.fiscal_code = $4
		ON CONFLICT (account_id, kind) DO UPDATE SET detail = excluded.detail, due_at = excluded.due_at, `+openedAnew,
		accountID, string(account.TaskMerge), db.Micros(now.AddDate(0, 0, mergeDays)), code, db.Micros(now))
	if err != nil {
		return fmt.Errorf("gatewaydb: suspect twin: %w", err)
	}
	return nil
}
