package registry

import (
	"context"
	"time"
)

// Copy is the last good document of a source, as it was fetched. Only documents that a
// pinned certificate signs are kept: they are verified again whenever they are loaded, so
// that who can write the table gains nothing.
type Copy struct {
	World, Source string
	Document      []byte
	// ETag and Modified make the next request a conditional one.
	ETag, Modified string
	FetchedAt      time.Time
	// Lost says since when a newer document of the source holds an entity that cannot be
	// read, for which this one goes on counting. LoadCopy gives it; a saved copy has none.
	Lost map[string]time.Time
}

// Copies keeps one copy per source, for all nodes; gatewaydb.Store implements it.
type Copies interface {
	// LoadCopy gives the copy of a source; ok is false when there is none.
	LoadCopy(ctx context.Context, world, source string) (c Copy, ok bool, err error)
	// SaveCopy replaces the copy of a source, unless the one that is there was fetched
	// later. It writes nothing when the document is the same. What was lost beside the
	// copy before is forgotten with it.
	SaveCopy(ctx context.Context, c Copy) error
	// NoteLost keeps beside the copy since when entities are lost, so that no restart
	// begins their time anew: of two nodes the earlier one counts. Those that were found
	// again are forgotten.
	NoteLost(ctx context.Context, world, source string, lost map[string]time.Time, found []string) error
}
