package shareddb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
)

var _ audit.Store = (*Store)(nil)

const eventColumns = `at, role, actor, subject, action, outcome, reason, reference, address, detail`

// AppendAudit writes the line of a state change in the caller's transaction. It
// is not chained yet: the sequencer does that, so that logins do not queue for
// the end of the chain.
func AppendAudit(ctx context.Context, q db.Execer, ev audit.Event) error {
	row, err := auditRow(ev)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `INSERT INTO audit (`+eventColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, row...)
	if err != nil {
		return fmt.Errorf("shareddb: append audit: %w", err)
	}
	return nil
}

// AuditedInsert makes one statement of an insert that a unique key decides and its
// audit line, for db.One on PostgreSQL: one round trip where a transaction has four.
// The insert ends with ON CONFLICT … DO NOTHING and has the parameters args; when
// its key was taken, no line is written either and no row is affected. Each of also is
// a further insert that goes with the first: it selects its values, which may be
// among args, "FROM changed".
func AuditedInsert(insert string, args []any, ev audit.Event, also ...string) (statement string, all []any, err error) {
	row, err := auditRow(ev)
	if err != nil {
		return "", nil, err
	}
	var with strings.Builder
	for i, one := range also {
		fmt.Fprintf(&with, `, also%d AS (%s)`, i, one)
	}
	n := len(args)
	statement = fmt.Sprintf(`WITH changed AS (%s RETURNING 1)%s INSERT INTO audit (`+eventColumns+`)
		SELECT $%d::bigint, $%d, $%d, $%d, $%d, $%d, $%d, $%d, $%d, $%d FROM changed`,
		insert, with.String(), n+1, n+2, n+3, n+4, n+5, n+6, n+7, n+8, n+9, n+10)
	return statement, append(slices.Clip(args), row...), nil
}

// auditRow are the values of eventColumns.
func auditRow(ev audit.Event) ([]any, error) {
	ev = ev.Normal()
	detail, err := json.Marshal(ev.Detail)
	if err != nil {
		return nil, fmt.Errorf("shareddb: audit detail: %w", err)
	}
	return []any{db.Micros(ev.At), ev.Role, ev.Actor, ev.Subject, ev.Action, ev.Outcome, ev.Reason, ev.Reference, ev.Address, string(detail)}, nil
}

// AppendEvents writes lines that belong to no change, in one commit.
func (s *Store) AppendEvents(ctx context.Context, events []audit.Event) error {
	if len(events) == 0 {
		return nil
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, ev := range events {
			if err := AppendAudit(ctx, tx, ev); err != nil {
				return err
			}
		}
		return nil
	})
}

// UnchainedEvents gives the next rows to chain, smallest id first. An id is
// given before its transaction commits, so a smaller one may still appear later:
// the order of the chain is that of Seq, and no row is passed over.
func (s *Store) UnchainedEvents(ctx context.Context, limit int) ([]audit.Row, error) {
	return s.auditRows(ctx, `WHERE seq IS NULL ORDER BY id LIMIT $1`, limit)
}

// UnchainedTail counts the rows that are not chained yet.
func (s *Store) UnchainedTail(ctx context.Context) (audit.Tail, error) {
	var tail audit.Tail
	var oldest int64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT count(*), coalesce(min(at), 0) FROM audit WHERE seq IS NULL`).Scan(&tail.Rows, &oldest)
	if err != nil {
		return tail, fmt.Errorf("shareddb: unchained tail: %w", err)
	}
	tail.Oldest = db.FromMicros(oldest)
	return tail, nil
}

// ChainHead gives the last link of the chain.
func (s *Store) ChainHead(ctx context.Context) (audit.Head, error) {
	var h audit.Head
	// Without the condition PostgreSQL would sort the unchained rows first.
	err := s.DB.Read().QueryRowContext(ctx, `SELECT seq, hash FROM audit WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1`).Scan(&h.Seq, &h.Hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return h, fmt.Errorf("shareddb: chain head: %w", err)
	}
	return h, nil
}

// chainedFirst is the conflict of two sequencers; the second tries again later.
var chainedFirst = fault.New(fault.Conflict, "error.conflict").For("chained_elsewhere")

// linksPerStatement keeps a statement below the parameter limit of both engines.
const linksPerStatement = 500

// ChainEvents gives rows their places, and stores the checkpoint, in one
// transaction; fault.Conflict when another node was first.
func (s *Store) ChainEvents(ctx context.Context, links []audit.Link, checkpoint *audit.Checkpoint) error {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		for batch := range slices.Chunk(links, linksPerStatement) {
			if err := chain(ctx, tx, batch); err != nil {
				return err
			}
		}
		if checkpoint == nil {
			return nil
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO audit_checkpoint (seq, hash, at, signature) VALUES ($1, $2, $3, $4)`,
			checkpoint.Seq, checkpoint.Hash, db.Micros(checkpoint.At), checkpoint.Signature)
		return err
	})
	switch {
	case db.IsUnique(err):
		return chainedFirst.Because(err)
	case fault.Is(err, fault.Conflict):
		return err
	case err != nil:
		return fmt.Errorf("shareddb: chain events: %w", err)
	}
	return nil
}

