package sessiondb

import (
	"context"
	"fmt"
	"strconv"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/oidcdb"
)

// EndOthers ends every session of an account but one ("" for none), with what hangs on
// each: the grants of services, what is known of the session at the provider, the
// audit line, whose actor is that of ev: the holder, a clerk, or nobody. Nobody stays in
// a browser either. // ASVS 7.4.3
func EndOthers(ctx context.Context, tx *db.Tx, accountID, but, how string, ev audit.Event) (n int, err error) {
	if _, err := EndStays(ctx, tx, accountID, how, ev); err != nil {
		return 0, err
	}
	handles, err := accountdb.Texts(ctx, tx, `SELECT handle FROM session WHERE subject = $1 AND handle <> $2`, accountID, but)
	if err != nil {
		return 0, err
	}
	for _, handle := range handles {
		if _, _, err := takeDoorSession(ctx, tx, handle); err != nil {
			return n, err
		}
		ended, err := endSession(ctx, tx, accountID, handle)
		if err != nil {
			return n, err
		}
		if !ended {
			continue
		}
		n++
		if err := oidcdb.EndGrantsOf(ctx, tx, handle, ev.At); err != nil {
			return n, err
		}
		line := ev
		line.Detail = map[string]string{"session": handle, "how": how}
		if err := accountdb.WriteEvent(ctx, tx, line, audit.SessionEnded, accountID); err != nil {
			return n, err
		}
	}
	return n, nil
}

// EndStays ends all stays of an account.
func EndStays(ctx context.Context, tx *db.Tx, accountID, how string, ev audit.Event) (int, error) {
	res, err := tx.ExecContext(ctx, `DELETE FROM stay WHERE account_id = $1`, accountID)
	if err != nil {
		return 0, fmt.Errorf("sessiondb: end stays: %w", err)
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return 0, err
	}
	ev.Detail = map[string]string{"stays": strconv.FormatInt(n, 10), "how": how}
	return int(n), accountdb.WriteEvent(ctx, tx, ev, audit.StayEnded, accountID)
}
