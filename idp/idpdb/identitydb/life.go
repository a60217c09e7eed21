package identitydb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/idp/idpdb/credentialdb"
	"atrio/idp/idpdb/rowseal"
	"atrio/idp/life"
	"atrio/idp/recovery"
	"atrio/idp/retention"
)

var _ life.Store = (*Store)(nil)

const lifePurpose = "idp.identity_event."

// Tell queues messages with a line.
func (s *Store) Tell(ctx context.Context, messages []notify.Message, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return shareddb.Tell(ctx, tx, messages, line) })
}

// SaveLife stores a step over the version before it.
func (s *Store) SaveLife(ctx context.Context, step life.Step) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.SaveLifeIn(ctx, tx, step) })
}

// SaveLifeIn is SaveLife in the caller's transaction.
func (s *Store) SaveLifeIn(ctx context.Context, tx *db.Tx, step life.Step) error {
	e := step.Event
	if err := s.updateIdentity(ctx, tx, step.After); err != nil {
		return err
	}
	sealed, err := s.Seals.Seal(lifePurpose+e.Identity, e.At, rowseal.Said{Reason: e.Reason, Evidence: e.Evidence})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO identity_event (identity, n, at, act, cause, from_state, to_state, was_for, role, author, second, fields, sealed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		e.Identity, e.N, db.Micros(e.At), string(e.Act), string(e.Cause), string(e.From), string(e.To), string(e.Suspended), string(e.By.Role), e.By.ID, e.By.Second,
		strings.Join(e.Fields, " "), sealed)
	if err != nil {
		return fmt.Errorf("idpdb: event of an identity: %w", err)
	}
	if err := s.keepFormer(ctx, tx, e.Identity, step.Former); err != nil {
		return err
	}
	if len(step.Former) > 0 { // what is under way began before it: A27
		if err := MoveRecoveries(ctx, tx, step.Audit, e.Identity, e.At, recovery.ForPassword); err != nil {
			return err
		}
	}
	if err := s.lifeEffect(ctx, tx, step); err != nil {
		return err
	}
	for _, m := range step.Messages {
		if err := shareddb.QueueMessage(ctx, tx, m, e.At); err != nil {
			return err
		}
	}
	ev := step.Audit
	ev.At, ev.Outcome, ev.Action, ev.Subject = e.At, audit.OK, audit.IdentityChanged, e.Identity
	ev.Detail = map[string]string{
		"act": string(e.Act), "cause": string(e.Cause), "from": string(e.From), "to": string(e.To), "as": string(e.By.Role), "second": e.By.Second,
		"fields": strings.Join(e.Fields, " "),
	}
	return shareddb.AppendAudit(ctx, tx, ev)
}

