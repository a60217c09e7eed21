package gatewaydb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
	"atrio/gateway/account"
	"atrio/people/person"
)

const identityColumns = `id, account_id, door, issuer, subject, linked_at, last_used_at`

// Identities lists the identities that lead to an account, oldest first.
func (s *Store) Identities(ctx context.Context, accountID string) ([]account.Identity, error) {
	return identities(ctx, s.DB.Read(), `SELECT `+identityColumns+` FROM identity WHERE account_id = $1 ORDER BY linked_at, id`, accountID)
}

func identities(ctx context.Context, q db.Queryer, query string, args ...any) ([]account.Identity, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("gatewaydb: identities: %w", err)
	}
	defer rows.Close()
	var list []account.Identity
	for rows.Next() {
		var i account.Identity
		var door string
		var linked, used int64
		if err := rows.Scan(&i.ID, &i.AccountID, &door, &i.Issuer, &i.Subject, &linked, &used); err != nil {
			return nil, fmt.Errorf("gatewaydb: identities: %w", err)
		}
		i.Door, i.LinkedAt, i.LastUsed = person.Door(door), db.FromMicros(linked), db.FromMicros(used)
		list = append(list, i)
	}
	return list, rows.Err()
}

// linkIdentity adds an identity to an account. The unique index on door, issuer
// and subject decides between two at once.
func linkIdentity(ctx context.Context, q db.Execer, accountID string, p person.Assertion, now time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO identity (id, account_id, door, issuer, subject, linked_at, last_used_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6)`, account.NewID(), accountID, string(p.Door), p.Issuer, p.Subject, db.Micros(now))
	if err != nil {
		return fmt.Errorf("gatewaydb: link identity: %w", err)
	}
	return nil
}

func useIdentity(ctx context.Context, q db.Execer, p person.Assertion, now time.Time) error {
	_, err := q.ExecContext(ctx, `UPDATE identity SET last_used_at = $1 WHERE door = $2 AND issuer = $3 AND subject = $4`,
		db.Micros(now), string(p.Door), p.Issuer, p.Subject)
	if err != nil {
		return fmt.Errorf("gatewaydb: use identity: %w", err)
	}
	return nil
}
