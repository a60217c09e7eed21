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
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/registration"
)

// SendCode stores a contact code in place of an earlier one of the same journey
// and queues its message and audit line, in one commit.
func (s *Store) SendCode(ctx context.Context, c registration.ContactCode, m notify.Message, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return sendCode(ctx, tx, c, m, ev) })
}

func sendCode(ctx context.Context, tx *db.Tx, c registration.ContactCode, m notify.Message, ev audit.Event) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO contact_code (journey, address, code, tries, expires_at) VALUES ($1, $2, $3, 0, $4)
		ON CONFLICT (journey) DO UPDATE SET address = excluded.address, code = excluded.code, tries = 0, expires_at = excluded.expires_at`,
		c.Journey, c.Address, c.Code, db.Micros(c.Expires))
	if err != nil {
		return fmt.Errorf("registrationdb: store contact code: %w", err)
	}
	if err := shareddb.QueueMessage(ctx, tx, m, ev.At); err != nil {
		return err
	}
	return accountdb.WriteEvent(ctx, tx, ev, audit.CodeSent, "")
}

// TryCode counts one try and gives the stored code to compare with. The count is
// committed before the comparison, so that parallel tries share one budget.
// fault.Gone when there is no code, it has expired, or its tries are used up.
func (s *Store) TryCode(ctx context.Context, journey string, maxTries int, now time.Time) (registration.ContactCode, error) {
	c := registration.ContactCode{Journey: journey}
	var expires int64
	err := s.DB.One(ctx, func(q db.Queryer) error {
		return q.QueryRowContext(ctx, `UPDATE contact_code SET tries = tries + 1
			WHERE journey = $1 AND tries < $2 AND expires_at > $3 RETURNING address, code, expires_at`,
			journey, maxTries, db.Micros(now)).Scan(&c.Address, &c.Code, &expires)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return c, fault.New(fault.Gone, "registration.code.gone").For("contact_code_gone")
	}
	if err != nil {
		return c, fmt.Errorf("registrationdb: try contact code: %w", err)
	}
	c.Expires = db.FromMicros(expires)
	return c, nil
}
