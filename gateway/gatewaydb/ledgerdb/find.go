package ledgerdb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"atrio/base/seal"
	"atrio/db"
	"atrio/db/ledgerkey"
	"atrio/gateway/ledger"
	"atrio/people/person"
)

// condition collects the parts of a WHERE with their parameters.
type condition struct {
	parts []string
	args  []any
}

// add appends a part in which each ? becomes the next parameter.
func (c *condition) add(part string, args ...any) {
	for range args {
		part = strings.Replace(part, "?", fmt.Sprintf("$%d", len(c.args)+1), 1)
		c.args, args = append(c.args, args[0]), args[1:]
	}
	c.parts = append(c.parts, part)
}

func (c *condition) where() string { return " WHERE " + strings.Join(c.parts, " AND ") }

// page bounds one read of rows, whatever the caller asks for.
const page = 500

// Pairs gives rows of the ledger in the order of time, opened. What 0.1.0 left in
// clear and the job has not sealed yet is among them. A row whose key was destroyed
// comes without its sealed part, and so does one that was changed.
func (s *Store) Pairs(ctx context.Context, q ledger.Query) ([]ledger.Entry, error) {
	if s.keys == nil {
		return nil, errNoKeys
	}
	q.Limit = min(max(q.Limit, 1), page)
	// The job moves rows from plain to sealed: read in that order, a row that moves
	// meanwhile is found twice, never missed.
	plain, err := s.plainPairs(ctx, q)
	if err != nil {
		return nil, err
	}
	sealed, err := s.sealedPairs(ctx, q)
	if err != nil {
		return nil, err
	}
	return merge(sealed, plain, q.Limit), nil
}

// merge puts two pages in the order of time together, and cuts them to one.
func merge(a, b []ledger.Entry, limit int) []ledger.Entry {
	out := make([]ledger.Entry, 0, min(limit, len(a)+len(b)))
	for len(out) < limit && len(a)+len(b) > 0 {
		switch {
		case len(a) > 0 && len(b) > 0 && a[0].ID == b[0].ID:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		case len(b) == 0 || len(a) > 0 && before(&a[0], &b[0]):
			out, a = append(out, a[0]), a[1:]
		default:
			out, b = append(out, b[0]), b[1:]
		}
	}
	return out
}

func before(a, b *ledger.Entry) bool {
	if a.At.Equal(b.At) {
		return a.ID < b.ID
	}
	return a.At.Before(b.At)
}

// span adds the conditions that both tables share.
func span(c *condition, q ledger.Query) {
	if !q.From.IsZero() {
		c.add(`at >= ?`, db.Micros(q.From))
	}
	if !q.To.IsZero() {
		c.add(`at < ?`, db.Micros(q.To))
	}
	if !q.After.At.IsZero() {
		c.add(`(at > ? OR at = ? AND id > ?)`, db.Micros(q.After.At), db.Micros(q.After.At), q.After.ID)
	}
	if q.Door != "" {
		c.add(`door = ?`, string(q.Door))
	}
	if q.Issuer != "" {
		c.add(`issuer = ?`, q.Issuer)
	}
}

func (s *Store) sealedPairs(ctx context.Context, q ledger.Query) ([]ledger.Entry, error) {
	var c condition
	c.add(`1 = 1`)
	span(&c, q)
	order := `at`
	if !q.Any.Empty() {
		s.named(&c, q.Any)
		order = `+at` // few rows: their own indexes, not that of time
	}
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+ledgerColumns+` FROM ledger`+c.where()+
		fmt.Sprintf(` ORDER BY %s, id LIMIT %d`, order, q.Limit), c.args...)
	if err != nil {
		return nil, fmt.Errorf("ledgerdb: ledger: %w", err)
	}
	list, err := scanRows(rows)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, list)
}

// named adds the words that name rows: one search by each index.
func (s *Store) named(c *condition, w ledger.Words) {
	var each []string
	var args []any
	by := func(column string, value any) {
		each, args = append(each, `SELECT id FROM ledger WHERE `+column), append(args, value)
	}
	if w.Technical != "" {
		for _, column := range []string{`correlation = ?`, `request_id = ?`, `response_id = ?`, `assertion_id = ?`, `refused <> '' AND reference = ?`} {
			by(column, w.Technical)
		}
	}
	if w.Account != "" {
		by(`account_id = ?`, w.Account)
	}
	if w.Subject != "" {
		by(`subject_mac = ?`, s.subjectMAC(w.Subject))
	}
	if w.FiscalCode != "" {
		by(`fiscal_mac = ?`, s.fiscalMAC(w.FiscalCode))
	}
	c.add(`id IN (`+strings.Join(each, ` UNION ALL `)+`)`, args...)
}

func scanRows(rows *sql.Rows) ([]Row, error) {
	defer rows.Close()
	var list []Row
	for rows.Next() {
		var r Row
		var at int64
		var level int
		var door string
		err := rows.Scan(&r.ID, &at, &r.Correlation, &r.Reference, &door, &r.Issuer, &r.Account, &level, &r.Refused,
			&r.RequestID, &r.ResponseID, &r.AssertionID, &r.subjectMAC, &r.fiscalMAC, &r.keyID, &r.sealed)
		if err != nil {
			return nil, fmt.Errorf("ledgerdb: ledger: %w", err)
		}
		r.At, r.Level, r.Door = db.FromMicros(at), person.Level(level), person.Door(door)
		list = append(list, r)
	}
	return list, rows.Err()
}

