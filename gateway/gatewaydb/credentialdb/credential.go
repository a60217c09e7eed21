package credentialdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/sessiondb"
	"atrio/people/person"
)

var _ credential.Store = (*Store)(nil)

// CredentialByCode finds the password of a Codice Persona, in one statement whether
// there is one or not.
func (s *Store) CredentialByCode(ctx context.Context, code account.Code) (credential.Credential, error) {
	// By the register, where the code of an account that was merged leads on.
	return credentialOf(ctx, s.DB.Read(), `a.id = (SELECT p.account_id FROM person_code p WHERE p.code = $1)`, string(code))
}

// CredentialOf finds the password of an account.
func (s *Store) CredentialOf(ctx context.Context, accountID string) (credential.Credential, error) {
	return credentialOf(ctx, s.DB.Read(), `a.id = $1`, accountID)
}

const credentialColumns = `a.id, a.code, a.state, a.given_name, a.family_name, a.email, a.language, a.fiscal_code, a.created_at,
	COALESCE(c.phc, ''), COALESCE(c.set_at, 0), ` + firstAccess + ` FROM account a LEFT JOIN credential c ON c.account_id = a.id`

func credentialOf(ctx context.Context, q db.Queryer, where string, arg any) (credential.Credential, error) {
	c, err := scanCredential(q.QueryRowContext(ctx, `SELECT `+credentialColumns+` WHERE `+where, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return credential.Credential{}, nil
	}
	return c, err
}

func scanCredential(row interface{ Scan(...any) error }) (c credential.Credential, err error) {
	var code, state string
	var fiscal sql.NullString
	var created, set int64
	a := &c.Account
	err = row.Scan(&a.ID, &code, &state, &a.GivenName, &a.FamilyName, &a.Email, &a.Language, &fiscal, &created, &c.PHC, &set, &c.First)
	if err != nil {
		return c, fmt.Errorf("credentialdb: credential: %w", err)
	}
	a.Code, a.State, a.FiscalCode = account.Code(code), account.State(state), person.FiscalCode(fiscal.String)
	a.CreatedAt, a.PasswordAt, c.SetAt = db.FromMicros(created), db.FromMicros(set), db.FromMicros(set)
	return c, nil
}

// FormerPasswords gives the newest hashes that an account had before.
func (s *Store) FormerPasswords(ctx context.Context, accountID string, most int) ([]string, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT phc FROM credential_former WHERE account_id = $1 ORDER BY set_at DESC LIMIT $2`, accountID, most)
	if err != nil {
		return nil, fmt.Errorf("credentialdb: former passwords: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var phc string
		if err := rows.Scan(&phc); err != nil {
			return nil, fmt.Errorf("credentialdb: former passwords: %w", err)
		}
		list = append(list, phc)
	}
	return list, rows.Err()
}

// SetPassword makes a change of password: the row, the one before it into the history,
// the end of sessions, audit and mail in one commit.
func (s *Store) SetPassword(ctx context.Context, c credential.Change) error {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		// Who enters, freezes or closes the account at this moment goes first or waits.
		if _, err := accountdb.Hold(ctx, tx, c.AccountID); err != nil {
			return err
		}
		before, err := credentialOf(ctx, tx, `a.id = $1`, c.AccountID)
		switch {
		case err != nil:
			return err
		case c.By == "mail" && before.PHC == "" && !before.First:
			return credential.ErrChanged // somebody proved the account in between // G3.8
		case before.Account.ID == "":
			return accountdb.ErrNoAccount
		case before.Account.State != account.Active:
			return accountdb.Shut(before.Account)
		case !before.SetAt.Equal(c.Replaces):
			return credential.ErrChanged
		}
		if err := replacePassword(ctx, tx, before, c); err != nil {
			return err
		}
		if before.First && c.By == "mail" {
			// The register's address is the person's: they read what was sent there.
			said := account.Attribute{Name: person.Email, Value: before.Account.Email, Source: account.Confirmed, At: c.Now}
			if err := accountdb.SetAttribute(ctx, tx, c.AccountID, said); err != nil {
				return err
			}
		}
		ev := c.Event
		ev.Actor = c.AccountID
		if c.Ends {
			if _, err := sessiondb.EndOthers(ctx, tx, c.AccountID, c.Session, "password", ev); err != nil {
				return err
			}
		}
		if err := accountdb.WriteEvent(ctx, tx, ev, audit.PasswordChanged, c.AccountID); err != nil {
			return err
		}
		return shareddb.QueueMessage(ctx, tx, c.Tell(before.Account), c.Now)
	})
	if db.IsUnique(err) { // two first passwords in the same moment
		return credential.ErrChanged.Because(err)
	}
	return err
}

// replacePassword writes the row; the condition on set_at decides between two changes
// at the same time.
func replacePassword(ctx context.Context, tx *db.Tx, before credential.Credential, c credential.Change) error {
	if before.PHC == "" {
		_, err := tx.ExecContext(ctx, `INSERT INTO credential (account_id, phc, set_at, set_by) VALUES ($1, $2, $3, $4)`,
			c.AccountID, c.PHC, db.Micros(c.SetAt), c.By)
		return err
	}
	res, err := tx.ExecContext(ctx, `UPDATE credential SET phc = $1, set_at = $2, set_by = $3 WHERE account_id = $4 AND set_at = $5`,
		c.PHC, db.Micros(c.SetAt), c.By, c.AccountID, db.Micros(c.Replaces))
	if err != nil {
		return fmt.Errorf("credentialdb: set password: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(credential.ErrChanged, err)
	}
	if _, err := sessiondb.EndStays(ctx, tx, c.AccountID, "password", c.Event); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO credential_former (account_id, set_at, phc) VALUES ($1, $2, $3)`,
		c.AccountID, db.Micros(before.SetAt), before.PHC)
	if err != nil {
		return fmt.Errorf("credentialdb: keep former password: %w", err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM credential_former WHERE account_id = $1 AND set_at NOT IN
		(SELECT set_at FROM credential_former WHERE account_id = $1 ORDER BY set_at DESC LIMIT $2)`, c.AccountID, c.Keep)
	if err != nil {
		return fmt.Errorf("credentialdb: forget former passwords: %w", err)
	}
	return nil
}

// EnterByPassword lets somebody in who typed the password of an account: session and
// audit in one commit. It refuses with ErrFrozen and ErrClosed, and with credential.ErrChanged when
// that password is not the account's any more.
func (s *Store) EnterByPassword(ctx context.Context, v account.PasswordVisit) (a account.Account, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := sessiondb.UseUp(ctx, tx, v.Visit); err != nil {
			return err
		}
		// The row is locked until the session stands: a change of the password that
		// comes next finds the session and ends it. // ASVS 7.4.3
		res, err := tx.ExecContext(ctx, `UPDATE credential SET phc = CASE WHEN $1 = '' THEN phc ELSE $1 END WHERE account_id = $2 AND set_at = $3`,
			v.PHC, v.AccountID, db.Micros(v.PasswordAt))
		if err != nil {
			return fmt.Errorf("credentialdb: enter by password: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(credential.ErrChanged, err)
		}
		c, err := credentialOf(ctx, tx, `a.id = $1`, v.AccountID)
		if err != nil {
			return err
		}
		if a = c.Account; a.State != account.Active {
			return accountdb.Shut(a)
		}
		if v.Stay != nil {
			if err := beginStay(ctx, tx, v); err != nil {
				return err
			}
		}
		if err := noteFirstLogin(ctx, tx, a.ID, v.Correlation); err != nil {
			return err
		}
		if err := sessiondb.EndReplaced(ctx, tx, v.Visit, a.ID); err != nil {
			return err
		}
		return sessiondb.OpenSession(ctx, tx, v.Visit, a)
	})
	return a, err
}

// InsertCredential stores the first password of an account.
func InsertCredential(ctx context.Context, q db.Queryer, accountID, phc string, now time.Time) error {
	_, err := q.ExecContext(ctx, `INSERT INTO credential (account_id, phc, set_at, set_by) VALUES ($1, $2, $3, 'registration')`, accountID, phc, db.Micros(now))
	if err != nil {
		return fmt.Errorf("credentialdb: insert credential: %w", err)
	}
	return nil
}
