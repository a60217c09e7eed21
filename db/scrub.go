package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"time"
)

// plainName is a table as it may stand in a statement.
var plainName = regexp.MustCompile(`^[a-z][a-z_]*$`)

// scrubPatience bounds the wait of a scrub for its table: whoever wants the table
// meanwhile waits behind it, logins among them.
const scrubPatience = 2 * time.Second

// Scrub makes rows that were deleted from a table unreadable in the files of the
// database, for data whose end matters: keys that were destroyed, texts that were
// sealed. Call it outside of transactions. A crash before it leaves them, and so does
// somebody who is in the way (done is false): who deletes writes down, in the same
// transaction, that it is due (ledgerkey.AskScrub).
//
// On SQLite the deletion itself overwrote the rows (secure_delete); what is left is
// the log, which is emptied here, unless a reader still needs it. On PostgreSQL an empty
// table gets a new file. Another one is rewritten, which locks it: it should be small;
// and the server copies what a transaction older than the deletion may still see. The
// server's own log of changes ends by its own rules.
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
	emptied, err := d.truncate(ctx, table)
	if err == nil && !emptied {
		err = d.rewrite(ctx, table)
	}
	var e *Error
	if errors.As(err, &e) && e.Code == lockNotAvailable {
		return false, nil // a backup, for one, keeps all tables to itself
	}
	if err != nil {
		return false, fmt.Errorf("db: scrub %s: %w", table, err)
	}
	return true, nil
}

// compactable is the largest SQLite that Compact writes anew: it does so in memory.
const compactable = 256 << 20

// ErrLarge: the file is too large to be written anew by the program.
var ErrLarge = errors.New("db: the file is too large to be written anew here: stop the program and run sqlite3 FILE VACUUM")

// Compact writes an SQLite file anew, which leaves nothing of rows that a program without
// secure_delete deleted; whoever wants to write waits. A file that is too large is ErrLarge.
// PostgreSQL has Scrub.
func (d *DB) Compact(ctx context.Context) error {
	if d.dialect != SQLite {
		return nil
	}
	c, err := d.acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	var size int64
	if err := c.QueryRowContext(ctx, `SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()`).Scan(&size); err != nil {
		return fmt.Errorf("db: compact: %w", err)
	}
	if size > d.compactable {
		return ErrLarge
	}
	if _, err := c.ExecContext(ctx, `VACUUM`); err != nil {
		return fmt.Errorf("db: compact: %w", err)
	}
	return nil
}

// lockNotAvailable is the SQLSTATE after lock_timeout.
const lockNotAvailable = "55P03"

// truncate gives a table in which nothing is left a new file, whatever old transactions
// might see in the one before.
func (d *DB) truncate(ctx context.Context, table string) (emptied bool, err error) {
	rows := func(q Queryer) (n int, err error) {
		err = q.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM `+table+` LIMIT 1) AS one`).Scan(&n)
		return n, err
	}
	if n, err := rows(d.Read()); err != nil || n > 0 {
		return false, err
	}
	err = d.Tx(ctx, func(t *Tx) error {
		emptied = false
		for _, statement := range []string{d.patient(`SET LOCAL`), `LOCK TABLE ` + table + ` IN ACCESS EXCLUSIVE MODE`} {
			if _, err := t.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		if n, err := rows(t); err != nil || n > 0 {
			return err // somebody wrote meanwhile
		}
		emptied = true
		_, err := t.ExecContext(ctx, `TRUNCATE TABLE `+table)
		return err
	})
	return emptied, err
}

// rewrite writes a table anew; VACUUM runs outside of transactions.
func (d *DB) rewrite(ctx context.Context, table string) error {
	c, err := d.acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, d.patient(`SET`)); err != nil {
		return err
	}
	_, err = c.ExecContext(ctx, `VACUUM (FULL, ANALYZE) `+table) // statistics hold values too
	// Whoever gets the connection next waits as before, or gets another one.
	if _, failed := c.ExecContext(context.WithoutCancel(ctx), `RESET lock_timeout`); failed != nil {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
	return err
}

func (d *DB) patient(set string) string {
	return fmt.Sprintf(`%s lock_timeout = %d`, set, d.scrubPatience.Milliseconds())
}
