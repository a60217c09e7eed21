package reviewdb

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/backoffice/review"
	"atrio/idp/backoffice/screening"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/activation"
	"atrio/idp/identity"
	"atrio/idp/idpdb/identitydb"
)

var _ activation.Contacts = (*Store)(nil)

// conditions builds a WHERE by hand, each with its argument.
type conditions struct {
	text []string
	args []any
}

// and adds a condition; each %s stands for one of the arguments.
func (c *conditions) and(text string, args ...any) {
	places := make([]any, len(args))
	for i, a := range args {
		c.args = append(c.args, a)
		places[i] = fmt.Sprintf("$%d", len(c.args))
	}
	c.text = append(c.text, fmt.Sprintf(text, places...))
}

func (c *conditions) String() string { return strings.Join(c.text, " AND ") }

// waiting are the conditions of a filter on request r.
func waiting(f review.Filter) *conditions {
	c := &conditions{}
	marks := make([]string, len(f.States))
	states := make([]any, len(f.States))
	for i, s := range f.States {
		marks[i], states[i] = "%s", string(s)
	}
	c.and("r.state IN ("+strings.Join(marks, ", ")+")", states...)
	if f.Method != "" {
		c.and("r.method = %s", string(f.Method))
	}
	if f.Circuit != "" {
		c.and("r.circuit = %s", f.Circuit)
	}
	return c
}

const waitingColumns = `r.number, r.state, r.method, r.circuit, r.point, r.changed_at, coalesce(c.operator, ''), coalesce(c.until, 0)`

// claimed joins the claim that holds: of this version, and not over.
func claimed(c *conditions, now time.Time) string {
	c.args = append(c.args, db.Micros(now))
	return fmt.Sprintf(`LEFT JOIN request_claim c ON c.request = r.id AND c.version = r.version AND c.until > $%d`, len(c.args))
}

