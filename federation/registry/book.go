package registry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"atrio/base/jobs"
)

// book holds the sources of one world and what they say now.
type book[T any] struct {
	teller
	config  Config
	face    face[T]
	fetcher *fetcher

	mu      sync.Mutex // guards sources and what they hold
	sources []*source[T]

	said    atomic.Pointer[said]
	current atomic.Pointer[edition[T]]
}

// edition is one consistent set, exchanged as a whole.
type edition[T any] struct {
	all  []published[T]
	byID map[string]T
}

type published[T any] struct {
	value T
	until time.Time
}

func newBook[T any](c Config, f face[T]) (*book[T], error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Jitter == nil {
		c.Jitter = rand.Float64
	}
	b := &book[T]{teller: teller{log: c.Log}, config: c, face: f, fetcher: newFetcher(c.Transport, c.Patience)}
	for _, s := range c.Sources {
		b.sources = append(b.sources, &source[T]{SourceConfig: s, book: b})
	}
	b.current.Store(&edition[T]{})
	return b, nil
}

// spread shortens a pause by up to a fifth, so that nodes do not ask at the same time.
func (b *book[T]) spread(pause time.Duration) time.Duration {
	return pause - time.Duration(b.config.Jitter()*float64(pause)/5)
}

// list copies the list of sources.
func (b *book[T]) list() []*source[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.sources)
}

// Load makes a node ready to serve: it reads files, takes the last good copies, and asks
// the addresses of which there is no copy, for a few seconds. It never fails: what is
// missing is told and tried again by the job.
func (b *book[T]) Load(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, loadPatience)
	defer cancel()
	now := b.config.Now()
	_ = b.readNotes(ctx, now)
	b.each(func(s *source[T]) {
		if !s.copied() {
			s.refresh(ctx, now)
			return
		}
		s.begin(ctx, now)
		if s.held == nil {
			s.refresh(ctx, now)
		}
	})
	b.publish(now)
	b.warn(now)
}

// loadPatience bounds the start of a node whose sources do not answer.
const loadPatience = 5 * time.Second

// begin starts a source from the copy of the table.
func (s *source[T]) begin(ctx context.Context, now time.Time) {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	p, err := readPins(s.MetadataCertificate)
	if err != nil {
		return // the refresh that follows tells it
	}
	s.repin(p, now)
	s.adopt(ctx, now)
}

// Refresh looks at every source that is due and publishes what they say.
func (b *book[T]) Refresh(ctx context.Context, now time.Time) error {
	b.each(func(s *source[T]) {
		if s.due(now) {
			s.refresh(ctx, now)
		}
	})
	b.publish(now)
	b.warn(now)
	return nil
}

// each does the same with all sources at once: a slow one delays no other.
func (b *book[T]) each(do func(*source[T])) {
	var running sync.WaitGroup
	for _, s := range b.list() {
		running.Go(func() { do(s) })
	}
	running.Wait()
}

// Introduce trusts a document of this process, as the demonstration does for the
// providers that it starts. A second one of the same name takes the place of the first.
func (b *book[T]) Introduce(name string, document []byte) error {
	now := b.config.Now()
	s := &source[T]{book: b, introduced: name, inside: document}
	s.refresh(context.Background(), now)
	if s.problem != nil {
		return fmt.Errorf("%s: %w", name, s.problem)
	}
	b.mu.Lock()
	b.sources = slices.DeleteFunc(b.sources, func(other *source[T]) bool { return other.introduced == name && name != "" })
	b.sources = append(b.sources, s)
	b.mu.Unlock()
	b.publish(now)
	return nil
}

// publish exchanges the edition for one made from what the sources hold now.
func (b *book[T]) publish(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	next := &edition[T]{byID: map[string]T{}}
	owner := map[string]*source[T]{}
	tests := b.Validator()
	for _, s := range b.sources {
		s.shadowed = nil
		if s.held == nil {
			continue
		}
		for i := range s.held.items {
			it := &s.held.items[i]
			// An entity without the role shadows nobody, one without a name means nobody.
			if it.entityID == "" || roleless(it.err) {
				continue
			}
			if first, taken := owner[it.entityID]; taken && first != s {
				s.shadowed = append(s.shadowed, it.entityID) // one entityID, one source
				continue
			}
			owner[it.entityID] = s
			if !it.good || !it.since.IsZero() && now.Sub(it.since) >= keptAfterLoss || b.isTest(s, it.entityID) && !tests {
				continue
			}
			next.all = append(next.all, published[T]{it.value, it.until})
			next.byID[it.entityID] = it.value
		}
	}
	b.current.Store(next)
}

// isTest reports whether a provider is offered during the acceptance only.
func (b *book[T]) isTest(s *source[T], entityID string) bool {
	return s.Test || slices.Contains(b.config.TestProviders, entityID)
}

// find gives an entity by its name. What is past its end is still found, so that whoever
// asks can say so; it says itself that it does not count.
func (b *book[T]) find(entityID string) (T, bool) {
	v, ok := b.current.Load().byID[entityID]
	return v, ok
}

// offered lists what counts now, in the order of the sources.
func (b *book[T]) offered() []T {
	now := b.config.Now()
	e := b.current.Load()
	out := make([]T, 0, len(e.all))
	for _, p := range e.all {
		if p.until.IsZero() || now.Before(p.until) {
			out = append(out, p.value)
		}
	}
	return out
}

// lookEvery is the pause of the jobs: files and notes are looked at in each run, addresses
// when they are due.
const lookEvery = 30 * time.Second

// Jobs keep this node's knowledge fresh. Each node does it for itself.
func (b *book[T]) Jobs() []jobs.Job {
	return []jobs.Job{
		{Name: "registry." + b.config.World, Every: lookEvery, Limit: 2 * time.Minute, EachNode: true, Run: b.Refresh},
		{Name: "registry." + b.config.World + ".notes", Every: lookEvery, EachNode: true, Run: b.readNotes},
	}
}

// World is the name of the registry.
func (b *book[T]) World() string { return b.config.World }
