// Package shareddb keeps the tables that every product has: sessions, the audit
// log, rate limits, job leases, consumed ids and the outbox of messages.
//
// Store implements the interfaces that web and base declare. The functions that
// take a db.Queryer (InsertSession, AppendAudit, QueueMessage, Consume …) are
// for use inside a product's own transaction, so that a change, its audit line
// and its message are one commit. The package decides nothing: the rules are
// with the packages whose types it stores. Tables of one product are with that
// product (gatewaydb, idpdb, portaldb), and none refers to a table here.
package shareddb

import (
	"context"
	"embed"
	"io/fs"

	"atrio/db"
)

//go:embed migration
var migrations embed.FS

// Module is the history of the shared tables; it is migrated before the
// product's own.
func Module() db.Module {
	tree, err := fs.Sub(migrations, "migration")
	if err != nil {
		panic(err) // only for an invalid constant path
	}
	return db.Module{Name: "shared", FS: tree}
}

// Store reads and writes the shared tables of one database.
type Store struct {
	DB *db.DB
}

// exec runs one writing statement in a commit of its own and tells how many
// rows it changed.
func (s *Store) exec(ctx context.Context, query string, args ...any) (changed int64, err error) {
	err = s.DB.One(ctx, func(q db.Queryer) error {
		res, err := q.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		changed, err = res.RowsAffected()
		return err
	})
	return changed, err
}
