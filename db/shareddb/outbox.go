package shareddb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
)

var _ notify.Outbox = (*Store)(nil)

// QueueMessage puts a message into the outbox in the caller's transaction: it
// will be sent if and only if the transaction commits.
func QueueMessage(ctx context.Context, q db.Execer, m notify.Message, now time.Time) error {
	m, sealed := sealMessage(sealerOf(q), m, now)
	_, err := q.ExecContext(ctx, `INSERT INTO outbox
		(channel, recipient, subject, body, html, lang, reference, queued_at, expires_at, next_at, attempts, done_at, sent, reason, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, 0, 0, 0, '', $10)`,
		string(m.Channel), m.To, m.Subject, m.Text, m.HTML, m.Lang, m.Reference, db.Micros(now), db.Micros(m.Expires), sealed)
	if err != nil {
		return fmt.Errorf("shareddb: queue message: %w", err)
	}
	return nil
}

// Tell queues messages and writes the audit line of what they are about.
func Tell(ctx context.Context, q db.Execer, messages []notify.Message, ev audit.Event) error {
	for _, m := range messages {
		if err := QueueMessage(ctx, q, m, ev.At); err != nil {
			return err
		}
	}
	return AppendAudit(ctx, q, ev)
}

// MessagesDue reports whether there is something to send.
func (s *Store) MessagesDue(ctx context.Context, channel notify.Channel, now time.Time) (bool, error) {
	var due bool
	err := s.DB.Read().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM outbox WHERE channel = $1 AND done_at = 0 AND next_at <= $2)`,
		string(channel), db.Micros(now)).Scan(&due)
	if err != nil {
		return false, fmt.Errorf("shareddb: look for messages: %w", err)
	}
	return due, nil
}

// The claims differ in one thing: PostgreSQL has many writers, so each skips the
// rows that another is just claiming; SQLite has one. ARRAY keeps PostgreSQL
// from running the inner query more than once.
const (
	claimPostgres = `UPDATE outbox SET next_at = $3 WHERE id = ANY (ARRAY(
		SELECT id FROM outbox WHERE channel = $1 AND done_at = 0 AND next_at <= $2
		ORDER BY next_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)) ` + claimed
	claimSQLite = `UPDATE outbox SET next_at = $3 WHERE id IN (
		SELECT id FROM outbox WHERE channel = $1 AND done_at = 0 AND next_at <= $2
		ORDER BY next_at, id LIMIT $4) ` + claimed
	claimed = `RETURNING id, channel, recipient, subject, body, html, lang, reference, queued_at, expires_at, attempts, sealed`
)

// ClaimMessages takes messages that are due and hides them from other nodes
// until the lease ends. One that does not open is given up.
func (s *Store) ClaimMessages(ctx context.Context, channel notify.Channel, now time.Time, lease time.Duration, limit int) ([]notify.Queued, error) {
	claim := claimSQLite
	if s.DB.Dialect() == db.Postgres {
		claim = claimPostgres
	}
	var list []notify.Queued
	var broken []int64
	err := s.DB.One(ctx, func(q db.Queryer) error {
		list, broken = nil, nil
		rows, err := q.QueryContext(ctx, claim, string(channel), db.Micros(now), db.Micros(now.Add(lease)), limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m notify.Queued
			var queued, expires int64
			var sealed []byte
			err := rows.Scan(&m.ID, &m.Message.Channel, &m.Message.To, &m.Message.Subject, &m.Message.Text, &m.Message.HTML,
				&m.Message.Lang, &m.Message.Reference, &queued, &expires, &m.Attempts, &sealed)
			if err != nil {
				return err
			}
			m.QueuedAt, m.Message.Expires = db.FromMicros(queued), db.FromMicros(expires)
			if err := openMessage(s.DB.Sealer(), &m, sealed); err != nil {
				broken = append(broken, m.ID)
				continue
			}
			list = append(list, m)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("shareddb: claim messages: %w", err)
	}
	for _, id := range broken {
		if err := s.MessageFailed(ctx, id, now, time.Time{}, "sealed_broken"); err != nil {
			return nil, err
		}
	}
	// RETURNING promises no order.
	slices.SortFunc(list, func(a, b notify.Queued) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// MessageSent ends a message; what stays is a record without personal data.
func (s *Store) MessageSent(ctx context.Context, id int64, now time.Time) error {
	_, err := s.exec(ctx, `UPDATE outbox SET attempts = attempts + 1, done_at = $1, sent = 1, reason = '',
		recipient = '', subject = '', body = '', html = '', sealed = $3 WHERE id = $2 AND done_at = 0`, db.Micros(now), id, []byte{})
	if err != nil {
		return fmt.Errorf("shareddb: message sent: %w", err)
	}
	return nil
}

// MessageFailed counts a try that failed. The message is due again at next; with
// the zero time it is given up, and its address and texts are forgotten.
func (s *Store) MessageFailed(ctx context.Context, id int64, now, next time.Time, reason string) error {
	var err error
	if next.IsZero() {
		_, err = s.exec(ctx, `UPDATE outbox SET attempts = attempts + 1, done_at = $1, reason = $2,
			recipient = '', subject = '', body = '', html = '', sealed = $4 WHERE id = $3 AND done_at = 0`, db.Micros(now), reason, id, []byte{})
	} else {
		_, err = s.exec(ctx, `UPDATE outbox SET attempts = attempts + 1, next_at = $1, reason = $2 WHERE id = $3 AND done_at = 0`,
			db.Micros(next), reason, id)
	}
	if err != nil {
		return fmt.Errorf("shareddb: message failed: %w", err)
	}
	return nil
}

// PurgeMessages forgets the records of messages that were finished long ago.
func (s *Store) PurgeMessages(ctx context.Context, now time.Time) error {
	return s.purge(ctx, `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_at > 0 AND done_at <= $1 LIMIT $2)`, now.Add(-keepDone))
}
