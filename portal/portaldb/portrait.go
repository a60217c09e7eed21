package portaldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
)

// Picture gives the portrait of a learner; nil when there is none.
func (s *Store) Picture(ctx context.Context, id string) ([]byte, error) {
	var picture []byte
	err := s.DB.Read().QueryRowContext(ctx, `SELECT picture FROM portrait WHERE learner_id = $1`, id).Scan(&picture)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("portaldb: picture: %w", err)
	}
	return picture, nil
}

// SavePicture keeps a portrait in place of the one before; nil removes it.
func (s *Store) SavePicture(ctx context.Context, id string, portrait []byte, now time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		how, err := "removed", error(nil)
		if portrait == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM portrait WHERE learner_id = $1`, id)
		} else {
			how = "set"
			_, err = tx.ExecContext(ctx, `INSERT INTO portrait (learner_id, picture, at) VALUES ($1, $2, $3)
				ON CONFLICT (learner_id) DO UPDATE SET picture = excluded.picture, at = excluded.at`, id, portrait, db.Micros(now))
		}
		if err != nil {
			return fmt.Errorf("portaldb: save picture: %w", err)
		}
		return shareddb.AppendAudit(ctx, tx, audit.Event{
			At: now, Role: "portal", Actor: id, Subject: id, Action: "profile.picture", Outcome: audit.OK, Detail: map[string]string{"how": how},
		})
	})
}
