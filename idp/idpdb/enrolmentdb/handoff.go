package enrolmentdb

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment/handoff"
)

var _ handoff.Store = (*Store)(nil)

// BeginHandoff replaces that of before.
func (s *Store) BeginHandoff(ctx context.Context, h handoff.Handoff, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO handoff (request, holder, session, code, phone, numbers, number, state, until_at)
			VALUES ($1, $2, $3, $4, '', '', 0, $5, $6)
			ON CONFLICT (request) DO UPDATE SET holder = excluded.holder, session = excluded.session, code = excluded.code,
				phone = '', numbers = '', number = 0, state = excluded.state, until_at = excluded.until_at`,
			h.Request, h.Holder, hex.EncodeToString(h.Session), hex.EncodeToString(h.Code), string(h.State), db.Micros(h.Until))
		if err != nil {
			return fmt.Errorf("idpdb: begin a hand-off: %w", err)
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

const handoffColumns = `request, holder, session, code, phone, numbers, number, state, until_at`

func scanHandoff(row *sql.Row) (h handoff.Handoff, err error) {
	var session, code, phone, numbers string
	var until int64
	err = row.Scan(&h.Request, &h.Holder, &session, &code, &phone, &numbers, &h.Number, &h.State, &until)
	if errors.Is(err, sql.ErrNoRows) {
		return h, handoff.ErrOver
	}
	if err == nil {
		h.Session, err = hex.DecodeString(session)
	}
	if err == nil {
		h.Code, err = hex.DecodeString(code)
	}
	if err == nil {
		h.Phone, err = hex.DecodeString(phone)
	}
	for _, one := range strings.Fields(numbers) {
		var n int
		if _, wrong := fmt.Sscan(one, &n); wrong != nil {
			err = wrong
		}
		h.Numbers = append(h.Numbers, n)
	}
	if err != nil {
		return h, fmt.Errorf("idpdb: hand-off: %w", err)
	}
	h.Until = db.FromMicros(until)
	return h, nil
}

// HandoffOf gives that of a request.
func (s *Store) HandoffOf(ctx context.Context, request string) (handoff.Handoff, error) {
	return scanHandoff(s.DB.Read().QueryRowContext(ctx, `SELECT `+handoffColumns+` FROM handoff WHERE request = $1`, request))
}

// HandoffOfPhone gives that of a telephone.
func (s *Store) HandoffOfPhone(ctx context.Context, phone []byte) (handoff.Handoff, error) {
	if len(phone) == 0 {
		return handoff.Handoff{}, handoff.ErrOver
	}
	return scanHandoff(s.DB.Read().QueryRowContext(ctx, `SELECT `+handoffColumns+` FROM handoff WHERE phone = $1`, hex.EncodeToString(phone)))
}

// ClaimHandoff gives a waiting code to one of many: the statement locks the row. One that is
// brought again while the numbers are compared ends what it began. // A05
func (s *Store) ClaimHandoff(ctx context.Context, h handoff.Handoff, now time.Time, line audit.Event) (claimed handoff.Handoff, err error) {
	code := hex.EncodeToString(h.Code)
	numbers := strings.Trim(fmt.Sprint(h.Numbers), "[]")
	over := false
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		over = false
		var err error
		claimed, err = scanHandoff(tx.QueryRowContext(ctx, `UPDATE handoff SET phone = $2, numbers = $3, number = $4, state = 'claimed', until_at = $5
			WHERE code = $1 AND state = 'waiting' AND until_at > $6 RETURNING `+handoffColumns,
			code, hex.EncodeToString(h.Phone), numbers, h.Number, db.Micros(h.Until), db.Micros(now)))
		if errors.Is(err, handoff.ErrOver) {
			over = true // kept: what ends here stays ended
			claimed, err = scanHandoff(tx.QueryRowContext(ctx, `UPDATE handoff SET state = 'over' WHERE code = $1 AND state = 'claimed' RETURNING `+handoffColumns, code))
			if errors.Is(err, handoff.ErrOver) {
				return nil
			}
			return err
		}
		if err != nil {
			return err
		}
		line.Actor, line.Subject = claimed.Holder, claimed.Holder
		return shareddb.AppendAudit(ctx, tx, line)
	})
	if err == nil && over {
		err = handoff.ErrOver
	}
	return claimed, err
}

// OpenHandoff lets the telephone in that was compared, and no other.
func (s *Store) OpenHandoff(ctx context.Context, h handoff.Handoff, until, now time.Time, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE handoff SET state = 'open', until_at = $4
			WHERE request = $1 AND phone = $2 AND session = $3 AND state = 'claimed' AND until_at > $5`,
			h.Request, hex.EncodeToString(h.Phone), hex.EncodeToString(h.Session), db.Micros(until), db.Micros(now))
		if err != nil {
			return fmt.Errorf("idpdb: open a hand-off: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(handoff.ErrOver, err)
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// EndHandoff ends it; its row goes with its time.
func (s *Store) EndHandoff(ctx context.Context, request string, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE handoff SET state = 'over' WHERE request = $1`, request); err != nil {
			return fmt.Errorf("idpdb: end a hand-off: %w", err)
		}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}
