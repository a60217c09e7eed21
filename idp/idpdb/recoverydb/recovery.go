package recoverydb

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
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/idpdb/identitydb"
	"atrio/idp/life"
	"atrio/idp/recovery"
)

// errRecovery: the recovery does not stand where the step begins.
var errRecovery = fault.New(fault.Conflict, "error.recover.over").For("recovery_state")

// SecurityOf gives question and answer of an identity: its own, or those of its request.
func (s *Store) SecurityOf(ctx context.Context, id string) (v recovery.Security, err error) {
	err = s.DB.Read().QueryRowContext(ctx, `SELECT question, phc FROM security_answer WHERE identity = $1`, id).Scan(&v.Question, &v.Answer)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return v, err
	}
	r, err := s.Requests.RequestOf(ctx, id)
	if errors.Is(err, enrolment.ErrGone) {
		return v, nil
	}
	return recovery.Security{Question: r.Data.Question, Answer: r.Data.Answer}, err
}

// BeginRecovery stores one in place of those before it that want the same. Of two at the same
// moment one is stored: a login has to call off whatever is open.
func (s *Store) BeginRecovery(ctx context.Context, v recovery.Recovery, messages []notify.Message, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := standsAs(ctx, tx, v); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE recovery SET state = 'replaced' WHERE identity = $1 AND aim = $3 AND state = 'open' AND id <> $2`, v.Identity, v.ID, string(v.Aim))
		if err != nil {
			return fmt.Errorf("idpdb: recovery: %w", err)
		}
		err = one(tx.ExecContext(ctx, `INSERT INTO recovery (id, identity, aim, state, uses, begun_at, ready_at, until, password_at, code_at, answer_at, wrong)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0) ON CONFLICT DO NOTHING`,
			v.ID, v.Identity, string(v.Aim), string(v.State), v.Uses, db.Micros(v.Begun), db.Micros(v.Ready), db.Micros(v.Until), db.Micros(v.PasswordAt),
			db.Micros(v.CodeAt), db.Micros(v.AnswerAt)))
		if err != nil {
			return err
		}
		return shareddb.Tell(ctx, tx, messages, ev)
	})
}

// one wants one row to have changed.
func one(res sql.Result, err error) error {
	if err != nil {
		return fmt.Errorf("idpdb: recovery: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errRecovery.Because(err)
	}
	return nil
}

// stillOpen are recoveries that go on at $2.
const stillOpen = ` WHERE id = $1 AND state = 'open' AND until > $2`

func (s *Store) stepRecovery(ctx context.Context, messages []notify.Message, ev audit.Event, id, set string, args ...any) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := one(tx.ExecContext(ctx, `UPDATE recovery SET `+set, append([]any{id, db.Micros(ev.At)}, args...)...)); err != nil {
			return err
		}
		return shareddb.Tell(ctx, tx, messages, ev)
	})
}

// ReturnToRecovery counts another link.
func (s *Store) ReturnToRecovery(ctx context.Context, id string, uses int, ev audit.Event) error {
	return s.stepRecovery(ctx, nil, ev, id, `uses = $3`+stillOpen+` AND uses = $3 - 1`, uses)
}

// Recovery finds one.
func (s *Store) Recovery(ctx context.Context, id string) (recovery.Recovery, error) {
	return s.recoveryWhere(ctx, `id = $1`, id)
}

// OpenRecovery finds the one of an identity that goes on.
func (s *Store) OpenRecovery(ctx context.Context, identity string, aim recovery.Aim, now time.Time) (recovery.Recovery, error) {
	return s.recoveryWhere(ctx, `identity = $1 AND aim = $3 AND state = 'open' AND until > $2`, identity, db.Micros(now), string(aim))
}

func (s *Store) recoveryWhere(ctx context.Context, where string, args ...any) (v recovery.Recovery, err error) {
	var begun, ready, until, password, code, answer int64
	err = s.DB.Read().QueryRowContext(ctx, `SELECT id, identity, aim, state, uses, begun_at, ready_at, until, password_at, code_at, answer_at, wrong FROM recovery
		WHERE `+where+` ORDER BY begun_at DESC LIMIT 1`, args...).
		Scan(&v.ID, &v.Identity, &v.Aim, &v.State, &v.Uses, &begun, &ready, &until, &password, &code, &answer, &v.Wrong)
	if errors.Is(err, sql.ErrNoRows) {
		return v, identity.ErrUnknown
	}
	if err != nil {
		return v, fmt.Errorf("idpdb: recovery: %w", err)
	}
	v.Begun, v.Ready, v.Until, v.PasswordAt = db.FromMicros(begun), db.FromMicros(ready), db.FromMicros(until), db.FromMicros(password)
	v.CodeAt, v.AnswerAt = db.FromMicros(code), db.FromMicros(answer)
	return v, nil
}

// RecoveryCode notes the right code and uses it up.
func (s *Store) RecoveryCode(ctx context.Context, v recovery.Recovery, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := one(tx.ExecContext(ctx, `UPDATE recovery SET code_at = $2`+stillOpen+` AND ready_at <= $2 AND code_at = 0`, v.ID, db.Micros(ev.At))); err != nil {
			return err
		}
		if err := one(tx.ExecContext(ctx, `DELETE FROM identity_code WHERE identity = $1 AND purpose = $2`, v.Identity, life.ToRecover)); err != nil {
			return err
		}
		return shareddb.Tell(ctx, tx, nil, ev)
	})
}

// ChargeRecovery counts a try of the answer before it is compared, whichever page it is asked
// on. // A01
func (s *Store) ChargeRecovery(ctx context.Context, id string, most int, now time.Time) (wrong int, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		wrong = 0
		err := tx.QueryRowContext(ctx, `UPDATE recovery SET wrong = wrong + 1`+stillOpen+` AND answer_at = 0 AND wrong < $3 RETURNING wrong`,
			id, db.Micros(now), most).Scan(&wrong)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return wrong, err
}

// RecoveryAnswer notes the right answer.
func (s *Store) RecoveryAnswer(ctx context.Context, v recovery.Recovery, ev audit.Event) error {
	return s.stepRecovery(ctx, nil, ev, v.ID, `answer_at = $2, wrong = wrong - 1`+stillOpen+` AND code_at > 0 AND answer_at = 0`)
}

// EndRecovery ends one that is open.
func (s *Store) EndRecovery(ctx context.Context, id string, to recovery.State, messages []notify.Message, ev audit.Event) (bool, error) {
	err := s.stepRecovery(ctx, messages, ev, id, `state = $3`+stillOpen, string(to))
	if fault.Is(err, fault.Conflict) {
		return false, nil
	}
	return err == nil, err
}

// FinishRecovery stores the new password and ends what was open. The first statement locks
// the recovery.
func (s *Store) FinishRecovery(ctx context.Context, e recovery.Ending) error {
	at := e.Password.Audit.At
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := one(tx.ExecContext(ctx, `UPDATE recovery SET state = 'done'`+stillOpen+` AND aim = 'password' AND ready_at <= $2 AND code_at > 0 AND answer_at > 0`, e.Recovery, db.Micros(at))); err != nil {
			return err
		}
		if e.Applicant {
			return s.finishApplicant(ctx, tx, e.Password)
		}
		if err := identitydb.ChangePasswordIn(ctx, tx, e.Password); err != nil {
			return err
		}
		if err := s.Identities.SaveLifeIn(ctx, tx, e.Step); err != nil {
			return err
		}
		if err := s.endRegaining(ctx, tx, e); err != nil {
			return err
		}
		return endAccess(ctx, tx, e.Password.Identity, at)
	})
}

// endAccess ends what the app is asked and what it binds, and every factor that was bound
// before the telephone changed. // E31, reference 1.4
func endAccess(ctx context.Context, tx *db.Tx, id string, at time.Time) error {
	const changed = `(SELECT coalesce(max(e.at), 0) FROM identity_event e WHERE e.identity = $1 AND ' ' || e.fields || ' ' LIKE '% phone %')`
	for _, one := range []struct {
		statement string
		timed     bool
	}{
		{`UPDATE app_prompt SET expires_at = $2 WHERE identity = $1 AND expires_at > $2`, true},
		{`UPDATE app_binding SET expires_at = $2 WHERE identity = $1 AND expires_at > $2`, true},
		{`UPDATE app_device SET ended_at = $2, how = 'revoked' WHERE identity = $1 AND ended_at = 0 AND bound_at < ` + changed, true},
		{`DELETE FROM totp WHERE identity = $1 AND confirmed_at < ` + changed, false},
	} {
		args := []any{id}
		if one.timed {
			args = append(args, db.Micros(at))
		}
		if _, err := tx.ExecContext(ctx, one.statement, args...); err != nil {
			return fmt.Errorf("idpdb: end access: %w", err)
		}
	}
	return nil
}
