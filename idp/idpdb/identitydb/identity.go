package identitydb

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/identity"
)

const identityColumns = RowColumns + `, i.state, i.state_at, i.created_at, i.expires_at, i.mobile_confirmed, i.cause, i.version, i.language, i.notices`

// Identity returns one identity with the factors it has.
func (s *Store) Identity(ctx context.Context, id string) (*identity.Identity, error) {
	return s.identityWhere(ctx, `i.id = $1`, id)
}

func (s *Store) identityWhere(ctx context.Context, where string, args ...any) (*identity.Identity, error) {
	row := s.DB.Read().QueryRowContext(ctx, `SELECT `+identityColumns+`,
			CASE WHEN p.identity IS NULL THEN 0 ELSE 1 END, CASE WHEN t.identity IS NULL THEN 0 ELSE 1 END,
			COALESCE(p.changed_at, 0), CASE WHEN EXISTS (SELECT 1 FROM app_device d WHERE d.identity = i.id AND d.ended_at = 0) THEN 1 ELSE 0 END,
			CASE WHEN EXISTS (SELECT 1 FROM identity_card k WHERE k.identity = i.id) THEN 1 ELSE 0 END
		FROM identity i LEFT JOIN password p ON p.identity = i.id LEFT JOIN totp t ON t.identity = i.id
		WHERE `+where, args...)
	i, err := s.scanIdentity(row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, identity.ErrUnknown
	}
	return i, err
}

func (s *Store) scanIdentity(row *sql.Row) (*identity.Identity, error) {
	var (
		i                           identity.Identity
		r                           Row
		stateAt, created, expires   int64
		passwordAt                  int64
		notices                     string
		confirmed, hasPass, hasTOTP int
		hasApp, hasCard             int
	)
	err := row.Scan(append(r.Into(), &i.State, &stateAt, &created, &expires, &confirmed, &i.Cause, &i.Version, &i.Language, &notices,
		&hasPass, &hasTOTP, &passwordAt, &hasApp, &hasCard)...)
	if err == nil {
		err = s.OpenIdentity(&r, &i)
	}
	if err != nil {
		return nil, err
	}
	i.StateAt, i.CreatedAt, i.ExpiresAt = db.FromMicros(stateAt), db.FromMicros(created), db.FromMicros(expires)
	i.PasswordAt = db.FromMicros(passwordAt)
	i.Notices = identity.Notices{Mail: strings.Contains(notices, "mail"), SMS: strings.Contains(notices, "sms")}
	if i.State == identity.Suspended && i.Cause == "" {
		i.Cause = identity.Security // rows of before do not say why: the causes are looked at
	}
	i.Factors = identity.Factors{Password: hasPass == 1, TOTP: hasTOTP == 1, SMS: confirmed == 1 && i.Holder.MobilePhone != "", App: hasApp == 1, Card: hasCard == 1}
	return &i, nil
}

// Exists tells whether a User ID or a spidCode is taken.
func (s *Store) Exists(ctx context.Context, userID string, code identity.SPIDCode) (bool, error) {
	var n int
	err := s.DB.Read().QueryRowContext(ctx, `SELECT (SELECT count(*) FROM identity WHERE user_key = $1 OR spid_key = $2) + (SELECT count(*) FROM retired_code WHERE spid_key = $2)`,
		s.Seals.User(userID), s.Seals.SPID(code)).Scan(&n)
	return n > 0, err
}

// Create stores an identity and its credentials.
func (s *Store) Create(ctx context.Context, i *identity.Identity, secrets identity.Secrets) error {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := s.InsertIdentity(ctx, tx, i, ""); err != nil {
			return err
		}
		if secrets.PasswordHash != "" {
			_, err := tx.ExecContext(ctx, `INSERT INTO password (identity, phc, changed_at) VALUES ($1, $2, $3)`,
				i.ID, secrets.PasswordHash, db.Micros(i.CreatedAt))
			if err != nil {
				return err
			}
		}
		if secrets.AnswerHash != "" {
			if err := SetSecurity(ctx, tx, i.ID, secrets.Question, secrets.AnswerHash, i.CreatedAt); err != nil {
				return err
			}
		}
		if len(secrets.TOTPKey) > 0 {
			return s.Credentials.InsertTOTP(ctx, tx, i, secrets.TOTPKey)
		}
		return nil
	})
	if db.IsUnique(err) {
		return identity.ErrExists.Because(err)
	}
	return err
}

// InsertIdentity stores the row of an identity; person is the MAC of who may have no other, ""
// for one that was seeded.
func (s *Store) InsertIdentity(ctx context.Context, tx *db.Tx, i *identity.Identity, person string) error {
	r := s.sealIdentity(i)
	_, err := tx.ExecContext(ctx, `INSERT INTO identity (id, spid_key, user_key, fiscal_key, phone_key, document_key, sealed,
			state, state_at, created_at, expires_at, mobile_confirmed, cause, language, notices, person_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		r.id, r.spid, r.user, r.fiscal, r.phone, r.document, r.sealed,
		string(i.State), db.Micros(i.StateAt), db.Micros(i.CreatedAt), db.Micros(i.ExpiresAt), flag(i.Factors.SMS), string(i.Cause), languageOf(i), noticesText(i.Notices), person)
	return err
}

func flag(set bool) int {
	if set {
		return 1
	}
	return 0
}

// SetState changes the state of an identity; one that is not active any more
// loses its sessions in the same commit.
func (s *Store) SetState(ctx context.Context, id string, to identity.State, at time.Time) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE identity SET state = $2, state_at = $3, cause = '', version = version + 1 WHERE id = $1`,
			id, string(to), db.Micros(at))
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(identity.ErrUnknown, err)
		}
		if to == identity.Active {
			return nil
		}
		return shareddb.EndSessionsOf(ctx, tx, id, at)
	})
}

const dayForm = "2006-01-02"

// day reads a stored date; ” is the zero time.
func day(s string) time.Time {
	t, err := time.Parse(dayForm, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(dayForm)
}
