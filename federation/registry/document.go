package registry

import (
	"crypto/sha256"
	"errors"
	"time"

	"atrio/saml/metadata"
)

// keptAfterLoss is how long what an older document said about an entity goes on counting
// after the federation published something about it that cannot be read.
const keptAfterLoss = 7 * 24 * time.Hour

// rollbackTolerance is how much older than the held document a new one may be: a
// federation may publish from several servers.
const rollbackTolerance = time.Hour

// face is how a description becomes what a product asks for.
type face[T any] struct {
	// of takes what matters from a description.
	of func(*metadata.Entity) (T, error)
	// certificates are those of the role.
	certificates func(*metadata.Entity) []metadata.Certificate
	// name is what people read.
	name func(T) string
}

// item is one entity of a document.
type item[T any] struct {
	entityID, name string
	value          T
	// good: value may be published.
	good         bool
	until        time.Time
	certificates []metadata.Certificate
	// err is why the document's own words about it are not believed.
	err error
	// since is when a newer document lost what is said here, and it began to count as an
	// older word; zero for the newest word.
	since time.Time
}

// holding is what a source gave last and is believed.
type holding[T any] struct {
	document       []byte
	digest         [sha256.Size]byte
	etag, modified string
	fetchedAt      time.Time
	// pinned tells under which certificates it was verified.
	pinned [sha256.Size]byte
	// created and until are what the document says about itself.
	created, until time.Time
	cache          time.Duration
	items          []item[T]
	// copied: it comes from the table of copies, the source was not reached since.
	copied bool
}

// read reads a document under pins, or as a trusted one when there are none.
func (f face[T]) read(document []byte, p pins, now time.Time) (*holding[T], error) {
	var a *metadata.Aggregate
	var err error
	if keys := p.keys(); len(keys) > 0 {
		a, err = metadata.ReadSignedAggregate(document, keys, now)
	} else {
		a, err = metadata.ReadTrustedAggregate(document, now)
	}
	if err != nil {
		return nil, unreadable(err)
	}
	h := &holding[T]{
		document: document, digest: sha256.Sum256(document), pinned: p.digest,
		created: a.Created, until: a.ValidUntil, cache: a.CacheDuration,
	}
	for e := range a.Entries() {
		h.items = append(h.items, f.item(e))
		if e.Entity != nil && e.Entity.CacheDuration > 0 && (h.cache == 0 || e.Entity.CacheDuration < h.cache) {
			h.cache = e.Entity.CacheDuration
		}
	}
	return h, nil
}

func (f face[T]) item(e metadata.Entry) item[T] {
	i := item[T]{entityID: e.EntityID, name: e.EntityID, err: e.Err}
	if e.Err != nil {
		return i
	}
	i.until = e.Entity.ValidUntil
	if i.value, i.err = f.of(e.Entity); i.err != nil {
		return i
	}
	i.good, i.name, i.certificates = true, f.name(i.value), f.certificates(e.Entity)
	return i
}

// good counts what may be published.
func (h *holding[T]) good() (n int) {
	for i := range h.items {
		if h.items[i].good {
			n++
		}
	}
	return n
}

// named finds what a document says about an entity.
func (h *holding[T]) named(entityID string) *item[T] {
	if h == nil {
		return nil
	}
	for i := range h.items {
		if h.items[i].entityID == entityID {
			return &h.items[i]
		}
	}
	return nil
}

// lost reports whether something had to be taken over from an older document: such a
// document is used, but is not the good copy to begin from.
func (h *holding[T]) lost() bool {
	for i := range h.items {
		if !h.items[i].since.IsZero() {
			return true
		}
	}
	return false
}

// losses are the entities for which an older document counts, each with the time since.
func (h *holding[T]) losses() map[string]time.Time {
	if h == nil {
		return nil
	}
	lost := map[string]time.Time{}
	for i := range h.items {
		if it := &h.items[i]; !it.since.IsZero() {
			lost[it.entityID] = it.since
		}
	}
	return lost
}

// mark says of a good copy what newer documents have lost since: its word about them ends
// when the word that was taken over would have ended. A time to come is none.
func (h *holding[T]) mark(lost map[string]time.Time, now time.Time) {
	for i := range h.items {
		it := &h.items[i]
		since, known := lost[it.entityID]
		if !known || !it.good || !it.since.IsZero() {
			continue
		}
		if since.After(now) {
			since = now
		}
		it.since = since
	}
}

// takeOver fills in from the document before what this one lost by a mistake of the
// federation: an entity that is there but cannot be read, or that stands there twice. What
// the document says clearly is never overruled: a key that is gone is gone.
func (h *holding[T]) takeOver(before *holding[T], now time.Time) {
	taken := map[string]bool{}
	for n := range h.items {
		i := &h.items[n]
		old := before.named(i.entityID)
		if i.good || i.entityID == "" || taken[i.entityID] || definite(i.err) || old == nil || !old.good {
			continue
		}
		since := old.since
		if since.IsZero() {
			since = now
		}
		if now.Sub(since) >= keptAfterLoss || !old.until.IsZero() && !now.Before(old.until) {
			continue
		}
		taken[i.entityID] = true
		i.value, i.name, i.until, i.certificates, i.good, i.since = old.value, old.name, old.until, old.certificates, true, since
	}
}

// olderThan reports whether a document was published before the one that is held: by the
// instant at which it says it was made, else by its end. Documents that say neither
// cannot be told apart.
func (h *holding[T]) olderThan(held *holding[T]) bool {
	switch {
	case held == nil || h.digest == held.digest:
		return false
	case !h.created.IsZero() && !held.created.IsZero():
		return h.created.Before(held.created.Add(-rollbackTolerance))
	case !h.until.IsZero() && !held.until.IsZero():
		return h.until.Before(held.until.Add(-rollbackTolerance))
	}
	return false
}

// usable reports whether a document may replace the one that is held. One in which
// nothing can be used may do so only when it speaks of what was there before: so keys
// that vanish are believed, and an empty or mistaken document is not.
func (h *holding[T]) usable(held *holding[T]) error {
	if h.good() > 0 {
		return nil
	}
	var faults []error
	for i := range h.items {
		if old := held.named(h.items[i].entityID); old != nil && old.good && h.items[i].entityID != "" {
			return nil
		}
		if len(faults) < 3 {
			faults = append(faults, h.items[i].err)
		}
	}
	return trouble(CodeEmpty, "no entity in the document can be used").because(errors.Join(faults...))
}
