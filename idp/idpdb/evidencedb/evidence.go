package evidencedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/evidence"
)

const (
	evidenceColumns = `e.id, e.request, e.kind, e.media_type, e.size, e.author, e.at, e.delete_at, e.digest, e.recording, e.segment`
	// evidenceRows has what every item has; wrapped is that of its recording or its own.
	evidenceRows = ` FROM evidence e LEFT JOIN evidence_working w ON w.id = CASE WHEN e.recording = '' THEN e.id ELSE e.recording END`
)

// KeepEvidence writes an item and its line in one commit.
func (s *Store) KeepEvidence(ctx context.Context, r evidence.Row, line *audit.Event) error {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := roomForEvidence(ctx, tx, r.Item); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO evidence
				(id, request, kind, media_type, size, author, at, delete_at, digest, recording, segment, chain, archive_id, archive, sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
			r.ID, r.Request, string(r.Kind), r.MediaType, r.Size, r.Author, db.Micros(r.At), microsOrNone(r.Until), r.Digest[:],
			r.Recording, r.Segment, blob(r.Chain), r.ArchiveID, blob(r.Archive), blob(r.Sealed))
		if err != nil {
			return err
		}
		if r.Working != "" {
			if err := insertWorking(ctx, tx, r.ID, r.Request, r.Working); err != nil {
				return err
			}
		}
		if line == nil {
			return nil
		}
		return shareddb.AppendAudit(ctx, tx, *line)
	})
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "error.conflict").For("evidence_taken").Because(err)
	}
	return err
}

// roomForEvidence counts the items of a request; two at once may be one too many.
func roomForEvidence(ctx context.Context, tx *db.Tx, i evidence.Item) error {
	if i.Recording != "" {
		return nil
	}
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM evidence WHERE request = $1 AND recording = ''`, i.Request).Scan(&n); err != nil {
		return fmt.Errorf("idpdb: evidence: %w", err)
	}
	if n >= evidence.MaxItems {
		return evidence.ErrFull
	}
	return nil
}

func insertWorking(ctx context.Context, tx *db.Tx, id, request, wrapped string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO evidence_working (id, request, wrapped) VALUES ($1, $2, $3)`, id, request, wrapped)
	return err
}

// BeginRecording writes the keys of a recording and its line in one commit.
func (s *Store) BeginRecording(ctx context.Context, r evidence.Recording, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO evidence_recording (id, request, kind, media_type, author, at, archive_id, archive)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			r.ID, r.Request, string(r.Kind), r.MediaType, r.Author, db.Micros(r.At), r.ArchiveID, blob(r.Archive))
		if err != nil {
			return err
		}
		if err := insertWorking(ctx, tx, r.ID, r.Request, r.Working); err != nil {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// NoteEvidence writes a line that belongs to no change.
func (s *Store) NoteEvidence(ctx context.Context, line audit.Event) error {
	return s.DB.One(ctx, func(q db.Queryer) error { return shareddb.AppendAudit(ctx, q, line) })
}

// Evidence gives the row of an item.
func (s *Store) Evidence(ctx context.Context, id string) (evidence.Row, error) {
	var r evidence.Row
	row := s.DB.Read().QueryRowContext(ctx, `SELECT `+evidenceColumns+`, coalesce(w.wrapped, ''), e.chain, e.archive_id, e.archive, e.sealed`+evidenceRows+`
		WHERE e.id = $1`, id)
	err := scanEvidence(row.Scan, &r.Item, &r.Working, &r.Chain, &r.ArchiveID, &r.Archive, &r.Sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return r, evidence.ErrUnknown
	}
	r.Readable = r.Working != ""
	return r, err
}

// EvidenceOf lists the items of a request in the order of time, without contents.
func (s *Store) EvidenceOf(ctx context.Context, request string) ([]evidence.Item, error) {
	return s.evidenceItems(ctx, evidenceRows+` WHERE e.request = $1 ORDER BY e.at, e.recording, e.segment, e.id`, request)
}

// evidenceItems lists items; the rest of the query begins with evidenceRows.
func (s *Store) evidenceItems(ctx context.Context, rest string, args ...any) ([]evidence.Item, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+evidenceColumns+`, coalesce(w.wrapped, '')`+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("idpdb: evidence: %w", err)
	}
	defer rows.Close()
	var list []evidence.Item
	for rows.Next() {
		var i evidence.Item
		var working string
		if err := scanEvidence(rows.Scan, &i, &working); err != nil {
			return nil, err
		}
		i.Readable = working != ""
		list = append(list, i)
	}
	return list, rows.Err()
}

// scanEvidence reads evidenceColumns and what follows them.
func scanEvidence(scan func(...any) error, i *evidence.Item, more ...any) error {
	var kind string
	var at, until int64
	var digest []byte
	err := scan(append([]any{&i.ID, &i.Request, &kind, &i.MediaType, &i.Size, &i.Author, &at, &until, &digest, &i.Recording, &i.Segment}, more...)...)
	if err != nil {
		return fmt.Errorf("idpdb: evidence: %w", err)
	}
	i.Kind, i.At = evidence.Kind(kind), db.FromMicros(at)
	if until != 0 {
		i.Until = db.FromMicros(until)
	}
	copy(i.Digest[:], digest)
	return nil
}

const (
	recordingColumns = `r.id, r.request, r.kind, r.media_type, r.author, r.at, r.archive_id, r.archive, coalesce(w.wrapped, '')`
	recordingRows    = ` FROM evidence_recording r LEFT JOIN evidence_working w ON w.id = r.id`
)

func scanRecording(scan func(...any) error) (r evidence.Recording, err error) {
	var kind string
	var at int64
	err = scan(&r.ID, &r.Request, &kind, &r.MediaType, &r.Author, &at, &r.ArchiveID, &r.Archive, &r.Working)
	r.Kind, r.At = evidence.Kind(kind), db.FromMicros(at)
	if err != nil {
		err = fmt.Errorf("idpdb: recording: %w", err)
	}
	return r, err
}

// Recording gives a recording and its segments in order.
func (s *Store) Recording(ctx context.Context, id string) (evidence.Recording, []evidence.Row, error) {
	r, err := scanRecording(s.DB.Read().QueryRowContext(ctx, `SELECT `+recordingColumns+recordingRows+` WHERE r.id = $1`, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil, evidence.ErrUnknown
	}
	if err != nil {
		return r, nil, err
	}
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+evidenceColumns+`, e.chain FROM evidence e WHERE e.recording = $1 ORDER BY e.segment`, id)
	if err != nil {
		return r, nil, fmt.Errorf("idpdb: recording: %w", err)
	}
	defer rows.Close()
	var list []evidence.Row
	for rows.Next() {
		var one evidence.Row
		if err := scanEvidence(rows.Scan, &one.Item, &one.Chain); err != nil {
			return r, nil, err
		}
		one.Readable = r.Working != ""
		list = append(list, one)
	}
	return r, list, rows.Err()
}

// Recordings lists those with a working key, of one request or of all.
func (s *Store) Recordings(ctx context.Context, request string) ([]evidence.Recording, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+recordingColumns+recordingRows+`
		WHERE w.id IS NOT NULL AND ($1 = '' OR r.request = $1) ORDER BY r.at, r.id`, request)
	if err != nil {
		return nil, fmt.Errorf("idpdb: recordings: %w", err)
	}
	defer rows.Close()
	var list []evidence.Recording
	for rows.Next() {
		r, err := scanRecording(rows.Scan)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// blob stores nothing as an empty value: the columns know no null.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

func microsOrNone(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return db.Micros(at)
}
