package videodb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment/apply"
	"atrio/idp/idpdb/enrolmentdb"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio/manifest"
)

const (
	sessionColumns = `v.id, v.request, r.holder, v.operator, v.state, v.opened_at, v.seen_at, v.closed_at, v.link_at, v.code_at, v.drawn, v.cameras, v.evidence`
	sessionFrom    = ` FROM video_session v JOIN request r ON r.id = v.request `
	stepPurpose    = "idp.video_step."
	linePurpose    = "idp.video_line."
)

func scanSession(row interface{ Scan(...any) error }) (one video.Session, err error) {
	var opened, seen, closed, link, code int64
	var drawn, cameras, evidence string
	err = row.Scan(&one.ID, &one.Request, &one.Holder, &one.Operator, &one.State, &opened, &seen, &closed, &link, &code, &drawn, &cameras, &evidence)
	if errors.Is(err, sql.ErrNoRows) {
		return one, video.ErrGone
	}
	if err != nil {
		return one, fmt.Errorf("idpdb: session: %w", err)
	}
	for _, t := range []struct {
		at     *time.Time
		micros int64
	}{{&one.Opened, opened}, {&one.Seen, seen}, {&one.Closed, closed}, {&one.LinkAt, link}, {&one.CodeAt, code}} {
		if t.micros > 0 {
			*t.at = db.FromMicros(t.micros)
		}
	}
	if drawn != "" {
		err = json.Unmarshal([]byte(drawn), &one.Drawn)
	}
	if cameras != "" && err == nil {
		err = json.Unmarshal([]byte(cameras), &one.Signs)
	}
	if evidence != "" && err == nil {
		err = json.Unmarshal([]byte(evidence), &one.Evidence)
	}
	return one, err
}

// Session finds a session.
func (s *Store) Session(ctx context.Context, id string) (video.Session, error) {
	return scanSession(s.DB.Read().QueryRowContext(ctx, `SELECT `+sessionColumns+sessionFrom+`WHERE v.id = $1`, id))
}

// SessionOf finds the live session of a request.
func (s *Store) SessionOf(ctx context.Context, request string) (video.Session, error) {
	return scanSession(s.DB.Read().QueryRowContext(ctx, `SELECT `+sessionColumns+sessionFrom+`WHERE v.request = $1 AND v.state = 'live'`, request))
}

// SessionsOf lists the sessions of a request.
func (s *Store) SessionsOf(ctx context.Context, request string) ([]video.Session, error) {
	return s.sessions(ctx, `WHERE v.request = $1 ORDER BY v.opened_at, v.id`, request)
}

// LiveOf lists the live sessions of an operator.
func (s *Store) LiveOf(ctx context.Context, operator string) ([]video.Session, error) {
	return s.sessions(ctx, `WHERE v.operator = $1 AND v.state = 'live' ORDER BY v.opened_at, v.id`, operator)
}

// UnseenSessions lists live sessions in which nobody was.
func (s *Store) UnseenSessions(ctx context.Context, since time.Time, limit int) ([]video.Session, error) {
	return s.sessions(ctx, `WHERE v.state = 'live' AND v.seen_at < $1 ORDER BY v.seen_at LIMIT $2`, db.Micros(since), limit)
}

// LooseSessions lists sessions that are over, with recordings that nothing ties to them.
func (s *Store) LooseSessions(ctx context.Context, before time.Time, limit int) ([]video.Session, error) {
	return s.sessions(ctx, `WHERE v.state <> 'live' AND v.evidence = '' AND v.closed_at < $1 AND EXISTS (
			SELECT 1 FROM evidence_recording e WHERE e.request = v.request AND e.author IN ($2 || v.id || $3, $2 || v.id || $4))
		ORDER BY v.closed_at LIMIT $5`, db.Micros(before), manifest.Author+":", ":"+string(manifest.Applicant), ":"+string(manifest.Operator), limit)
}

