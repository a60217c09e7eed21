package ledgerdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"atrio/base/seal"
	"atrio/db"
	"atrio/db/ledgerkey"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/ledger"
	"atrio/people/person"
)

// The table exchange of 0.1.0 holds pairs in clear. A node of that version may still
// write it during an upgrade, so it stays, and a job moves what is there. A later
// version drops it. // decision 0018

// sealBatch bounds one transaction of the job.
const sealBatch = 100

// Unsealed tells whether 0.1.0 left rows in clear, or whether some that were deleted can
// still be read in the files: cheap reads before each run.
func (s *Store) Unsealed(ctx context.Context, _ time.Time) (bool, error) {
	var n int
	err := s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM exchange LIMIT 1) AS one`).Scan(&n)
	if err != nil || n > 0 || s.keys == nil {
		return n > 0, err
	}
	return s.keys.ScrubDue(ctx)
}

// SealOld moves the rows of 0.1.0 into the ledger, a batch in a commit: wherever it
// ends, the next run goes on. After the last row it makes what was in clear
// unreadable in the files too, as each batch asked for.
func (s *Store) SealOld(ctx context.Context, _ time.Time) error {
	if s.keys == nil {
		return errNoKeys
	}
	for {
		more, err := s.sealOldBatch(ctx)
		if err != nil {
			return err
		}
		if !more {
			return s.keys.Scrub(ctx)
		}
	}
}

const oldColumns = `id, at, reference, door, issuer, subject, request_id, response_id, assertion_id, request, response`

// sealOldBatch moves the oldest rows; more tells that there were any.
func (s *Store) sealOldBatch(ctx context.Context) (more bool, err error) {
	old, err := scanOld(s.DB.Read().QueryContext(ctx, `SELECT `+oldColumns+` FROM exchange ORDER BY at, id LIMIT $1`, sealBatch))
	if err != nil || len(old) == 0 {
		return false, err
	}
	keys := map[string]*seal.RowKey{}
	for _, o := range old {
		if id := ledgerkey.Month(o.At); keys[id] == nil {
			if keys[id], err = s.keys.At(ctx, o.At); err != nil {
				return false, err
			}
		}
	}
	return true, s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, o := range old {
			if err := s.move(ctx, tx, keys[ledgerkey.Month(o.At)], o); err != nil {
				return err
			}
		}
		return ledgerkey.AskScrub(ctx, tx, "exchange")
	})
}

// move seals one old row, unless another node did.
func (s *Store) move(ctx context.Context, tx *db.Tx, key *seal.RowKey, o oldRow) error {
	res, err := tx.ExecContext(ctx, `DELETE FROM exchange WHERE id = $1`, o.ID)
	if err != nil {
		return fmt.Errorf("ledgerdb: seal old rows: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return err
	}
	// 0.1.0 wrote neither account nor codice fiscale beside the messages.
	a, known, err := accountdb.One(ctx, tx, `FROM identity i JOIN account a ON a.id = i.account_id
		WHERE i.door = $1 AND i.issuer = $2 AND i.subject = $3`, string(o.Door), o.Issuer, o.Subject)
	if err != nil {
		return err
	}
	if known {
		o.Account, o.FiscalCode = a.ID, string(a.FiscalCode)
	}
	return s.sealWith(key, o.Entry, o.small).insert(ctx, tx)
}

// oldRow is a row of 0.1.0; small is its request as it was stored, compressed.
type oldRow struct {
	ledger.Entry
	small []byte
}

func scanOld(rows *sql.Rows, err error) ([]oldRow, error) {
	if err != nil {
		return nil, fmt.Errorf("ledgerdb: old rows: %w", err)
	}
	defer rows.Close()
	var list []oldRow
	for rows.Next() {
		var o oldRow
		var at int64
		var door string
		err := rows.Scan(&o.ID, &at, &o.Reference, &door, &o.Issuer, &o.Subject, &o.RequestID, &o.ResponseID, &o.AssertionID, &o.small, &o.Response)
		if err != nil {
			return nil, fmt.Errorf("ledgerdb: old rows: %w", err)
		}
		o.At, o.Door = db.FromMicros(at), person.Door(door)
		list = append(list, o)
	}
	return list, rows.Err()
}

// plainPairs searches what is still in clear, as Pairs does what is sealed.
func (s *Store) plainPairs(ctx context.Context, q ledger.Query) ([]ledger.Entry, error) {
	var c condition
	c.add(`1 = 1`)
	span(&c, q)
	if w := q.Any; !w.Empty() {
		var each []string
		var args []any
		if w.Technical != "" {
			each = append(each, `request_id = ?`, `response_id = ?`, `assertion_id = ?`, `reference = ?`)
			args = append(args, w.Technical, w.Technical, w.Technical, w.Technical)
		}
		if w.Subject != "" {
			each, args = append(each, `subject = ?`), append(args, w.Subject)
		}
		const holder = `EXISTS (SELECT 1 FROM identity i JOIN account a ON a.id = i.account_id
			WHERE i.door = exchange.door AND i.issuer = exchange.issuer AND i.subject = exchange.subject AND `
		if w.Account != "" {
			each, args = append(each, holder+`a.id = ?)`), append(args, w.Account)
		}
		if w.FiscalCode != "" {
			each, args = append(each, holder+`a.fiscal_code = ?)`), append(args, w.FiscalCode)
		}
		c.add(`(`+strings.Join(each, ` OR `)+`)`, args...)
	}
	old, err := scanOld(s.DB.Read().QueryContext(ctx, `SELECT `+oldColumns+` FROM exchange`+c.where()+
		fmt.Sprintf(` ORDER BY at, id LIMIT %d`, q.Limit), c.args...))
	if err != nil {
		return nil, err
	}
	out := make([]ledger.Entry, 0, len(old))
	for _, o := range old {
		if o.Request, err = spread(o.small); err != nil {
			return nil, fmt.Errorf("ledgerdb: request of row %s: %w", o.ID, err)
		}
		a, known, err := accountdb.One(ctx, s.DB.Read(), `FROM identity i JOIN account a ON a.id = i.account_id
			WHERE i.door = $1 AND i.issuer = $2 AND i.subject = $3`, string(o.Door), o.Issuer, o.Subject)
		if err != nil {
			return nil, err
		}
		if known {
			o.Account, o.FiscalCode = a.ID, string(a.FiscalCode)
		}
		out = append(out, o.Entry)
	}
	return out, nil
}
