package credentialdb

import (
	"context"

	"atrio/db"
	"atrio/gateway/gatewaydb/accountdb"
)

// firstAccess tells of an account whether a register brought it, with the address that it
// has, and nobody has entered it yet: neither by a password nor by a door.
const firstAccess = `(c.phc IS NULL AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id)
	AND EXISTS (SELECT 1 FROM attribute r WHERE r.account_id = a.id AND r.name = 'email' AND r.source = 'register' AND r.value = a.email))`

// FirstLogin is the correlation id of the login in which the password of an account first
// opened it; "" when none did yet. // G4.1
func (s *Store) FirstLogin(ctx context.Context, accountID string) (string, error) {
	list, err := accountdb.Texts(ctx, s.DB.Read(), `SELECT first_login FROM credential WHERE account_id = $1`, accountID)
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
