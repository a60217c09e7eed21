package idpdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/ledgerkey"
	"atrio/db/shareddb"
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

// RetainEvidence sets when the evidence of a request ends.
func (s *Store) RetainEvidence(ctx context.Context, request string, until time.Time, rule string, line audit.Event) error {
	return s.ofRequest(ctx, `INSERT INTO evidence_request (request, archived_at, delete_at, held_for, rule) VALUES ($1, 0, $2, '', $3)
		ON CONFLICT (request) DO UPDATE SET delete_at = excluded.delete_at, rule = excluded.rule WHERE evidence_request.delete_at <= excluded.delete_at`,
		line, request, db.Micros(until), rule)
}

// HoldEvidence keeps a request beyond its end for a case.
func (s *Store) HoldEvidence(ctx context.Context, request, caseNumber string, line audit.Event) error {
	return s.ofRequest(ctx, `INSERT INTO evidence_request (request, archived_at, delete_at, held_for) VALUES ($1, 0, 0, $2)
		ON CONFLICT (request) DO UPDATE SET held_for = excluded.held_for`, line, request, caseNumber)
}

func (s *Store) ofRequest(ctx context.Context, statement string, line audit.Event, args ...any) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, statement, args...)
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
		empty := `SELECT r.id FROM evidence_recording r JOIN evidence_request q ON q.request = r.request
			WHERE q.delete_at > 0 AND q.delete_at <= $1 AND q.held_for = '' AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.recording = r.id)`
		var keys int64
		for _, statement := range []string{`DELETE FROM evidence_working WHERE id IN (` + empty + `)`, `DELETE FROM evidence_recording WHERE id IN (` + empty + `)`} {
			res, err := tx.ExecContext(ctx, statement, db.Micros(now))
			if err != nil {
				return fmt.Errorf("idpdb: destroy recordings: %w", err)
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			keys += n
		}
		if len(items) > 0 || keys > 0 {
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
