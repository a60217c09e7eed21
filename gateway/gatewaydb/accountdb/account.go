package accountdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/release"
	"atrio/people/person"
)

const accountColumns = `a.id, a.code, a.state, a.given_name, a.family_name, a.email, a.language, a.fiscal_code, a.created_at,
	COALESCE((SELECT c.set_at FROM credential c WHERE c.account_id = a.id), 0),
	COALESCE((SELECT n.value FROM attribute n WHERE n.account_id = a.id AND n.name = 'chosen_name' AND n.source = 'declared'), '')`

// Account gives the account with this id; fault.NotFound when there is none.
func (s *Store) Account(ctx context.Context, id string) (account.Account, error) {
	return Of(ctx, s.DB.Read(), id)
}

// Of is Account within a transaction.
func Of(ctx context.Context, q db.Queryer, id string) (account.Account, error) {
	a, found, err := One(ctx, q, `FROM account a WHERE a.id = $1`, id)
	if err == nil && !found {
		err = ErrNoAccount
	}
	return a, err
}

// Person gives what is known about the holder of an active account, for the
// release of attributes; fault.NotFound when it does not exist or is frozen.
func (s *Store) Person(ctx context.Context, id string) (release.Person, error) {
	a, err := s.Account(ctx, id)
	if err != nil {
		return release.Person{}, err
	}
	if a.State != account.Active {
		return release.Person{}, ErrNoAccount
	}
	list, err := s.Attributes(ctx, id)
	return release.Person{Account: a, Attributes: list}, err
}

// Find looks for the account of an asserted person: by the identity first, then by the
// verified codice fiscale, then for one that a register brought and nobody has entered
// yet. linked tells that the identity was known; held what the queries end with: Holding,
// or "".
func Find(ctx context.Context, q db.Queryer, p person.Assertion, held string) (a account.Account, known, linked bool, err error) {
	a, known, err = One(ctx, q, `FROM identity i JOIN account a ON a.id = i.account_id
		WHERE i.door = $1 AND i.issuer = $2 AND i.subject = $3`+held, string(p.Door), p.Issuer, p.Subject)
	if err == nil && known && p.Door == person.DoorCIE && a.FiscalCode != p.FiscalCode {
		// CIE names people by the codice fiscale, which a rectification may give to
		// somebody else: only the help desk can tell whose it is now. // G3.8
		var other account.Account
		if other, _, err = One(ctx, q, `FROM account a WHERE a.fiscal_code = $1`, string(p.FiscalCode)); err == nil {
			err = &Conflict{a.ID, other.ID}
		}
	}
	if err != nil || known || p.FiscalCode == "" {
		return a, known, known, err
	}
	a, known, err = One(ctx, q, `FROM account a WHERE a.fiscal_code = $1`+held, string(p.FiscalCode))
	if err == nil && !known {
		a, known, err = waiting(ctx, q, p.FiscalCode, held)
	}
	return a, known, false, err
}

// Holding makes a query keep the account that it finds until the session stands: whoever
// freezes or closes it next finds the session and ends it; who did so a moment ago is
// noticed. On SQLite nobody else writes meanwhile (BEGIN IMMEDIATE). // ASVS 7.4.2
func Holding(tx *db.Tx) string {
	if tx.Dialect() == db.Postgres {
		return ` FOR NO KEY UPDATE OF a`
	}
	return ""
}

// One finds the account of a query from its FROM on.
func One(ctx context.Context, q db.Queryer, from string, args ...any) (account.Account, bool, error) {
	a, err := scanAccount(q.QueryRowContext(ctx, `SELECT `+accountColumns+` `+from, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("accountdb: find account: %w", err)
	}
	return a, true, nil
}

// List is One for several.
func List(ctx context.Context, q db.Queryer, from string, args ...any) ([]account.Account, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+accountColumns+` `+from, args...)
	if err != nil {
		return nil, fmt.Errorf("accountdb: find accounts: %w", err)
	}
	defer rows.Close()
	var list []account.Account
	for rows.Next() {
		a, err := scanAccount(rows)
		if err != nil {
			return nil, fmt.Errorf("accountdb: find accounts: %w", err)
		}
		list = append(list, a)
	}
	return list, rows.Err()
}

func scanAccount(row interface{ Scan(...any) error }) (account.Account, error) {
	var a account.Account
	var code, state string
	var fiscal sql.NullString
	var created, password int64
	err := row.Scan(&a.ID, &code, &state, &a.GivenName, &a.FamilyName, &a.Email, &a.Language, &fiscal, &created, &password, &a.ChosenName)
	a.Code, a.State, a.FiscalCode = account.Code(code), account.State(state), person.FiscalCode(fiscal.String)
	a.CreatedAt, a.PasswordAt = db.FromMicros(created), db.FromMicros(password)
	return a, err
}

// Insert stores a new account and marks its code as given for ever.
func Insert(ctx context.Context, q db.Execer, a account.Account) error {
	_, err := q.ExecContext(ctx, `INSERT INTO person_code (code, account_id, assigned_at) VALUES ($1, $2, $3)`,
		string(a.Code), a.ID, db.Micros(a.CreatedAt))
	if err != nil {
		return fmt.Errorf("accountdb: assign codice persona: %w", err)
	}
	_, err = q.ExecContext(ctx, `INSERT INTO account (id, code, state, given_name, family_name, email, language, fiscal_code, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		a.ID, string(a.Code), string(a.State), a.GivenName, a.FamilyName, a.Email, a.Language, Nullable(string(a.FiscalCode)), db.Micros(a.CreatedAt))
	if err != nil {
		return fmt.Errorf("accountdb: insert account: %w", err)
	}
	return nil
}

// Occupancy is the share of Codici Persona of a length that were ever given.
func (s *Store) Occupancy(ctx context.Context, digits int) (float64, error) {
	var n int64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM person_code WHERE length(code) = $1`, digits).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("accountdb: occupancy: %w", err)
	}
	return account.Occupancy(digits, n), nil
}

// Nullable keeps empty values out of a unique index.
func Nullable(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }
