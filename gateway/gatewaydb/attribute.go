package gatewaydb

import (
	"context"
	"fmt"

	"atrio/db"
	"atrio/gateway/account"
)

// Attributes lists what is known about a person, in the order of pages.
func (s *Store) Attributes(ctx context.Context, accountID string) ([]account.Attribute, error) {
	list, err := attributes(ctx, s.DB.Read(), accountID)
	return account.InOrder(list), err
}

func attributes(ctx context.Context, q db.Queryer, accountID string) ([]account.Attribute, error) {
	rows, err := q.QueryContext(ctx, `SELECT name, source, issuer, value, at FROM attribute WHERE account_id = $1 ORDER BY name, source`, accountID)
	if err != nil {
		return nil, fmt.Errorf("gatewaydb: attributes: %w", err)
	}
	defer rows.Close()
	var list []account.Attribute
	for rows.Next() {
		var a account.Attribute
		var source string
		var at int64
		if err := rows.Scan(&a.Name, &source, &a.Issuer, &a.Value, &at); err != nil {
			return nil, fmt.Errorf("gatewaydb: attributes: %w", err)
		}
		a.Source, a.At = account.Source(source), db.FromMicros(at)
		list = append(list, a)
	}
	return list, rows.Err()
}

// setAttribute stores what one source says; the same source replaces itself.
func setAttribute(ctx context.Context, q db.Execer, accountID string, a account.Attribute) error {
	_, err := q.ExecContext(ctx, `INSERT INTO attribute (account_id, name, source, issuer, value, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account_id, name, source) DO UPDATE SET issuer = excluded.issuer, value = excluded.value, at = excluded.at`,
		accountID, a.Name, string(a.Source), a.Issuer, a.Value, db.Micros(a.At))
	if err != nil {
		return fmt.Errorf("gatewaydb: set attribute: %w", err)
	}
	return nil
}

// refresh stores what the door says anew, beside what was known before, and tells
// the names of what changed. A login that brings nothing new writes no attribute.
func refresh(ctx context.Context, q db.Queryer, accountID string, old, said []account.Attribute) (changed []string, err error) {
	have := make(map[string]string, len(old))
	for _, a := range old {
		have[string(a.Source)+" "+a.Name] = a.Value
	}
	for _, a := range said {
		if value, known := have[string(a.Source)+" "+a.Name]; known && value == a.Value {
			continue
		}
		if err := setAttribute(ctx, q, accountID, a); err != nil {
			return nil, err
		}
		changed = append(changed, a.Name)
	}
	return changed, nil
}
