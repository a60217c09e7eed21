package providerdb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/federation/registry"
	"atrio/gateway/gatewaydb/accountdb"
)

var (
	_ registry.Copies = (*Store)(nil)
	_ registry.Notes  = (*Store)(nil)
)

// LoadCopy gives the last good document of a source of providers.
func (s *Store) LoadCopy(ctx context.Context, world, source string) (registry.Copy, bool, error) {
	c := registry.Copy{World: world, Source: source}
	var at int64
	err := s.DB.Read().QueryRowContext(ctx, `SELECT document, etag, modified, fetched_at FROM provider_copy WHERE world = $1 AND source = $2`, world, source).
		Scan(&c.Document, &c.ETag, &c.Modified, &at)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return c, false, nil
	case err != nil:
		return c, false, fmt.Errorf("providerdb: copy of metadata: %w", err)
	}
	c.FetchedAt = db.FromMicros(at)
	c.Lost, err = s.lost(ctx, world, source)
	return c, err == nil, err
}

func (s *Store) lost(ctx context.Context, world, source string) (map[string]time.Time, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT entity_id, since FROM provider_lost WHERE world = $1 AND source = $2`, world, source)
	if err != nil {
		return nil, fmt.Errorf("providerdb: lost providers: %w", err)
	}
	defer rows.Close()
	lost := map[string]time.Time{}
	for rows.Next() {
		var id string
		var since int64
		if err := rows.Scan(&id, &since); err != nil {
			return nil, fmt.Errorf("providerdb: lost providers: %w", err)
		}
		lost[id] = db.FromMicros(since)
	}
	return lost, rows.Err()
}

// NoteLost keeps since when providers are lost in the newer documents of a source.
func (s *Store) NoteLost(ctx context.Context, world, source string, lost map[string]time.Time, found []string) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(lost)) { // in one order: two nodes do not lock each other
			_, err := tx.ExecContext(ctx, `INSERT INTO provider_lost (world, source, entity_id, since) VALUES ($1, $2, $3, $4)
				ON CONFLICT (world, source, entity_id) DO UPDATE SET since = excluded.since WHERE provider_lost.since > excluded.since`,
				world, source, id, db.Micros(lost[id]))
			if err != nil {
				return fmt.Errorf("providerdb: note lost provider: %w", err)
			}
		}
		for _, id := range found {
			if _, err := tx.ExecContext(ctx, `DELETE FROM provider_lost WHERE world = $1 AND source = $2 AND entity_id = $3`, world, source, id); err != nil {
				return fmt.Errorf("providerdb: found provider: %w", err)
			}
		}
		return nil
	})
}

func forgetLost(ctx context.Context, tx *db.Tx, world, source string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM provider_lost WHERE world = $1 AND source = $2`, world, source); err != nil {
		return fmt.Errorf("providerdb: forget lost providers: %w", err)
	}
	return nil
}

// SaveCopy replaces the document of a source. Of two nodes that fetched the same one the
// second writes nothing, and a slow node does not undo what a later one fetched.
func (s *Store) SaveCopy(ctx context.Context, c registry.Copy) error {
	sum := sha256.Sum256(c.Document)
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO provider_copy (world, source, document, digest, etag, modified, fetched_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (world, source) DO UPDATE SET document = $3, digest = $4, etag = $5, modified = $6, fetched_at = $7
			WHERE provider_copy.digest <> $4 AND provider_copy.fetched_at <= $7`,
			c.World, c.Source, c.Document, hex.EncodeToString(sum[:]), c.ETag, c.Modified, db.Micros(c.FetchedAt))
		if err != nil {
			return fmt.Errorf("providerdb: keep copy of metadata: %w", err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return forgetLost(ctx, tx, c.World, c.Source)
	})
}

// ForgetCopy removes the copy of a source, with its audit line, and reports whether there
// was one. Running nodes go on with what they hold.
func (s *Store) ForgetCopy(ctx context.Context, world, source string, ev audit.Event) (found bool, err error) {
	err = s.DB.Tx(ctx, func(tx *db.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM provider_copy WHERE world = $1 AND source = $2`, world, source)
		if err != nil {
			return fmt.Errorf("providerdb: forget copy of metadata: %w", err)
		}
		n, err := res.RowsAffected()
		if found = n > 0; err != nil || !found {
			return err
		}
		if err := forgetLost(ctx, tx, world, source); err != nil {
			return err
		}
		ev.Detail = map[string]string{"world": world, "source": source}
		return accountdb.WriteEvent(ctx, tx, ev, audit.CopyForgotten, "")
	})
	return found, err
}

// ProviderNotes lists what the operator said about the providers of a world.
func (s *Store) ProviderNotes(ctx context.Context, world string) ([]registry.Note, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT kind, entity_id, active, said, at FROM provider_note WHERE world = $1 ORDER BY kind, entity_id`, world)
	if err != nil {
		return nil, fmt.Errorf("providerdb: notes on providers: %w", err)
	}
	defer rows.Close()
	var list []registry.Note
	for rows.Next() {
		n := registry.Note{World: world}
		var active, at int64
		if err := rows.Scan(&n.Kind, &n.EntityID, &active, &n.Text, &at); err != nil {
			return nil, fmt.Errorf("providerdb: notes on providers: %w", err)
		}
		n.On, n.At = active != 0, db.FromMicros(at)
		list = append(list, n)
	}
	return list, rows.Err()
}

// NoteProvider writes what the operator says about a provider, with its audit line, in
// one commit. All nodes read it within a minute.
func (s *Store) NoteProvider(ctx context.Context, n registry.Note, ev audit.Event) error {
	active := 0
	if n.On {
		active = 1
	}
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO provider_note (world, kind, entity_id, active, said, at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (world, kind, entity_id) DO UPDATE SET active = $4, said = $5, at = $6`,
			n.World, n.Kind, n.EntityID, active, n.Text, db.Micros(n.At))
		if err != nil {
			return fmt.Errorf("providerdb: note on a provider: %w", err)
		}
		ev.Detail = map[string]string{"world": n.World, "kind": n.Kind, "provider": n.EntityID, "on": strconv.FormatBool(n.On)}
		return accountdb.WriteEvent(ctx, tx, ev, audit.ProviderNoted, "")
	})
}
