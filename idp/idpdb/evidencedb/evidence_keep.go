package evidencedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/ledgerkey"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
)

// ArchiveEvidence deletes the working wraps of a request, and asks that they become
// unreadable in the files of the database too. // decision 0018
func (s *Store) ArchiveEvidence(ctx context.Context, request string, line audit.Event) (keys int64, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM evidence_working WHERE request = $1`, request)
		if err != nil {
			return fmt.Errorf("idpdb: archive evidence: %w", err)
		}
		if keys, err = res.RowsAffected(); err != nil || keys == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO evidence_request (request, archived_at, delete_at, held_for) VALUES ($1, $2, 0, '')
			ON CONFLICT (request) DO UPDATE SET archived_at = excluded.archived_at`, request, db.Micros(line.At))
		if err != nil {
			return fmt.Errorf("idpdb: archive evidence: %w", err)
		}
		if err := ledgerkey.AskScrub(ctx, tx, "evidence_working"); err != nil {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
	return keys, err
}

// RetainEvidence sets when the evidence of a request ends, and with it that of the life of
// the identity that was made, which stands under the identity's reference.
func (s *Store) RetainEvidence(ctx context.Context, request string, until time.Time, rule string, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO evidence_request (request, archived_at, delete_at, held_for, rule)
			SELECT CAST($1 AS TEXT), 0, CAST($2 AS BIGINT), '', CAST($3 AS TEXT) UNION ALL
			SELECT i.id, 0, CAST($2 AS BIGINT), '', CAST($3 AS TEXT) FROM request r JOIN identity i ON i.id = r.holder WHERE r.id = $1
			ON CONFLICT (request) DO UPDATE SET delete_at = excluded.delete_at, rule = excluded.rule WHERE evidence_request.delete_at <= excluded.delete_at`,
			request, db.Micros(until), rule)
		if err != nil {
			return fmt.Errorf("idpdb: evidence of a request: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return fault.New(fault.Conflict, "error.conflict").For("evidence_ends_later")
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// HoldEvidence keeps a request beyond its end for a case: both the request and the life of
// its identity, whichever of the two references is given.
func (s *Store) HoldEvidence(ctx context.Context, reference, caseNumber string, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		pair, err := s.ids(ctx, tx, `SELECT CAST($1 AS TEXT) UNION SELECT holder FROM request WHERE id = $1 UNION SELECT id FROM request WHERE holder = $1 OR regains = $1 UNION SELECT regains FROM request WHERE id = $1 AND regains <> '' ORDER BY 1`, reference)
		if err != nil {
			return err
		}
		for _, id := range pair {
			_, err := tx.ExecContext(ctx, `INSERT INTO evidence_request (request, archived_at, delete_at, held_for) VALUES ($1, 0, 0, $2)
				ON CONFLICT (request) DO UPDATE SET held_for = excluded.held_for`, id, caseNumber)
			if err != nil {
				return fmt.Errorf("idpdb: hold evidence: %w", err)
			}
		}
		// Asked while the rows are taken: what is known now is forgotten by nobody meanwhile.
		var known int
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT id FROM request WHERE id = $1 OR holder = $1 UNION ALL SELECT id FROM identity WHERE id = $1
			UNION ALL SELECT id FROM evidence WHERE request = $1 UNION ALL SELECT id FROM evidence_recording WHERE request = $1) AS known`, reference).Scan(&known)
		if err != nil {
			return fmt.Errorf("idpdb: hold evidence: %w", err)
		}
		if known == 0 {
			return evidence.ErrUnknown
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// ReferenceOf finds the reference of a request by the number that people name.
func (s *Store) ReferenceOf(ctx context.Context, n enrolment.Number) (id string, err error) {
	err = s.DB.Read().QueryRowContext(ctx, `SELECT id FROM request WHERE number = $1`, string(n)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", evidence.ErrUnknown
	}
	return id, err
}

// DueEvidence gives items whose time is over, their own or that of their request, and
// that nobody holds.
func (s *Store) DueEvidence(ctx context.Context, now time.Time, limit int) ([]evidence.Item, error) {
	const free = ` AND NOT EXISTS (SELECT 1 FROM evidence_request h WHERE h.request = e.request AND h.held_for <> '')`
	list, err := s.evidenceItems(ctx, evidenceRows+` WHERE e.id IN (
			SELECT e.id FROM evidence e WHERE e.delete_at > 0 AND e.delete_at <= $1`+free+`
			UNION SELECT e.id FROM evidence_request q JOIN evidence e ON e.request = q.request
			WHERE q.delete_at > 0 AND q.delete_at <= $1 AND q.held_for = '')
		ORDER BY e.request, e.recording, e.segment, e.id LIMIT $2`, db.Micros(now), limit)
	if err != nil {
		return nil, err
	}
	rules := map[string]string{}
	for i := range list {
		request := list[i].Request
		if _, known := rules[request]; !known {
			var rule string
			err := s.DB.Read().QueryRowContext(ctx, `SELECT rule FROM evidence_request WHERE request = $1`, request).Scan(&rule)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return nil, fmt.Errorf("idpdb: due evidence: %w", err)
			}
			rules[request] = rule
		}
		list[i].Rule = rules[request]
	}
	return list, nil
}