// chain links one batch. In PostgreSQL the casts of the first row of VALUES give
// the columns their types; SQLite has no type to give.
func chain(ctx context.Context, tx *db.Tx, links []audit.Link) error {
	first := `($1, $2, $3)`
	if tx.Dialect() == db.Postgres {
		first = `($1::bigint, $2::bigint, $3::bytea)`
	}
	var b strings.Builder
	b.WriteString(`UPDATE audit SET seq = v.column2, hash = v.column3 FROM (VALUES ` + first)
	args := make([]any, 0, 3*len(links))
	for i, l := range links {
		if i > 0 {
			fmt.Fprintf(&b, `, ($%d, $%d, $%d)`, 3*i+1, 3*i+2, 3*i+3)
		}
		args = append(args, l.ID, l.Seq, l.Hash)
	}
	b.WriteString(`) AS v WHERE audit.id = v.column1 AND audit.seq IS NULL`)
	res, err := tx.ExecContext(ctx, b.String(), args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != int64(len(links)) {
		return chainedFirst.Because(fmt.Errorf("shareddb: %d of %d rows were still unchained: %w", n, len(links), err))
	}
	return nil
}

// ChainedEvents gives rows in the order of the chain.
func (s *Store) ChainedEvents(ctx context.Context, after int64, limit int) ([]audit.Row, error) {
	return s.auditRows(ctx, `WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}

// EventsOf gives what concerns a subject, newest first: for the history that a
// person sees. before is the ID to go on from, 0 for the newest.
func (s *Store) EventsOf(ctx context.Context, subject string, before int64, limit int) ([]audit.Row, error) {
	return s.auditRows(ctx, `WHERE subject = $1 AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3`, subject, before, limit)
}

// EventsByReference gives the lines of the HTTP request of that number, oldest first:
// for whoever has an error page in hand. No index helps, since it is asked rarely.
func (s *Store) EventsByReference(ctx context.Context, reference string, limit int) ([]audit.Row, error) {
	return s.auditRows(ctx, `WHERE reference = $1 ORDER BY id LIMIT $2`, reference, limit)
}

// Checkpoints gives signed checkpoints in order.
func (s *Store) Checkpoints(ctx context.Context, after int64, limit int) ([]audit.Checkpoint, error) {
	return checkpoints(ctx, s.DB.Read(), `WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
}

// LastCheckpoints gives the newest, the last one first.
func (s *Store) LastCheckpoints(ctx context.Context, limit int) ([]audit.Checkpoint, error) {
	return LastCheckpoints{s.DB.Read()}.LastCheckpoints(ctx, limit)
}

// LastCheckpoints are those that a transaction sees.
type LastCheckpoints struct{ Q db.Queryer }

// LastCheckpoints gives the newest, the last one first.
func (l LastCheckpoints) LastCheckpoints(ctx context.Context, limit int) ([]audit.Checkpoint, error) {
	return checkpoints(ctx, l.Q, `ORDER BY seq DESC LIMIT $1`, limit)
}

func checkpoints(ctx context.Context, q db.Queryer, where string, args ...any) ([]audit.Checkpoint, error) {
	rows, err := q.QueryContext(ctx, `SELECT seq, hash, at, signature FROM audit_checkpoint `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("shareddb: checkpoints: %w", err)
	}
	defer rows.Close()
	var list []audit.Checkpoint
	for rows.Next() {
		var c audit.Checkpoint
		var at int64
		if err := rows.Scan(&c.Seq, &c.Hash, &at, &c.Signature); err != nil {
			return nil, fmt.Errorf("shareddb: checkpoints: %w", err)
		}
		c.At = db.FromMicros(at)
		list = append(list, c)
	}
	return list, rows.Err()
}

func (s *Store) auditRows(ctx context.Context, where string, args ...any) ([]audit.Row, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT id, seq, hash, `+eventColumns+` FROM audit `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("shareddb: audit rows: %w", err)
	}
	defer rows.Close()
	var list []audit.Row
	for rows.Next() {
		var r audit.Row
		var seq sql.NullInt64
		var at int64
		var detail string
		e := &r.Event
		err := rows.Scan(&r.ID, &seq, &r.Hash, &at, &e.Role, &e.Actor, &e.Subject, &e.Action, &e.Outcome, &e.Reason, &e.Reference, &e.Address, &detail)
		if err != nil {
			return nil, fmt.Errorf("shareddb: audit rows: %w", err)
		}
		r.Seq, e.At = seq.Int64, db.FromMicros(at)
		if err := json.Unmarshal([]byte(detail), &e.Detail); err != nil {
			return nil, fmt.Errorf("shareddb: audit row %d: %w", r.ID, err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
