package enrolmentdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/cardlogin"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/idpdb/credentialdb"
	"atrio/idp/idpdb/identitydb"
	"atrio/idp/idpdb/rowseal"
	"atrio/idp/proofing/cns"
	"atrio/idp/recovery"
	"atrio/idp/statistics"
)

var _ enrolment.Store = (*Store)(nil)

// Purposes of what is sealed and found by MAC.
const (
	RequestPurpose = "idp.request."
	EventPurpose   = "idp.request_event."
)

// Open stores a new request with its mail.
func (s *Store) Open(ctx context.Context, o enrolment.Opening) error {
	r := o.Request
	sealed, err := s.Seals.Seal(RequestPurpose+r.ID, r.Opened, r.Data)
	if err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO request (id, holder, number, state, method, circuit, point, version, opened_at, changed_at, waits_until,
				collector, person_key, phone_key, document_key, mailbox_key, link, link_until, phc, sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '', '', '', $16, $12, $13, $14, $15)`,
			r.ID, r.Holder, string(r.Number), string(r.State), string(r.Method), r.Circuit, r.Point, r.Version, db.Micros(r.Opened), db.Micros(r.Changed),
			db.Micros(r.Waits()), fmt.Sprintf("%x", o.Link), db.Micros(o.Until), o.Password, sealed, s.Seals.Mailbox(r.Data.Email))
		if err != nil {
			return fmt.Errorf("idpdb: open request: %w", err)
		}
		if err := s.insertCustomer(ctx, tx, r); err != nil {
			return err
		}
		if err := shareddb.QueueMessage(ctx, tx, o.Mail, o.Audit.At); err != nil {
			return err
		}
		ev := o.Audit
		ev.Action, ev.Subject, ev.Detail = audit.RequestOpened, r.Holder, map[string]string{"request": string(r.Number), "method": string(r.Method)}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
}

const requestColumns = `id, holder, number, state, method, circuit, point, version, opened_at, changed_at, collector, regains, sealed`

func (s *Store) scanRequest(row interface{ Scan(...any) error }) (enrolment.Request, error) {
	var (
		r               enrolment.Request
		opened, changed int64
		sealed          string
	)
	err := row.Scan(&r.ID, &r.Holder, &r.Number, &r.State, &r.Method, &r.Circuit, &r.Point, &r.Version, &opened, &changed, &r.Collector, &r.Regains, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return r, enrolment.ErrGone
	}
	if err != nil {
		return r, fmt.Errorf("idpdb: request: %w", err)
	}
	r.Opened, r.Changed = db.FromMicros(opened), db.FromMicros(changed)
	return r, s.Seals.Open(RequestPurpose+r.ID, r.Changed, sealed, &r.Data)
}

// ByLink finds the request that a mailed link confirms.
func (s *Store) ByLink(ctx context.Context, link []byte, now time.Time) (enrolment.Request, error) {
	return s.scanRequest(s.DB.Read().QueryRowContext(ctx, `SELECT `+requestColumns+` FROM request WHERE link = $1 AND link_until > $2`, fmt.Sprintf("%x", link), db.Micros(now)))
}

// Request finds a request by its reference.
func (s *Store) Request(ctx context.Context, id string) (enrolment.Request, error) {
	return s.scanRequest(s.DB.Read().QueryRowContext(ctx, `SELECT `+requestColumns+` FROM request WHERE id = $1`, id))
}

// RequestOf finds the request of an applicant.
func (s *Store) RequestOf(ctx context.Context, holder string) (enrolment.Request, error) {
	return s.scanRequest(s.DB.Read().QueryRowContext(ctx, `SELECT `+requestColumns+` FROM request WHERE holder = $1`, holder))
}

// RequestByNumber finds the request that people name.
func (s *Store) RequestByNumber(ctx context.Context, n enrolment.Number) (enrolment.Request, error) {
	return s.scanRequest(s.DB.Read().QueryRowContext(ctx, `SELECT `+requestColumns+` FROM request WHERE number = $1`, string(n)))
}

// Save stores a step over the version before it.
func (s *Store) Save(ctx context.Context, step enrolment.Step) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.SaveIn(ctx, tx, step) })
}

// SaveIn is Save in the caller's transaction.
func (s *Store) SaveIn(ctx context.Context, tx *db.Tx, step enrolment.Step) error {
	r, e := step.After, step.Event
	if err := s.clock.check(ctx, tx, e.At); err != nil {
		return err
	}
	sealed, err := s.Seals.Seal(RequestPurpose+r.ID, r.Changed, r.Data)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `UPDATE request SET state = $2, method = $3, circuit = $4, point = $5, version = $6, changed_at = $7, waits_until = $8,
			collector = $9, person_key = $10, phone_key = $11, document_key = $12, sealed = $13
		WHERE id = $1 AND version = $14`,
		r.ID, string(r.State), string(r.Method), r.Circuit, r.Point, r.Version, db.Micros(r.Changed), db.Micros(r.Waits()), r.Collector,
		s.Seals.Person(r.Data.Person.FiscalCode), s.Seals.Phone(r.Data.Phone), s.Seals.Document(r.Data.Document.Number), sealed, r.Version-1)
	if err != nil {
		return fmt.Errorf("idpdb: save request: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(enrolment.ErrState, err)
	}
	if r.Collector != "" { // remembered, for the request itself forgets it
		if _, err := tx.ExecContext(ctx, `INSERT INTO request_collector (request, operator) VALUES ($1, $2) ON CONFLICT DO NOTHING`, r.ID, r.Collector); err != nil {
			return fmt.Errorf("idpdb: collector: %w", err)
		}
	}
	if err := s.insertEvent(ctx, tx, e); err != nil {
		return err
	}
	if err := s.effect(ctx, tx, step); err != nil {
		return err
	}
	for _, m := range step.Messages {
		if err := shareddb.QueueMessage(ctx, tx, m, e.At); err != nil {
			return err
		}
	}
	ev := step.Audit
	ev.Action, ev.Subject = audit.RequestStep, r.Holder
	ev.Detail = map[string]string{"request": string(r.Number), "act": string(e.Act), "from": string(e.From), "to": string(e.To)}
	return shareddb.AppendAudit(ctx, tx, ev)
}

func (s *Store) insertEvent(ctx context.Context, tx *db.Tx, e enrolment.Event) error {
	sealed, err := s.Seals.Seal(EventPurpose+e.Request, e.At, rowseal.Said{Reason: e.Reason, Evidence: e.Evidence})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO request_event (request, n, at, act, from_state, to_state, role, author, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		e.Request, e.N, db.Micros(e.At), string(e.Act), string(e.From), string(e.To), string(e.By.Role), e.By.ID, sealed)
	if err != nil {
		return fmt.Errorf("idpdb: request event: %w", err)
	}
	return nil
}

// effect is what else an act does, in the same commit.
func (s *Store) effect(ctx context.Context, tx *db.Tx, step enrolment.Step) error {
	switch from, to := step.Event.From, step.Event.To; {
	case step.Event.Act == enrolment.Book:
		return insertAppointment(ctx, tx, step.After)
	case (from == enrolment.PointBooked || from == enrolment.VideoBooked) && to != from:
		if err := deleteAppointment(ctx, tx, step.After.ID); err != nil {
			return err
		}
	case from == enrolment.VideoLive && to != from:
		if err := endSession(ctx, tx, step); err != nil {
			return err
		}
	}
	if to := step.Event.To; step.Event.From != to && to != enrolment.ContractReady && to != enrolment.VideoBooked {
		if err := LeaveQueue(ctx, tx, step.After.ID); err != nil { // nobody is called who went another way
			return err
		}
	}
	if step.Event.Act == enrolment.Identify || step.Event.To.Final() { // what proves something is evidence by now
		if err := forgetLines(ctx, tx, step.After.ID); err != nil {
			return err
		}
	}
	switch step.Event.Act {
	case enrolment.SetSecurity, enrolment.ConfirmPhone: // more is asked for from now on: A27
		if err := identitydb.MoveRecoveries(ctx, tx, step.Audit, step.After.Holder, step.Event.At, recovery.ForPassword, recovery.ToWithdraw); err != nil {
			return err
		}
	case enrolment.Identify: // somebody who proved who they are goes on with it
		if err := identitydb.MoveRecoveries(ctx, tx, step.Audit, step.After.Holder, step.Event.At, recovery.ToWithdraw); err != nil {
			return err
		}
	}
	switch step.Event.To {
	case enrolment.MailConfirmed:
		if step.Event.Act == enrolment.ConfirmMail {
			return s.insertApplicant(ctx, tx, step.After)
		}
	case enrolment.Withdrawn, enrolment.Expired:
		return freeApplicant(ctx, tx, step.After.Holder, step.Event.At)
	case enrolment.Activated:
		if step.After.Regains != "" {
			return s.regain(ctx, tx, step)
		}
		return s.activate(ctx, tx, step)
	}
	return nil
}

// insertApplicant gives the User ID to who confirmed the mailbox first.
func (s *Store) insertApplicant(ctx context.Context, tx *db.Tx, r enrolment.Request) error {
	res, err := tx.ExecContext(ctx, `INSERT INTO applicant (id, user_key, phc, changed_at)
		SELECT r.holder, $2, r.phc, $3 FROM request r
		WHERE r.id = $1 AND NOT EXISTS (SELECT 1 FROM identity WHERE user_key = $2)
		ON CONFLICT (user_key) DO NOTHING`,
		r.ID, s.Seals.User(r.Data.Email), db.Micros(r.Changed))
	if err != nil {
		return fmt.Errorf("idpdb: applicant: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(enrolment.ErrTaken, err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE request SET phc = '' WHERE id = $1`, r.ID)
	return err
}

