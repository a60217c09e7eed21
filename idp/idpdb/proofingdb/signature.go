package proofingdb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/idp/proofing/signing"
)

var _ signing.Store = (*Store)(nil)

// SignaturesDue lists requests whose signed contract waits to be judged. One that was
// never put off is due at once.
func (s *Store) SignaturesDue(ctx context.Context, now time.Time, limit int) (list []signing.Waiting, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT r.id, r.version, coalesce(t.tries, 0) FROM request r
		LEFT JOIN signature_retry t ON t.request = r.id AND t.version = r.version
		WHERE r.state = $1 AND coalesce(t.next_at, 0) <= $2 ORDER BY coalesce(t.next_at, 0), r.changed_at, r.id LIMIT $3`,
		string(enrolment.SignaturePending), db.Micros(now), limit)
	if err != nil {
		return nil, fmt.Errorf("idpdb: signatures due: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w signing.Waiting
		if err := rows.Scan(&w.Request, &w.Version, &w.Tries); err != nil {
			return nil, fmt.Errorf("idpdb: signatures due: %w", err)
		}
		list = append(list, w)
	}
	return list, rows.Err()
}

// Unidentified counts the requests of each way whose applicants are to be identified by it.
func (s *Store) Unidentified(ctx context.Context) (map[enrolment.Method]int, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT method, state, count(*) FROM request GROUP BY method, state`)
	if err != nil {
		return nil, fmt.Errorf("idpdb: unidentified: %w", err)
	}
	defer rows.Close()
	found := map[enrolment.Method]int{}
	for rows.Next() {
		var method enrolment.Method
		var state enrolment.State
		var n int
		if err := rows.Scan(&method, &state, &n); err != nil {
			return nil, fmt.Errorf("idpdb: unidentified: %w", err)
		}
		switch {
		case state == enrolment.MailPending, state.Final(), state == enrolment.OperatorCheck, state == enrolment.FraudReview, state == enrolment.Resubmission:
		default:
			found[method] += n
		}
	}
	return found, rows.Err()
}

// TryLater says when a signed contract is judged again.
func (s *Store) TryLater(ctx context.Context, w signing.Waiting, next time.Time) error {
	return s.DB.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `INSERT INTO signature_retry (request, version, tries, next_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (request) DO UPDATE SET version = excluded.version, tries = excluded.tries, next_at = excluded.next_at`,
			w.Request, w.Version, w.Tries, db.Micros(next))
		if err != nil {
			return fmt.Errorf("idpdb: signature: %w", err)
		}
		return nil
	})
}
