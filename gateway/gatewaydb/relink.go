package gatewaydb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/people/person"
)

// ErrNotNamesake: the account is not of a person with these names and this birth date.
var ErrNotNamesake = fault.New(fault.Conflict, "error.relink.other_person").For("relink_other_person")

// Namesakes gives the accounts that may belong to an asserted person who is not known
// by identifier: the same verified names and day of birth. An account that knows
// identities of other countries alone is left out. // G6.2
func (s *Store) Namesakes(ctx context.Context, p person.Assertion) ([]string, error) {
	return namesakes(ctx, s.DB.Read(), p)
}

// maxNamesakes bounds the people of one day of birth that are compared by name.
const maxNamesakes = 500

func namesakes(ctx context.Context, q db.Queryer, p person.Assertion) ([]string, error) {
	birth := p.Attribute(person.BirthDate)
	if birth == "" {
		return nil, nil
	}
	rows, err := q.QueryContext(ctx, `SELECT a.id, a.given_name, a.family_name FROM attribute b JOIN account a ON a.id = b.account_id
		WHERE b.name = 'birth_date' AND b.value = $1 AND b.source IN ('spid', 'cie', 'eidas')
		AND EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id AND (i.door <> 'eidas' OR substr(i.subject, 1, 3) = $2))
		ORDER BY a.id LIMIT $3`, birth, country(p.Subject), maxNamesakes)
	if err != nil {
		return nil, fmt.Errorf("gatewaydb: namesakes: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var id, given, family string
		if err := rows.Scan(&id, &given, &family); err != nil {
			return nil, fmt.Errorf("gatewaydb: namesakes: %w", err)
		}
		same := strings.EqualFold(given, p.Attribute(person.GivenName)) && strings.EqualFold(family, p.Attribute(person.FamilyName))
		if same && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list, rows.Err()
}

// country is the issuing country of an identifier with the slash behind it.
func country(subject string) string { return subject[:min(3, len(subject))] }

// Relink links an identity to an account in one commit: the mark that it happens once,
// the identity, the audit line and the mail. The account must be active, and of a
// person of the same names and birth date; an identity of another account conflicts.
func (s *Store) Relink(ctx context.Context, l account.Relink) error {
	return s.racing(ctx, func(tx *db.Tx) error {
		once := shareddb.Use{Kind: l.Once.Kind, ID: l.Once.ID, Expires: l.Once.Until}
		if err := shareddb.ConsumeAll(ctx, tx, once); err != nil {
			return err
		}
		same, err := namesakes(ctx, tx, l.Asserted)
		if err != nil {
			return err
		}
		if !slices.Contains(same, l.AccountID) {
			return ErrNotNamesake
		}
		a, found, err := oneAccount(ctx, tx, `FROM account a WHERE a.id = $1`, l.AccountID)
		if err != nil || !found {
			return cmp.Or(err, error(errNoAccount))
		}
		if a.State != account.Active {
			return ErrFrozen
		}
		return attach(ctx, tx, l, a)
	})
}

func attach(ctx context.Context, tx *db.Tx, l account.Relink, a account.Account) error {
	owner, known, _, err := find(ctx, tx, l.Asserted)
	switch {
	case err != nil:
		return err
	case known && owner.ID != a.ID:
		return ErrConflict
	case known:
		return nil
	}
	if err := linkIdentity(ctx, tx, a.ID, l.Asserted, l.Now); err != nil {
		return err
	}
	if err := claim(ctx, tx, l.Login, a.ID); err != nil {
		return err
	}
	ev := l.Event
	ev.Actor = a.ID
	if err := writeEvent(ctx, tx, ev, audit.IdentityLinked, a.ID); err != nil {
		return err
	}
	return shareddb.QueueMessage(ctx, tx, l.Tell(a), l.Now)
}
