package accountdb

import (
	"context"
	"fmt"
	"time"

	"atrio/db"
)

// Where a unit comes from.
const (
	UnitOfService = "service" // the first one that the person went to
	UnitOfDesk    = "desk"
)

// JoinUnit puts a person into a unit; "" is none.
func JoinUnit(ctx context.Context, q db.Execer, accountID, unit, source string, now time.Time) error {
	if unit == "" {
		return nil
	}
	_, err := q.ExecContext(ctx, `INSERT INTO account_unit (account_id, unit, source, at) VALUES ($1, $2, $3, $4) ON CONFLICT (account_id, unit) DO NOTHING`,
		accountID, unit, source, db.Micros(now))
	if err != nil {
		return fmt.Errorf("accountdb: join unit: %w", err)
	}
	return nil
}
