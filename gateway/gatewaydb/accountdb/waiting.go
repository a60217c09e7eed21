package accountdb

import (
	"context"

	"atrio/db"
	"atrio/gateway/account"
	"atrio/people/person"
)

// NobodyEntered tells of an account that nobody has entered it yet, neither by a password
// nor by a door.
const NobodyEntered = `NOT EXISTS (SELECT 1 FROM credential c WHERE c.account_id = a.id) AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id)`

// waiting finds the account that a register brought with this codice fiscale and nobody
// has entered yet. Who proves the code is its holder. One that was entered by the mailbox
// alone is not: the register may know an old address, so the person proves that account
// too, as one that only declares the code (Declares). // G3.5, G3.8
func waiting(ctx context.Context, q db.Queryer, code person.FiscalCode, held string) (account.Account, bool, error) {
	return One(ctx, q, `FROM account a WHERE a.state = 'active' AND a.fiscal_code IS NULL AND `+NobodyEntered+`
		AND a.id IN (SELECT t.account_id FROM attribute t WHERE t.name = 'fiscal_code' AND t.source = 'register' AND t.value = $1)`+held, string(code))
}
