package statisticsdb

import (
	"context"
	"encoding/base32"
	"fmt"
	"strconv"
	"time"

	"atrio/db"
	"atrio/idp/identity"
	"atrio/idp/idpdb/identitydb"
	"atrio/idp/statistics"
)

var _ statistics.Source = (*Store)(nil)

// StatisticCode is what AgID is told in place of an identity: a MAC of the internal reference,
// another one in each year. It says nothing about the spidCode. // LG statistiche SPID TR.IDP1
func (s *Store) StatisticCode(year int, reference string) string {
	return base32.StdEncoding.EncodeToString(s.Ring.MAC("idp.statistics", strconv.Itoa(year), reference)[:15])
}

// Standings are requests under way in a period, identities made in it and revoked in it. A
// request whose mailbox nobody confirmed is nobody's yet.
func (s *Store) Standings(ctx context.Context, from, to time.Time, each func(statistics.Standing) error) error {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT at, reference, status, proofing, requested, id, spid_key, user_key, fiscal_key, phone_key, document_key, sealed FROM (
			SELECT i.created_at AS at, i.id AS reference, 2 AS status, i.proofing AS proofing, coalesce(r.opened_at, 0) AS requested, `+identitydb.RowColumns+`
				FROM identity i LEFT JOIN request r ON r.holder = i.id WHERE i.created_at >= $1 AND i.created_at < $2
			UNION ALL SELECT r.opened_at, r.holder, 1, 0, 0, '', '', '', '', '', '', '' FROM request r WHERE r.opened_at < $2 AND r.state <> 'email_pending'
					AND (r.state NOT IN ('activated', 'rejected', 'expired', 'withdrawn') OR r.changed_at >= $1)
					AND EXISTS (SELECT 1 FROM request_event e WHERE e.request = r.id AND e.act = 'confirm_mail' AND e.at < $2)
			UNION ALL SELECT i.state_at, i.id, 3, 0, 0, '', '', '', '', '', '', '' FROM identity i WHERE i.state = 'revoked' AND i.state_at >= $1 AND i.state_at < $2
		) AS standing ORDER BY at, reference, status`, db.Micros(from), db.Micros(to))
	if err != nil {
		return fmt.Errorf("idpdb: statistics: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var one statistics.Standing
		var at, requested int64
		var who identitydb.Row
		if err := rows.Scan(append([]any{&at, &one.Reference, &one.Status, &one.Recognised, &requested}, who.Into()...)...); err != nil {
			return fmt.Errorf("idpdb: statistics: %w", err)
		}
		one.At = db.FromMicros(at)
		if requested > 0 {
			one.Requested = db.FromMicros(requested)
		}
		if one.Status == statistics.Active {
			if err := s.standing(&who, &one); err != nil {
				return err
			}
		}
		if err := each(one); err != nil {
			return err
		}
	}
	return rows.Err()
}

// standing completes the record of an identity that was made.
func (s *Store) standing(who *identitydb.Row, one *statistics.Standing) error {
	var i identity.Identity
	if err := s.Identities.OpenIdentity(who, &i); err != nil {
		return err
	}
	one.BirthPlace, one.BirthCounty, one.Gender, one.Born = i.Holder.BirthPlace, i.Holder.BirthCounty, i.Holder.Gender, i.Holder.BirthDate
	if one.Recognised == 0 {
		one.Recognised = statistics.ByOther // of before, or seeded
	}
	return nil
}

// AccessesBetween are the logins of a period; what is sealed is not opened.
func (s *Store) AccessesBetween(ctx context.Context, from, to time.Time, each func(statistics.Access) error) error {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT at, identity, service, level, method, anomaly FROM access WHERE at >= $1 AND at < $2 ORDER BY at, id`, db.Micros(from), db.Micros(to))
	if err != nil {
		return fmt.Errorf("idpdb: statistics: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a statistics.Access
		var at int64
		if err := rows.Scan(&at, &a.Reference, &a.Service, &a.Level, &a.Method, &a.Anomaly); err != nil {
			return fmt.Errorf("idpdb: statistics: %w", err)
		}
		a.At = db.FromMicros(at)
		if err := each(a); err != nil {
			return err
		}
	}
	return rows.Err()
}
