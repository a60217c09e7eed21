package shareddb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atrio/base/fault"
	"atrio/db"
)

// ErrUsed says that an id was consumed before, by whatever node.
var ErrUsed = fault.New(fault.Conflict, "error.already_used").For("already_used")

// maxConsumedID bounds a stored id; ids of foreign origin are checked or hashed
// by who reads them.
const maxConsumedID = 512

// Consume uses up an id in the caller's transaction: SAML assertions, TOTP
// steps, codes. Of any number of callers on any number of nodes exactly one
// succeeds and commits; the others get ErrUsed (fault.Conflict), on PostgreSQL
// after waiting for the first to commit, and their transaction remains usable.
// When the first rolls back, the next one succeeds. From expires on the id may
// be forgotten: choose the time from which the thing itself is refused as too old.
func Consume(ctx context.Context, q db.Queryer, kind, id string, expires time.Time) error {
	if kind == "" || id == "" || len(id) > maxConsumedID {
		return fault.New(fault.Invalid, "error.invalid").For("consumed_id").Because(errors.New("shareddb: id to consume is empty or too long"))
	}
	res, err := q.ExecContext(ctx, `INSERT INTO consumed (kind, id, expires_at) VALUES ($1, $2, $3) ON CONFLICT (kind, id) DO NOTHING`,
		kind, id, db.Micros(expires))
	if err != nil {
		return fmt.Errorf("shareddb: consume: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("shareddb: consume: %w", err)
	}
	if n == 0 {
		return ErrUsed
	}
	return nil
}

// PurgeConsumed forgets the ids whose time is over.
func (s *Store) PurgeConsumed(ctx context.Context, now time.Time) error {
	return s.purge(ctx, `DELETE FROM consumed WHERE (kind, id) IN (SELECT kind, id FROM consumed WHERE expires_at <= $1 LIMIT $2)`, now)
}
