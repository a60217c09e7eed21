package entrydb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/ledgerdb"
	"atrio/gateway/gatewaydb/sessiondb"
	"atrio/people/person"
)

// Enter lets a known person in: consumed ids, link, attributes, session, ledger
// and audit in one commit. For an unknown person it commits the consumed ids, the
// ledger and the audit line, and known is false: the first entry follows.
// ErrFrozen and shareddb.ErrUsed refuse and change nothing; ErrConflict leaves a task for
// the help desk.
func (s *Store) Enter(ctx context.Context, v account.Visit) (a account.Account, known bool, err error) {
	pair, err := s.Ledger.RowOf(ctx, v)
	if err != nil {
		return a, false, err
	}
	err = accountdb.Referring(ctx, s.DB, v.Now, func(tx *db.Tx) error {
		if err := sessiondb.UseUp(ctx, tx, v); err != nil {
			return err
		}
		var linked bool
		if a, known, linked, err = accountdb.Find(ctx, tx, v.Asserted, accountdb.Holding(tx)); err != nil {
			return err
		}
		if !known {
			if err := ledgerdb.Keep(ctx, tx, pair, ""); err != nil {
				return err
			}
			return accountdb.WriteEvent(ctx, tx, v.Event, audit.ResponseAccepted, "")
		}
		a, err = admit(ctx, tx, v, a, linked, pair)
		return err
	})
	return a, known, err
}

// admit lets a person into an account that was found and is held; pair is what the ledger keeps of it, nil for nothing.
func admit(ctx context.Context, tx *db.Tx, v account.Visit, a account.Account, linked bool, pair *ledgerdb.Row) (account.Account, error) {
	if a.State != account.Active {
		return a, accountdb.Shut(a)
	}
	if !linked {
		if err := accountdb.LinkIdentity(ctx, tx, a.ID, v.Asserted, v.Now); err != nil {
			return a, err
		}
		if err := accountdb.WriteEvent(ctx, tx, v.Event, audit.IdentityLinked, a.ID); err != nil {
			return a, err
		}
	}
	a, changed, err := renew(ctx, tx, a, v)
	if err != nil {
		return a, err
	}
	if len(changed) > 0 {
		ev := v.Event
		ev.Detail = map[string]string{"fields": fmt.Sprint(changed), "source": string(v.Asserted.Door)}
		if err := accountdb.WriteEvent(ctx, tx, ev, audit.AccountChanged, a.ID); err != nil {
			return a, err
		}
	}
	if err := sessiondb.EndReplaced(ctx, tx, v, a.ID); err != nil {
		return a, err
	}
	return a, tx.Together(ctx, func(q db.Execer) error {
		if err := ledgerdb.Keep(ctx, q, pair, a.ID); err != nil {
			return err
		}
		if linked {
			if err := accountdb.UseIdentity(ctx, q, v.Asserted, v.Now); err != nil {
				return err
			}
		}
		return sessiondb.OpenSession(ctx, q, v, a)
	})
}

// renew takes over what the door says now: attributes, names, the contact address
// as long as it is the door's, and the codice fiscale, which may be rectified. Of a
// conflict it tells before it writes anything.
func renew(ctx context.Context, tx *db.Tx, a account.Account, v account.Visit) (account.Account, []string, error) {
	before, err := accountdb.SaidBefore(ctx, tx, a.ID, account.SourceOf(v.Asserted.Door))
	if err != nil {
		return a, nil, err
	}
	if code := v.Asserted.FiscalCode; code != a.FiscalCode && string(code) != before[person.FiscalNumber] {
		if err := fiscalCodeFree(ctx, tx, a.ID, code); err != nil {
			return a, nil, err
		}
	}
	changed, err := accountdb.Refresh(ctx, tx, a.ID, before, account.FromAssertion(v.Asserted, v.Now))
	if err != nil || len(changed) == 0 {
		return a, nil, err
	}
	next := a
	if name := v.Asserted.Attribute(person.GivenName); name != "" {
		next.GivenName = name
	}
	if name := v.Asserted.Attribute(person.FamilyName); name != "" {
		next.FamilyName = name
	}
	if mail := v.Asserted.Attribute(person.Email); mail != "" && before[person.Email] == a.Email {
		next.Email = mail
	}
	if code := v.Asserted.FiscalCode; code != "" {
		next.FiscalCode = code
	}
	if next == a {
		return a, changed, nil
	}
	if next.FiscalCode != a.FiscalCode {
		if err := displace(ctx, tx, next, v); err != nil {
			return a, nil, err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE account SET given_name = $1, family_name = $2, email = $3, fiscal_code = $4 WHERE id = $5`,
		next.GivenName, next.FamilyName, next.Email, accountdb.Nullable(string(next.FiscalCode)), a.ID)
	if err != nil {
		return a, nil, fmt.Errorf("entrydb: renew account: %w", err)
	}
	if next.FiscalCode != a.FiscalCode {
		if err := dropCards(ctx, tx, next, v); err != nil {
			return a, nil, err
		}
	}
	return next, changed, nil
}

// dropCards removes the identities of CIE that stand for a codice fiscale which is no
// longer the account's: it may be somebody else's by now (omocodia), and CIE knows
// people by nothing else.
func dropCards(ctx context.Context, tx *db.Tx, a account.Account, v account.Visit) error {
	result, err := tx.ExecContext(ctx, `DELETE FROM identity WHERE account_id = $1 AND door = $2 AND subject <> $3`,
		a.ID, string(person.DoorCIE), string(a.FiscalCode))
	if err != nil {
		return fmt.Errorf("entrydb: drop cards: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	ev := v.Event
	ev.Detail = map[string]string{"door": string(person.DoorCIE), "why": "fiscal_code_rectified"}
	return accountdb.WriteEvent(ctx, tx, ev, audit.IdentityRemoved, a.ID)
}

// fiscalCodeFree refuses a codice fiscale that another account has proved.
func fiscalCodeFree(ctx context.Context, q db.Queryer, accountID string, code person.FiscalCode) error {
	if code == "" {
		return nil
	}
	other, found, err := accountdb.One(ctx, q, `FROM account a WHERE a.fiscal_code = $1`, string(code))
	if err == nil && found && other.ID != accountID {
		err = &accountdb.Conflict{AccountID: accountID, Other: other.ID}
	}
	return err
}
