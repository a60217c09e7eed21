package factordb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/secondfactor"
)

var (
	_ secondfactor.Factors = (*Store)(nil)
	_ secondfactor.Codes   = (*Store)(nil)
)

// factorKey seals the secrets of factors. The sealing keys of the role rotate and old
// ones go, while factors are kept for years: it comes from the MAC key, which stays.
func (s *Store) factorKey() *seal.RowKey {
	return seal.NewRowKey("gateway factor", "vault", [32]byte(s.Ring.MAC("gateway.factor.vault")))
}

// factorBound ties a sealed secret to its row: copied to another it does not open.
func factorBound(f secondfactor.Factor) []string { return []string{f.ID, f.AccountID, string(f.Kind)} }

// FactorStatus reads the second factors of an account.
func (s *Store) FactorStatus(ctx context.Context, accountID string) (secondfactor.Status, error) {
	q := s.DB.Read()
	list, err := s.factors(ctx, q, accountID)
	if err != nil {
		return secondfactor.Status{}, err
	}
	st := secondfactor.Status{}
	for _, f := range list {
		st.Factors = append(st.Factors, f.Factor)
	}
	var made sql.NullInt64
	err = q.QueryRowContext(ctx, `SELECT count(CASE WHEN used_at = 0 THEN 1 END), min(created_at) FROM recovery_code WHERE account_id = $1`,
		accountID).Scan(&st.RecoveryLeft, &made)
	if err != nil {
		return secondfactor.Status{}, fmt.Errorf("factordb: count recovery codes: %w", err)
	}
	st.RecoveryMade = db.FromMicros(made.Int64)
	return st, nil
}

// Factors are the kinds of second factors that an account has.
func (s *Store) Factors(ctx context.Context, accountID string) ([]kinds.Kind, error) {
	st, err := s.FactorStatus(ctx, accountID)
	return st.Kinds(), err
}

// factorRow is a factor with its opened secret.
type factorRow struct {
	secondfactor.Factor
	key  []byte
	step int64
}

