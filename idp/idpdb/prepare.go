package idpdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"atrio/db"
	"atrio/db/shareddb"
)

// Prepare seals messages from now on and what an earlier program left in clear, and makes
// the keys of the register for this month and the next, so that no login pays a commit for
// one; Purge does that again and again. Other keys than those of this database write nothing.
func (s *Store) Prepare(ctx context.Context, now time.Time) error {
	if err := s.ProveKeys(ctx, now); err != nil {
		return err
	}
	shareddb.SealRows(s.DB, s.Keyring)
	if err := s.Keys.Prepare(ctx, now); err != nil { // refuses the keys of another database
		return err
	}
	return s.sealIdentities(ctx)
}

// reported is after how many rows the log says how far it is.
const reported = 1000

// sealIdentities seals what an earlier program left in clear, some rows in a commit: wherever
// it ends, the next start goes on. Until then nobody signs in with such an identity. Then the
// tables are written anew in the files too; where somebody is in the way, by the job that has
// to scrub.
//
// What is sealed by keys that are not this database's is lost: Prepare has them open
// something of the program before first.
func (s *Store) sealIdentities(ctx context.Context) error {
	waiting, err := s.InClear(ctx)
	if err != nil {
		return err
	}
	if waiting == 0 {
		return s.scrubClear(ctx) // what a start that was ended left
	}
	log := s.log()
	log.InfoContext(ctx, "identities are being sealed; nobody signs in before the end", "waiting", waiting)
	sealed := 0
	for {
		n, err := s.SealClear(ctx)
		if err != nil {
			return fmt.Errorf("idpdb: %d of %d identities are sealed, the next start goes on: %w", sealed, waiting, err)
		}
		if n == 0 {
			break
		}
		if before := sealed; before/reported < (before+n)/reported {
			log.InfoContext(ctx, "identities are being sealed", "sealed", before+n, "of", waiting)
		}
		sealed += n
	}
	log.InfoContext(ctx, "identities are sealed; their tables are written anew", "sealed", sealed)
	return s.scrubClear(ctx)
}

func (s *Store) log() *slog.Logger { return cmp.Or(s.Log, slog.New(slog.DiscardHandler)) }

// scrubClear makes what was in clear unreadable in the files, where that is due: the first
// release left on SQLite what it deleted itself, so the whole file is written anew.
func (s *Store) scrubClear(ctx context.Context) error {
	var due int
	if err := s.DB.Read().QueryRowContext(ctx, `SELECT count(*) FROM scrub_due WHERE name = 'identity'`).Scan(&due); err != nil {
		return fmt.Errorf("idpdb: scrub identities: %w", err)
	}
	if due == 0 {
		return nil
	}
	switch err := s.DB.Compact(ctx); {
	case errors.Is(err, db.ErrLarge):
		s.log().WarnContext(ctx, "what was in clear may be left in the file", "error", err)
	case err != nil:
		return err
	}
	return s.Keys.Scrub(ctx)
}
