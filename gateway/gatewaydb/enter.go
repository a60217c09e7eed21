package gatewaydb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/people/person"
)

// Enter lets a known person in: consumed ids, link, attributes, session, ledger
// and audit in one commit. For an unknown person it commits the consumed ids, the
// ledger and the audit line, and known is false: the first entry follows.
// ErrFrozen, ErrConflict and shareddb.ErrUsed refuse and change nothing.
func (s *Store) Enter(ctx context.Context, v account.Visit) (a account.Account, known bool, err error) {
	pair, err := s.rowOf(ctx, v)
	if err != nil {
		return a, false, err
	}
	err = s.racing(ctx, func(tx *db.Tx) error {
		if err := useUp(ctx, tx, v); err != nil {
			return err
		}
		var linked bool
		if a, known, linked, err = find(ctx, tx, v.Asserted, holding(tx)); err != nil {
			return err
		}
		if !known {
			if err := keep(ctx, tx, pair, ""); err != nil {
				return err
			}
			return writeEvent(ctx, tx, v.Event, audit.ResponseAccepted, "")
		}
		a, err = admit(ctx, tx, v, a, linked, pair)
		return err
	})
	return a, known, err
}

// The refusals of this package that a person can meet.
var (
	// ErrFrozen: the account exists and may not be entered.
	ErrFrozen = fault.New(fault.Denied, "error.account.frozen").For("account_frozen")
	// ErrConflict: identity and codice fiscale point to two accounts; only the help
	// desk can tell which is right. // G3.8
	ErrConflict = fault.New(fault.Conflict, "error.account.conflict").For("account_conflict")
)

// maxRaces bounds how often a transaction is repeated after a unique key was
// taken by another one in between; the second run finds what the other wrote.
const maxRaces = 4

// racing runs fn in a transaction, again when a unique key was taken meanwhile.
func (s *Store) racing(ctx context.Context, fn func(*db.Tx) error) error {
	for n := 1; ; n++ {
		err := s.DB.Tx(ctx, fn)
		if n == maxRaces || !db.IsUnique(err) {
			return err
		}
	}
}

// useUp consumes the ids of the visit.
func useUp(ctx context.Context, tx *db.Tx, v account.Visit) error {
	uses := make([]shareddb.Use, len(v.Once))
	for i, o := range v.Once {
		uses[i] = shareddb.Use{Kind: o.Kind, ID: o.ID, Expires: o.Until}
	}
	return shareddb.ConsumeAll(ctx, tx, uses...)
}

// shut is the refusal of an account that is not active.
func shut(a account.Account) error {
	if a.State == account.Closed {
		return ErrClosed
	}
	return ErrFrozen
}

// admit lets a person into an account that was found and is held; pair is what the ledger keeps of it, nil for nothing.
func admit(ctx context.Context, tx *db.Tx, v account.Visit, a account.Account, linked bool, pair *ledgerRow) (account.Account, error) {
	if a.State != account.Active {
		return a, shut(a)
	}
	if !linked {
		if err := linkIdentity(ctx, tx, a.ID, v.Asserted, v.Now); err != nil {
			return a, err
		}
		if err := writeEvent(ctx, tx, v.Event, audit.IdentityLinked, a.ID); err != nil {
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
		if err := writeEvent(ctx, tx, ev, audit.AccountChanged, a.ID); err != nil {
			return a, err
		}
	}
	if err := endReplaced(ctx, tx, v, a.ID); err != nil {
		return a, err
	}
	return a, tx.Together(ctx, func(q db.Execer) error {
		if err := keep(ctx, q, pair, a.ID); err != nil {
			return err
		}
		if linked {
			if err := useIdentity(ctx, q, v.Asserted, v.Now); err != nil {
				return err
			}
		}
		return openSession(ctx, q, v, a)
	})
}

// openSession stores the new session and the one at the provider, and writes the audit line of the login.
func openSession(ctx context.Context, q db.Execer, v account.Visit, a account.Account) error {
	session := v.Session(a)
	if err := shareddb.InsertSession(ctx, q, session); err != nil {
		return err
	}
	if err := insertDoorSession(ctx, q, v, session); err != nil {
		return err
	}
	ev := v.Event
	ev.Actor, ev.Detail = a.ID, withDetail(ev.Detail, "session", session.Handle)
	return writeEvent(ctx, q, ev, audit.LoginSucceeded, a.ID)
}

// renew takes over what the door says now: attributes, names, the contact address
// as long as it is the door's, and the codice fiscale, which may be rectified.
func renew(ctx context.Context, tx *db.Tx, a account.Account, v account.Visit) (account.Account, []string, error) {
	before, err := saidBefore(ctx, tx, a.ID, account.SourceOf(v.Asserted.Door))
	if err != nil {
		return a, nil, err
	}
	changed, err := refresh(ctx, tx, a.ID, before, account.FromAssertion(v.Asserted, v.Now))
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
	if err := fiscalCodeFree(ctx, tx, next); err != nil {
		return a, nil, err
	}
	if next.FiscalCode != a.FiscalCode {
		if err := displace(ctx, tx, next, v); err != nil {
			return a, nil, err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE account SET given_name = $1, family_name = $2, email = $3, fiscal_code = $4 WHERE id = $5`,
		next.GivenName, next.FamilyName, next.Email, nullable(string(next.FiscalCode)), a.ID)
	if err != nil {
		return a, nil, fmt.Errorf("gatewaydb: renew account: %w", err)
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
		return fmt.Errorf("gatewaydb: drop cards: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	ev := v.Event
	ev.Detail = map[string]string{"door": string(person.DoorCIE), "why": "fiscal_code_rectified"}
	return writeEvent(ctx, tx, ev, audit.IdentityRemoved, a.ID)
}

// fiscalCodeFree refuses a codice fiscale that another account has proved.
func fiscalCodeFree(ctx context.Context, q db.Queryer, a account.Account) error {
	if a.FiscalCode == "" {
		return nil
	}
	other, found, err := oneAccount(ctx, q, `FROM account a WHERE a.fiscal_code = $1`, string(a.FiscalCode))
	if err == nil && found && other.ID != a.ID {
		err = ErrConflict
	}
	return err
}
