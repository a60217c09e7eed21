package gatewaydb

import (
	"context"

	"atrio/db"
)

// FirstLogin is the correlation id of the login in which the password of an account first
// opened it; "" when none did yet. // G4.1
func (s *Store) FirstLogin(ctx context.Context, accountID string) (string, error) {
	list, err := texts(ctx, s.DB.Read(), `SELECT first_login FROM credential WHERE account_id = $1`, accountID)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0], nil
}

// noteFirstLogin is done at every login by password; only the first one stays.
func noteFirstLogin(ctx context.Context, tx *db.Tx, accountID, login string) error {
	_, err := tx.ExecContext(ctx, `UPDATE credential SET first_login = $1 WHERE account_id = $2 AND first_login = ''`, login, accountID)
	return err
}
