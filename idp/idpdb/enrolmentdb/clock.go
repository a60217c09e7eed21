package enrolmentdb

import (
	"context"
	"crypto/ed25519"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
)

// Clock is what the time of a step is held against. nil: against nothing.
type Clock struct {
	// Signer signs the audit log: no step is stored before what was signed.
	Signer ed25519.PublicKey
	// Real says that times are of this machine's clock: no step is stored that is further
	// ahead of the database's than a node may be.
	Real bool
}

// check refuses what would stand before what was signed, or ahead of every other node. // A37
func (c *Clock) check(ctx context.Context, tx *db.Tx, at time.Time) error {
	if c == nil || c.Signer == nil {
		return nil
	}
	if c.Real {
		if err := audit.CheckLead(ctx, at, tx.Clock); err != nil {
			return err
		}
	}
	return audit.CheckClock(ctx, shareddb.LastCheckpoints{Q: tx}, at, c.Signer)
}
