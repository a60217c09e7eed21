package registrationdb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/credentialdb"
	"atrio/people/person"
)

// Settle makes the account of a registration: draft used up, Codice Persona, account,
// declared attributes, acknowledgements, password, tasks, mail and audit in one commit.
// Of two at once, or of one that reviewed an older version, one succeeds; the other gets
// ErrUsed. A declared codice fiscale never stands in account.fiscal_code. // G3.8
func (s *Store) Settle(ctx context.Context, e account.Settled) (a account.Account, err error) {
	err = accountdb.Racing(ctx, s.DB, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM draft WHERE id = $1 AND version = $2 AND expires_at > $3`, e.Draft, e.Version, db.Micros(e.Now))
		if err != nil {
			return fmt.Errorf("registrationdb: use up draft: %w", err)
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
	if err := accountdb.Insert(ctx, tx, a); err != nil {
		return a, err
	}
	for _, said := range e.Attributes {
		if err := accountdb.SetAttribute(ctx, tx, a.ID, said); err != nil {
			return a, err
		}
	}
	for _, d := range e.Acknowledged {
		if err := acknowledge(ctx, tx, a.ID, d, e); err != nil {
			return a, err
		}
	}
	if err := credentialdb.InsertCredential(ctx, tx, a.ID, e.Password, e.Now); err != nil {
		return a, err
	}
	if err := accountdb.JoinUnit(ctx, tx, a.ID, e.Unit, accountdb.UnitOfService, e.Now); err != nil {
		return a, err
	}
	for _, t := range e.Tasks {
		if err := accountdb.InsertTask(ctx, tx, a.ID, t, e.Now); err != nil {
			return a, err
		}
	}
	declared, _ := account.Best(e.Attributes, person.FiscalNumber)
	if err := accountdb.SuspectTwin(ctx, tx, a.ID, declared.Value, e.Now); err != nil {
		return a, err
	}
	if err := accountdb.WriteEvent(ctx, tx, e.Event, audit.AccountCreated, a.ID); err != nil {
		return a, err
	}
	return a, shareddb.QueueMessage(ctx, tx, e.Welcome(a), e.Now)
}

func acknowledge(ctx context.Context, q db.Queryer, accountID string, d account.Acknowledged, e account.Settled) error {
	_, err := q.ExecContext(ctx, `INSERT INTO acknowledgement (account_id, document, version, language, at) VALUES ($1, $2, $3, $4, $5)`,
		accountID, d.Document, d.Version, d.Language, db.Micros(e.Now))
	if err != nil {
		return fmt.Errorf("registrationdb: acknowledgement: %w", err)
	}
	return nil
}
