package recoverydb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/idpdb/identitydb"
	"atrio/idp/passwordlife"
	"atrio/idp/recovery"
)

// ApplicantPassword tells since when an applicant has the password.
func (s *Store) ApplicantPassword(ctx context.Context, id string) (time.Time, error) {
	var at int64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT changed_at FROM applicant WHERE id = $1 AND phc <> ''`, id).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, identity.ErrUnknown
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("idpdb: password of an applicant: %w", err)
	}
	return db.FromMicros(at), nil
}

// standsAs locks whose a recovery is, as they were read: a contact or an answer that changes at
// the same moment changes before it, and the recovery does not begin, or after it, and ends
// it. // A27
func standsAs(ctx context.Context, tx *db.Tx, v recovery.Recovery) error {
	statement := `UPDATE identity SET version = version WHERE id = $1 AND version = $2`
	if v.Applicant {
		statement = `UPDATE request SET version = version WHERE holder = $1 AND version = $2`
	}
	res, err := tx.ExecContext(ctx, statement, v.Identity, v.Version)
	if err != nil {
		return fmt.Errorf("idpdb: recovery: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(recovery.ErrMoved, err)
	}
	return nil
}

// finishApplicant puts the password of an applicant in place. The request stands as it stood:
// its state, and what proves it.
func (s *Store) finishApplicant(ctx context.Context, tx *db.Tx, c passwordlife.Change) error {
	res, err := tx.ExecContext(ctx, `UPDATE applicant SET phc = $3, changed_at = $4 WHERE id = $1 AND phc = $2 AND phc <> ''`, c.Identity, c.Old, c.New, db.Micros(c.Audit.At))
	if err != nil {
		return fmt.Errorf("idpdb: password of an applicant: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return identitydb.ErrPasswordChanged.Because(err)
	}
	if err := identitydb.Capped(ctx, tx, c.Cap, c.Audit.At); err != nil {
		return err
	}
	if err := identitydb.EndRecoveryOf(ctx, tx, c.Audit, c.Identity, c.Audit.At, recovery.ToWithdraw, recovery.Stopped); err != nil {
		return err
	}
	if err := shareddb.EndSessionsOf(ctx, tx, c.Identity, c.Audit.At); err != nil {
		return err
	}
	return shareddb.Tell(ctx, tx, c.Messages, c.Audit)
}

// WithdrawByRecovery ends a request by a link: after the wait, or with the answer.
func (s *Store) WithdrawByRecovery(ctx context.Context, w recovery.Withdrawal) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		waited := ` AND aim = 'withdraw'`
		if w.Answered {
			waited = ``
		}
		if err := one(tx.ExecContext(ctx, `UPDATE recovery SET state = 'done'`+stillOpen+` AND ready_at <= $2`+waited, w.Recovery, db.Micros(w.Step.Event.At))); err != nil {
			return err
		}
		for _, aim := range []recovery.Aim{recovery.ForPassword, recovery.ToWithdraw} {
			if err := identitydb.EndRecoveryOf(ctx, tx, w.Step.Audit, w.Step.After.Holder, w.Step.Event.At, aim, recovery.Replaced); err != nil {
				return err
			}
		}
		if err := shareddb.AppendAudit(ctx, tx, w.Audit); err != nil {
			return err
		}
		return s.Requests.SaveIn(ctx, tx, w.Step)
	})
}

// endRegaining withdraws the request that was to give the identity back: its holder has it. The
// row is locked as it stands now. // I12
func (s *Store) endRegaining(ctx context.Context, tx *db.Tx, e recovery.Ending) error {
	at := e.Password.Audit.At
	r, err := s.Requests.RegainingIn(ctx, tx, e.Password.Identity)
	if errors.Is(err, enrolment.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	after, event, err := r.Do(enrolment.Change{Act: enrolment.Withdraw, By: enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, At: at})
	if err != nil {
		return err
	}
	return s.Requests.SaveIn(ctx, tx, enrolment.Step{After: after, Event: event, Messages: e.Regaining(r), Audit: e.Password.Audit})
}
