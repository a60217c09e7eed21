package proofingdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/proofing/chip"
)

var _ chip.Store = (*Store)(nil)

// chipPurpose seals the number with which a chip opens.
const chipPurpose = "idp.chip_opener."

// PairChip keeps the pairing of a request; failures stay, and so does a reading that goes on.
func (s *Store) PairChip(ctx context.Context, p chip.Pairing) error {
	opener, err := s.Seals.Seal(chipPurpose+p.Request, p.At, p.CAN)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO chip_pairing (request, digest, version, opener, made_at, expires_at, used_at, reading_at, failures, reason)
			VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, '')
			ON CONFLICT (request) DO UPDATE SET digest = excluded.digest, version = excluded.version, opener = excluded.opener,
				made_at = excluded.made_at, expires_at = excluded.expires_at, used_at = 0`,
			p.Request, fmt.Sprintf("%x", p.Digest), p.Version, opener, db.Micros(p.At), db.Micros(p.Expires))
		if err != nil {
			return fmt.Errorf("idpdb: pair a relay: %w", err)
		}
		return nil
	})
}

// UsePairing uses a code up: the statement gives the row to one of many, and to nobody while
// a reading for the request goes on.
func (s *Store) UsePairing(ctx context.Context, digest []byte, now time.Time) (p chip.Pairing, err error) {
	code := fmt.Sprintf("%x", digest)
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		var opener string
		var made, expires int64
		err := tx.QueryRowContext(ctx, `UPDATE chip_pairing SET used_at = $2, reading_at = $2 WHERE digest = $1 AND used_at = 0 AND expires_at > $2 AND reading_at <= $3
			RETURNING request, version, opener, made_at, expires_at`, code, db.Micros(now), db.Micros(now.Add(-longestReading))).
			Scan(&p.Request, &p.Version, &opener, &made, &expires)
		if errors.Is(err, sql.ErrNoRows) {
			var held int
			if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM chip_pairing WHERE digest = $1 AND used_at = 0 AND expires_at > $2`, code, db.Micros(now)).Scan(&held); err != nil {
				return fmt.Errorf("idpdb: use a pairing: %w", err)
			}
			if held > 0 {
				return chip.ErrReading
			}
			return chip.ErrCode
		}
		if err != nil {
			return fmt.Errorf("idpdb: use a pairing: %w", err)
		}
		p.Digest, p.At, p.Expires = digest, db.FromMicros(made), db.FromMicros(expires)
		return s.Seals.Open(chipPurpose+p.Request, p.At, opener, &p.CAN)
	})
	return p, err
}

// ChipAttempts tells what became of readings.
func (s *Store) ChipAttempts(ctx context.Context, request string, now time.Time) (a chip.Attempts, err error) {
	var expires, used, reading int64
	err = s.DB.Read().QueryRowContext(ctx, `SELECT expires_at, used_at, reading_at, failures, reason FROM chip_pairing WHERE request = $1`, request).
		Scan(&expires, &used, &reading, &a.Failures, &a.Reason)
	if errors.Is(err, sql.ErrNoRows) {
		return chip.Attempts{}, nil
	}
	if err != nil {
		return a, fmt.Errorf("idpdb: readings: %w", err)
	}
	if until := db.FromMicros(expires); used == 0 && until.After(now) {
		a.Waiting = until
	}
	a.Reading = reading > 0 && now.Before(db.FromMicros(reading).Add(longestReading))
	return a, nil
}

// longestReading is after when a reading of which nothing was heard is over: a node that
// went down says nothing.
const longestReading = 2 * time.Minute

