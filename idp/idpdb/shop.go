package idpdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/shop"
)

var _ shop.Store = (*Store)(nil)

// mostLinked bounds the hashes that one call of the shop costs.
const mostLinked = 5

func (s *Store) customerKey(customer string) string { return s.key("idp.shop_customer", customer) }

// insertCustomer remembers of which customer of the shop a request is.
func (s *Store) insertCustomer(ctx context.Context, tx *db.Tx, r enrolment.Request) error {
	if r.Data.Customer == "" {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO shop_customer (holder, customer) VALUES ($1, $2)`, r.Holder, s.customerKey(r.Data.Customer))
	if err != nil {
		return fmt.Errorf("idpdb: customer of the shop: %w", err)
	}
	return nil
}

// LinkedTo lists whose password follows that of a customer: holders and applicants first,
// then requests whose mailbox may still be confirmed.
func (s *Store) LinkedTo(ctx context.Context, customer string, now time.Time) (list []shop.Linked, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT holder, phc FROM (
			SELECT c.holder AS holder, p.phc AS phc, 1 AS place FROM shop_customer c JOIN password p ON p.identity = c.holder WHERE c.customer = $1
			UNION ALL SELECT c.holder, a.phc, 1 FROM shop_customer c JOIN applicant a ON a.id = c.holder WHERE c.customer = $1 AND a.phc <> ''
			UNION ALL SELECT c.holder, r.phc, 2 FROM shop_customer c JOIN request r ON r.holder = c.holder WHERE c.customer = $1 AND r.phc <> '' AND r.link_until > $2
		) AS linked ORDER BY place, holder LIMIT $3`, s.customerKey(customer), db.Micros(now), mostLinked)
	if err != nil {
		return nil, fmt.Errorf("idpdb: linked to a customer: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l shop.Linked
		if err := rows.Scan(&l.Holder, &l.Password); err != nil {
			return nil, fmt.Errorf("idpdb: linked to a customer: %w", err)
		}
		list = append(list, l)
	}
	return list, rows.Err()
}

// SetLinked sets the password wherever one is kept, and ends the sessions. // E21
func (s *Store) SetLinked(ctx context.Context, holders []string, phc string, messages []notify.Message, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, holder := range holders {
			if err := setLinked(ctx, tx, holder, phc, ev.At); err != nil {
				return err
			}
		}
		for _, m := range messages {
			if err := shareddb.QueueMessage(ctx, tx, m, ev.At); err != nil {
				return err
			}
		}
		return shareddb.AppendAudit(ctx, tx, ev)
	})
}

func setLinked(ctx context.Context, tx *db.Tx, holder, phc string, at time.Time) error {
	if err := formerOf(ctx, tx, holder, at); err != nil {
		return err
	}
	_, err1 := tx.ExecContext(ctx, `UPDATE password SET phc = $2, changed_at = $3, reminded = 0 WHERE identity = $1`, holder, phc, db.Micros(at))
	_, err2 := tx.ExecContext(ctx, `UPDATE applicant SET phc = $2, changed_at = $3 WHERE id = $1 AND phc <> ''`, holder, phc, db.Micros(at))
	_, err3 := tx.ExecContext(ctx, `UPDATE request SET phc = $2 WHERE holder = $1 AND phc <> ''`, holder, phc)
	return errors.Join(err1, err2, err3, shareddb.EndSessionsOf(ctx, tx, holder, at))
}

// formerOf keeps the password that a holder has until now. // E13
func formerOf(ctx context.Context, tx *db.Tx, holder string, at time.Time) error {
	var phc string
	err := tx.QueryRowContext(ctx, `SELECT phc FROM password WHERE identity = $1`, holder).Scan(&phc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // an applicant
	}
	if err != nil {
		return fmt.Errorf("idpdb: password of a customer: %w", err)
	}
	return formerPassword(ctx, tx, holder, phc, at)
}
