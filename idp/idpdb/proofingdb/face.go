package proofingdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/proofing/chip"
	"atrio/idp/proofing/chip/live"
)

// filmPurpose seals what is known of a film.
const filmPurpose = "idp.face_film."

// BeginFilm notes that a film begins. What a node left behind that went down is over.
func (s *Store) BeginFilm(ctx context.Context, f chip.LiveFilm, b chip.FilmBounds, line audit.Event) error {
	camera, err := s.Seals.Seal(filmPurpose+f.Session, f.At, f.Camera)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE face_film SET state = 'cut', ended_at = $3 WHERE request = $1 AND state = 'live' AND began_at < $2`,
			f.Request, db.Micros(b.Stale), db.Micros(f.At))
		if err != nil {
			return fmt.Errorf("idpdb: a film: %w", err)
		}
		// The index gives the place to one of many; the others of this request have ended.
		res, err := tx.ExecContext(ctx, `INSERT INTO face_film (session, request, state, camera, film, began_at, ended_at) VALUES ($1, $2, 'live', $3, '', $4, 0) ON CONFLICT DO NOTHING`,
			f.Session, f.Request, camera, db.Micros(f.At))
		if err != nil {
			return fmt.Errorf("idpdb: a film: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(chip.ErrFilming, err)
		}
		var n int
		if err := tx.QueryRowContext(ctx, countFilms, f.Request, db.Micros(b.Since)).Scan(&n); err != nil {
			return fmt.Errorf("idpdb: films: %w", err)
		}
		if n > b.Most {
			return chip.ErrFilms
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// countFilms counts those of a request that began since a time.
const countFilms = `SELECT count(*) FROM face_film WHERE request = $1 AND began_at >= $2 AND state <> 'void'`

// EndFilm notes what became of a film; one that a later beginning gave up stays cut.
func (s *Store) EndFilm(ctx context.Context, f live.Film, line audit.Event) error {
	state := chip.Filmed
	if f.Cut != "" {
		state = chip.Cut
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		var began int64
		err := tx.QueryRowContext(ctx, `SELECT began_at FROM face_film WHERE session = $1 AND state = 'live'`, f.Session).Scan(&began)
		if errors.Is(err, sql.ErrNoRows) {
			return enrolment.ErrState
		}
		if err != nil {
			return fmt.Errorf("idpdb: a film: %w", err)
		}
		film, err := s.Seals.Seal(filmPurpose+f.Session, db.FromMicros(began), f)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE face_film SET state = $2, film = $3, ended_at = $4 WHERE session = $1 AND state = 'live'`, f.Session, string(state), film, db.Micros(f.Ended))
		if err != nil {
			return fmt.Errorf("idpdb: a film: %w", err)
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// VoidFilm notes that a film never began.
func (s *Store) VoidFilm(ctx context.Context, session string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE face_film SET state = 'void', ended_at = began_at WHERE session = $1 AND state = 'live'`, session)
		if err != nil {
			return fmt.Errorf("idpdb: a film: %w", err)
		}
		return nil
	})
}

// LastFilm gives the last film since a time, and how many there were.
func (s *Store) LastFilm(ctx context.Context, request string, since time.Time) (f chip.LiveFilm, n int, err error) {
	if err := s.DB.Read().QueryRowContext(ctx, countFilms, request, db.Micros(since)).Scan(&n); err != nil {
		return f, n, fmt.Errorf("idpdb: films: %w", err)
	}
	var camera, film string
	var began int64
	err = s.DB.Read().QueryRowContext(ctx, `SELECT session, state, camera, film, began_at FROM face_film
		WHERE request = $1 AND began_at >= $2 AND state <> 'void' ORDER BY began_at DESC LIMIT 1`, request, db.Micros(since)).
		Scan(&f.Session, &f.State, &camera, &film, &began)
	if errors.Is(err, sql.ErrNoRows) {
		return chip.LiveFilm{}, 0, nil
	}
	if err != nil {
		return f, n, fmt.Errorf("idpdb: a film: %w", err)
	}
	f.Request, f.At = request, db.FromMicros(began)
	if err := s.Seals.Open(filmPurpose+f.Session, f.At, camera, &f.Camera); err != nil {
		return f, n, err
	}
	if film == "" {
		return f, n, nil
	}
	return f, n, s.Seals.Open(filmPurpose+f.Session, f.At, film, &f.Film)
}

// SendFilm saves a step and uses the film up.
func (s *Store) SendFilm(ctx context.Context, session string, step enrolment.Step) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE face_film SET state = 'sent' WHERE session = $1 AND request = $2 AND state = 'done'`, session, step.After.ID)
		if err != nil {
			return fmt.Errorf("idpdb: a film: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(enrolment.ErrState, err)
		}
		return s.Requests.SaveIn(ctx, tx, step)
	})
}
