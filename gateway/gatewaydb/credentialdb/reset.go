package credentialdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/db"
)

// PasswordReset tells when the password of an account was chosen by somebody who was
// known by something else than the password before, and by what; zero when it was not.
func (s *Store) PasswordReset(ctx context.Context, accountID string) (at time.Time, by string, err error) {
	var set int64
	err = s.DB.Read().QueryRowContext(ctx, `SELECT set_at, set_by FROM credential WHERE account_id = $1 AND set_by NOT IN ('password', 'registration')`,
		accountID).Scan(&set, &by)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, "", fmt.Errorf("credentialdb: read password reset: %w", err)
	}
	return db.FromMicros(set), by, nil
}
