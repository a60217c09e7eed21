package portaldb

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/portal/login"
	"atrio/portal/profile"
	"atrio/web"
)

const learnerColumns = `id, issuer, subject, name, given_name, family_name, email,
	gender, birth_date, birth_source, education, occupation, other_names, interests, city,
	completed_at, created_at, entered_at`

func scanLearner(row interface{ Scan(...any) error }) (profile.Learner, error) {
	var l profile.Learner
	var completed, created, entered int64
	err := row.Scan(&l.ID, &l.Issuer, &l.Subject, &l.Name, &l.GivenName, &l.FamilyName, &l.Email,
		&l.Gender, &l.BirthDate, &l.BirthSource, &l.Education, &l.Occupation, &l.OtherNames, &l.Interests, &l.City,
		&completed, &created, &entered)
	if errors.Is(err, sql.ErrNoRows) {
		return l, fault.New(fault.NotFound, "error.not_found").For("learner_unknown")
	}
	if err != nil {
		return l, fmt.Errorf("portaldb: learner: %w", err)
	}
	if completed != 0 {
		l.CompletedAt = db.FromMicros(completed)
	}
	l.CreatedAt, l.EnteredAt = db.FromMicros(created), db.FromMicros(entered)
	return l, nil
}

// Learner gives one learner; fault.NotFound for an unknown id.
func (s *Store) Learner(ctx context.Context, id string) (profile.Learner, error) {
	return scanLearner(s.DB.Read().QueryRowContext(ctx, `SELECT `+learnerColumns+` FROM learner WHERE id = $1`, id))
}

// Arrive finds or makes the learner, opens the session and writes the audit
// line in one transaction: one commit a login. Two arrivals of one person at
// once meet at the unique index and become one learner.
func (s *Store) Arrive(ctx context.Context, a login.Arrival, now time.Time, open func(learnerID string) web.Session) (profile.Learner, error) {
	source := ""
	if a.BirthDate != "" {
		source = "gateway"
	}
	var l profile.Learner
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		var err error
		l, err = scanLearner(tx.QueryRowContext(ctx, `
			INSERT INTO learner (`+learnerColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', '', '', '', '', 0, $11, $11)
			ON CONFLICT (issuer, subject) DO UPDATE SET
				name = excluded.name, given_name = excluded.given_name, family_name = excluded.family_name,
				email = excluded.email, entered_at = excluded.entered_at,
				birth_date = CASE WHEN excluded.birth_date <> '' THEN excluded.birth_date ELSE learner.birth_date END,
				birth_source = CASE WHEN excluded.birth_date <> '' THEN excluded.birth_source ELSE learner.birth_source END
			RETURNING `+learnerColumns,
			strings.ToLower(rand.Text()), a.Issuer, a.Subject, a.Name, a.GivenName, a.FamilyName, a.Email,
			a.Gender, a.BirthDate, source, db.Micros(now)))
		if err != nil {
			return err
		}
		if err := endSession(ctx, tx, a.Replaces); err != nil {
			return err
		}
		session := open(l.ID)
		if err := shareddb.InsertSession(ctx, tx, session); err != nil {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, audit.Event{
			At: now, Role: "portal", Actor: l.ID, Subject: l.ID, Action: audit.LoginSucceeded, Outcome: audit.OK, Address: session.Address,
		})
	})
	return l, err
}

// Leave ends the session and writes the audit line, in one transaction.
func (s *Store) Leave(ctx context.Context, session web.Session, now time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := endSession(ctx, tx, session.Hash); err != nil {
			return err
		}
		return shareddb.AppendAudit(ctx, tx, audit.Event{
			At: now, Role: "portal", Actor: session.Subject, Subject: session.Subject, Action: audit.SessionEnded, Outcome: audit.OK,
			Detail: map[string]string{"session": session.Handle, "how": "self"},
		})
	})
}

// endSession removes a session by the hash of its secret; nil is none.
func endSession(ctx context.Context, q db.Queryer, hash []byte) error {
	if hash == nil {
		return nil
	}
	if _, err := q.ExecContext(ctx, `DELETE FROM session WHERE hash = $1`, hash); err != nil {
		return fmt.Errorf("portaldb: end session: %w", err)
	}
	return nil
}

// SaveDetails writes the details and, the first time, when they were completed.
func (s *Store) SaveDetails(ctx context.Context, id string, d profile.Details, now time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE learner SET gender = $2, education = $3, occupation = $4, other_names = $5, interests = $6, city = $7,
				birth_date = CASE WHEN birth_source = '' THEN $8 ELSE birth_date END,
				completed_at = CASE WHEN completed_at = 0 THEN $9 ELSE completed_at END
			WHERE id = $1`,
			id, d.Gender, d.Education, d.Occupation, d.OtherNames, d.Interests, d.City, d.BirthDate, db.Micros(now))
		if err != nil {
			return fmt.Errorf("portaldb: save profile: %w", err)
		}
		return shareddb.AppendAudit(ctx, tx, audit.Event{At: now, Role: "portal", Actor: id, Subject: id, Action: "profile.saved", Outcome: audit.OK})
	})
}

// Accept adds acceptances; the same document and version twice is one.
func (s *Store) Accept(ctx context.Context, id string, list []profile.Acceptance) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, a := range list {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO acceptance (learner_id, document, version, lang, at) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (learner_id, document, version) DO NOTHING`,
				id, string(a.Document), a.Version, a.Lang, db.Micros(a.At))
			if err != nil {
				return fmt.Errorf("portaldb: accept: %w", err)
			}
			err = shareddb.AppendAudit(ctx, tx, audit.Event{
				At: a.At, Role: "portal", Actor: id, Subject: id, Action: "document.accepted", Outcome: audit.OK,
				Detail: map[string]string{"document": string(a.Document), "version": a.Version, "lang": a.Lang},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Accepted reports which documents are accepted in the version in force.
func (s *Store) Accepted(ctx context.Context, id string) (map[profile.Document]bool, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT document, version FROM acceptance WHERE learner_id = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("portaldb: acceptances: %w", err)
	}
	defer rows.Close()
	accepted := map[profile.Document]bool{}
	for rows.Next() {
		var document, version string
		if err := rows.Scan(&document, &version); err != nil {
			return nil, fmt.Errorf("portaldb: acceptances: %w", err)
		}
		if d := profile.Document(document); version == profile.Version(d) {
			accepted[d] = true
		}
	}
	return accepted, rows.Err()
}
