package entrydb

import (
	"context"
	"fmt"
	"strings"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/ledgerdb"
	"atrio/gateway/gatewaydb/sessiondb"
	"atrio/people/person"
)

// ErrNotClaimed: the account does not declare this codice fiscale, or has proved one.
var ErrNotClaimed = fault.New(fault.Conflict, "error.relink.not_declared").For("fiscal_code_not_declared")

// Claim lets a door prove the codice fiscale that an account declares, after the account
// was proved: used-up ids, codice fiscale, identity, attributes, a session by the door in
// place of all others, audit lines and mails in one commit. Other accounts that declare
// the same are frozen. // G3.8
func (s *Store) Claim(ctx context.Context, c account.Claim) (a account.Account, err error) {
	err = accountdb.Referring(ctx, s.DB, c.Now, func(tx *db.Tx) error {
		if err := sessiondb.UseUp(ctx, tx, c.Visit); err != nil {
			return err
		}
		if err := holdDeclarers(ctx, tx, c.Asserted.FiscalCode); err != nil {
			return err
		}
		before, err := accountdb.Open(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		declares, err := declarers(ctx, tx, c.Asserted.FiscalCode, before.ID)
		if err != nil {
			return err
		}
		if len(declares) == 0 {
			return ErrNotClaimed
		}
		if a, err = prove(ctx, tx, c, before); err != nil {
			return err
		}
		if err := tellClaimed(ctx, tx, c, a); err != nil {
			return err
		}
		if _, err := sessiondb.EndOthers(ctx, tx, a.ID, c.Replaces, "proved", c.Event); err != nil {
			return err
		}
		if err := sessiondb.EndReplaced(ctx, tx, c.Visit, a.ID); err != nil {
			return err
		}
		return tx.Together(ctx, func(q db.Execer) error { return sessiondb.OpenSession(ctx, q, c.Visit, a) })
	})
	return a, err
}

// prove links the identity and takes over what the door says.
func prove(ctx context.Context, tx *db.Tx, c account.Claim, a account.Account) (account.Account, error) {
	owner, known, linked, err := accountdb.Find(ctx, tx, c.Asserted, "")
	if err == nil && known && owner.ID != a.ID {
		err = &accountdb.Conflict{AccountID: a.ID, Other: owner.ID}
	}
	if err != nil {
		return a, err
	}
	if !linked {
		if err := accountdb.LinkIdentity(ctx, tx, a.ID, c.Asserted, c.Now); err != nil {
			return a, err
		}
	}
	a, changed, err := renew(ctx, tx, a, c.Visit)
	if err != nil {
		return a, err
	}
	if err := ledgerdb.Claim(ctx, tx, c.Correlation, a.ID); err != nil {
		return a, err
	}
	ev := c.Event
	ev.Actor = a.ID
	if err := accountdb.WriteEvent(ctx, tx, ev, audit.IdentityLinked, a.ID); err != nil {
		return a, err
	}
	ev.Detail = map[string]string{"fields": fmt.Sprint(changed), "source": string(c.Asserted.Door)}
	return a, accountdb.WriteEvent(ctx, tx, ev, audit.AccountChanged, a.ID)
}

// tellClaimed queues the mail to the holder, and to the address that the door knows.
func tellClaimed(ctx context.Context, tx *db.Tx, c account.Claim, a account.Account) error {
	if err := shareddb.QueueMessage(ctx, tx, c.Tell(a), c.Now); err != nil {
		return err
	}
	if mail := c.Asserted.Attribute(person.Email); mail == "" || strings.EqualFold(mail, a.Email) {
		return nil
	}
	return shareddb.QueueMessage(ctx, tx, c.Also(a), c.Now)
}