// DestroyEvidence deletes rows with their keys and writes the lines, in one commit.
func (s *Store) DestroyEvidence(ctx context.Context, now time.Time, items []evidence.Item, lines []audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, i := range items {
			if err := destroyEvidence(ctx, tx, i); err != nil {
				return err
			}
		}
		empty, err := destroyRecordings(ctx, tx, now)
		if err != nil {
			return err
		}
		for _, r := range empty {
			if !slices.ContainsFunc(items, func(i evidence.Item) bool { return i.Recording == r.Detail["recording"] }) {
				lines = append(lines, r) // else the line of its segments speaks of it
			}
		}
		if len(items) > 0 || len(empty) > 0 {
			if err := ledgerkey.AskScrub(ctx, tx, "evidence_working"); err != nil {
				return err
			}
		}
		counts := map[string]int64{}
		for _, i := range items {
			counts[i.Rule]++
		}
		for rule, n := range counts {
			if err := insertDestruction(ctx, tx, now, rule, "evidence", n); err != nil {
				return err
			}
		}
		for _, line := range lines {
			if err := shareddb.AppendAudit(ctx, tx, line); err != nil {
				return err
			}
		}
		return nil
	})
}

// destroyRecordings deletes the recordings of which no segment is left, with their keys, and
// gives a line for each.
func destroyRecordings(ctx context.Context, tx *db.Tx, now time.Time) (lines []audit.Event, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT r.id, r.request, r.kind, q.rule FROM evidence_recording r JOIN evidence_request q ON q.request = r.request
		WHERE q.delete_at > 0 AND q.delete_at <= $1 AND q.held_for = '' AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.recording = r.id) ORDER BY r.id`, db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("idpdb: destroy recordings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, request, kind, rule string
		if err := rows.Scan(&id, &request, &kind, &rule); err != nil {
			return nil, fmt.Errorf("idpdb: destroy recordings: %w", err)
		}
		lines = append(lines, audit.Event{At: now, Role: "idp", Subject: request, Action: audit.EvidenceDestroyed, Outcome: audit.OK,
			Detail: map[string]string{"kind": kind, "recording": id, "rule": rule, "segments": "0"}})
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, l := range lines {
		if err := notHeld(ctx, tx, l.Subject); err != nil {
			return nil, err
		}
		for _, table := range []string{"evidence_working", "evidence_recording"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE id = $1`, l.Detail["recording"]); err != nil {
				return nil, fmt.Errorf("idpdb: destroy recordings: %w", err)
			}
		}
	}
	return lines, nil
}

func destroyEvidence(ctx context.Context, tx *db.Tx, i evidence.Item) error {
	if err := notHeld(ctx, tx, i.Request); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM evidence_working WHERE id = $1`, i.ID); err != nil {
		return fmt.Errorf("idpdb: destroy evidence: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM evidence WHERE id = $1`, i.ID); err != nil {
		return fmt.Errorf("idpdb: destroy evidence: %w", err)
	}
	if i.Recording == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO evidence_leftover (recording, segment) VALUES ($1, $2) ON CONFLICT (recording, segment) DO NOTHING`, i.Recording, i.Segment)
	if err != nil {
		return fmt.Errorf("idpdb: destroy evidence: %w", err)
	}
	return nil
}

// notHeld takes the row of a request, so that nobody can hold it meanwhile.
func notHeld(ctx context.Context, tx *db.Tx, request string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO evidence_request (request, archived_at, delete_at, held_for) VALUES ($1, 0, 0, '')
		ON CONFLICT (request) DO UPDATE SET request = excluded.request`, request)
	if err != nil {
		return fmt.Errorf("idpdb: destroy evidence: %w", err)
	}
	var held string
	if err := tx.QueryRowContext(ctx, `SELECT held_for FROM evidence_request WHERE request = $1`, request).Scan(&held); err != nil {
		return fmt.Errorf("idpdb: destroy evidence: %w", err)
	}
	if held != "" {
		return fault.New(fault.Conflict, "error.conflict").For("evidence_held")
	}
	return nil
}

// LeftoverEvidence gives files that have to go.
func (s *Store) LeftoverEvidence(ctx context.Context, limit int) ([]evidence.Leftover, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT recording, segment FROM evidence_leftover ORDER BY recording, segment LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("idpdb: leftovers: %w", err)
	}
	defer rows.Close()
	var list []evidence.Leftover
	for rows.Next() {
		var l evidence.Leftover
		if err := rows.Scan(&l.Recording, &l.Segment); err != nil {
			return nil, fmt.Errorf("idpdb: leftovers: %w", err)
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// ForgetLeftovers takes files that are gone from the list.
func (s *Store) ForgetLeftovers(ctx context.Context, gone []evidence.Leftover) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, l := range gone {
			if _, err := tx.ExecContext(ctx, `DELETE FROM evidence_leftover WHERE recording = $1 AND segment = $2`, l.Recording, l.Segment); err != nil {
				return fmt.Errorf("idpdb: leftovers: %w", err)
			}
		}
		return nil
	})
}
