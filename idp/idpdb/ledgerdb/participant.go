package ledgerdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/samlsso"
)

// insertParticipant joins a service to a session that lasts. The row of the session is
// locked by it: who ends the session comes before, and nobody joins, or after, and tells
// the service too. Avviso SPID 3
func insertParticipant(ctx context.Context, tx *db.Tx, p samlsso.Participant, at int64) error {
	res, err := tx.ExecContext(ctx, `UPDATE session SET seen_at = seen_at WHERE handle = $1 AND expires_at > $2`, p.Session, at)
	if err != nil {
		return fmt.Errorf("idpdb: session of a participant: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return samlsso.ErrSessionOver
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO participant (session, service, name_id, at, expires_at, request_id, state)
		VALUES ($1, $2, $3, $4, $5, '', 'in')`, p.Session, p.Service, p.NameID, at, db.Micros(p.Until))
	if err != nil {
		return fmt.Errorf("idpdb: participant: %w", err)
	}
	return nil
}

// EndGlobal ends a session of level 1. The line of the request is written also when there
// was nothing to end: who asked for what has to be found later.
func (s *Store) EndGlobal(ctx context.Context, e samlsso.Ending) (others []samlsso.Participant, ended bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		others, ended = nil, false
		subject, err := endNamed(ctx, tx, e)
		if err != nil {
			return err
		}
		if ended = subject != ""; ended {
			ev := e.Event
			ev.Action, ev.Outcome, ev.Subject = audit.SessionEnded, audit.OK, subject
			ev.Detail = maps.Clone(ev.Detail)
			ev.Detail["session"] = e.Session
			if err := shareddb.AppendAudit(ctx, tx, ev); err != nil {
				return err
			}
			if others, err = tell(ctx, tx, e); err != nil {
				return err
			}
		}
		if e.Service == "" {
			return nil
		}
		ev := e.Event
		ev.Action, ev.Outcome, ev.Subject = audit.RequestReceived, audit.OK, subject
		return shareddb.AppendAudit(ctx, tx, ev)
	})
	return others, ended, err
}

// endNamed removes the session and gives its subject, "" when it is over or not theirs.
func endNamed(ctx context.Context, tx *db.Tx, e samlsso.Ending) (subject string, err error) {
	if e.Service != "" {
		var known int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM participant WHERE session = $1 AND service = $2 AND name_id = $3 AND state = 'in'`,
			e.Session, e.Service, e.NameID).Scan(&known)
		if err != nil || known == 0 {
			return "", err
		}
	}
	err = tx.QueryRowContext(ctx, `DELETE FROM session WHERE handle = $1 AND seen_at > $2 AND expires_at > $3 RETURNING subject`,
		e.Session, db.Micros(e.Seen), db.Micros(e.Now)).Scan(&subject)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("idpdb: end session: %w", err)
	}
	return subject, nil
}

// tell marks the services that have to hear of the end: each once, under the name that
// it was told last. The one that asked, and older names, are forgotten.
func tell(ctx context.Context, tx *db.Tx, e samlsso.Ending) ([]samlsso.Participant, error) {
	all, err := participants(ctx, tx, `SELECT session, service, name_id, expires_at, request_id, state FROM participant
		WHERE session = $1 AND state = 'in' ORDER BY at DESC, name_id`, e.Session)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{e.Service: true}
	var others []samlsso.Participant
	for _, p := range all {
		statement, args := `DELETE FROM participant WHERE session = $1 AND name_id = $2`, []any{p.Session, p.NameID}
		if !seen[p.Service] {
			seen[p.Service], p.Request = true, e.NewID()
			statement, args = `UPDATE participant SET state = 'told', request_id = $3 WHERE session = $1 AND name_id = $2`, append(args, p.Request)
			others = append(others, p)
		}
		if _, err := tx.ExecContext(ctx, statement, args...); err != nil {
			return nil, fmt.Errorf("idpdb: tell participant: %w", err)
		}
	}
	return others, nil
}

// ParticipantsOf lists the services that were told of the end of a session.
func (s *Store) ParticipantsOf(ctx context.Context, session string) ([]samlsso.Participant, error) {
	return participants(ctx, s.DB.Read(), `SELECT session, service, name_id, expires_at, request_id, state FROM participant
		WHERE session = $1 AND state <> 'in' ORDER BY at DESC, name_id`, session)
}

func participants(ctx context.Context, q db.Queryer, query, session string) ([]samlsso.Participant, error) {
	rows, err := q.QueryContext(ctx, query, session)
	if err != nil {
		return nil, fmt.Errorf("idpdb: participants: %w", err)
	}
	defer rows.Close()
	var list []samlsso.Participant
	for rows.Next() {
		var p samlsso.Participant
		var until int64
		var state string
		if err := rows.Scan(&p.Session, &p.Service, &p.NameID, &until, &p.Request, &state); err != nil {
			return nil, fmt.Errorf("idpdb: participants: %w", err)
		}
		p.Until, p.Out = db.FromMicros(until), state == "out"
		list = append(list, p)
	}
	return list, rows.Err()
}

// Confirm notes the answer of a service that was told. An answer that says that it could
// not leaves the row as it is: the person is told that it is not confirmed.
func (s *Store) Confirm(ctx context.Context, request, service string, out bool, ev audit.Event) (known bool, err error) {
	if request == "" {
		return false, nil
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		state := "told"
		if out {
			state = "out"
		}
		res, err := tx.ExecContext(ctx, `UPDATE participant SET state = $1 WHERE request_id = $2 AND service = $3 AND state = 'told'`, state, request, service)
		if err != nil {
			return fmt.Errorf("idpdb: confirm: %w", err)
		}
		n, err := res.RowsAffected()
		if known = n > 0; err != nil || !known {
			return err
		}
		ev.Action, ev.Outcome = audit.ResponseAccepted, audit.OK
		return shareddb.AppendAudit(ctx, tx, ev)
	})
	return known, err
}
