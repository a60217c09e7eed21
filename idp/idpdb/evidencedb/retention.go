package evidencedb

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/backoffice/keeping"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/idpdb/enrolmentdb"
	"atrio/idp/idpdb/rowseal"
	"atrio/idp/retention"
)

var (
	_ retention.Store = (*Store)(nil)
	_ keeping.Store   = (*Store)(nil)
)

// EndedRequests gives requests that ended and are not marked with that end yet.
func (s *Store) EndedRequests(ctx context.Context, now time.Time, after string, limit int) ([]retention.Ended, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT r.id, r.state, r.changed_at, r.ended_at, coalesce(i.state, ''), coalesce(i.state_at, 0), coalesce(i.expires_at, 0),
			CASE WHEN EXISTS (SELECT 1 FROM request_event e WHERE e.request = r.id AND e.act = 'reject' AND e.from_state = 'fraud_review') THEN 1 ELSE 0 END
		FROM request r LEFT JOIN identity i ON i.id = CASE WHEN r.regains = '' THEN r.holder ELSE r.regains END
		WHERE r.id > $2 AND (r.state IN ('rejected', 'expired', 'withdrawn') AND r.ended_at = 0
			OR r.state = 'activated' AND i.state = 'revoked' AND i.state_at <> r.ended_at
			OR r.state = 'activated' AND i.state <> 'revoked' AND i.expires_at > 0 AND (i.expires_at <= $1 OR r.ended_at > 0) AND i.expires_at <> r.ended_at)
		ORDER BY r.id LIMIT $3`, db.Micros(now), after, limit)
	if err != nil {
		return nil, fmt.Errorf("idpdb: ended requests: %w", err)
	}
	defer rows.Close()
	var list []retention.Ended
	for rows.Next() {
		var e retention.Ended
		var i identity.Identity
		var changed, ended, stateAt, expires int64
		var fraud int
		if err := rows.Scan(&e.Request, &e.State, &changed, &ended, &i.State, &stateAt, &expires, &fraud); err != nil {
			return nil, fmt.Errorf("idpdb: ended requests: %w", err)
		}
		e.Changed, e.Fraud, e.Marked = db.FromMicros(changed), fraud == 1, ended > 0
		if i.State != "" {
			i.StateAt, i.ExpiresAt = db.FromMicros(stateAt), db.FromMicros(expires)
			e.Identity = &i
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

// MarkEnd notes what the rules say of a request.
func (s *Store) MarkEnd(ctx context.Context, request string, end retention.End) error {
	return s.DB.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `UPDATE request SET ended_at = $2, kept_by = $3, forget_at = $4 WHERE id = $1`,
			request, db.Micros(end.At), string(end.Rule), db.Micros(end.Rows))
		return err
	})
}

// DueToArchive gives requests that were decided before a moment and still open, and
// identities of whose life something is.
func (s *Store) DueToArchive(ctx context.Context, before, missed time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, s.DB.Read(), `SELECT DISTINCT w.request FROM evidence_working w LEFT JOIN request r ON r.id = w.request LEFT JOIN identity i ON i.id = w.request
		WHERE w.request > $3 AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.request = w.request AND e.at > $1)
			AND (r.state IN ('activated', 'rejected', 'expired', 'withdrawn') AND r.changed_at <= $1
					AND NOT EXISTS (SELECT 1 FROM second_look l WHERE l.request = r.id AND l.outcome = '' AND l.picked_at > $2)
				OR i.id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM identity_task t WHERE t.identity = i.id AND t.closed_at = 0))
		ORDER BY w.request LIMIT $4`, db.Micros(before), db.Micros(missed), after, limit)
}

func (s *Store) ids(ctx context.Context, q db.Queryer, query string, args ...any) (list []string, err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("idpdb: retention: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("idpdb: retention: %w", err)
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

// Free are requests that nobody holds for a case.
const Free = ` AND NOT EXISTS (SELECT 1 FROM evidence_request h WHERE h.request = r.id AND h.held_for <> '')`

// Reduce cuts requests down to what recognises the next attempt: what was said and why goes,
// MACs, states and dates stay. Nothing is opened: what cannot be read is cut down too.
func (s *Store) Reduce(ctx context.Context, rule retention.ID, before time.Time, limit int, line audit.Event) (n int, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		list, err := moments(ctx, tx, `SELECT r.id, 0, r.changed_at FROM request r WHERE r.kept_by = $1 AND r.ended_at > 0 AND r.ended_at <= $2 AND r.reduced_at = 0`+Free+`
			ORDER BY r.ended_at, r.id LIMIT $3`, string(rule), db.Micros(before), limit)
		if n = len(list); err != nil || n == 0 {
			return err
		}
		for _, r := range list {
			if err := notHeld(ctx, tx, r.id); err != nil {
				return err
			}
			if err := s.reduce(ctx, tx, r, line.At); err != nil {
				return err
			}
		}
		if err := insertDestruction(ctx, tx, line.At, string(rule), "said", int64(n)); err != nil {
			return err
		}
		line.Detail["request"] = strconv.Itoa(n)
		return shareddb.AppendAudit(ctx, tx, line)
	})
	return n, err
}

func (s *Store) reduce(ctx context.Context, tx *db.Tx, r moment, at time.Time) error {
	sealed, err := s.Seals.Seal(enrolmentdb.RequestPurpose+r.id, r.at, enrolment.Data{Language: "it"})
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE request SET sealed = $2, reduced_at = $3, phc = '' WHERE id = $1`, r.id, sealed, db.Micros(at)); err != nil {
		return fmt.Errorf("idpdb: reduce: %w", err)
	}
	// With its steps and lines, which say what was said; and what was asked for in films.
	for _, table := range []string{"video_session", "face_film", "face_task"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE request = $1`, r.id); err != nil {
			return fmt.Errorf("idpdb: reduce: %w", err)
		}
	}
	events, err := moments(ctx, tx, `SELECT request, n, at FROM request_event WHERE request = $1 ORDER BY n`, r.id)
	if err != nil {
		return err
	}
	for _, e := range events {
		if sealed, err = s.Seals.Seal(enrolmentdb.EventPurpose+r.id, e.at, rowseal.Said{}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE request_event SET sealed = $3 WHERE request = $1 AND n = $2`, r.id, e.n, sealed); err != nil {
			return fmt.Errorf("idpdb: reduce: %w", err)
		}
	}
	return nil
}

