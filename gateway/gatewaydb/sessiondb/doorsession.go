package sessiondb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/oidcdb"
	"atrio/web"
)

// insertDoorSession remembers the session at the provider beside the one here.
func insertDoorSession(ctx context.Context, q db.Execer, v account.Visit, s web.Session) error {
	d, kept := v.DoorSession()
	if !kept {
		return nil
	}
	_, err := q.ExecContext(ctx, `INSERT INTO door_session (session, account_id, door, issuer, name_id, session_index, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, s.Handle, s.Subject, string(d.Door), d.Issuer, d.NameID, d.SessionIndex, db.Micros(s.ExpiresAt))
	if err != nil {
		return fmt.Errorf("sessiondb: remember door session: %w", err)
	}
	return nil
}

// takeDoorSession forgets the session at the provider of a session that ends here.
func takeDoorSession(ctx context.Context, q db.Queryer, handle string) (d account.DoorSession, found bool, err error) {
	err = q.QueryRowContext(ctx, `DELETE FROM door_session WHERE session = $1 RETURNING door, issuer, name_id, session_index`, handle).
		Scan(&d.Door, &d.Issuer, &d.NameID, &d.SessionIndex)
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, nil
	}
	if err != nil {
		return d, false, fmt.Errorf("sessiondb: door session: %w", err)
	}
	return d, true, nil
}

// LeaveSession is EndSession that also tells which session at a provider is left over;
// found is false when there is none to speak of.
func (s *Store) LeaveSession(ctx context.Context, accountID, handle string, ev audit.Event) (d account.DoorSession, found bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		ended, err := endSession(ctx, tx, accountID, handle)
		if err != nil {
			return err
		}
		if !ended {
			return fault.New(fault.NotFound, "error.not_found").For("no_session")
		}
		if d, found, err = takeDoorSession(ctx, tx, handle); err != nil {
			return err
		}
		if err := oidcdb.EndGrantsOf(ctx, tx, handle, ev.At); err != nil {
			return err
		}
		ev.Actor, ev.Detail = accountID, accountdb.WithDetail(ev.Detail, "session", handle)
		return accountdb.WriteEvent(ctx, tx, ev, audit.SessionEnded, accountID)
	})
	return d, found, err
}

// EndSessionsFrom ends what a provider's request names: sessions that came from it
// under this name and one of these indexes, with their grants and audit lines, and the
// line of the request itself, in one commit. n is how many there were; none is no
// error, since they may have ended before. // Avviso SPID 3
func (s *Store) EndSessionsFrom(ctx context.Context, issuer, nameID string, indexes []string, ev audit.Event) (n int, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		found, err := doorSessions(ctx, tx, issuer, nameID, indexes)
		if err != nil {
			return err
		}
		n = 0
		for _, one := range found {
			ended, err := endNamed(ctx, tx, one, ev)
			if err != nil {
				return err
			}
			if ended {
				n++
			}
		}
		ev := ev
		ev.Detail = accountdb.WithDetail(ev.Detail, "ended", strconv.Itoa(n))
		return accountdb.WriteEvent(ctx, tx, ev, audit.RequestReceived, "")
	})
	return n, err
}

// named is a session here that a provider named.
type named struct{ session, account, index string }

func doorSessions(ctx context.Context, q db.Queryer, issuer, nameID string, indexes []string) ([]named, error) {
	rows, err := q.QueryContext(ctx, `SELECT session, account_id, session_index FROM door_session WHERE issuer = $1 AND name_id = $2`, issuer, nameID)
	if err != nil {
		return nil, fmt.Errorf("sessiondb: door sessions: %w", err)
	}
	defer rows.Close()
	var found []named
	for rows.Next() {
		var one named
		if err := rows.Scan(&one.session, &one.account, &one.index); err != nil {
			return nil, fmt.Errorf("sessiondb: door sessions: %w", err)
		}
		if slices.Contains(indexes, one.index) {
			found = append(found, one)
		}
	}
	return found, rows.Err()
}

func endNamed(ctx context.Context, tx *db.Tx, one named, ev audit.Event) (bool, error) {
	if _, _, err := takeDoorSession(ctx, tx, one.session); err != nil {
		return false, err
	}
	ended, err := endSession(ctx, tx, one.account, one.session)
	if err != nil || !ended {
		return false, err // it ran out before; its row was waiting for the purge
	}
	if err := oidcdb.EndGrantsOf(ctx, tx, one.session, ev.At); err != nil {
		return false, err
	}
	ev.Detail = accountdb.WithDetail(ev.Detail, "session", one.session)
	return true, accountdb.WriteEvent(ctx, tx, ev, audit.SessionEnded, one.account)
}

// NoteLogout writes the line of a provider's answer to a logout.
func (s *Store) NoteLogout(ctx context.Context, ev audit.Event) error {
	return s.DB.One(ctx, func(q db.Queryer) error { return accountdb.WriteEvent(ctx, q, ev, audit.ResponseAccepted, "") })
}
