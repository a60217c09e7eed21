package credentialdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/credential"
	"atrio/gateway/gatewaydb/accountdb"
)

var _ credential.StayStore = (*Store)(nil)

// beginStay stores the stay that a visit begins.
func beginStay(ctx context.Context, tx *db.Tx, v account.PasswordVisit) error {
	s := v.Stay
	_, err := tx.ExecContext(ctx, `INSERT INTO stay (hash, handle, account_id, password_at, typed_at, expires_at, user_agent, address)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, s.Hash, s.Handle, s.AccountID, db.Micros(s.PasswordAt), db.Micros(s.TypedAt), db.Micros(s.ExpiresAt),
		s.UserAgent, s.Address)
	if err != nil {
		return fmt.Errorf("credentialdb: begin stay: %w", err)
	}
	ev := v.Event
	ev.Actor, ev.Detail = s.AccountID, map[string]string{"stay": s.Handle}
	return accountdb.WriteEvent(ctx, tx, ev, audit.StayBegan, s.AccountID)
}

// FindStay finds a stay that has not expired and whose password is still the account's.
func (s *Store) FindStay(ctx context.Context, hash []byte, now time.Time) (stay account.Stay, c credential.Credential, found bool, err error) {
	stay, err = scanStay(s.DB.Read().QueryRowContext(ctx, `SELECT `+stayColumns+` WHERE s.hash = $1 AND s.expires_at > $2`, hash, db.Micros(now)))
	if errors.Is(err, sql.ErrNoRows) {
		return stay, c, false, nil
	}
	if err != nil {
		return stay, c, false, err
	}
	c, err = s.CredentialOf(ctx, stay.AccountID)
	return stay, c, err == nil && c.SetAt.Equal(stay.PasswordAt) && c.Account.State == account.Active, err
}

// Stays lists the browsers in which a person stays, the newest first.
func (s *Store) Stays(ctx context.Context, accountID string, now time.Time) ([]account.Stay, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+stayColumns+` WHERE s.account_id = $1 AND s.expires_at > $2 ORDER BY s.typed_at DESC, s.handle LIMIT 200`,
		accountID, db.Micros(now))
	if err != nil {
		return nil, fmt.Errorf("credentialdb: stays: %w", err)
	}
	defer rows.Close()
	var list []account.Stay
	for rows.Next() {
		one, err := scanStay(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}

const stayColumns = `s.hash, s.handle, s.account_id, s.password_at, s.typed_at, s.expires_at, s.user_agent, s.address FROM stay s`

func scanStay(row interface{ Scan(...any) error }) (s account.Stay, err error) {
	var password, typed, expires int64
	if err := row.Scan(&s.Hash, &s.Handle, &s.AccountID, &password, &typed, &expires, &s.UserAgent, &s.Address); err != nil {
		return s, fmt.Errorf("credentialdb: stay: %w", err)
	}
	s.PasswordAt, s.TypedAt, s.ExpiresAt = db.FromMicros(password), db.FromMicros(typed), db.FromMicros(expires)
	return s, nil
}

// ForgetStay ends the stay of a browser, with its audit line; none is no error.
func (s *Store) ForgetStay(ctx context.Context, hash []byte, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := endStay(ctx, tx, ev, `hash = $1`, hash)
		return err
	})
}

// EndStay ends a stay from the list of its owner; fault.NotFound when there is none.
func (s *Store) EndStay(ctx context.Context, accountID, handle string, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		ended, err := endStay(ctx, tx, ev, `handle = $1 AND account_id = $2`, handle, accountID)
		if err == nil && !ended {
			err = fault.New(fault.NotFound, "error.not_found").For("no_stay")
		}
		return err
	})
}

func endStay(ctx context.Context, tx *db.Tx, ev audit.Event, where string, args ...any) (bool, error) {
	var account, handle string
	err := tx.QueryRowContext(ctx, `DELETE FROM stay WHERE `+where+` RETURNING account_id, handle`, args...).Scan(&account, &handle)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("credentialdb: end stay: %w", err)
	}
	ev.Actor, ev.Detail = account, accountdb.WithDetail(ev.Detail, "stay", handle)
	return true, accountdb.WriteEvent(ctx, tx, ev, audit.StayEnded, account)
}
