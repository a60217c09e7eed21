package portaldb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/portal/course"
)

// SaveCourses writes the catalogue as it stands in the configuration: new and
// changed courses are stored, those that are gone from it are kept as they are,
// because people may be enrolled.
func (s *Store) SaveCourses(ctx context.Context, list []course.Course) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, c := range list {
			body, err := json.Marshal(c)
			if err != nil {
				return fmt.Errorf("portaldb: course %s: %w", c.ID, err)
			}
			_, err = tx.ExecContext(ctx, `
				INSERT INTO course (id, starts, body) VALUES ($1, $2, $3)
				ON CONFLICT (id) DO UPDATE SET starts = excluded.starts, body = excluded.body`, c.ID, c.Starts, string(body))
			if err != nil {
				return fmt.Errorf("portaldb: course %s: %w", c.ID, err)
			}
		}
		return nil
	})
}

// Courses lists all courses by start date, newest first.
func (s *Store) Courses(ctx context.Context) ([]course.Course, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT body FROM course ORDER BY starts DESC, id`)
	if err != nil {
		return nil, fmt.Errorf("portaldb: courses: %w", err)
	}
	defer rows.Close()
	var list []course.Course
	for rows.Next() {
		c, err := scanCourse(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// Course gives one course; fault.NotFound for an unknown id.
func (s *Store) Course(ctx context.Context, id string) (course.Course, error) {
	return scanCourse(s.DB.Read().QueryRowContext(ctx, `SELECT body FROM course WHERE id = $1`, id))
}

func scanCourse(row interface{ Scan(...any) error }) (course.Course, error) {
	var c course.Course
	var body string
	err := row.Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.New(fault.NotFound, "course.not_found").For("course_unknown")
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &c)
	}
	if err != nil {
		return c, fmt.Errorf("portaldb: course: %w", err)
	}
	return c, nil
}

// Enrol is repeatable: a second enrolment changes nothing; one that was ended
// goes on with a new date.
func (s *Store) Enrol(ctx context.Context, learner, courseID string, now time.Time) error {
	return s.enrolment(ctx, learner, courseID, "course.enrolled", now, `
		INSERT INTO enrolment (learner_id, course_id, enrolled_at, ended_at) VALUES ($1, $2, $3, 0)
		ON CONFLICT (learner_id, course_id) DO UPDATE SET enrolled_at = excluded.enrolled_at, ended_at = 0
		WHERE enrolment.ended_at <> 0`)
}

// Unenrol ends an enrolment and keeps its row.
func (s *Store) Unenrol(ctx context.Context, learner, courseID string, now time.Time) error {
	return s.enrolment(ctx, learner, courseID, "course.unenrolled", now,
		`UPDATE enrolment SET ended_at = $3 WHERE learner_id = $1 AND course_id = $2 AND ended_at = 0`)
}

// enrolment runs one change with its audit line; a change of nothing has none.
func (s *Store) enrolment(ctx context.Context, learner, courseID, action string, now time.Time, statement string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		result, err := tx.ExecContext(ctx, statement, learner, courseID, db.Micros(now))
		if err != nil {
			return fmt.Errorf("portaldb: %s: %w", action, err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, audit.Event{
			At: now, Role: "portal", Actor: learner, Subject: learner, Action: action, Outcome: audit.OK,
			Detail: map[string]string{"course": courseID},
		})
	})
}

// Enrolments lists the courses that a learner follows now.
func (s *Store) Enrolments(ctx context.Context, learner string) ([]course.Enrolment, error) {
	rows, err := s.DB.Read().QueryContext(ctx,
		`SELECT course_id, enrolled_at FROM enrolment WHERE learner_id = $1 AND ended_at = 0 ORDER BY enrolled_at DESC`, learner)
	if err != nil {
		return nil, fmt.Errorf("portaldb: enrolments: %w", err)
	}
	defer rows.Close()
	var list []course.Enrolment
	for rows.Next() {
		var e course.Enrolment
		var at int64
		if err := rows.Scan(&e.CourseID, &at); err != nil {
			return nil, fmt.Errorf("portaldb: enrolments: %w", err)
		}
		e.EnrolledAt = db.FromMicros(at)
		list = append(list, e)
	}
	return list, rows.Err()
}
