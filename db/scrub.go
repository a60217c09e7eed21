package db

import (
	"context"
	"fmt"
	"regexp"
)

// plainName is a table as it may stand in a statement.
var plainName = regexp.MustCompile(`^[a-z][a-z_]*$`)

// Scrub makes rows that were deleted from a table unreadable in the files of the
// database, for data whose end matters: keys that were destroyed, texts that were
// sealed. Call it outside of transactions. A crash before it leaves them: who deletes
// writes down, in the same transaction, that it is due (ledgerkey.AskScrub).
//
// On SQLite the deletion itself overwrote the rows (secure_delete); what is left is
// the log, which is emptied here; done is false while a reader still needs it. On
// PostgreSQL the table is rewritten, which locks it: it should be small. The server's
// own log of changes ends by its own rules.
func (d *DB) Scrub(ctx context.Context, table string) (done bool, err error) {
	if !plainName.MatchString(table) {
		return false, fmt.Errorf("db: scrub: %q is not the name of a table", table)
	}
	if d.dialect == SQLite {
		var busy, frames, moved int
		if err := d.writer.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &frames, &moved); err != nil {
			return false, fmt.Errorf("db: scrub: %w", err)
		}
		return busy == 0, nil
	}
	if _, err := d.writer.ExecContext(ctx, `VACUUM (FULL) `+table); err != nil {
		return false, fmt.Errorf("db: scrub %s: %w", table, err)
	}
	return true, nil
}