// freeApplicant gives mailbox and telephone free, and ends the sessions. // I14
func freeApplicant(ctx context.Context, tx *db.Tx, holder string, at time.Time) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM applicant WHERE id = $1`, holder); err != nil {
		return fmt.Errorf("idpdb: free applicant: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM shop_customer WHERE holder = $1`, holder); err != nil {
		return fmt.Errorf("idpdb: free applicant: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE request SET past_phone_key = phone_key, phone_key = '', phc = '' WHERE holder = $1`, holder); err != nil {
		return fmt.Errorf("idpdb: free applicant: %w", err)
	}
	return shareddb.EndSessionsOf(ctx, tx, holder, at)
}

// activate makes the identity with the password of the applicant, whose row keeps the
// User ID. Sessions end: the holder signs in to the identity.
func (s *Store) activate(ctx context.Context, tx *db.Tx, step enrolment.Step) error {
	i := step.Identity
	if i == nil || i.ID != step.After.Holder {
		return fault.New(fault.Internal, "error.internal").For("no_identity_of_this_request")
	}
	if err := s.insertPerson(ctx, tx, i); err != nil {
		return err
	}
	proofing := statistics.Recognition(step.After.Method, i.Holder.Document.Kind)
	if _, err := tx.ExecContext(ctx, `UPDATE identity SET proofing = $2 WHERE id = $1`, i.ID, proofing); err != nil {
		return fmt.Errorf("idpdb: activate: %w", err)
	}
	// Whoever is changing the password of the applicant at this moment is awaited.
	if _, err := tx.ExecContext(ctx, `UPDATE applicant SET phc = phc WHERE id = $1`, i.ID); err != nil {
		return fmt.Errorf("idpdb: activate: %w", err)
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO password (identity, phc, changed_at) SELECT id, phc, changed_at FROM applicant WHERE id = $1`, i.ID)
	if err != nil {
		return fmt.Errorf("idpdb: activate: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE applicant SET phc = '' WHERE id = $1`, i.ID); err != nil {
		return fmt.Errorf("idpdb: activate: %w", err)
	}
	if v := step.After.Data.Verdict; v != nil && step.After.Method == enrolment.CNS { // whose card it is was proved: I12
		if err := credentialdb.BindCard(ctx, tx, i.ID, cardlogin.Ending(cns.CardOf(*v)), step.Event.At); err != nil {
			return err
		}
	}
	if err := insertStop(ctx, tx, i.ID, step.Stop); err != nil {
		return err
	}
	return shareddb.EndSessionsOf(ctx, tx, i.ID, step.Event.At)
}

