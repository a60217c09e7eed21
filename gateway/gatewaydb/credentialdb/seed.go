package credentialdb

import (
	"context"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
)

// PlantAccount stores an account made by hand with its password, in one commit;
// fault.Conflict when its Codice Persona was given before.
func (s *Store) PlantAccount(ctx context.Context, a account.Account, known []account.Attribute, phc string) error {
	err := s.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := accountdb.Insert(ctx, tx, a); err != nil {
			return err
		}
		for _, one := range known {
			if err := accountdb.SetAttribute(ctx, tx, a.ID, one); err != nil {
				return err
			}
		}
		if err := InsertCredential(ctx, tx, a.ID, phc, a.PasswordAt); err != nil {
			return err
		}
		return accountdb.WriteEvent(ctx, tx, audit.Event{At: a.CreatedAt, Role: "gateway", Detail: map[string]string{"door": "seed"}}, audit.AccountCreated, a.ID)
	})
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "error.conflict").For("account_exists").Because(err)
	}
	return err
}
