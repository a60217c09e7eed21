package enrolmentdb

import (
	"context"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/shop"
	"atrio/idp/idpdb/identitydb"
)

// mostLinked bounds the hashes that one call of the shop costs.
const mostLinked = 5

func (s *Store) customerKey(customer string) string {
	return s.Seals.Key("idp.shop_customer", customer)
}

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

// SetLinked sets the password wherever the one that was compared is kept, and ends the
// sessions. // E21
func (s *Store) SetLinked(ctx context.Context, linked []shop.Linked, phc string, messages []notify.Message, ev audit.Event) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, l := range linked {
			if err := setLinked(ctx, tx, l, phc, ev.At); err != nil {
				return err
			}
			line := ev
			line.Subject = l.Holder
			if err := shareddb.AppendAudit(ctx, tx, line); err != nil {
				return err
			}
		}
		for _, m := range messages {
			if err := shareddb.QueueMessage(ctx, tx, m, ev.At); err != nil {
				return err
			}
		}
		return nil
	})
}

func setLinked(ctx context.Context, tx *db.Tx, l shop.Linked, phc string, at time.Time) error {
	var changed int64
	for n, statement := range []string{
		`UPDATE password SET phc = $3, changed_at = $4, reminded = 0 WHERE identity = $1 AND phc = $2`,
		`UPDATE applicant SET phc = $3, changed_at = $4 WHERE id = $1 AND phc = $2`,
		`UPDATE request SET phc = $3 WHERE holder = $1 AND phc = $2`,
	} {
		args := []any{l.Holder, l.Password, phc, db.Micros(at)}
		if n == 2 {
			args = args[:3]
		}
		res, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return fmt.Errorf("idpdb: password of a customer: %w", err)
		}
		rows, err := res.RowsAffected()
		if err != nil {
			return fmt.Errorf("idpdb: password of a customer: %w", err)
		}
		if n == 0 && rows > 0 { // a holder's, not an applicant's
			if err := identitydb.FormerPassword(ctx, tx, l.Holder, l.Password, at); err != nil {
				return err
			}
		}
		changed += rows
	}
	if changed == 0 {
		return identitydb.ErrPasswordChanged
	}
	if err := identitydb.Capped(ctx, tx, l.Cap, at); err != nil {
		return err
	}
	return shareddb.EndSessionsOf(ctx, tx, l.Holder, at)
}