// factors reads and opens the factors of an account, in the order of their setting up.
func (s *Store) factors(ctx context.Context, q db.Queryer, accountID string) ([]factorRow, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, kind, label, secret, step, created_at, used_at FROM factor
		WHERE account_id = $1 ORDER BY created_at, id`, accountID)
	if err != nil {
		return nil, fmt.Errorf("factordb: read factors: %w", err)
	}
	defer rows.Close()
	var list []factorRow
	for rows.Next() {
		f := factorRow{Factor: secondfactor.Factor{AccountID: accountID}}
		var kind string
		var sealed []byte
		var created, used int64
		if err := rows.Scan(&f.ID, &kind, &f.Label, &sealed, &f.step, &created, &used); err != nil {
			return nil, fmt.Errorf("factordb: read factors: %w", err)
		}
		f.Kind, f.CreatedAt, f.UsedAt = kinds.Kind(kind), db.FromMicros(created), db.FromMicros(used)
		if f.Kind == kinds.Desk { // it has no secret
			list = append(list, f)
			continue
		}
		parts, err := s.factorKey().Open(factorBound(f.Factor), sealed)
		if err != nil || len(parts) != 1 {
			return nil, fmt.Errorf("factordb: open factor %s: %w", f.ID, errors.Join(err, errParts(parts)))
		}
		if err := f.open(parts[0]); err != nil {
			return nil, fmt.Errorf("factordb: open factor %s: %w", f.ID, err)
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// open puts the secret where it belongs.
func (f *factorRow) open(secret []byte) error {
	switch f.Kind {
	case kinds.SMS:
		f.Number = string(secret)
	case kinds.Passkey:
		if err := json.Unmarshal(secret, &f.Key); err != nil {
			return err
		}
		f.Key.Count = uint32(f.step)
	default:
		f.key = secret
	}
	return nil
}

// secretOf is what is sealed of a new factor.
func secretOf(add secondfactor.Addition) ([]byte, error) {
	switch add.Kind {
	case kinds.SMS:
		return []byte(add.Number), nil
	case kinds.Passkey:
		return json.Marshal(add.Factor.Key)
	}
	return add.Secret, nil
}

func errParts(parts [][]byte) error {
	if len(parts) == 1 {
		return nil
	}
	return errors.New("not one part")
}

// lockAccount makes changes of one account's factors pass one after another, and gives
// the account.
func lockAccount(ctx context.Context, tx *db.Tx, accountID string) (account.Account, error) {
	_, err := tx.ExecContext(ctx, `UPDATE account SET state = state WHERE id = $1`, accountID)
	if err != nil {
		return account.Account{}, fmt.Errorf("factordb: lock account: %w", err)
	}
	a, found, err := accountdb.One(ctx, tx, `FROM account a WHERE a.id = $1`, accountID)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "error.not_found").For("account_not_found")
	}
	return a, err
}

// AddFactor stores a confirmed factor.
func (s *Store) AddFactor(ctx context.Context, add secondfactor.Addition) error {
	secret, err := secretOf(add)
	if err != nil {
		return fmt.Errorf("factordb: write factor: %w", err)
	}
	sealed := s.factorKey().Seal(factorBound(add.Factor), secret)
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := lockAccount(ctx, tx, add.AccountID)
		if err == nil && a.State != account.Active {
			err = accountdb.Shut(a) // frozen while the form was open // G3.8
		}
		if err != nil {
			return err
		}
		var same int
		err = tx.QueryRowContext(ctx, `SELECT count(*) FROM factor WHERE account_id = $1 AND kind = $2 AND id <> $3`,
			add.AccountID, string(add.Kind), add.ID).Scan(&same)
		if err != nil {
			return fmt.Errorf("factordb: count factors: %w", err)
		}
		if same >= secondfactor.MostOfAKind {
			return secondfactor.ErrTooMany
		}
		result, err := tx.ExecContext(ctx, `INSERT INTO factor (id, account_id, kind, label, secret, step, created_at, used_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (id) DO NOTHING`,
			add.ID, add.AccountID, string(add.Kind), add.Label, sealed, add.Step, db.Micros(add.CreatedAt))
		if err != nil {
			return fmt.Errorf("factordb: add factor: %w", err)
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ownFactor(ctx, tx, add.Factor))
		}
		add.Event.Detail = accountdb.WithDetail(accountdb.WithDetail(add.Event.Detail, "kind", string(add.Kind)), "factor", add.ID)
		return s.Told(ctx, tx, a, add.Event, audit.FactorAdded, add.Tell)
	})
}

// ownFactor accepts a factor that is there already, because its form was sent twice, and
// refuses a passkey of another account. WebAuthn 7.1
func ownFactor(ctx context.Context, tx *db.Tx, f secondfactor.Factor) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM factor WHERE id = $1 AND account_id = $2`, f.ID, f.AccountID).Scan(&n)
	if err == nil && n == 0 {
		err = secondfactor.ErrTaken
	}
	return err
}

// Told writes the audit line of a change and queues the message about it.
func (s *Store) Told(ctx context.Context, tx *db.Tx, a account.Account, ev audit.Event, action string, tell secondfactor.Tell) error {
	if err := accountdb.WriteEvent(ctx, tx, ev, action, a.ID); err != nil || tell == nil {
		return err
	}
	m := tell(a)
	if m.To == "" {
		return nil
	}
	return shareddb.QueueMessage(ctx, tx, m, ev.At)
}

// RemoveFactor removes a factor; with the last one go the recovery codes.
func (s *Store) RemoveFactor(ctx context.Context, r secondfactor.Removal) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := lockAccount(ctx, tx, r.AccountID)
		if err != nil {
			return err
		}
		var kind string
		err = tx.QueryRowContext(ctx, `DELETE FROM factor WHERE id = $1 AND account_id = $2 RETURNING kind`, r.ID, r.AccountID).Scan(&kind)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.New(fault.NotFound, "error.not_found").For("factor_not_found")
		}
		if err != nil {
			return fmt.Errorf("factordb: remove factor: %w", err)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM recovery_code WHERE account_id = $1
			AND NOT EXISTS (SELECT 1 FROM factor f WHERE f.account_id = $1)`, r.AccountID)
		if err != nil {
			return fmt.Errorf("factordb: remove recovery codes: %w", err)
		}
		r.Event.Detail = accountdb.WithDetail(accountdb.WithDetail(r.Event.Detail, "kind", kind), "factor", r.ID)
		return s.Told(ctx, tx, a, r.Event, audit.FactorRemoved, r.Tell)
	})
}

// useFactor notes when a factor was proved last.
func useFactor(ctx context.Context, tx *db.Tx, id string, now time.Time) error {
	if id == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE factor SET used_at = $2 WHERE id = $1`, id, db.Micros(now)); err != nil {
		return fmt.Errorf("factordb: use factor: %w", err)
	}
	return nil
}