// ChipFailed ends a reading with its reason and writes its line. A code that was made while
// the lost reading still waited stays good.
func (s *Store) ChipFailed(ctx context.Context, request, reason string, line audit.Event) error {
	counts := 1
	if line.Outcome == audit.Failed { // nobody else's
		counts = 0
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if request != "" {
			_, err := tx.ExecContext(ctx, `UPDATE chip_pairing SET failures = failures + $3, reason = $2, reading_at = 0 WHERE request = $1`, request, reason, counts)
			if err != nil {
				return fmt.Errorf("idpdb: a failed reading: %w", err)
			}
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// SaveChip saves a step with the document that was read.
func (s *Store) SaveChip(ctx context.Context, document []byte, step enrolment.Step) error {
	key := s.Seals.Key("idp.chip.document", string(document))
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		place, err := noteDocument(ctx, tx, key, step)
		if err != nil {
			return err
		}
		if err := s.firstOrCleared(ctx, tx, key, place, step.After); err != nil {
			return err
		}
		return s.saveReading(ctx, tx, step)
	})
}

// noteDocument notes that a document was read for a request, and gives its place among all
// for which it was. The key makes one of two wait for the other; then it looks once more.
func noteDocument(ctx context.Context, tx *db.Tx, key string, step enrolment.Step) (place int, err error) {
	const most = 8
	for range most {
		_, err = tx.ExecContext(ctx, `INSERT INTO chip_document (document, place, request, suspected, read_at)
			SELECT $1, (SELECT COALESCE(MAX(place), 0) + 1 FROM chip_document WHERE document = $1), id, 0, $3 FROM request WHERE id = $2
			ON CONFLICT DO NOTHING`, key, step.After.ID, db.Micros(step.Event.At))
		if err != nil {
			return 0, fmt.Errorf("idpdb: a document: %w", err)
		}
		err = tx.QueryRowContext(ctx, `SELECT place FROM chip_document WHERE document = $1 AND request = $2`, key, step.After.ID).Scan(&place)
		if !errors.Is(err, sql.ErrNoRows) {
			break
		}
	}
	if err != nil {
		return 0, fmt.Errorf("idpdb: a document: %w", err)
	}
	return place, nil
}

// firstOrCleared refuses a document that was read for another request before. Two things
// excuse: specialists cleared the document for this request, or for one of the same person
// that ended without a decision; and such a request itself, unless it was suspected. Whoever
// was suspected, withdrew and begins anew is suspected again. // A08
func (s *Store) firstOrCleared(ctx context.Context, tx *db.Tx, key string, place int, r enrolment.Request) error {
	const ofTheSame = `(q.person_key = $3 AND q.state IN ($4, $5))`
	person := s.Seals.Key("idp.person", r.Data.Person.FiscalCode)
	var others int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM chip_document d JOIN request q ON q.id = d.request
		WHERE d.document = $1 AND d.place < $6 AND d.request <> $2 AND NOT (d.suspected = 0 AND `+ofTheSame+`)
		AND d.place > (SELECT COALESCE(MAX(c.place), 0) FROM chip_document c JOIN request q ON q.id = c.request
			JOIN request_event e ON e.request = c.request AND e.act = $7 AND e.n > c.suspected
			WHERE c.document = $1 AND c.suspected > 0 AND (c.request = $2 OR `+ofTheSame+`))`,
		key, r.ID, person, string(enrolment.Withdrawn), string(enrolment.Expired), place, string(enrolment.Clear)).Scan(&others)
	if err != nil {
		return fmt.Errorf("idpdb: a document: %w", err)
	}
	if others > 0 {
		return chip.ErrElsewhere
	}
	return nil
}

// SuspectChip notes that the request is looked into because of the document; the line is its own.
func (s *Store) SuspectChip(ctx context.Context, document []byte, step enrolment.Step, line audit.Event) error {
	key := s.Seals.Key("idp.chip.document", string(document))
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := noteDocument(ctx, tx, key, step); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE chip_document SET suspected = $3 WHERE document = $1 AND request = $2`, key, step.After.ID, step.Event.N)
		if err != nil {
			return fmt.Errorf("idpdb: a document: %w", err)
		}
		if err := shareddb.AppendAudit(ctx, tx, line); err != nil {
			return err
		}
		return s.saveReading(ctx, tx, step)
	})
}

// saveReading saves the step and forgets the failures before it.
func (s *Store) saveReading(ctx context.Context, tx *db.Tx, step enrolment.Step) error {
	_, err := tx.ExecContext(ctx, `UPDATE chip_pairing SET failures = 0, reason = '', reading_at = 0 WHERE request = $1`, step.After.ID)
	if err != nil {
		return fmt.Errorf("idpdb: a reading: %w", err)
	}
	return s.Requests.SaveIn(ctx, tx, step)
}

// SetFaceTask keeps the task of a request, while fewer than that many were drawn since a time.
func (s *Store) SetFaceTask(ctx context.Context, t chip.Task, since time.Time, most int, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO face_task (request, actions, spoken, drawn, made_at, expires_at, used_at) VALUES ($1, $2, $3, 1, $4, $5, 0)
			ON CONFLICT (request) DO UPDATE SET actions = excluded.actions, spoken = excluded.spoken, made_at = excluded.made_at, expires_at = excluded.expires_at, used_at = 0,
				drawn = CASE WHEN face_task.made_at < $6 THEN 1 ELSE face_task.drawn + 1 END
			WHERE face_task.made_at < $6 OR face_task.drawn < $7`,
			t.Request, strings.Join(t.Actions, " "), t.Spoken, db.Micros(t.At), db.Micros(t.Expires), db.Micros(since), most)
		if err != nil {
			return fmt.Errorf("idpdb: a task: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(chip.ErrDraws, err)
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// FaceTask gives the task that was not used.
func (s *Store) FaceTask(ctx context.Context, request string) (chip.Task, error) {
	t := chip.Task{Request: request}
	var actions string
	var made, expires int64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT actions, spoken, made_at, expires_at FROM face_task WHERE request = $1 AND used_at = 0`, request).
		Scan(&actions, &t.Spoken, &made, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return chip.Task{}, nil
	}
	if err != nil {
		return chip.Task{}, fmt.Errorf("idpdb: a task: %w", err)
	}
	t.Actions, t.At, t.Expires = strings.Fields(actions), db.FromMicros(made), db.FromMicros(expires)
	return t, nil
}

// SaveFace saves a step and uses the task up.
func (s *Store) SaveFace(ctx context.Context, t chip.Task, step enrolment.Step) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE face_task SET used_at = $3 WHERE request = $1 AND made_at = $2 AND used_at = 0`,
			t.Request, db.Micros(t.At), db.Micros(step.Event.At))
		if err != nil {
			return fmt.Errorf("idpdb: a task: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(enrolment.ErrState, err)
		}
		return s.Requests.SaveIn(ctx, tx, step)
	})
}
