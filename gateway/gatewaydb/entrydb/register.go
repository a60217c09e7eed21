package entrydb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/ledgerdb"
	"atrio/gateway/gatewaydb/sessiondb"
	"atrio/people/person"
)

// noticeDocument names the privacy notice among acknowledged documents.
const noticeDocument = "privacy"

// Register makes the account of a first entry: Codice Persona, account, identity,
// attributes with their sources, acknowledgement, mail, session and audit in one
// commit. Of two first entries of one person at the same moment the unique keys
// let one make the account; the other then enters it, and created is false.
func (s *Store) Register(ctx context.Context, e account.FirstEntry) (a account.Account, created bool, err error) {
	err = accountdb.Referring(ctx, s.DB, e.Now, func(tx *db.Tx) error {
		if err := sessiondb.UseUp(ctx, tx, e.Visit); err != nil {
			return err
		}
		found, known, linked, err := accountdb.Find(ctx, tx, e.Asserted, accountdb.Holding(tx))
		if err != nil {
			return err
		}
		created = !known
		if known {
			a, err = admit(ctx, tx, e.Visit, found, linked, nil)
		} else {
			a, err = create(ctx, tx, e)
		}
		if err != nil {
			return err
		}
		return ledgerdb.Claim(ctx, tx, e.Correlation, a.ID)
	})
	return a, created, err
}

func create(ctx context.Context, tx *db.Tx, e account.FirstEntry) (account.Account, error) {
	code, err := account.NewCode(e.Digits)
	if err != nil {
		return account.Account{}, err
	}
	a := account.Account{
		ID: account.NewID(), Code: code, State: account.Active,
		GivenName: e.Asserted.Attribute(person.GivenName), FamilyName: e.Asserted.Attribute(person.FamilyName),
		Email: e.Email, Language: e.Language, FiscalCode: e.Asserted.FiscalCode, CreatedAt: e.Now,
	}
	if err := sessiondb.EndReplaced(ctx, tx, e.Visit, a.ID); err != nil {
		return a, err
	}
	if err := displace(ctx, tx, a, e.Visit); err != nil {
		return a, err
	}
	return a, tx.Together(ctx, func(q db.Execer) error { return store(ctx, q, e, a) })
}

// store writes all that a first entry leaves.
func store(ctx context.Context, q db.Execer, e account.FirstEntry, a account.Account) error {
	if err := accountdb.Insert(ctx, q, a); err != nil {
		return err
	}
	if err := accountdb.LinkIdentity(ctx, q, a.ID, e.Asserted, e.Now); err != nil {
		return err
	}
	if err := describe(ctx, q, a, e); err != nil {
		return err
	}
	if err := accountdb.JoinUnit(ctx, q, a.ID, e.Unit, accountdb.UnitOfService, e.Now); err != nil {
		return err
	}
	if err := accountdb.WriteEvent(ctx, q, e.Event, audit.AccountCreated, a.ID); err != nil {
		return err
	}
	if err := shareddb.QueueMessage(ctx, q, e.Welcome(a), e.Now); err != nil {
		return err
	}
	return sessiondb.OpenSession(ctx, q, e.Visit, a)
}

// describe stores what is known about a new person, and what they acknowledged.
func describe(ctx context.Context, q db.Execer, a account.Account, e account.FirstEntry) error {
	said := account.FromAssertion(e.Asserted, e.Now)
	if e.EmailSource != account.SourceOf(e.Asserted.Door) {
		said = append(said, account.Attribute{Name: person.Email, Value: e.Email, Source: e.EmailSource, At: e.Now})
	}
	for _, one := range said {
		if err := accountdb.SetAttribute(ctx, q, a.ID, one); err != nil {
			return err
		}
	}
	_, err := q.ExecContext(ctx, `INSERT INTO acknowledgement (account_id, document, version, language, at) VALUES ($1, $2, $3, $4, $5)`,
		a.ID, noticeDocument, e.Notice, e.Language, db.Micros(e.Now))
	if err != nil {
		return fmt.Errorf("entrydb: acknowledgement: %w", err)
	}
	return nil
}
