package identitydb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
	"atrio/idp/backoffice/lifedesk"
	"atrio/idp/identity"
	"atrio/idp/idpdb/rowseal"
)

// FindIdentity finds an identity for an operator.
func (s *Store) FindIdentity(ctx context.Context, by, value string) (*identity.Identity, error) {
	var column, key string
	switch by {
	case "spid_code":
		column, key = "i.spid_key", s.Seals.SPID(identity.SPIDCode(value))
	case "user_id":
		column, key = "i.user_key", s.Seals.User(value)
	case "fiscal_code":
		column, key = "i.fiscal_key <> '' AND i.fiscal_key", s.Seals.Person(value)
	}
	if key == "" {
		return nil, identity.ErrUnknown
	}
	return s.identityWhere(ctx, column+` = $1 ORDER BY CASE WHEN i.state = 'revoked' THEN 1 ELSE 0 END, i.created_at DESC LIMIT 1`, key)
}

// DeskActs lists what operators did.
func (s *Store) DeskActs(ctx context.Context, since time.Time, limit int) (list []lifedesk.Act, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT `+RowColumns+`, e.act, e.cause, e.author, e.second, e.at, e.sealed
		FROM identity_event e JOIN identity i ON i.id = e.identity WHERE e.role = 'desk' AND e.at >= $1 ORDER BY e.at DESC LIMIT $2`, db.Micros(since), limit)
	if err != nil {
		return nil, fmt.Errorf("idpdb: acts of the desk: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a lifedesk.Act
		var who Row
		var sealed string
		var at int64
		if err := rows.Scan(append(who.Into(), &a.Act, &a.Cause, &a.Operator, &a.Second, &at, &sealed)...); err != nil {
			return nil, fmt.Errorf("idpdb: acts of the desk: %w", err)
		}
		a.At = db.FromMicros(at)
		var i identity.Identity
		if err := s.OpenIdentity(&who, &i); err != nil {
			return nil, err
		}
		a.SPIDCode = i.SPIDCode
		var words rowseal.Said
		if err := s.Seals.Open(lifePurpose+who.id, a.At, sealed, &words); err != nil {
			return nil, err
		}
		a.Reason = words.Reason
		list = append(list, a)
	}
	return list, rows.Err()
}
