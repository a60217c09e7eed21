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
}

// Copies keeps one copy per source, for all nodes; gatewaydb.Store implements it.
type Copies interface {
	// LoadCopy gives the copy of a source; ok is false when there is none.
	LoadCopy(ctx context.Context, world, source string) (c Copy, ok bool, err error)
	// SaveCopy replaces the copy of a source, unless the one that is there was fetched
	// later. It writes nothing when the document is the same.
	SaveCopy(ctx context.Context, c Copy) error
}