// moment is when a request, or a step of one, was sealed.
type moment struct {
	id string
	n  int
	at time.Time
}

func moments(ctx context.Context, tx *db.Tx, query string, args ...any) (list []moment, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("idpdb: reduce: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m moment
		var at int64
		if err := rows.Scan(&m.id, &m.n, &at); err != nil {
			return nil, fmt.Errorf("idpdb: reduce: %w", err)
		}
		m.at = db.FromMicros(at)
		list = append(list, m)
	}
	return list, rows.Err()
}

// part is a table with rows of a request or of an identity, and the column that says whose.
type part struct{ table, column string }

// Rows of a request by its reference, and by its holder; of an identity. What refers to
// others comes first. A test finds tables that are missing here.
var (
	partsOfRequest = []part{
		{"request_event", "request"}, {"request_collector", "request"}, {"enrolment_code", "request"}, {"signature_retry", "request"}, {"card_ceremony", "request"},
		{"handoff", "request"}, {"chip_pairing", "request"}, {"chip_document", "request"}, {"face_task", "request"}, {"face_film", "request"}, {"video_queue", "request"}, {"video_session", "request"},
		{"appointment", "request"}, {"request_claim", "request"}, {"second_look", "request"},
		{"evidence_request", "request"}, {"request", "id"},
	}
	partsOfHolder   = []part{{"shop_customer", "holder"}, {"applicant", "id"}, {"session", "subject"}, {"evidence_request", "request"}, {"recovery", "identity"}, {"identity_code", "identity"}}
	partsOfIdentity = []part{
		{"identity_event", "identity"}, {"identity_warning", "identity"}, {"identity_code", "identity"}, {"identity_task", "identity"}, {"identity_stop", "identity"},
		{"recovery", "identity"}, {"security_answer", "identity"}, {"former_contact", "identity"},
		{"app_device", "identity"}, {"app_binding", "identity"}, {"app_prompt", "identity"}, {"former_password", "identity"},
		{"identity_card", "identity"}, {"card_login", "identity"},
		{"password", "identity"}, {"totp", "identity"}, {"identity_clear", "id"}, {"identity", "id"},
	}
)

