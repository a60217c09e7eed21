package gateway

import (
	"context"
	"fmt"

	"atrio/base/fault"
	"atrio/gateway/account"
)

// Seed stores accounts made by hand, for the demonstration and for tests, and leaves
// alone those whose Codice Persona exists.
func (g *Gateway) Seed(ctx context.Context, seeds ...account.Seed) error {
	for n, seed := range seeds {
		if err := g.plant(ctx, seed); err != nil && !fault.Is(err, fault.Conflict) {
			return fmt.Errorf("gateway: seed %d: %w", n+1, err)
		}
	}
	return nil
}

func (g *Gateway) plant(ctx context.Context, seed account.Seed) error {
	a, now := seed.Account, g.Flow.Now()
	if _, err := account.ParseCode(string(a.Code)); err != nil {
		return err
	}
	// Asked before the hash, which costs 19 MiB: each start of the demonstration plants again.
	if c, err := g.passwords.Chooser.Store.CredentialByCode(ctx, a.Code); err != nil || c.Account.ID != "" {
		return err
	}
	if err := g.passwords.Chooser.Check(seed.Password, a); err != nil {
		return err
	}
	phc, err := g.passwords.Chooser.Hasher.Hash(ctx, seed.Password)
	if err != nil {
		return err
	}
	a.ID, a.State, a.CreatedAt, a.PasswordAt = account.NewID(), account.Active, now, now
	known := make([]account.Attribute, len(seed.Attributes))
	for i, one := range seed.Attributes {
		one.At = now
		known[i] = one
	}
	return g.passwords.Chooser.Store.PlantAccount(ctx, a, known, phc)
}