// open decrypts rows; a page has few months, so few keys are read.
func (s *Store) open(ctx context.Context, list []Row) ([]ledger.Entry, error) {
	keys := map[string]*seal.RowKey{}
	out := make([]ledger.Entry, 0, len(list))
	for i := range list {
		r := &list[i]
		key, known := keys[r.keyID]
		if !known {
			var err error
			key, err = s.keys.Find(ctx, r.keyID)
			if err != nil && !errors.Is(err, ledgerkey.ErrDestroyed) {
				return nil, err
			}
			keys[r.keyID] = key
		}
		if key == nil {
			r.Destroyed = true
		} else if err := s.openRow(r, key); errors.Is(err, seal.ErrBroken) {
			r.Broken = true // the others are evidence all the same
		} else if err != nil {
			return nil, err
		}
		out = append(out, r.Entry)
	}
	return out, nil
}

// sealedParts is how many parts a row has.
const sealedParts = 5

// errIndex is the private cause of a row that would be found by another name than its own.
var errIndex = errors.New("ledgerdb: the indexes do not match what is sealed")

func (s *Store) openRow(r *Row, key *seal.RowKey) error {
	parts, err := key.Open(bound(&r.Entry), r.sealed)
	switch {
	case err == nil && len(parts) != sealedParts:
		err = errors.New("it has other parts")
	case err == nil && !s.indexed(r, string(parts[0]), string(parts[1])):
		err = seal.ErrBroken.Because(errIndex)
	}
	if err != nil {
		return fmt.Errorf("ledgerdb: row %s of the ledger: %w", r.ID, err)
	}
	r.Subject, r.FiscalCode, r.NameID = string(parts[0]), string(parts[1]), string(parts[2])
	if r.Request, err = spread(parts[3]); err != nil {
		return fmt.Errorf("ledgerdb: request of row %s: %w", r.ID, err)
	}
	if r.Response, err = spread(parts[4]); err != nil {
		return fmt.Errorf("ledgerdb: response of row %s: %w", r.ID, err)
	}
	return nil
}

// indexed tells whether a row is found by those identifiers, and by no others. Who
// exchanged an index would hide the row from its own person, or show it as another's.
func (s *Store) indexed(r *Row, subject, fiscalCode string) bool {
	return bytes.Equal(r.subjectMAC, s.subjectMAC(subject)) && bytes.Equal(r.fiscalMAC, s.fiscalMAC(fiscalCode))
}

// Issues gives the tokens issued to services from one login; without a correlation
// id those of an account.
func (s *Store) Issues(ctx context.Context, correlation, accountID string, from, to time.Time) ([]ledger.Issue, error) {
	var c condition
	if correlation != "" {
		c.add(`correlation = ?`, correlation)
	} else {
		c.add(`account_id = ?`, accountID)
	}
	if !from.IsZero() {
		c.add(`at >= ?`, db.Micros(from))
	}
	if !to.IsZero() {
		c.add(`at < ?`, db.Micros(to))
	}
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT id, `+issueShown+` FROM token_issue`+c.where()+
		fmt.Sprintf(` ORDER BY at, id LIMIT %d`, page), c.args...)
	if err != nil {
		return nil, fmt.Errorf("ledgerdb: token issues: %w", err)
	}
	defer rows.Close()
	var list []ledger.Issue
	var id string
	for rows.Next() {
		i, err := scanIssue(rows, &id)
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, rows.Err()
}

// EachIssue calls fn for every token of a time, in order, a page at a time.
func (s *Store) EachIssue(ctx context.Context, from, to time.Time, fn func(ledger.Issue) error) error {
	afterAt, afterID := db.Micros(from), ""
	for {
		list, id, err := s.issuePage(ctx, afterAt, afterID, db.Micros(to))
		if err != nil {
			return err
		}
		for _, i := range list {
			if err := fn(i); err != nil {
				return err
			}
		}
		if len(list) < page {
			return nil
		}
		afterAt, afterID = db.Micros(list[len(list)-1].At), id
	}
}

// issuePage gives the tokens after a row, and the id of the last one.
func (s *Store) issuePage(ctx context.Context, at int64, id string, to int64) ([]ledger.Issue, string, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT id, `+issueShown+` FROM token_issue
		WHERE (at > $1 OR at = $1 AND id > $2) AND at < $3 ORDER BY at, id LIMIT $4`, at, id, to, page)
	if err != nil {
		return nil, "", fmt.Errorf("ledgerdb: token issues: %w", err)
	}
	defer rows.Close()
	var list []ledger.Issue
	for rows.Next() {
		i, err := scanIssue(rows, &id)
		if err != nil {
			return nil, "", err
		}
		list = append(list, i)
	}
	return list, id, rows.Err()
}

const issueShown = `at, correlation, account_id, service, subject, reference`

func scanIssue(rows *sql.Rows, id *string) (ledger.Issue, error) {
	var i ledger.Issue
	var at int64
	if err := rows.Scan(id, &at, &i.Correlation, &i.Account, &i.Service, &i.Subject, &i.Reference); err != nil {
		return i, fmt.Errorf("ledgerdb: token issues: %w", err)
	}
	i.At = db.FromMicros(at)
	return i, nil
}
