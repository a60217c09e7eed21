package accessdb

import (
	"context"
	"fmt"

	kinds "atrio/authn/secondfactor"
	"atrio/db"
	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
)

// Facts are what the rules of access have to know about the holder of an account.
func (s *Store) Facts(ctx context.Context, accountID string) (access.Person, error) {
	list, err := s.Accounts.Attributes(ctx, accountID)
	if err != nil {
		return access.Person{}, err
	}
	roads, err := s.Accounts.Identities(ctx, accountID)
	if err != nil {
		return access.Person{}, err
	}
	p := account.Facts(list, roads)
	// The kinds are read without the secrets beside them.
	factors, err := accountdb.Texts(ctx, s.DB.Read(), `SELECT DISTINCT kind FROM factor WHERE account_id = $1 ORDER BY kind`, accountID)
	for _, f := range factors {
		switch k := kinds.Kind(f); {
		case k == kinds.Federated:
			p.Factors = append(p.Factors, access.StateFactor)
		case k.Stands():
			p.Factors = append(p.Factors, access.LocalFactor)
		}
	}
	if err != nil {
		return p, err
	}
	err = s.ties(ctx, accountID, &p)
	return p, err
}

// parent marks an authorisation, owed a codice fiscale, among affiliations.
const (
	parent = "parent"
	owed   = "fiscal code"
)

// ties adds affiliations, the authorisation of a parent, and by when a codice fiscale is
// owed: one statement for all.
func (s *Store) ties(ctx context.Context, accountID string, p *access.Person) error {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT kind, from_at, until_at FROM affiliation WHERE account_id = $1
		UNION ALL SELECT '`+parent+`', at, until_at FROM parental_authorisation WHERE account_id = $1 AND withdrawn_at = 0
		UNION ALL SELECT '`+owed+`', due_at, 0 FROM account_task WHERE account_id = $1 AND kind = $2 AND done_at = 0`, accountID, string(account.TaskFiscalCode))
	if err != nil {
		return fmt.Errorf("accessdb: ties: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var from, until int64
		if err := rows.Scan(&kind, &from, &until); err != nil {
			return fmt.Errorf("accessdb: ties: %w", err)
		}
		switch end := db.FromMicros(until); {
		case kind == owed:
			p.Owes = db.FromMicros(from)
		case kind != parent:
			p.Affiliations = append(p.Affiliations, access.Affiliation{Kind: kind, From: db.FromMicros(from), Until: end})
		case end.After(p.Authorised):
			p.Authorised = end
		}
	}
	return rows.Err()
}
