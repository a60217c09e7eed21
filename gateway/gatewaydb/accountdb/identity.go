package accountdb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
	"atrio/gateway/account"
	"atrio/people/person"
)

// IdentityColumns are what Identities reads.
const IdentityColumns = `id, account_id, door, issuer, subject, linked_at, last_used_at`

// Identities lists the identities that lead to an account, oldest first.
func (s *Store) Identities(ctx context.Context, accountID string) ([]account.Identity, error) {
	return Identities(ctx, s.DB.Read(), `SELECT `+IdentityColumns+` FROM identity WHERE account_id = $1 ORDER BY linked_at, id`, accountID)
}

// Identities gives the identities of a query that selects IdentityColumns.
func Identities(ctx context.Context, q db.Queryer, query string, args ...any) ([]account.Identity, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("accountdb: identities: %w", err)
	}
	defer rows.Close()
	var list []account.Identity
	for rows.Next() {
		var i account.Identity
		var door string
		var linked, used int64
		if err := rows.Scan(&i.ID, &i.AccountID, &door, &i.Issuer, &i.Subject, &linked, &used); err != nil {
			return nil, fmt.Errorf("accountdb: identities: %w", err)
		}
		i.Door, i.LinkedAt, i.LastUsed = person.Door(door), db.FromMicros(linked), db.FromMicros(used)
		list = append(list, i)
	}
	return list, rows.Err()
}

// LinkIdentity adds an identity to an account. The unique index on door, issuer
// and subject decides between two at once.
func LinkIdentity(ctx context.Context, q db.Execer, accountID string, p person.Assertion, now time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO identity (id, account_id, door, issuer, subject, linked_at, last_used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6)`, account.NewID(), accountID, string(p.Door), p.Issuer, p.Subject, db.Micros(now))
	if err != nil {
		return fmt.Errorf("accountdb: link identity: %w", err)
	}
	return nil
}

// UseIdentity notes when an identity was used last.
func UseIdentity(ctx context.Context, q db.Execer, p person.Assertion, now time.Time) error {
	_, err := q.ExecContext(ctx, `UPDATE identity SET last_used_at = $1 WHERE door = $2 AND issuer = $3 AND subject = $4`,
		db.Micros(now), string(p.Door), p.Issuer, p.Subject)
	if err != nil {
		return fmt.Errorf("accountdb: use identity: %w", err)
	}
	return nil
}
