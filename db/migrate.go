package db

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrSchema says that the tables do not fit this program: a migration is
// missing, or one that was applied has been changed since.
var ErrSchema = errors.New("the schema does not fit this program")

// createVersions is the table of applied migrations; it belongs to no module.
const createVersions = `CREATE TABLE IF NOT EXISTS schema_version (
	module text NOT NULL,
	number bigint NOT NULL,
	sha256 text NOT NULL,
	at bigint NOT NULL,
	PRIMARY KEY (module, number)
)`

// lockMigration lets one node at a time migrate a schema. SQLite needs no such
// statement: BEGIN IMMEDIATE is the lock.
const lockMigration = `SELECT pg_advisory_xact_lock(hashtextextended('atrio schema ' || current_schema(), 0))`

// Migrate brings the tables of the modules, in the order given, to the state of
// this program: all in one transaction, so that after a crash or an error
// nothing is half done, and two nodes at once are safe. It refuses with
// ErrSchema when a migration applied earlier has another checksum now.
// Migrations that only a newer program knows are left alone: the scheme is
// expand and contract, so the program before must still run on the new tables.
func (d *DB) Migrate(ctx context.Context, modules ...Module) error {
	wanted, err := d.wanted(modules)
	if err != nil {
		return err
	}
	return d.Tx(ctx, func(t *Tx) error {
		if d.dialect == Postgres {
			if _, err := t.ExecContext(ctx, lockMigration); err != nil {
				return fmt.Errorf("db: lock for migration: %w", err)
			}
		}
		if _, err := t.ExecContext(ctx, createVersions); err != nil {
			return fmt.Errorf("db: create schema_version: %w", err)
		}
		applied, err := appliedSteps(ctx, t)
		if err != nil {
			return err
		}
		missing, err := compare(wanted, applied)
		if err != nil {
			return err
		}
		for _, s := range missing {
			if err := s.apply(ctx, t); err != nil {
				return err
			}
		}
		return nil
	})
}

// SchemaReady reports with ErrSchema what Migrate would have to do, or refuse.
// It reads one small table, for a fast start.
func (d *DB) SchemaReady(ctx context.Context, modules ...Module) error {
	wanted, err := d.wanted(modules)
	if err != nil {
		return err
	}
	exists := `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'`
	if d.dialect == Postgres {
		exists = `SELECT count(to_regclass('schema_version'))`
	}
	var n int
	if err := d.Read().QueryRowContext(ctx, exists).Scan(&n); err != nil {
		return fmt.Errorf("db: look for schema_version: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("db: %w: the database is empty; run atrio migrate", ErrSchema)
	}
	applied, err := appliedSteps(ctx, d.Read())
	if err != nil {
		return err
	}
	missing, err := compare(wanted, applied)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("db: %w: %d migrations are missing, the first is %s of module %s; run atrio migrate", ErrSchema, len(missing), missing[0].name, missing[0].module)
	}
	return nil
}

// wanted lists the steps of all modules in order.
func (d *DB) wanted(modules []Module) ([]step, error) {
	var all []step
	seen := map[string]bool{}
	for _, m := range modules {
		if m.Name == "" || seen[m.Name] {
			return nil, fmt.Errorf("db: module name %q is empty or given twice", m.Name)
		}
		seen[m.Name] = true
		list, err := m.steps(d.dialect)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// appliedSteps reads the checksum of every applied migration.
func appliedSteps(ctx context.Context, q Queryer) (map[string]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT module, number, sha256 FROM schema_version`)
	if err != nil {
		return nil, fmt.Errorf("db: read schema_version: %w", err)
	}
	defer rows.Close()
	sums := map[string]string{}
	for rows.Next() {
		var module, sum string
		var number int
		if err := rows.Scan(&module, &number, &sum); err != nil {
			return nil, fmt.Errorf("db: read schema_version: %w", err)
		}
		sums[stepKey(module, number)] = sum
	}
	return sums, rows.Err()
}

// compare finds the steps still to apply. Steps are forward only: one below an
// applied one cannot be missing.
func compare(wanted []step, applied map[string]string) ([]step, error) {
	var missing []step
	gap := map[string]string{}
	for _, s := range wanted {
		sum, done := applied[stepKey(s.module, s.number)]
		switch {
		case !done:
			missing = append(missing, s)
			gap[s.module] = s.name
		case sum != s.sum:
			return nil, fmt.Errorf("db: %w: migration %s of module %s was changed after it had been applied; restore the file, and put changes into a new one", ErrSchema, s.name, s.module)
		case gap[s.module] != "":
			return nil, fmt.Errorf("db: %w: migration %s of module %s was skipped", ErrSchema, gap[s.module], s.module)
		}
	}
	return missing, nil
}

func (s step) apply(ctx context.Context, t *Tx) error {
	if _, err := t.ExecContext(ctx, s.sql); err != nil {
		return fmt.Errorf("db: migration %s of module %s: %w", s.name, s.module, err)
	}
	// The moment is for people who look into the table; no rule reads it.
	_, err := t.ExecContext(ctx, `INSERT INTO schema_version (module, number, sha256, at) VALUES ($1, $2, $3, $4)`,
		s.module, s.number, s.sum, Micros(time.Now()))
	if err != nil {
		return fmt.Errorf("db: record migration %s of module %s: %w", s.name, s.module, err)
	}
	return nil
}

func stepKey(module string, number int) string { return fmt.Sprintf("%s/%04d", module, number) }