// Forget deletes all rows of requests whose time is over, and the identity that was made.
func (s *Store) Forget(ctx context.Context, rule retention.ID, now time.Time, limit int, line audit.Event) (n int, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		list, err := s.requestsOver(ctx, tx, rule, now, limit)
		if n = len(list); err != nil || n == 0 {
			return err
		}
		counts := map[string]int64{}
		for _, one := range list {
			if err := notHeld(ctx, tx, one.request); err != nil {
				return err
			}
			if rule == retention.Identity {
				if err := retireCode(ctx, tx, one.holder, now); err != nil {
					return err
				}
				if err := deleteParts(ctx, tx, partsOfIdentity, one.holder, counts); err != nil {
					return err
				}
			}
			if err := deleteParts(ctx, tx, partsOfRequest, one.request, counts); err != nil {
				return err
			}
			if err := deleteParts(ctx, tx, partsOfHolder, one.holder, counts); err != nil {
				return err
			}
		}
		return noteForgotten(ctx, tx, rule, counts, line)
	})
	return n, err
}

type whose struct{ request, holder string }

// requestsOver are those of a rule that go now. An identity that lives again meanwhile keeps
// its request.
func (s *Store) requestsOver(ctx context.Context, tx *db.Tx, rule retention.ID, now time.Time, limit int) (list []whose, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT r.id, r.holder FROM request r LEFT JOIN identity i ON i.id = CASE WHEN r.regains = '' THEN r.holder ELSE r.regains END
		WHERE r.kept_by = $1 AND r.forget_at > 0 AND r.forget_at <= $2 AND r.state IN ('activated', 'rejected', 'expired', 'withdrawn')
			AND (r.state <> 'activated' OR i.id IS NULL OR i.state = 'revoked' OR i.expires_at <= $2)`+Free+`
			AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.request IN (r.id, r.holder)) AND NOT EXISTS (SELECT 1 FROM evidence_recording g WHERE g.request IN (r.id, r.holder))
		ORDER BY r.forget_at, r.id LIMIT $3`, string(rule), db.Micros(now), limit)
	if err != nil {
		return nil, fmt.Errorf("idpdb: forget: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var one whose
		if err := rows.Scan(&one.request, &one.holder); err != nil {
			return nil, fmt.Errorf("idpdb: forget: %w", err)
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// seeded are identities without a request that ended before $1 and that nobody holds.
const seeded = ` FROM identity i WHERE (i.state = 'revoked' AND i.state_at <= $1 OR i.state <> 'revoked' AND i.expires_at > 0 AND i.expires_at <= $1)
	AND NOT EXISTS (SELECT 1 FROM request r WHERE r.holder = i.id)
	AND NOT EXISTS (SELECT 1 FROM evidence_request h WHERE h.request = i.id AND h.held_for <> '')`

// ForgetIdentities deletes identities without a request: those that were seeded. Evidence of
// their life ends first, which no request gave its end.
func (s *Store) ForgetIdentities(ctx context.Context, before time.Time, limit int, line audit.Event) (n int, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO evidence_request (request, archived_at, delete_at, held_for, rule)
			SELECT i.id, 0, CAST($2 AS BIGINT), '', CAST($3 AS TEXT)`+seeded+`
				AND (EXISTS (SELECT 1 FROM evidence e WHERE e.request = i.id) OR EXISTS (SELECT 1 FROM evidence_recording g WHERE g.request = i.id))
			ON CONFLICT (request) DO UPDATE SET delete_at = excluded.delete_at, rule = excluded.rule WHERE evidence_request.delete_at = 0`,
			db.Micros(before), db.Micros(line.At), string(retention.Identity))
		if err != nil {
			return fmt.Errorf("idpdb: forget: %w", err)
		}
		list, err := s.ids(ctx, tx, `SELECT i.id`+seeded+`
				AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.request = i.id) AND NOT EXISTS (SELECT 1 FROM evidence_recording g WHERE g.request = i.id)
			ORDER BY i.id LIMIT $2`, db.Micros(before), limit)
		if n = len(list); err != nil || n == 0 {
			return err
		}
		counts := map[string]int64{}
		for _, id := range list {
			if err := notHeld(ctx, tx, id); err != nil {
				return err
			}
			if err := retireCode(ctx, tx, id, line.At); err != nil {
				return err
			}
			for _, parts := range [][]part{partsOfIdentity, partsOfHolder} {
				if err := deleteParts(ctx, tx, parts, id, counts); err != nil {
					return err
				}
			}
		}
		return noteForgotten(ctx, tx, retention.Identity, counts, line)
	})
	return n, err
}

