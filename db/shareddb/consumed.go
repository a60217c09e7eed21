package shareddb

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	return ConsumeAll(ctx, q, Use{kind, id, expires})
}

// Use is one id that is used up, and until when that is remembered.
type Use struct {
	Kind, ID string
	Expires  time.Time
}

// ConsumeAll is Consume for several ids in one statement. When one of them was used
// before, the error is ErrUsed and the caller must roll back, since the others are
// consumed.
func ConsumeAll(ctx context.Context, q db.Queryer, uses ...Use) error {
	if len(uses) == 0 {
		return nil
	}
	var rows strings.Builder
	args := make([]any, 0, 3*len(uses))
	for i, u := range uses {
		if u.Kind == "" || u.ID == "" || len(u.ID) > maxConsumedID {
			return fault.New(fault.Invalid, "error.invalid").For("consumed_id").Because(errors.New("shareddb: id to consume is empty or too long"))
		}
		if i > 0 {
			rows.WriteString(", ")
		}
		fmt.Fprintf(&rows, "($%d, $%d, $%d)", 3*i+1, 3*i+2, 3*i+3)
		args = append(args, u.Kind, u.ID, db.Micros(u.Expires))
	}
	res, err := q.ExecContext(ctx, `INSERT INTO consumed (kind, id, expires_at) VALUES `+rows.String()+` ON CONFLICT (kind, id) DO NOTHING`, args...)
	if err != nil {
		return fmt.Errorf("shareddb: consume: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return fmt.Errorf("shareddb: consume: %w", err)
	}
	if n < int64(len(uses)) {
		return ErrUsed
	}
	return nil
}

// PurgeConsumed forgets the ids whose time is over.
func (s *Store) PurgeConsumed(ctx context.Context, now time.Time) error {
	return s.purge(ctx, `DELETE FROM consumed WHERE (kind, id) IN (SELECT kind, id FROM consumed WHERE expires_at <= $1 LIMIT $2)`, now)
}