// Queue lists what waits, the oldest first.
func (s *Store) Queue(ctx context.Context, f review.Filter, now time.Time) (page []review.Waiting, all int, err error) {
	if len(f.States) == 0 {
		return nil, 0, nil
	}
	c := waiting(f)
	if err := s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM request r WHERE `+c.String(), c.args...).Scan(&all); err != nil {
		return nil, 0, fmt.Errorf("idpdb: queue: %w", err)
	}
	join, where := claimed(c, now), c.String()
	c.args = append(c.args, f.Limit, f.Skip)
	page, err = s.waitings(ctx, fmt.Sprintf(`SELECT `+waitingColumns+` FROM request r %s WHERE %s ORDER BY r.changed_at, r.id LIMIT $%d OFFSET $%d`,
		join, where, len(c.args)-1, len(c.args)), c.args...)
	return page, all, err
}

// Mine lists what an operator has, whatever the state: one that has gone on is there no more.
func (s *Store) Mine(ctx context.Context, operator string, now time.Time) ([]review.Waiting, error) {
	return s.waitings(ctx, `SELECT `+waitingColumns+` FROM request r JOIN request_claim c ON c.request = r.id AND c.version = r.version AND c.until > $2
		WHERE c.operator = $1 ORDER BY r.changed_at, r.id`, operator, db.Micros(now))
}

func (s *Store) waitings(ctx context.Context, query string, args ...any) (list []review.Waiting, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("idpdb: queue: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var w review.Waiting
		var since, until int64
		if err := rows.Scan(&w.Number, &w.State, &w.Method, &w.Circuit, &w.Point, &since, &w.By, &until); err != nil {
			return nil, fmt.Errorf("idpdb: queue: %w", err)
		}
		if w.Since = db.FromMicros(since); until > 0 {
			w.Until = db.FromMicros(until)
		}
		list = append(list, w)
	}
	return list, rows.Err()
}

// contested is how often somebody else may take the oldest first before we give up.
const contested = 20

// errFaster rolls back what somebody else was faster at.
var errFaster = errors.New("idpdb: somebody else was faster")

// Take gives a request to an operator.
func (s *Store) Take(ctx context.Context, t review.Taking) (n enrolment.Number, err error) {
	if len(t.Filter.States) == 0 {
		return "", review.ErrNone
	}
	for range contested {
		n, err = s.take(ctx, t)
		if !errors.Is(err, errFaster) {
			return n, err
		}
	}
	return "", review.ErrNone
}

// stranger are the conditions that keep a request from who had to do with its applicant:
// identified them, if only before that was asked for again, saw papers or took pictures at a Point, however that ended, or was in a
// session with them. // A16
func stranger(c *conditions, operator string) {
	c.and("NOT EXISTS (SELECT 1 FROM request_collector k WHERE k.request = r.id AND k.operator = %s)", operator)
	c.and("NOT EXISTS (SELECT 1 FROM request_event e WHERE e.request = r.id AND e.role = 'collector' AND e.author = %s)", operator)
	c.and("NOT EXISTS (SELECT 1 FROM video_session m WHERE m.request = r.id AND m.operator = %s)", operator)
}

// holds tells how many requests an operator has. Of their tabs, and of nodes, one takes at a
// time: on SQLite the transaction is the lock.
func holds(ctx context.Context, tx *db.Tx, operator string, now time.Time) (n int, err error) {
	if tx.Dialect() == db.Postgres {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('atrio claims ' || $1, 0))`, operator); err != nil {
			return 0, fmt.Errorf("idpdb: take: %w", err)
		}
	}
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM request_claim c JOIN request r ON r.id = c.request AND r.version = c.version WHERE c.operator = $1 AND c.until > $2`,
		operator, db.Micros(now)).Scan(&n)
	return n, err
}

func (s *Store) take(ctx context.Context, t review.Taking) (n enrolment.Number, err error) {
	c := waiting(t.Filter)
	stranger(c, t.Operator)
	if own := s.Seals.Person(t.FiscalCode); own != "" {
		c.and("r.person_key <> %s", own)
	}
	nobody := review.ErrNone
	if t.Again {
		c.and("EXISTS (SELECT 1 FROM second_look l WHERE l.request = r.id AND l.outcome = '' AND l.approver <> %s)", t.Operator)
	}
	if t.Number != "" {
		c.and("r.number = %s", string(t.Number))
		nobody = review.ErrNotTheirs
	}
	join := claimed(c, t.Now)
	if t.Number == "" {
		c.text = append(c.text, "c.request IS NULL")
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		if t.Number == "" {
			if have, err := holds(ctx, tx, t.Operator, t.Now); err != nil || have >= review.MostHeld {
				return cmp.Or(err, error(review.ErrHeld))
			}
		}
		var id, holder string
		var version int
		err := tx.QueryRowContext(ctx, `SELECT r.id, r.holder, r.number, r.version FROM request r `+join+` WHERE `+c.String()+` ORDER BY r.changed_at, r.id LIMIT 1`, c.args...).
			Scan(&id, &holder, &n, &version)
		if errors.Is(err, sql.ErrNoRows) {
			return nobody
		}
		if err != nil {
			return fmt.Errorf("idpdb: take: %w", err)
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO request_claim (request, version, operator, taken_at, until) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (request) DO UPDATE SET version = excluded.version, operator = excluded.operator, taken_at = excluded.taken_at, until = excluded.until
			WHERE $6 = 1 OR request_claim.version <> excluded.version OR request_claim.until <= excluded.taken_at`,
			id, version, t.Operator, db.Micros(t.Now), db.Micros(t.Until), given(t.Number != ""))
		if err != nil {
			return fmt.Errorf("idpdb: take: %w", err)
		}
		if changed, err := res.RowsAffected(); err != nil || changed == 0 {
			return errors.Join(errFaster, err) // somebody else was faster: the next one
		}
		ev := t.Event
		ev.Subject, ev.Detail = holder, map[string]string{"request": string(n), "to": t.Operator}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
	return n, err
}

func given(set bool) int {
	if set {
		return 1
	}
	return 0
}