// retireCode keeps the spidCode of an identity from anybody else. // REG 14
func retireCode(ctx context.Context, tx *db.Tx, id string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO retired_code (spid_key, retired_at) SELECT spid_key, $2 FROM identity WHERE id = $1
		ON CONFLICT (spid_key) DO NOTHING`, id, db.Micros(at))
	if err != nil {
		return fmt.Errorf("idpdb: forget: %w", err)
	}
	return nil
}

func deleteParts(ctx context.Context, tx *db.Tx, parts []part, id string, counts map[string]int64) error {
	for _, p := range parts {
		res, err := tx.ExecContext(ctx, `DELETE FROM `+p.table+` WHERE `+p.column+` = $1`, id)
		if err != nil {
			return fmt.Errorf("idpdb: forget %s: %w", p.table, err)
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		counts[p.table] += n
	}
	return nil
}

// noteForgotten writes what went: a row for operators and a number in the line for each
// table.
func noteForgotten(ctx context.Context, tx *db.Tx, rule retention.ID, counts map[string]int64, line audit.Event) error {
	for table, n := range counts {
		if n == 0 {
			continue
		}
		line.Detail[table] = strconv.FormatInt(n, 10)
		if err := insertDestruction(ctx, tx, line.At, string(rule), table, n); err != nil {
			return err
		}
	}
	return shareddb.AppendAudit(ctx, tx, line)
}

// insertDestruction notes that n rows went.
func insertDestruction(ctx context.Context, tx *db.Tx, at time.Time, rule, what string, n int64) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO destruction (id, at, rule, what, n) VALUES ($1, $2, $3, $4, $5)`, strings.ToLower(rand.Text()), db.Micros(at), rule, what, n)
	if err != nil {
		return fmt.Errorf("idpdb: destruction: %w", err)
	}
	return nil
}

// RetentionDue sums up what is kept since it ended, by rule. // I14
func (s *Store) RetentionDue(ctx context.Context, soon time.Time) (list []keeping.Due, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT r.kept_by, count(*), CAST(sum(CASE WHEN r.forget_at <= $1 THEN 1 ELSE 0 END) AS BIGINT), min(r.forget_at)
		FROM request r WHERE r.forget_at > 0 GROUP BY r.kept_by ORDER BY r.kept_by`, db.Micros(soon))
	if err != nil {
		return nil, fmt.Errorf("idpdb: retention: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var d keeping.Due
		var next int64
		if err := rows.Scan(&d.Rule, &d.All, &d.Soon, &next); err != nil {
			return nil, fmt.Errorf("idpdb: retention: %w", err)
		}
		d.Next = db.FromMicros(next)
		list = append(list, d)
	}
	return list, rows.Err()
}

// RetentionHolds lists what is kept for a case.
func (s *Store) RetentionHolds(ctx context.Context, limit int) (list []keeping.Hold, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT coalesce(r.number, ''), q.request, q.held_for, q.delete_at FROM evidence_request q LEFT JOIN request r ON r.id = q.request
		WHERE q.held_for <> '' AND NOT EXISTS (SELECT 1 FROM request o WHERE o.holder = q.request) ORDER BY q.held_for, q.request LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("idpdb: retention: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var h keeping.Hold
		var id string
		var until int64
		if err := rows.Scan(&h.Number, &id, &h.Case, &until); err != nil {
			return nil, fmt.Errorf("idpdb: retention: %w", err)
		}
		if until > 0 {
			h.Until = db.FromMicros(until)
		}
		if h.Number == "" {
			h.Number = id
		}
		list = append(list, h)
	}
	return list, rows.Err()
}

// Destroyed sums up what was destroyed since, by rule and table.
func (s *Store) Destroyed(ctx context.Context, since time.Time) (list []keeping.Gone, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT rule, what, CAST(sum(n) AS BIGINT), max(at) FROM destruction WHERE at > $1 GROUP BY rule, what ORDER BY rule, what`, db.Micros(since))
	if err != nil {
		return nil, fmt.Errorf("idpdb: retention: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var g keeping.Gone
		var last int64
		if err := rows.Scan(&g.Rule, &g.What, &g.Count, &last); err != nil {
			return nil, fmt.Errorf("idpdb: retention: %w", err)
		}
		g.Last = db.FromMicros(last)
		list = append(list, g)
	}
	return list, rows.Err()
}
