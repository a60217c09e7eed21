package gatewaydb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/db"
)

// endOthers ends every session of an account but one ("" for none), with what hangs on
// each: the grants of services, what is known of the session at the provider, the
// audit line, whose actor is that of ev: the holder, a clerk, or nobody. Nobody stays in
// a browser either. // ASVS 7.4.3
func endOthers(ctx context.Context, tx *db.Tx, accountID, but, how string, ev audit.Event) (n int, err error) {
	if _, err := endStays(ctx, tx, accountID, how, ev); err != nil {
		return 0, err
	}
	handles, err := texts(ctx, tx, `SELECT handle FROM session WHERE subject = $1 AND handle <> $2`, accountID, but)
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
		if err := EndGrantsOf(ctx, tx, handle, ev.At); err != nil {
			return n, err
		}
		line := ev
		line.Detail = map[string]string{"session": handle, "how": how}
		if err := writeEvent(ctx, tx, line, audit.SessionEnded, accountID); err != nil {
			return n, err
		}
	}
	return n, nil
}

// texts reads the one column of a query.
func texts(ctx context.Context, q db.Queryer, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("gatewaydb: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, fmt.Errorf("gatewaydb: %w", err)
		}
		list = append(list, one)
	}
	return list, rows.Err()
}
