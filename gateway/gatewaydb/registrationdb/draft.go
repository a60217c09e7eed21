package registrationdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/registration"
	"atrio/gateway/registration/wizard"
)

var _ wizard.Drafts = (*Store)(nil)

// SendDraftCode stores a contact code and queues its message, as SendCode does, and uses
// up the work that the browser did for it.
func (s *Store) SendDraftCode(ctx context.Context, c registration.ContactCode, once *account.Once, m notify.Message, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if once != nil {
			if err := shareddb.Consume(ctx, tx, once.Kind, once.ID, once.Until); err != nil {
				return err
			}
		}
		return sendCode(ctx, tx, c, m, ev)
	})
}

// KnowsAddress tells whether an account has a contact address, whatever its case; one
// that its holder closed does not count.
func (s *Store) KnowsAddress(ctx context.Context, email string) (bool, error) {
	var known bool
	err := s.DB.Read().QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM account WHERE lower(email) = lower($1) AND closed_at = 0)`, email).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("registrationdb: look for address: %w", err)
	}
	return known, nil
}

// OpenDraft stores a draft and forgets the code that confirmed its address. Of several
// at once one stores it, the others get ErrUsed.
func (s *Store) OpenDraft(ctx context.Context, row wizard.Row, journey string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO draft (id, sealed, version, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING`,
			row.ID, row.Sealed, row.Version, db.Micros(row.Expires))
		if err != nil {
			return fmt.Errorf("registrationdb: open draft: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, shareddb.ErrUsed)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM contact_code WHERE journey = $1`, journey); err != nil {
			return fmt.Errorf("registrationdb: forget contact code: %w", err)
		}
		return nil
	})
}

// errNoDraft: it was settled, dropped or is over.
var errNoDraft = fault.New(fault.Gone, "error.gone").For("no_draft")

// Draft finds a draft that is not over.
func (s *Store) Draft(ctx context.Context, id []byte, now time.Time) (wizard.Row, error) {
	row, expires := wizard.Row{ID: id}, int64(0)
	err := s.DB.Read().QueryRowContext(ctx, `SELECT sealed, version, expires_at FROM draft WHERE id = $1 AND expires_at > $2`, id, db.Micros(now)).
		Scan(&row.Sealed, &row.Version, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return row, errNoDraft
	}
	if err != nil {
		return row, fmt.Errorf("registrationdb: find draft: %w", err)
	}
	row.Expires = db.FromMicros(expires)
	return row, nil
}

// SaveDraft stores the next version of a draft.
func (s *Store) SaveDraft(ctx context.Context, row wizard.Row) error {
	var n int64
	err := s.DB.One(ctx, func(q db.Queryer) error {
		res, err := q.ExecContext(ctx, `UPDATE draft SET sealed = $1, version = $2, expires_at = $3 WHERE id = $4 AND version = $5`,
			row.Sealed, row.Version, db.Micros(row.Expires), row.ID, row.Version-1)
		if err != nil {
			return err
		}
		n, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return fmt.Errorf("registrationdb: save draft: %w", err)
	}
	if n == 0 {
		return fault.New(fault.Conflict, "error.conflict").For("draft_version")
	}
	return nil
}

// DropDraft forgets a draft.
func (s *Store) DropDraft(ctx context.Context, id []byte) error {
	err := s.DB.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `DELETE FROM draft WHERE id = $1`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("registrationdb: drop draft: %w", err)
	}
	return nil
}