// insertStop keeps a link that stops an identity; nil for none.
func insertStop(ctx context.Context, tx *db.Tx, id string, l *enrolment.StopLink) error {
	if l == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO identity_stop (link, identity, until) VALUES ($1, $2, $3)`, fmt.Sprintf("%x", l.MAC), id, db.Micros(l.Until))
	if err != nil {
		return fmt.Errorf("idpdb: link that stops: %w", err)
	}
	return nil
}

// insertPerson stores the identity of a person who has no other. // A29
func (s *Store) insertPerson(ctx context.Context, tx *db.Tx, i *identity.Identity) error {
	var others int
	person := s.Seals.Person(string(i.Holder.FiscalCode))
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM identity WHERE fiscal_key = $1 AND fiscal_key <> '' AND state <> 'revoked'`, person).Scan(&others)
	if err != nil {
		return fmt.Errorf("idpdb: activate: %w", err)
	}
	if others > 0 {
		return identity.ErrExists
	}
	err = s.Identities.InsertIdentity(ctx, tx, i, person)
	if db.IsUnique(err) {
		return identity.ErrExists.Because(err)
	}
	return err
}

// Events lists the steps of a request.
func (s *Store) Events(ctx context.Context, id string) ([]enrolment.Event, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT n, at, act, from_state, to_state, role, author, sealed FROM request_event WHERE request = $1 ORDER BY n`, id)
	if err != nil {
		return nil, fmt.Errorf("idpdb: events: %w", err)
	}
	defer rows.Close()
	var list []enrolment.Event
	for rows.Next() {
		e := enrolment.Event{Request: id}
		var at int64
		var sealed string
		if err := rows.Scan(&e.N, &at, &e.Act, &e.From, &e.To, &e.By.Role, &e.By.ID, &sealed); err != nil {
			return nil, fmt.Errorf("idpdb: events: %w", err)
		}
		e.At = db.FromMicros(at)
		var words rowseal.Said
		if err := s.Seals.Open(EventPurpose+id, e.At, sealed, &words); err != nil {
			return nil, err
		}
		e.Reason, e.Evidence = words.Reason, words.Evidence
		list = append(list, e)
	}
	return list, rows.Err()
}

// DueToLapse lists requests that nobody carried on, the oldest first.
func (s *Store) DueToLapse(ctx context.Context, now time.Time, limit int) (list []enrolment.Request, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+requestColumns+` FROM request WHERE waits_until > 0 AND waits_until <= $1 ORDER BY waits_until LIMIT $2`, db.Micros(now), limit)
	if err != nil {
		return nil, fmt.Errorf("idpdb: due to lapse: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := s.scanRequest(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// RequestsWhere lists requests.
func (s *Store) RequestsWhere(ctx context.Context, where string, args ...any) (list []enrolment.Request, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+requestColumns+` FROM request `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("idpdb: requests: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := s.scanRequest(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
