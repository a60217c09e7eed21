package identitydb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
	"atrio/idp/life"
)

// formerPurpose is what former contacts are sealed for.
const formerPurpose = "idp.former_contact."

// keepFormer keeps contacts that a step replaces.
func (s *Store) keepFormer(ctx context.Context, tx *db.Tx, id string, list []life.Former) error {
	for _, f := range list {
		sealed, err := s.Seals.Seal(formerPurpose+id+"."+f.Field, f.At, f.Value)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO former_contact (identity, field, ended_at, sealed) VALUES ($1, $2, $3, $4)
			ON CONFLICT (identity, field, ended_at) DO NOTHING`, id, f.Field, db.Micros(f.At), sealed)
		if err != nil {
			return fmt.Errorf("idpdb: former contact: %w", err)
		}
	}
	return nil
}

// mostFormer bounds who is told.
const mostFormer = 20

// FormerContacts lists what was replaced since, the latest first.
func (s *Store) FormerContacts(ctx context.Context, id string, since time.Time) (list []life.Former, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT field, ended_at, sealed FROM former_contact WHERE identity = $1 AND ended_at > $2 ORDER BY ended_at DESC, field LIMIT $3`,
		id, db.Micros(since), mostFormer)
	if err != nil {
		return nil, fmt.Errorf("idpdb: former contacts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var f life.Former
		var at int64
		var sealed string
		if err := rows.Scan(&f.Field, &at, &sealed); err != nil {
			return nil, fmt.Errorf("idpdb: former contacts: %w", err)
		}
		f.At = db.FromMicros(at)
		if err := s.Seals.Open(formerPurpose+id+"."+f.Field, f.At, sealed, &f.Value); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// SetSecurity stores the question of an identity and the hash of its answer.
func SetSecurity(ctx context.Context, tx *db.Tx, id, question, phc string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO security_answer (identity, question, phc, changed_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (identity) DO UPDATE SET question = excluded.question, phc = excluded.phc, changed_at = excluded.changed_at`, id, question, phc, db.Micros(at))
	if err != nil {
		return fmt.Errorf("idpdb: security question: %w", err)
	}
	return nil
}
