package accountdb

import (
	"context"
	"fmt"

	"atrio/db"
)

// Texts reads the one column of a query.
func Texts(ctx context.Context, q db.Queryer, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("accountdb: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, fmt.Errorf("accountdb: %w", err)
		}
		list = append(list, one)
	}
	return list, rows.Err()
}
