// Package ledgerkey keeps the data keys of ledgers: one for each calendar month,
// with which the rows of that month are sealed. // decision 0018
//
// It owns the tables ledger_key, ledger_purge and scrub_due, which a product that has a
// ledger creates in its own migrations; when a key is made, found and destroyed; the
// purge, since rows and keys end together; and the scrub of what must not be read after
// it was deleted. What the rows hold is the product's matter.
//
// A data key is random. It stands in the database, wrapped with a key that comes from
// the lasting MAC key of the role (base/keys): all nodes share it, the database alone
// opens nothing, and no generation of the sealing key that is forgotten costs a row.
// A destroyed key makes the rows of its month unreadable, wherever copies of the rows
// are.
package ledgerkey

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/db"
)

// ErrDestroyed says that the key of a row is gone, and so is the row.
var ErrDestroyed = fault.New(fault.Gone, "error.gone").For("ledger_key_destroyed")

// Keys are the data keys of one database. Safe for concurrent use.
type Keys struct {
	db    *db.DB
	role  string
	use   string
	vault *seal.Keyring

	mu      sync.Mutex
	current *seal.RowKey // the one that seals now
}

// New opens the keys that the database of a role keeps.
func New(d *db.DB, ring *seal.Keyring) *Keys {
	return &Keys{
		db: d, role: ring.Role(), use: ring.Role() + " ledger",
		vault: seal.NewKeyring(ring.Role(), seal.Key{ID: "ledger", Secret: [32]byte(ring.MAC("ledger.vault"))}),
	}
}

// form of the id of a key: its month, UTC.
const form = "2006-01"

// Month is the id of the key that seals at an instant.
func Month(at time.Time) string { return at.UTC().Format(form) }

// end is the first instant after the month of a key.
func end(id string) (time.Time, error) {
	month, err := time.Parse(form, id)
	if err != nil {
		return time.Time{}, fmt.Errorf("ledgerkey: %q is not a month", id)
	}
	return month.AddDate(0, 1, 0), nil
}

// At gives the key that seals at an instant, made when there is none: one commit a
// month, which Prepare makes beforehand. Call it outside of transactions.
func (k *Keys) At(ctx context.Context, at time.Time) (*seal.RowKey, error) {
	id := Month(at)
	k.mu.Lock()
	current := k.current
	k.mu.Unlock()
	if current != nil && current.ID() == id {
		return current, nil
	}
	key, err := k.Find(ctx, id)
	if errors.Is(err, ErrDestroyed) {
		key, err = k.create(ctx, id, at)
	}
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	k.current = key
	k.mu.Unlock()
	return key, nil
}

// Find gives the key of that id; ErrDestroyed when there is none (any more).
func (k *Keys) Find(ctx context.Context, id string) (*seal.RowKey, error) {
	var wrapped string
	err := k.db.Read().QueryRowContext(ctx, `SELECT wrapped FROM ledger_key WHERE id = $1`, id).Scan(&wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrDestroyed
	}
	if err != nil {
		return nil, fmt.Errorf("ledgerkey: find: %w", err)
	}
	secret, err := k.open(id, wrapped)
	if err != nil {
		return nil, err
	}
	return seal.NewRowKey(k.use, id, [32]byte(secret)), nil
}

func (k *Keys) open(id, wrapped string) ([]byte, error) {
	secret, err := k.vault.Open(purpose(id), time.Time{}, wrapped)
	if err != nil || len(secret) != 32 {
		return nil, fmt.Errorf("ledgerkey: the key %s does not open with the keys of this role: put the right sealing.keys in place (docs/operations/keys.md): %w", id, err)
	}
	return secret, nil
}

// prove opens the key of the latest month, whichever that is: whoever makes another one with
// other keys has lost what was sealed before, and is told so late.
func (k *Keys) prove(ctx context.Context) error {
	var id, wrapped string
	err := k.db.Read().QueryRowContext(ctx, `SELECT id, wrapped FROM ledger_key ORDER BY id DESC LIMIT 1`).Scan(&id, &wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("ledgerkey: prove: %w", err)
	}
	_, err = k.open(id, wrapped)
	return err
}

// never is an expiry that is not reached: a key ends when it is destroyed.
var never = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

func purpose(id string) string { return "ledger.key " + id }

// create makes a key; of two nodes at once one decides, and both use that key.
func (k *Keys) create(ctx context.Context, id string, at time.Time) (*seal.RowKey, error) {
	if err := k.prove(ctx); err != nil {
		return nil, err
	}
	var secret [32]byte
	rand.Read(secret[:])
	wrapped, err := k.vault.Seal(purpose(id), never, secret[:])
	if err != nil {
		return nil, err
	}
	err = k.db.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `INSERT INTO ledger_key (id, wrapped, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING`,
			id, wrapped, db.Micros(at))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ledgerkey: create: %w", err)
	}
	return k.Find(ctx, id)
}

// Prepare makes the keys of this month and the next, so that no login waits for one.
func (k *Keys) Prepare(ctx context.Context, now time.Time) error {
	next, err := end(Month(now))
	if err != nil {
		return err
	}
	for _, at := range []time.Time{next, now} { // the last one is kept at hand
		if _, err := k.At(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// destroy deletes, in the caller's transaction, the keys of months that were over
// before an instant, and names them. What they sealed cannot be read any more.
func (k *Keys) destroy(ctx context.Context, q db.Queryer, before time.Time) ([]string, error) {
	// All months that ended by then sort below the one that the instant is in.
	rows, err := q.QueryContext(ctx, `DELETE FROM ledger_key WHERE id < $1 RETURNING id`, Month(before))
	if err != nil {
		return nil, fmt.Errorf("ledgerkey: destroy: %w", err)
	}
	defer rows.Close()
	var gone []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("ledgerkey: destroy: %w", err)
		}
		gone = append(gone, id)
	}
	// A clock that is set back afterwards makes a new key, and does not seal with
	// one that nobody can find.
	k.mu.Lock()
	k.current = nil
	k.mu.Unlock()
	return gone, rows.Err()
}

// due tells whether destroy would find a key.
func (k *Keys) due(ctx context.Context, before time.Time) (bool, error) {
	var n int
	err := k.db.Read().QueryRowContext(ctx, `SELECT count(*) FROM ledger_key WHERE id < $1`, Month(before)).Scan(&n)
	return n > 0, err
}
