package registersdb

import (
	"context"
	"fmt"

	"atrio/db"
	"atrio/gateway/account"
)

const affiliationColumns = `id, kind, unit, from_at, until_at, source, at`

// Affiliations lists what ties a person to the institution, those that are over too.
func (s *Store) Affiliations(ctx context.Context, accountID string) ([]account.Affiliation, error) {
	return affiliations(ctx, s.DB.Read(), `WHERE account_id = $1 ORDER BY from_at, kind, unit`, accountID)
}

func affiliations(ctx context.Context, q db.Queryer, where string, args ...any) ([]account.Affiliation, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+affiliationColumns+` FROM affiliation `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("registersdb: affiliations: %w", err)
	}
	defer rows.Close()
	var list []account.Affiliation
	for rows.Next() {
		var a account.Affiliation
		var source string
		var from, until, at int64
		if err := rows.Scan(&a.ID, &a.Kind, &a.Unit, &from, &until, &source, &at); err != nil {
			return nil, fmt.Errorf("registersdb: affiliations: %w", err)
		}
		a.From, a.Until, a.Source, a.At = db.FromMicros(from), db.FromMicros(until), account.Source(source), db.FromMicros(at)
		list = append(list, a)
	}
	return list, rows.Err()
}

// setAffiliation adds one, or changes the one of that id.
func setAffiliation(ctx context.Context, q db.Execer, accountID string, a account.Affiliation) error {
	_, err := q.ExecContext(ctx, `INSERT INTO affiliation (`+affiliationColumns+`, account_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET from_at = excluded.from_at, until_at = excluded.until_at, at = excluded.at`,
		a.ID, a.Kind, a.Unit, db.Micros(a.From), db.Micros(a.Until), string(a.Source), db.Micros(a.At), accountID)
	if err != nil {
		return fmt.Errorf("registersdb: set affiliation: %w", err)
	}
	return nil
}
