package entrydb

import (
	"cmp"
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
	"atrio/people/person"
)

// ErrNotNamesake: the account is not of a person with these names and this birth date.
var ErrNotNamesake = fault.New(fault.Conflict, "error.relink.other_person").For("relink_other_person")

// Namesake tells whether an account may belong to an asserted person who is not known by
// identifier: the same verified names and day of birth. With "" it tells whether any
// account may. One that knows identities of other countries alone does not. // G6.2
func (s *Store) Namesake(ctx context.Context, p person.Assertion, accountID string) (bool, error) {
	return namesake(ctx, s.DB.Read(), p, accountID)
}

// namesake reads the people of one day of birth one by one until a name is the same. They
// may be many: a day that registers write for who does not know theirs. Names are
// compared here, since the engines fold letters each in its own way.
func namesake(ctx context.Context, q db.Queryer, p person.Assertion, accountID string) (bool, error) {
	birth := p.Attribute(person.BirthDate)
	if birth == "" {
		return false, nil
	}
	rows, err := q.QueryContext(ctx, `SELECT a.given_name, a.family_name FROM attribute b JOIN account a ON a.id = b.account_id
		WHERE b.name = 'birth_date' AND b.value = $1 AND b.source IN ('spid', 'cie', 'eidas') AND ($2 = '' OR a.id = $2)
		AND EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id AND (i.door <> 'eidas' OR substr(i.subject, 1, 3) = $3))`,
		birth, accountID, country(p.Subject))
	if err != nil {
		return false, fmt.Errorf("entrydb: namesake: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var given, family string
		if err := rows.Scan(&given, &family); err != nil {
			return false, fmt.Errorf("entrydb: namesake: %w", err)
		}
		if strings.EqualFold(given, p.Attribute(person.GivenName)) && strings.EqualFold(family, p.Attribute(person.FamilyName)) {
			return true, nil
		}
	}
	return false, rows.Err()
}

// country is the issuing country of an identifier with the slash behind it.
func country(subject string) string { return subject[:min(3, len(subject))] }

// Relink links an identity to an account in one commit: the mark that it happens once,
// the identity, the audit line and the mail. The account must be active, and of a
// person of the same names and birth date; an identity of another account conflicts.
func (s *Store) Relink(ctx context.Context, l account.Relink) error {
	return accountdb.Referring(ctx, s.DB, l.Now, func(tx *db.Tx) error {
		once := shareddb.Use{Kind: l.Once.Kind, ID: l.Once.ID, Expires: l.Once.Until}
		if err := shareddb.ConsumeAll(ctx, tx, once); err != nil {
			return err
		}
		same, err := namesake(ctx, tx, l.Asserted, l.AccountID)
		if err != nil {
			return err
		}
		if !same || l.AccountID == "" {
			return ErrNotNamesake
		}
		a, found, err := accountdb.One(ctx, tx, `FROM account a WHERE a.id = $1`, l.AccountID)
		if err != nil || !found {
			return cmp.Or(err, error(accountdb.ErrNoAccount))
		}
		if a.State != account.Active {
			return accountdb.ErrFrozen
		}
		return attach(ctx, tx, l, a)
	})
}

func attach(ctx context.Context, tx *db.Tx, l account.Relink, a account.Account) error {
	owner, known, _, err := accountdb.Find(ctx, tx, l.Asserted, "")
	switch {
	case err != nil:
		return err
	case known && owner.ID != a.ID:
		return &accountdb.Conflict{AccountID: a.ID, Other: owner.ID}
	case known:
		return nil
	}
	if err := accountdb.LinkIdentity(ctx, tx, a.ID, l.Asserted, l.Now); err != nil {
		return err
	}
	if err := ledgerdb.Claim(ctx, tx, l.Login, a.ID); err != nil {
		return err
	}
	ev := l.Event
	ev.Actor = a.ID
	if err := accountdb.WriteEvent(ctx, tx, ev, audit.IdentityLinked, a.ID); err != nil {
		return err
	}
	return shareddb.QueueMessage(ctx, tx, l.Tell(a), l.Now)
}
