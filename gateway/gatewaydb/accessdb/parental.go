package accessdb

import (
	"context"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/parental"
)

// Authorisations are those that were recorded for a person, oldest first.
func (s *Store) Authorisations(ctx context.Context, accountID string) ([]parental.Authorisation, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT id, authorised_by, document, at, until_at, withdrawn_at FROM parental_authorisation
		WHERE account_id = $1 ORDER BY at, id`, accountID)
	if err != nil {
		return nil, fmt.Errorf("accessdb: authorisations: %w", err)
	}
	defer rows.Close()
	var list []parental.Authorisation
	for rows.Next() {
		var a parental.Authorisation
		var by, document string
		var at, until, withdrawn int64
		if err := rows.Scan(&a.ID, &by, &document, &at, &until, &withdrawn); err != nil {
			return nil, fmt.Errorf("accessdb: authorisations: %w", err)
		}
		a.By, a.Document = parental.Role(by), parental.Document(document)
		a.At, a.Until, a.Withdrawn = db.FromMicros(at), db.FromMicros(until), db.FromMicros(withdrawn)
		list = append(list, a)
	}
	return list, rows.Err()
}

// Authorise records an authorisation with its audit line and mail, and gives its end. // G2.9
func (s *Store) Authorise(ctx context.Context, c account.Change, w parental.Wish, told func(account.Account, time.Time) notify.Message) (until time.Time, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := accountdb.Open(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		if until, err = RecordAuthorisation(ctx, tx, a, w, c.Now, c.Event); err != nil {
			return err
		}
		return shareddb.QueueMessage(ctx, tx, told(a, until), c.Now)
	})
	return until, err
}

// Unauthorise withdraws what holds, with its audit line and mail.
func (s *Store) Unauthorise(ctx context.Context, c account.Change, told func(account.Account, time.Time) notify.Message) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		a, err := accountdb.Hold(ctx, tx, c.AccountID)
		if err != nil {
			return err
		}
		if err := WithdrawAuthorisation(ctx, tx, a, c.Now, c.Event); err != nil || a.Email == "" {
			return err
		}
		return shareddb.QueueMessage(ctx, tx, told(a, time.Time{}), c.Now)
	})
}

// RecordAuthorisation is Authorise within a transaction, without the mail.
func RecordAuthorisation(ctx context.Context, tx *db.Tx, a account.Account, w parental.Wish, now time.Time, ev audit.Event) (time.Time, error) {
	list, err := accountdb.Attributes(ctx, tx, a.ID)
	if err != nil {
		return time.Time{}, err
	}
	one, err := parental.Record(w, account.Facts(list, nil).BirthDate, now)
	if err != nil {
		return one.Until, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO parental_authorisation (id, account_id, authorised_by, document, at, until_at, withdrawn_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		one.ID, a.ID, string(one.By), string(one.Document), db.Micros(one.At), db.Micros(one.Until))
	if err != nil {
		return one.Until, fmt.Errorf("accessdb: authorise: %w", err)
	}
	for name, value := range map[string]string{"by": string(one.By), "document": string(one.Document), "until": one.Until.UTC().Format(time.RFC3339)} {
		ev.Detail = accountdb.WithDetail(ev.Detail, name, value)
	}
	return one.Until, accountdb.WriteEvent(ctx, tx, ev, audit.ParentalAuthorised, a.ID)
}

// WithdrawAuthorisation is Unauthorise within a transaction, without the mail.
func WithdrawAuthorisation(ctx context.Context, tx *db.Tx, a account.Account, now time.Time, ev audit.Event) error {
	res, err := tx.ExecContext(ctx, `UPDATE parental_authorisation SET withdrawn_at = $1 WHERE account_id = $2 AND withdrawn_at = 0 AND until_at > $1`, db.Micros(now), a.ID)
	if err != nil {
		return fmt.Errorf("accessdb: withdraw authorisation: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return err
	}
	if n == 0 {
		return parental.ErrNone
	}
	return accountdb.WriteEvent(ctx, tx, ev, audit.ParentalWithdrawn, a.ID)
}
