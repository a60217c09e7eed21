package db

import (
	"context"
	"fmt"
)

// Scrub makes rows that were deleted from a table unreadable in the files of the
// database, for data whose end matters: keys that were destroyed, texts that were
// sealed. Call it outside of transactions.
//
// On SQLite the deletion itself overwrote the rows (secure_delete); what is left is
// the log, which is emptied here as soon as no reader needs it. On PostgreSQL the
// table is rewritten, which locks it: it should be small. The server's own log of
// changes ends by its own rules.
func (d *DB) Scrub(ctx context.Context, table string) error {
	if d.dialect == SQLite {
		var busy, frames, moved int
		// Busy is no error: readers hold the log, and the next checkpoint empties it.
		if err := d.writer.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved); err != nil {
			return fmt.Errorf("db: scrub: %w", err)
		}
		return nil
	}
	if _, err := d.writer.ExecContext(ctx, `VACUUM (FULL) `+table); err != nil {
		return fmt.Errorf("db: scrub %s: %w", table, err)
	}
	return nil
}
