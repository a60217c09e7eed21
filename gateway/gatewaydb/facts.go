package gatewaydb

import (
	"context"

	kinds "atrio/authn/secondfactor"
	"atrio/gateway/access"
	"atrio/gateway/account"
)

// Facts are what the rules of access have to know about the holder of an account.
func (s *Store) Facts(ctx context.Context, accountID string) (access.Person, error) {
	list, err := s.Attributes(ctx, accountID)
	if err != nil {
		return access.Person{}, err
	}
	roads, err := s.Identities(ctx, accountID)
	if err != nil {
		return access.Person{}, err
	}
	p := account.Facts(list, roads)
	// The kinds are read without the secrets beside them.
	factors, err := texts(ctx, s.DB.Read(), `SELECT DISTINCT kind FROM factor WHERE account_id = $1 ORDER BY kind`, accountID)
	for _, f := range factors {
		switch k := kinds.Kind(f); {
		case k == kinds.Federated:
			p.Factors = append(p.Factors, access.StateFactor)
		case k.Stands():
			p.Factors = append(p.Factors, access.LocalFactor)
		}
	}
	return p, err
}
