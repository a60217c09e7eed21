package shareddb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/db"
	"atrio/web"
)

var _ web.SessionStore = (*Store)(nil)

const (
	// touchInterval is the shortest time between two writes of seen_at, whatever
	// the caller does: a person who clicks fast costs no commits.
	touchInterval = time.Minute
	// maxSessions bounds the list shown to a person.
	maxSessions = 200
)

const sessionColumns = `hash, handle, subject, created_at, seen_at, expires_at, method, acr, amr, auth_time, user_agent, address, data`

// InsertSession stores a new session in the caller's transaction.
func InsertSession(ctx context.Context, q db.Execer, s web.Session) error {
	amr, err := json.Marshal(s.AMR)
	if err != nil {
		return fmt.Errorf("shareddb: session amr: %w", err)
	}
	data, err := json.Marshal(s.Data)
	if err != nil {
		return fmt.Errorf("shareddb: session data: %w", err)
	}
	stored, userAgent, address := sealSession(sealerOf(q), &s, data)
	_, err = q.ExecContext(ctx, `INSERT INTO session (`+sessionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		s.Hash, s.Handle, s.Subject, db.Micros(s.CreatedAt), db.Micros(s.SeenAt), db.Micros(s.ExpiresAt),
		s.Method, s.ACR, string(amr), db.Micros(s.AuthTime), userAgent, address, stored)
	if err != nil {
		return fmt.Errorf("shareddb: insert session: %w", err)
	}
	return nil
}

// EndSessionsOf ends all sessions of a subject in the caller's transaction: after
// a change of password, for example.
func EndSessionsOf(ctx context.Context, q db.Queryer, subject string, _ time.Time) error {
	if _, err := q.ExecContext(ctx, `DELETE FROM session WHERE subject = $1`, subject); err != nil {
		return fmt.Errorf("shareddb: end sessions of a subject: %w", err)
	}
	return nil
}

// EndOtherSessionsOf ends all sessions of a subject but one, named by its public handle.
func EndOtherSessionsOf(ctx context.Context, q db.Queryer, subject, keep string) error {
	if _, err := q.ExecContext(ctx, `DELETE FROM session WHERE subject = $1 AND handle <> $2`, subject, keep); err != nil {
		return fmt.Errorf("shareddb: end other sessions of a subject: %w", err)
	}
	return nil
}

// FindSession gives the session with this hash; fault.NotFound when there is
// none, or it has expired.
func (s *Store) FindSession(ctx context.Context, hash []byte, now time.Time) (*web.Session, error) {
	row := s.DB.Read().QueryRowContext(ctx, `SELECT `+sessionColumns+` FROM session WHERE hash = $1 AND expires_at > $2`, hash, db.Micros(now))
	found, err := s.scanSession(row)
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, seal.ErrBroken) { // who changed it has no session
		return nil, fault.New(fault.NotFound, "error.not_found").For("no_session")
	}
	if err != nil {
		return nil, fmt.Errorf("shareddb: find session: %w", err)
	}
	return found, nil
}

// TouchSession notes that the session was used, at most once a minute; a
// session that is gone is no error.
func (s *Store) TouchSession(ctx context.Context, hash []byte, now time.Time) error {
	_, err := s.exec(ctx, `UPDATE session SET seen_at = $1 WHERE hash = $2 AND seen_at <= $3 AND expires_at > $1`,
		db.Micros(now), hash, db.Micros(now.Add(-touchInterval)))
	if err != nil {
		return fmt.Errorf("shareddb: touch session: %w", err)
	}
	return nil
}

// EndSession removes the session; one that is gone is no error.
func (s *Store) EndSession(ctx context.Context, hash []byte, _ time.Time) error {
	if _, err := s.exec(ctx, `DELETE FROM session WHERE hash = $1`, hash); err != nil {
		return fmt.Errorf("shareddb: end session: %w", err)
	}
	return nil
}

// ListSessions gives the sessions of a subject that have not expired, newest
// first.
func (s *Store) ListSessions(ctx context.Context, subject string, now time.Time) ([]web.Session, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+sessionColumns+` FROM session
		WHERE subject = $1 AND expires_at > $2 ORDER BY created_at DESC, handle LIMIT $3`, subject, db.Micros(now), maxSessions)
	if err != nil {
		return nil, fmt.Errorf("shareddb: list sessions: %w", err)
	}
	defer rows.Close()
	var list []web.Session
	for rows.Next() {
		one, err := s.scanSession(rows)
		if errors.Is(err, seal.ErrBroken) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("shareddb: list sessions: %w", err)
		}
		list = append(list, *one)
	}
	return list, rows.Err()
}

// EndSessionByHandle removes a session from the list of its owner;
// fault.NotFound when the subject has no such session.
func (s *Store) EndSessionByHandle(ctx context.Context, subject, handle string, now time.Time) error {
	n, err := s.exec(ctx, `DELETE FROM session WHERE handle = $1 AND subject = $2 AND expires_at > $3`, handle, subject, db.Micros(now))
	switch {
	case err != nil:
		return fmt.Errorf("shareddb: end session by handle: %w", err)
	case n == 0:
		return fault.New(fault.NotFound, "error.not_found").For("no_session")
	}
	return nil
}

// PurgeSessions removes the expired sessions.
func (s *Store) PurgeSessions(ctx context.Context, now time.Time) error {
	return s.purge(ctx, `DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE expires_at <= $1 LIMIT $2)`, now)
}

func (s *Store) scanSession(row interface{ Scan(...any) error }) (*web.Session, error) {
	var one web.Session
	var created, seen, expires, authTime int64
	var amr, data string
	err := row.Scan(&one.Hash, &one.Handle, &one.Subject, &created, &seen, &expires, &one.Method, &one.ACR, &amr, &authTime, &one.UserAgent, &one.Address, &data)
	if err != nil {
		return nil, err
	}
	one.CreatedAt, one.SeenAt, one.ExpiresAt, one.AuthTime = db.FromMicros(created), db.FromMicros(seen), db.FromMicros(expires), db.FromMicros(authTime)
	if err := json.Unmarshal([]byte(amr), &one.AMR); err != nil {
		return nil, fmt.Errorf("column amr: %w", err)
	}
	plain, err := openSession(s.DB.Sealer(), &one, data)
	if err != nil {
		return nil, fmt.Errorf("column data: %w", err)
	}
	if err := json.Unmarshal(plain, &one.Data); err != nil {
		return nil, fmt.Errorf("column data: %w", err)
	}
	return &one, nil
}
