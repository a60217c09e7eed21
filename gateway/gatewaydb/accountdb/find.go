package accountdb

import (
	"context"

	"atrio/gateway/account"
)

// AccountBy finds the account of a Codice Persona or of a verified codice fiscale;
// found is false when there is none.
func (s *Store) AccountBy(ctx context.Context, code account.Code, fiscalCode string) (a account.Account, found bool, err error) {
	if code != "" {
		return One(ctx, s.DB.Read(), `FROM account a WHERE a.code = $1`, string(code))
	}
	return One(ctx, s.DB.Read(), `FROM account a WHERE a.fiscal_code = $1`, fiscalCode)
}
