package videodb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/idp/idpdb/enrolmentdb"
	"atrio/idp/proofing/video"
)

var _ video.Store = (*Store)(nil)

// JoinQueue puts a request into the queue; who is there already keeps the place.
func (s *Store) JoinQueue(ctx context.Context, request string, booked, now time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		at := int64(0)
		if !booked.IsZero() {
			at = db.Micros(booked)
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO video_queue (request, booked_at, joined_at, seen_at) VALUES ($1, $2, $3, $3)
			ON CONFLICT (request) DO UPDATE SET seen_at = excluded.seen_at, booked_at = excluded.booked_at`, request, at, db.Micros(now))
		if err != nil {
			return fmt.Errorf("idpdb: wait for a session: %w", err)
		}
		return nil
	})
}

// LeaveQueue takes a request out of the queue.
func (s *Store) LeaveQueue(ctx context.Context, request string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return enrolmentdb.LeaveQueue(ctx, tx, request) })
}

// contested is how often somebody else may take the first before we give up.
const contested = 20

// errFaster rolls back what somebody else was faster at.
var errFaster = errors.New("idpdb: somebody else was faster")

// inQueue orders the queue: appointments first, in their order, then who came first.
const inQueue = `CASE WHEN booked_at = 0 THEN 1 ELSE 0 END, booked_at, joined_at, request`

// PlaceOf counts who is served before a request.
func (s *Store) PlaceOf(ctx context.Context, request string, fresh time.Time) (p video.Place, there bool, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT request, joined_at, booked_at FROM video_queue WHERE seen_at >= $1 ORDER BY `+inQueue, db.Micros(fresh))
	if err != nil {
		return p, false, fmt.Errorf("idpdb: place in the queue: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var joined, booked int64
		if err := rows.Scan(&id, &joined, &booked); err != nil {
			return p, false, fmt.Errorf("idpdb: place in the queue: %w", err)
		}
		if id == request {
			p.Joined = db.FromMicros(joined)
			if booked > 0 {
				p.Booked = db.FromMicros(booked)
			}
			return p, true, nil
		}
		p.Before++
	}
	return video.Place{}, false, rows.Err()
}

// Waiting counts who is in the queue.
func (s *Store) Waiting(ctx context.Context, fresh time.Time) (n int, err error) {
	err = s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM video_queue WHERE seen_at >= $1`, db.Micros(fresh)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("idpdb: queue of sessions: %w", err)
	}
	return n, nil
}

// recent is how many sessions a waiting time is told from.
const recent = 20

// Lasted is how long the last sessions took on average; 0 when there were none.
func (s *Store) Lasted(ctx context.Context) (time.Duration, error) {
	var all, n sql.NullInt64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT sum(took), count(*) FROM (SELECT closed_at - opened_at AS took FROM video_session WHERE state <> 'live' ORDER BY closed_at DESC LIMIT `+
		fmt.Sprint(recent)+`) AS latest`).Scan(&all, &n)
	if err != nil {
		return 0, fmt.Errorf("idpdb: length of sessions: %w", err)
	}
	if n.Int64 == 0 {
		return 0, nil
	}
	return time.Duration(all.Int64/n.Int64) * time.Microsecond, nil
}

// ForgetWaiting deletes the entries of those who were not seen.
func (s *Store) ForgetWaiting(ctx context.Context, fresh time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM video_queue WHERE seen_at < $1`, db.Micros(fresh)); err != nil {
			return fmt.Errorf("idpdb: forget who waits: %w", err)
		}
		return nil
	})
}

// TakeWaiting gives the first in the queue to an operator.
func (s *Store) TakeWaiting(ctx context.Context, t video.Taken) (one video.Session, err error) {
	for range contested {
		one, err = s.takeWaiting(ctx, t)
		if !errors.Is(err, errFaster) && !errors.Is(err, enrolment.ErrState) {
			return one, err
		}
	}
	return video.Session{}, video.ErrNobody
}

func (s *Store) takeWaiting(ctx context.Context, t video.Taken) (one video.Session, err error) {
	request, step, err := s.firstWaiting(ctx, t)
	if err != nil {
		return one, err
	}
	one = video.Session{ID: t.Session, Request: request.ID, Holder: request.Holder, Operator: t.Operator, State: video.Live, Opened: t.Now, Seen: t.Now}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM video_queue WHERE request = $1`, request.ID)
		if err != nil {
			return fmt.Errorf("idpdb: take: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(errFaster, err) // somebody else was faster: the next one
		}
		if err := s.Requests.SaveIn(ctx, tx, step); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO video_session (id, request, operator, state, opened_at, seen_at, closed_at, link, link_at, code_at, drawn, cameras, evidence)
			VALUES ($1, $2, $3, 'live', $4, $4, 0, '', 0, 0, '', '', '')`, one.ID, one.Request, one.Operator, db.Micros(t.Now))
		if err != nil {
			return fmt.Errorf("idpdb: open a session: %w", err)
		}
		return nil
	})
	return one, err
}

// firstWaiting finds the first in the queue whom the operator may take.
func (s *Store) firstWaiting(ctx context.Context, t video.Taken) (enrolment.Request, enrolment.Step, error) {
	own := s.Seals.Key("idp.person", t.FiscalCode)
	if own == "" {
		own = "-" // no key is so
	}
	ids, err := s.Requests.References(ctx, `SELECT v.request FROM video_queue v JOIN request r ON r.id = v.request
		WHERE v.seen_at >= $1 AND r.person_key <> $2 ORDER BY `+`CASE WHEN v.booked_at = 0 THEN 1 ELSE 0 END, v.booked_at, v.joined_at, v.request LIMIT `+fmt.Sprint(contested), db.Micros(t.Fresh), own)
	if err != nil {
		return enrolment.Request{}, enrolment.Step{}, err
	}
	for _, id := range ids {
		request, err := s.Requests.Request(ctx, id)
		if err != nil {
			return request, enrolment.Step{}, err
		}
		step, skip, err := t.Step(request)
		if err != nil {
			return request, step, err
		}
		if !skip {
			return request, step, nil
		}
	}
	return enrolment.Request{}, enrolment.Step{}, video.ErrNobody
}