func (s *Store) sessions(ctx context.Context, where string, args ...any) (list []video.Session, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+sessionColumns+sessionFrom+where, args...)
	if err != nil {
		return nil, fmt.Errorf("idpdb: sessions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		one, err := scanSession(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

// TouchSession notes that somebody is in a session.
func (s *Store) TouchSession(ctx context.Context, id string, now time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE video_session SET seen_at = $2 WHERE id = $1 AND state = 'live' AND seen_at < $2`, id, db.Micros(now))
		return err
	})
}

// locked takes the row of a live session for this commit: steps and lines of one session
// come one after another.
func locked(ctx context.Context, tx *db.Tx, id string) error {
	res, err := tx.ExecContext(ctx, `UPDATE video_session SET state = 'live' WHERE id = $1 AND state = 'live'`, id)
	if err != nil {
		return fmt.Errorf("idpdb: session: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(video.ErrOver, err)
	}
	return nil
}

// StepsDone lists the steps that were done.
func (s *Store) StepsDone(ctx context.Context, id string) (list []video.Done, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT n, at, note FROM video_step WHERE session = $1 ORDER BY n`, id)
	if err != nil {
		return nil, fmt.Errorf("idpdb: steps of a session: %w", err)
	}
	defer rows.Close()
	steps := video.Steps()
	for rows.Next() {
		var n int
		var at int64
		var sealed string
		if err := rows.Scan(&n, &at, &sealed); err != nil || n < 1 || n > len(steps) {
			return nil, fmt.Errorf("idpdb: step %d of a session: %w", n, err)
		}
		d := video.Done{Step: steps[n-1], At: db.FromMicros(at)}
		if err := s.Seals.Open(stepPurpose+id, d.At, sealed, &d.Note); err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// DoStep notes a step after exactly the ones before it. // E08
func (s *Store) DoStep(ctx context.Context, id string, d video.Done, ev audit.Event) error {
	at := db.FromMicros(db.Micros(d.At))
	sealed, err := s.Seals.Seal(stepPurpose+id, at, d.Note)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := locked(ctx, tx, id); err != nil {
			return err
		}
		var before int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM video_step WHERE session = $1`, id).Scan(&before); err != nil {
			return fmt.Errorf("idpdb: steps of a session: %w", err)
		}
		if before+1 != video.Number(d.Step) {
			return video.ErrOrder
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO video_step (session, n, at, note) VALUES ($1, $2, $3, $4)`, id, before+1, db.Micros(d.At), sealed); err != nil {
			return fmt.Errorf("idpdb: step of a session: %w", err)
		}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
}

// KeepDrawn keeps the random actions.
func (s *Store) KeepDrawn(ctx context.Context, id string, before, drawn []video.Drawn) error {
	old := []byte{}
	var err error
	if len(before) > 0 {
		if old, err = json.Marshal(before); err != nil {
			return fmt.Errorf("idpdb: random actions: %w", err)
		}
	}
	raw, err := json.Marshal(drawn)
	if err != nil {
		return fmt.Errorf("idpdb: random actions: %w", err)
	}
	return s.change(ctx, `UPDATE video_session SET drawn = $2 WHERE id = $1 AND state = 'live' AND drawn = $3`, id, string(raw), string(old))
}

// KeepSigns keeps programs that stand in for a camera. // A13
func (s *Store) KeepSigns(ctx context.Context, id string, signs []video.Sign) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := locked(ctx, tx, id); err != nil {
			return err
		}
		one, err := scanSession(tx.QueryRowContext(ctx, `SELECT `+sessionColumns+sessionFrom+`WHERE v.id = $1`, id))
		if err != nil {
			return err
		}
		raw, err := json.Marshal(video.Merge(one.Signs, signs))
		if err != nil {
			return fmt.Errorf("idpdb: cameras of a session: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE video_session SET cameras = $2 WHERE id = $1`, id, string(raw)); err != nil {
			return fmt.Errorf("idpdb: cameras of a session: %w", err)
		}
		return nil
	})
}

// KeepRecordings notes the evidence of a session.
func (s *Store) KeepRecordings(ctx context.Context, id string, e video.Evidence) error {
	raw, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("idpdb: evidence of a session: %w", err)
	}
	return s.change(ctx, `UPDATE video_session SET evidence = $2 WHERE id = $1`, id, string(raw))
}

func (s *Store) change(ctx context.Context, query string, args ...any) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return fmt.Errorf("idpdb: session: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(video.ErrOver, err)
		}
		return nil
	})
}

// AddLine adds a line to the chat.
func (s *Store) AddLine(ctx context.Context, id string, l video.Line) error {
	at := db.FromMicros(db.Micros(l.At))
	sealed, err := s.Seals.Seal(linePurpose+id, at, l.Text)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := locked(ctx, tx, id); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM video_line WHERE session = $1`, id).Scan(&n); err != nil {
			return fmt.Errorf("idpdb: chat: %w", err)
		}
		if n >= video.MaxLines {
			return video.ErrFull
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO video_line (session, n, at, side, text) VALUES ($1, $2, $3, $4, $5)`, id, n+1, db.Micros(l.At), string(l.Side), sealed); err != nil {
			return fmt.Errorf("idpdb: chat: %w", err)
		}
		return nil
	})
}

// Chat lists what was written.
func (s *Store) Chat(ctx context.Context, id string) (list []video.Line, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT n, at, side, text FROM video_line WHERE session = $1 ORDER BY n`, id)
	if err != nil {
		return nil, fmt.Errorf("idpdb: chat: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l video.Line
		var at int64
		var sealed string
		if err := rows.Scan(&l.N, &at, &l.Side, &sealed); err != nil {
			return nil, fmt.Errorf("idpdb: chat: %w", err)
		}
		l.At = db.FromMicros(at)
		if err := s.Seals.Open(linePurpose+id, l.At, sealed, &l.Text); err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// KeepLink keeps the MAC of a link and queues the mail that has it.
func (s *Store) KeepLink(ctx context.Context, id string, mac []byte, m notify.Message, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE video_session SET link = $2 WHERE id = $1 AND state = 'live' AND link_at = 0`, id, fmt.Sprintf("%x", mac))
		if err != nil {
			return fmt.Errorf("idpdb: link of a session: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(video.ErrOver, err)
		}
		if err := shareddb.QueueMessage(ctx, tx, m, ev.At); err != nil {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
}

// SessionByLink finds the live session of a link.
func (s *Store) SessionByLink(ctx context.Context, mac []byte) (video.Session, error) {
	return scanSession(s.DB.Read().QueryRowContext(ctx, `SELECT `+sessionColumns+sessionFrom+`WHERE v.link = $1 AND v.state = 'live'`, fmt.Sprintf("%x", mac)))
}

// OpenLink notes that the link was opened.
func (s *Store) OpenLink(ctx context.Context, id string, now time.Time, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE video_session SET link_at = $2 WHERE id = $1 AND state = 'live' AND link_at = 0`, id, db.Micros(now))
		if err != nil {
			return fmt.Errorf("idpdb: link of a session: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err // it was opened before
		}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
}

// TryCode compares a code, and notes in the session that it was right.
func (s *Store) TryCode(ctx context.Context, t apply.CodeTry, session string) (outcome secondfactor.Outcome, left int, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		v, err := enrolmentdb.TryRequestCodeIn(ctx, tx, t)
		outcome, left = v.Outcome, v.Left
		if err != nil || v.Outcome != secondfactor.Right {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE video_session SET code_at = $2 WHERE id = $1 AND state = 'live'`, session, db.Micros(t.At))
		return err
	})
	return outcome, left, err
}
