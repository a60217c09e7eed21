package enrolmentdb

import (
	"context"
	"fmt"
	"time"

	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/proofing/point"
)

var _ point.Store = (*Store)(nil)

// insertAppointment takes the first free place of a time; of many who want the last one,
// the primary key gives it to one.
func insertAppointment(ctx context.Context, tx *db.Tx, r enrolment.Request) error {
	if err := deleteAppointment(ctx, tx, r.ID); err != nil {
		return err
	}
	b := r.Data.Booking
	for place := range b.Places {
		res, err := tx.ExecContext(ctx, `INSERT INTO appointment (point, at, place, request, reminded_at) VALUES ($1, $2, $3, $4, 0) ON CONFLICT (point, at, place) DO NOTHING`,
			r.Point, db.Micros(b.At), place, r.ID)
		if err != nil {
			return fmt.Errorf("idpdb: appointment: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 1 {
			return err
		}
	}
	return enrolment.ErrFull
}

func deleteAppointment(ctx context.Context, tx *db.Tx, request string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM appointment WHERE request = $1`, request); err != nil {
		return fmt.Errorf("idpdb: appointment: %w", err)
	}
	return nil
}

// Booked counts the appointments of a Point by time.
func (s *Store) Booked(ctx context.Context, at string, from, to time.Time) (map[time.Time]int, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT at, count(*) FROM appointment WHERE point = $1 AND at >= $2 AND at < $3 GROUP BY at`, at, db.Micros(from), db.Micros(to))
	if err != nil {
		return nil, fmt.Errorf("idpdb: booked: %w", err)
	}
	defer rows.Close()
	booked := map[time.Time]int{}
	for rows.Next() {
		var micros int64
		var n int
		if err := rows.Scan(&micros, &n); err != nil {
			return nil, fmt.Errorf("idpdb: booked: %w", err)
		}
		booked[db.FromMicros(micros)] = n
	}
	return booked, rows.Err()
}

// Appointments lists those of a Point, in the order of time.
func (s *Store) Appointments(ctx context.Context, at string, from, to time.Time) (list []point.Appointment, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT a.at, r.id, r.number, r.state FROM appointment a JOIN request r ON r.id = a.request
		WHERE a.point = $1 AND a.at >= $2 AND a.at < $3 ORDER BY a.at, a.place`, at, db.Micros(from), db.Micros(to))
	if err != nil {
		return nil, fmt.Errorf("idpdb: appointments: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a point.Appointment
		var micros int64
		if err := rows.Scan(&micros, &a.Request, &a.Number, &a.State); err != nil {
			return nil, fmt.Errorf("idpdb: appointments: %w", err)
		}
		a.At = db.FromMicros(micros)
		list = append(list, a)
	}
	return list, rows.Err()
}

// ToRemind lists requests of a way whose appointment comes and that were not reminded.
func (s *Store) ToRemind(ctx context.Context, of enrolment.Method, now, before time.Time, limit int) ([]string, error) {
	return s.References(ctx, `SELECT a.request FROM appointment a JOIN request r ON r.id = a.request
		WHERE a.at > $1 AND a.at <= $2 AND a.reminded_at = 0 AND r.method = $3 ORDER BY a.at LIMIT $4`, db.Micros(now), db.Micros(before), string(of), limit)
}

// Missed lists requests of a way whose appointment passed.
func (s *Store) Missed(ctx context.Context, of enrolment.Method, before time.Time, limit int) ([]string, error) {
	return s.References(ctx, `SELECT a.request FROM appointment a JOIN request r ON r.id = a.request
		WHERE a.at <= $1 AND r.method = $2 ORDER BY a.at LIMIT $3`, db.Micros(before), string(of), limit)
}

// References lists references of requests.
func (s *Store) References(ctx context.Context, query string, args ...any) (list []string, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("idpdb: appointments: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("idpdb: appointments: %w", err)
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

// Reminded marks an appointment and queues the message, once.
func (s *Store) Reminded(ctx context.Context, request string, m notify.Message, now time.Time) (done bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE appointment SET reminded_at = $2 WHERE request = $1 AND reminded_at = 0`, request, db.Micros(now))
		if err != nil {
			return fmt.Errorf("idpdb: remind: %w", err)
		}
		n, err := res.RowsAffected()
		if done = n == 1; err != nil || !done {
			return err
		}
		return shareddb.QueueMessage(ctx, tx, m, now)
	})
	return done, err
}
