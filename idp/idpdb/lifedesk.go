package idpdb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
	"atrio/idp/backoffice/lifedesk"
	"atrio/idp/identity"
)

var _ lifedesk.Store = (*Store)(nil)

// FindIdentity finds an identity for an operator.
func (s *Store) FindIdentity(ctx context.Context, by, value string) (*identity.Identity, error) {
	column := map[string]string{"spid_code": "i.spid_code", "user_id": "i.user_id", "fiscal_code": "i.fiscal_code"}[by]
	if column == "" || value == "" {
		return nil, identity.ErrUnknown
	}
	return s.identityWhere(ctx, column+` = $1 ORDER BY CASE WHEN i.state = 'revoked' THEN 1 ELSE 0 END, i.created_at DESC LIMIT 1`, value)
}

// DeskActs lists what operators did.
func (s *Store) DeskActs(ctx context.Context, since time.Time, limit int) (list []lifedesk.Act, err error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT e.identity, i.spid_code, e.act, e.cause, e.author, e.second, e.at, e.sealed
		FROM identity_event e JOIN identity i ON i.id = e.identity WHERE e.role = 'desk' AND e.at >= $1 ORDER BY e.at DESC LIMIT $2`, db.Micros(since), limit)
	if err != nil {
		return nil, fmt.Errorf("idpdb: acts of the desk: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a lifedesk.Act
		var id, sealed string
		var at int64
		if err := rows.Scan(&id, &a.SPIDCode, &a.Act, &a.Cause, &a.Operator, &a.Second, &at, &sealed); err != nil {
			return nil, fmt.Errorf("idpdb: acts of the desk: %w", err)
		}
		a.At = db.FromMicros(at)
		var words said
		if err := s.openFor(lifePurpose+id, a.At, sealed, &words); err != nil {
			return nil, err
		}
		a.Reason = words.Reason
		list = append(list, a)
	}
	return list, rows.Err()
}