// updateIdentity writes what a step may change, over the version before. Whose identity it is
// never changes.
func (s *Store) updateIdentity(ctx context.Context, tx *db.Tx, i *identity.Identity) error {
	r := s.sealIdentity(i)
	res, err := tx.ExecContext(ctx, `UPDATE identity SET state = $2, cause = $3, state_at = $4, expires_at = $5, version = $6, notices = $7, watch_at = 0,
			mobile_confirmed = $8, language = $9, phone_key = $10, document_key = $11, sealed = $12
		WHERE id = $1 AND version = $13 AND spid_key = $14 AND user_key = $15 AND fiscal_key = $16`,
		i.ID, string(i.State), string(i.Cause), db.Micros(i.StateAt), db.Micros(i.ExpiresAt), i.Version, noticesText(i.Notices),
		flag(i.Factors.SMS), languageOf(i), r.phone, r.document, r.sealed, i.Version-1, r.spid, r.user, r.fiscal)
	if err != nil {
		return fmt.Errorf("idpdb: save identity: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(identity.ErrMay, err)
	}
	return nil
}

func noticesText(n identity.Notices) string {
	var list []string
	if n.Mail {
		list = append(list, "mail")
	}
	if n.SMS {
		list = append(list, "sms")
	}
	return strings.Join(list, " ")
}

func languageOf(i *identity.Identity) string {
	if i.Language == "" {
		return "it"
	}
	return i.Language
}

// lifeEffect is what else a step does, in the same commit.
func (s *Store) lifeEffect(ctx context.Context, tx *db.Tx, step life.Step) error {
	e := step.Event
	if step.Task != "" {
		if err := closeTask(ctx, tx, step.Task, "done", e.By.ID, e.At); err != nil {
			return err
		}
	}
	if step.Code != "" {
		if _, err := tx.ExecContext(ctx, `DELETE FROM identity_code WHERE identity = $1 AND purpose = $2`, e.Identity, step.Code); err != nil {
			return fmt.Errorf("idpdb: code of an identity: %w", err)
		}
	}
	if e.Act == identity.Lift && e.Suspended == identity.Security {
		// Two operators have checked whose it is: the link that asked for it is over. A29
		if _, err := tx.ExecContext(ctx, `DELETE FROM identity_stop WHERE identity = $1`, e.Identity); err != nil {
			return fmt.Errorf("idpdb: links that stop: %w", err)
		}
	}
	if e.Act == identity.Amend && e.By.Role == identity.AsHolder {
		return contactsChanged(ctx, tx, step)
	}
	if e.Act != identity.Suspend && e.Act != identity.Revoke {
		return nil
	}
	if e.To == identity.Revoked && e.From != identity.Revoked {
		if err := revokeFactors(ctx, tx, e); err != nil {
			return err
		}
	}
	return shareddb.EndSessionsOf(ctx, tx, e.Identity, e.At)
}

// contactsChanged ends what whoever has the former telephone or mailbox may have: sessions, and
// codes that went to the number. // L08
func contactsChanged(ctx context.Context, tx *db.Tx, step life.Step) error {
	if len(step.Former) == 0 {
		return nil
	}
	id, at := step.Event.Identity, step.Event.At
	if _, err := tx.ExecContext(ctx, `UPDATE sms_code SET expires_at = $2 WHERE identity = $1 AND expires_at > $2`, id, db.Micros(at)); err != nil {
		return fmt.Errorf("idpdb: codes to a former number: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM identity_code WHERE identity = $1 AND purpose = $2`, id, life.ToRecover); err != nil {
		return fmt.Errorf("idpdb: codes to a former number: %w", err)
	}
	return credentialdb.FactorLost(ctx, tx, id, step.Keep, at)
}

// revokeFactors ends what the identity was proved by, and gives its evidence the end that
// the law sets. The password stays, so that its holder alone is told what became of it; it
// opens nothing. // L05, DPCM 24/10/2014 art. 7(8)
func revokeFactors(ctx context.Context, tx *db.Tx, e identity.Event) error {
	for _, statement := range []string{`DELETE FROM totp WHERE identity = $1`, `DELETE FROM identity_card WHERE identity = $1`} {
		if _, err := tx.ExecContext(ctx, statement, e.Identity); err != nil {
			return fmt.Errorf("idpdb: revoke factors: %w", err)
		}
	}
	for _, statement := range []string{
		`UPDATE identity_task SET closed_at = $2, outcome = 'replaced' WHERE identity = $1 AND closed_at = 0`,
		`UPDATE app_device SET ended_at = $2, how = 'revoked' WHERE identity = $1 AND ended_at = 0`,
	} {
		if _, err := tx.ExecContext(ctx, statement, e.Identity, db.Micros(e.At)); err != nil {
			return fmt.Errorf("idpdb: revoke: %w", err)
		}
	}
	until := e.At.AddDate(evidence.RetentionYears, 0, 0)
	// $1 is the key of what came after the activation, and of what still comes.
	_, err := tx.ExecContext(ctx, `INSERT INTO evidence_request (request, archived_at, delete_at, held_for, rule)
		SELECT CAST($1 AS TEXT), 0, CAST($2 AS BIGINT), '', CAST($3 AS TEXT) UNION ALL SELECT id, 0, CAST($2 AS BIGINT), '', CAST($3 AS TEXT) FROM request WHERE holder = $1 OR regains = $1
		ON CONFLICT (request) DO UPDATE SET delete_at = excluded.delete_at, rule = excluded.rule WHERE evidence_request.delete_at <= excluded.delete_at`,
		e.Identity, db.Micros(until), string(retention.Identity))
	if err != nil {
		return fmt.Errorf("idpdb: retain evidence: %w", err)
	}
	return shareddb.AppendAudit(ctx, tx, audit.Event{
		At: e.At, Role: "idp", Actor: e.By.ID, Subject: e.Identity, Action: audit.EvidenceRetained, Outcome: audit.OK,
		Detail: map[string]string{"until": until.UTC().Format(time.RFC3339)},
	})
}

// LifeOf lists what was done to an identity, the latest first.
func (s *Store) LifeOf(ctx context.Context, id string) (list []identity.Event, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT n, at, act, cause, from_state, to_state, was_for, role, author, second, fields, sealed
		FROM identity_event WHERE identity = $1 ORDER BY n DESC`, id)
	if err != nil {
		return nil, fmt.Errorf("idpdb: life: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		e := identity.Event{Identity: id}
		var at int64
		var fields, sealed string
		if err := rows.Scan(&e.N, &at, &e.Act, &e.Cause, &e.From, &e.To, &e.Suspended, &e.By.Role, &e.By.ID, &e.By.Second, &fields, &sealed); err != nil {
			return nil, fmt.Errorf("idpdb: life: %w", err)
		}
		e.At, e.Fields = db.FromMicros(at), strings.Fields(fields)
		var words rowseal.Said
		if err := s.Seals.Open(lifePurpose+id, e.At, sealed, &words); err != nil {
			return nil, err
		}
		e.Reason, e.Evidence = words.Reason, words.Evidence
		list = append(list, e)
	}
	return list, rows.Err()
}

// DueToWatch lists identities that have to be looked at.
func (s *Store) DueToWatch(ctx context.Context, now time.Time, limit int) (list []string, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT id FROM identity WHERE state <> 'revoked' AND watch_at <= $1 ORDER BY watch_at, id LIMIT $2`, db.Micros(now), limit)
	if err != nil {
		return nil, fmt.Errorf("idpdb: watch: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("idpdb: watch: %w", err)
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

// LastUse is the latest access that ended well. Accesses are kept as long as an identity
// may lie idle: one without any has lain idle, or is new.
func (s *Store) LastUse(ctx context.Context, id string) (time.Time, error) {
	var at int64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT coalesce(max(at), 0) FROM access WHERE identity = $1 AND anomaly = 1`, id).Scan(&at)
	if err != nil || at == 0 {
		return time.Time{}, err
	}
	return db.FromMicros(at), nil
}

// Warned lists the warnings that were sent.
func (s *Store) Warned(ctx context.Context, id string) (list []life.Warning, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT kind, ends_at, days, sent_at FROM identity_warning WHERE identity = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("idpdb: warnings: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w life.Warning
		var end, sent int64
		if err := rows.Scan(&w.Kind, &end, &w.Days, &sent); err != nil {
			return nil, fmt.Errorf("idpdb: warnings: %w", err)
		}
		w.End, w.Sent = db.FromMicros(end), db.FromMicros(sent)
		list = append(list, w)
	}
	return list, rows.Err()
}

// SaveWatch notes when to look again, and a warning.
func (s *Store) SaveWatch(ctx context.Context, id string, next time.Time, w *life.Warning, messages []notify.Message, line audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE identity SET watch_at = $2 WHERE id = $1`, id, db.Micros(next)); err != nil {
			return fmt.Errorf("idpdb: watch: %w", err)
		}
		if w == nil {
			return nil
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO identity_warning (identity, kind, ends_at, days, sent_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			id, w.Kind, db.Micros(w.End), w.Days, db.Micros(w.Sent))
		if err != nil {
			return fmt.Errorf("idpdb: warning: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		for _, m := range messages {
			if err := shareddb.QueueMessage(ctx, tx, m, line.At); err != nil {
				return err
			}
		}
		line.Action, line.Detail = audit.IdentityWarned, map[string]string{"kind": w.Kind, "days": fmt.Sprint(w.Days), "end": w.End.UTC().Format(time.DateOnly)}
		return shareddb.AppendAudit(ctx, tx, line)
	})
}

// HolderByUserID finds an identity that is not revoked.
func (s *Store) HolderByUserID(ctx context.Context, userID string) (*identity.Identity, error) {
	return s.identityWhere(ctx, `i.user_key = $1 AND i.state <> 'revoked'`, s.Seals.User(userID))
}

// StopLink finds the identity that a link stops.
func (s *Store) StopLink(ctx context.Context, link []byte, now time.Time) (*identity.Identity, error) {
	return s.identityWhere(ctx, `i.id = (SELECT identity FROM identity_stop WHERE link = $1 AND until > $2) AND i.state <> 'revoked'`, fmt.Sprintf("%x", link), db.Micros(now))
}
