package reviewdb

import (
	"context"
	"fmt"
)

// SharedPhone counts the other requests with a telephone, decided or not; those that were
// withdrawn gave it free.
func (s *Store) SharedPhone(ctx context.Context, phone, request string) (n int, err error) {
	key := s.Seals.Key("idp.phone", phone)
	if key == "" {
		return 0, nil
	}
	err = s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM request WHERE phone_key = $1 AND id <> $2`, key, request).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("idpdb: shared phone: %w", err)
	}
	return n, nil
}