// Release gives a request back; one that the operator does not have is no error.
func (s *Store) Release(ctx context.Context, operator string, n enrolment.Number, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM request_claim WHERE operator = $1 AND request = (SELECT id FROM request WHERE number = $2)`, operator, string(n))
		if err != nil {
			return fmt.Errorf("idpdb: release: %w", err)
		}
		if changed, err := res.RowsAffected(); err != nil || changed == 0 {
			return err
		}
		ev.Detail = map[string]string{"request": string(n), "to": ""}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
}

// Claimed tells who has a request.
func (s *Store) Claimed(ctx context.Context, id string, version int, now time.Time) (operator string, err error) {
	err = s.DB.Read().QueryRowContext(ctx, `SELECT operator FROM request_claim WHERE request = $1 AND version = $2 AND until > $3`, id, version, db.Micros(now)).Scan(&operator)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return operator, err
}

// unproved is the state whose contacts are nobody's yet. Those of requests that were
// withdrawn or lapsed count until they are forgotten: see forgets. // A18
const unproved = `('email_pending')`

// over are the states whose contacts are free again: nobody uses them by such a request.
const over = `('expired', 'withdrawn', 'email_pending')`

// Known counts other people with the same contacts and document: among requests, and among
// identities that no request made.
func (s *Store) Known(ctx context.Context, r enrolment.Request) (k screening.Known, err error) {
	d := r.Data
	person := s.Seals.Person(d.Person.FiscalCode)
	for _, q := range []struct {
		into   *int
		column string
		key    string
		made   string
	}{
		{&k.Phones, "CASE WHEN phone_key = '' THEN past_phone_key ELSE phone_key END", s.Seals.Phone(d.Phone), "phone_key"},
		{&k.Mailboxes, "mailbox_key", s.Seals.Mailbox(d.Email), ""},
		{&k.Documents, "document_key", s.Seals.Document(d.Document.Number), "document_key"},
	} {
		if q.key == "" {
			continue
		}
		// Requests of one person are one; those that say no person yet are nobody.
		err := s.DB.Read().QueryRowContext(ctx, `SELECT count(DISTINCT person_key) FROM request
			WHERE `+q.column+` = $1 AND id <> $2 AND person_key NOT IN ('', $3) AND state NOT IN `+unproved, q.key, r.ID, person).Scan(q.into)
		if err != nil {
			return k, fmt.Errorf("idpdb: known: %w", err)
		}
		if q.made == "" {
			continue
		}
		var more int
		err = s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM identity WHERE `+q.made+` = $1 AND `+q.made+` <> '' AND fiscal_key <> $2 AND state <> 'revoked' AND person_key = ''`,
			q.key, person).Scan(&more)
		if err != nil {
			return k, fmt.Errorf("idpdb: known: %w", err)
		}
		*q.into += more
	}
	var n int
	err = s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM identity WHERE fiscal_key = $1 AND fiscal_key <> '' AND state <> 'revoked' AND id <> $2`, person, r.Regains).Scan(&n)
	k.Identity = n > 0
	if err != nil || r.Regains == "" {
		return k, err
	}
	who, err := s.Identities.Identity(ctx, r.Regains)
	if errors.Is(err, identity.ErrUnknown) {
		return k, nil
	}
	k.Regains = err == nil && string(who.Holder.FiscalCode) == d.Person.FiscalCode && who.May(identity.Regain, "", identity.AsDesk)
	return k, err
}

// NoteRead writes that an operator looked.
func (s *Store) NoteRead(ctx context.Context, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return shareddb.AppendAudit(ctx, tx, ev) })
}

// mostContacts bounds how many people are written to about one activation.
const mostContacts = 20

// OlderContacts are how people were reached under the same codice fiscale before, in
// identities and in other requests. // A29
func (s *Store) OlderContacts(ctx context.Context, r enrolment.Request) (list []activation.Contact, err error) {
	d := r.Data
	seenMail, seenPhone := map[string]bool{s.Seals.User(d.Email): true}, map[string]bool{d.Phone: true, "": true}
	add := func(email, phone, lang string) {
		if seenMail[s.Seals.User(email)] {
			email = ""
		}
		if seenPhone[phone] {
			phone = ""
		}
		seenMail[s.Seals.User(email)], seenPhone[phone] = true, true
		if (email != "" || phone != "") && len(list) < mostContacts {
			list = append(list, activation.Contact{Email: email, Phone: phone, Language: lang})
		}
	}
	holders, err := s.holdersOf(ctx, s.Seals.Person(d.Person.FiscalCode), r.Holder)
	if err != nil {
		return nil, err
	}
	for _, i := range holders {
		add(i.Holder.Email, i.Holder.MobilePhone, i.Language)
	}
	others, err := s.Requests.RequestsWhere(ctx, `WHERE person_key = $1 AND id <> $2 AND state NOT IN `+over+` ORDER BY changed_at DESC LIMIT $3`,
		s.Seals.Person(d.Person.FiscalCode), r.ID, mostContacts)
	for _, o := range others {
		phone := o.Data.Phone
		if o.Data.PhoneAt.IsZero() {
			phone = "" // typed, and never confirmed
		}
		add(o.Data.Email, phone, o.Data.Language)
	}
	return list, err
}

// holdersOf are the identities of one person but one, the latest first.
func (s *Store) holdersOf(ctx context.Context, person, but string) (list []identity.Identity, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+identitydb.RowColumns+`, i.language FROM identity i
		WHERE i.fiscal_key = $1 AND i.fiscal_key <> '' AND i.id <> $2 ORDER BY i.created_at DESC`, person, but)
	if err != nil {
		return nil, fmt.Errorf("idpdb: older contacts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r identitydb.Row
		var i identity.Identity
		if err := rows.Scan(append(r.Into(), &i.Language)...); err != nil {
			return nil, fmt.Errorf("idpdb: older contacts: %w", err)
		}
		if err := s.Identities.OpenIdentity(&r, &i); err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, rows.Err()
}
