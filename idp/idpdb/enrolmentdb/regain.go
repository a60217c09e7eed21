package enrolmentdb

import (
	"context"
	"crypto/rand"
	"fmt"

	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/idpdb/identitydb"
	"atrio/idp/recovery"
)

// OpenRegaining stores a request that gives an identity back. Nothing confirms its mailbox
// any more: a link of a recovery did.
func (s *Store) OpenRegaining(ctx context.Context, o recovery.Opening) error {
	r := o.Request
	sealed, err := s.Seals.Seal(RequestPurpose+r.ID, r.Opened, r.Data)
	if err != nil {
		return err
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO request (id, holder, number, state, method, circuit, point, version, opened_at, changed_at, waits_until,
				collector, person_key, phone_key, document_key, mailbox_key, link, link_until, phc, sealed, regains)
			VALUES ($1, $2, $3, $4, $5, $6, '', $7, $8, $9, $10, '', '', '', '', $11, $12, 0, '', $13, $14)`,
			r.ID, r.Holder, string(r.Number), string(r.State), string(r.Method), r.Circuit, r.Version, db.Micros(r.Opened), db.Micros(r.Changed), db.Micros(r.Waits()),
			s.Seals.Mailbox(r.Data.Email), rand.Text(), sealed, r.Regains)
		if err != nil {
			return fmt.Errorf("idpdb: open request: %w", err)
		}
		if err := insertStop(ctx, tx, r.Regains, &o.Stop); err != nil {
			return err
		}
		return shareddb.Tell(ctx, tx, o.Messages, o.Audit)
	})
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "error.recover.over").For("regaining_already").Because(err)
	}
	return err
}

// Regaining finds the request that is to give an identity back; enrolment.ErrGone when there
// is none under way.
func (s *Store) Regaining(ctx context.Context, identity string) (enrolment.Request, error) {
	return s.scanRequest(s.DB.Read().QueryRowContext(ctx, `SELECT `+requestColumns+` FROM request
		WHERE regains = $1 AND state NOT IN ('activated', 'rejected', 'expired', 'withdrawn')`, identity))
}

// regain gives the identity of a request back: its question and telephone hold, what was bound
// before is bound anew, and every session ends. // I12
func (s *Store) regain(ctx context.Context, tx *db.Tx, step enrolment.Step) error {
	if step.Regain == nil || step.Regain.Event.Identity != step.After.Regains {
		return fault.New(fault.Internal, "error.internal").For("no_identity_of_this_request")
	}
	id, at, d := step.After.Regains, step.Event.At, step.After.Data
	if err := s.Identities.SaveLifeIn(ctx, tx, *step.Regain); err != nil {
		return err
	}
	if err := identitydb.SetSecurity(ctx, tx, id, d.Question, d.Answer, at); err != nil {
		return err
	}
	for _, statement := range []string{
		`UPDATE app_prompt SET expires_at = $2 WHERE identity = $1 AND expires_at > $2`,
		`UPDATE app_binding SET expires_at = $2 WHERE identity = $1 AND expires_at > $2`,
		`UPDATE app_device SET ended_at = $2, how = 'revoked' WHERE identity = $1 AND ended_at = 0`,
		`UPDATE recovery SET state = 'replaced', until = CASE WHEN until < $2 THEN until ELSE $2 END WHERE identity = $1 AND state = 'open'`,
		`DELETE FROM totp WHERE identity = $1 AND confirmed_at <= $2`,
		`DELETE FROM identity_card WHERE identity = $1 AND bound_at <= $2`,
	} {
		if _, err := tx.ExecContext(ctx, statement, id, db.Micros(at)); err != nil {
			return fmt.Errorf("idpdb: regain: %w", err)
		}
	}
	if err := insertStop(ctx, tx, id, step.Stop); err != nil {
		return err
	}
	for _, subject := range []string{id, step.After.Holder} {
		if err := shareddb.EndSessionsOf(ctx, tx, subject, at); err != nil {
			return err
		}
	}
	return nil
}

// RegainingIn locks the open request that is to give an identity back, as it stands now.
func (s *Store) RegainingIn(ctx context.Context, tx *db.Tx, identity string) (enrolment.Request, error) {
	return s.scanRequest(tx.QueryRowContext(ctx, `UPDATE request SET version = version
		WHERE regains = $1 AND state NOT IN ('activated', 'rejected', 'expired', 'withdrawn') RETURNING `+requestColumns, identity))
}
