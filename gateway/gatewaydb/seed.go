package gatewaydb

import (
	"context"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/gateway/account"
)

// PlantAccount stores an account made by hand with its password, in one commit;
// fault.Conflict when its Codice Persona was given before.
func (s *Store) PlantAccount(ctx context.Context, a account.Account, known []account.Attribute, phc string) error {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := insertAccount(ctx, tx, a); err != nil {
			return err
		}
		for _, one := range known {
			if err := setAttribute(ctx, tx, a.ID, one); err != nil {
				return err
			}
		}
		if err := insertCredential(ctx, tx, a.ID, phc, a.PasswordAt); err != nil {
			return err
		}
		return writeEvent(ctx, tx, audit.Event{At: a.CreatedAt, Role: "gateway", Detail: map[string]string{"door": "seed"}}, audit.AccountCreated, a.ID)
	})
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "error.conflict").For("account_exists").Because(err)
	}
	return err
}
