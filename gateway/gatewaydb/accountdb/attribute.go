package accountdb

import (
	"context"
	"fmt"
	"strings"

	"atrio/db"
	"atrio/gateway/account"
)

// Attributes lists what is known about a person, in the order of pages.
func (s *Store) Attributes(ctx context.Context, accountID string) ([]account.Attribute, error) {
	list, err := Attributes(ctx, s.DB.Read(), accountID)
	return account.InOrder(list), err
}

// Attributes lists what is known about a person, as it is stored.
func Attributes(ctx context.Context, q db.Queryer, accountID string) ([]account.Attribute, error) {
	rows, err := q.QueryContext(ctx, `SELECT name, source, issuer, value, at FROM attribute WHERE account_id = $1 ORDER BY name, source`, accountID)
	if err != nil {
		return nil, fmt.Errorf("accountdb: attributes: %w", err)
	}
	defer rows.Close()
	var list []account.Attribute
	for rows.Next() {
		var a account.Attribute
		var source string
		var at int64
		if err := rows.Scan(&a.Name, &source, &a.Issuer, &a.Value, &at); err != nil {
			return nil, fmt.Errorf("accountdb: attributes: %w", err)
		}
		a.Source, a.At = account.Source(source), db.FromMicros(at)
		list = append(list, a)
	}
	return list, rows.Err()
}

// SetAttribute stores what one source says; the same source replaces itself.
func SetAttribute(ctx context.Context, q db.Execer, accountID string, a account.Attribute) error {
	_, err := q.ExecContext(ctx, `INSERT INTO attribute (account_id, name, source, issuer, value, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account_id, name, source) DO UPDATE SET issuer = excluded.issuer, value = excluded.value, at = excluded.at`,
		accountID, a.Name, string(a.Source), a.Issuer, a.Value, db.Micros(a.At))
	if err != nil {
		return fmt.Errorf("accountdb: set attribute: %w", err)
	}
	return nil
}

// Between a name and its value, and between two attributes, in one text: characters that
// no XML can hold, so that no value of a door has them. // XML 1.0 2.2
const (
	fieldEnd = "\x1f"
	rowEnd   = "\x1e"
)

// SaidBefore gives what one source has said of a person, by name, in one row: reading a
// row for each attribute took most of the time that a login spends on them.
func SaidBefore(ctx context.Context, q db.Queryer, accountID string, source account.Source) (map[string]string, error) {
	var text string
	err := q.QueryRowContext(ctx, `SELECT coalesce(string_agg(name || $3 || value, $4), '') FROM attribute WHERE account_id = $1 AND source = $2`,
		accountID, string(source), fieldEnd, rowEnd).Scan(&text)
	if err != nil {
		return nil, fmt.Errorf("accountdb: attributes of a source: %w", err)
	}
	said := make(map[string]string)
	for row := range strings.SplitSeq(text, rowEnd) {
		if name, value, found := strings.Cut(row, fieldEnd); found {
			said[name] = value
		}
	}
	return said, nil
}

// Refresh stores what the door says anew, beside what it said before, and tells the
// names of what changed. A login that brings nothing new writes no attribute.
func Refresh(ctx context.Context, q db.Execer, accountID string, before map[string]string, said []account.Attribute) (changed []string, err error) {
	for _, a := range said {
		if value, known := before[a.Name]; known && value == a.Value {
			continue
		}
		if err := SetAttribute(ctx, q, accountID, a); err != nil {
			return nil, err
		}
		changed = append(changed, a.Name)
	}
	return changed, nil
}
