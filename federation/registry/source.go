package registry

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"maps"
	"sync"
	"time"
)

// source is one place where descriptions come from. A single refresh at a time runs it;
// what State reads is guarded by the book.
type source[T any] struct {
	SourceConfig
	book *book[T]
	// introduced names a document of this process, inside, for sources without file and
	// address.
	introduced string
	inside     []byte

	refreshing sync.Mutex

	// Guarded by book.mu; only the refresh writes.
	pins        pins
	held        *holding[T]
	attempt     time.Time
	success     time.Time
	next        time.Time
	failures    int   // since the last success
	failedTotal int64 // since the start
	problem     error
	saved       [sha256.Size]byte    // digest of the copy in the table, as far as we know
	lost        map[string]time.Time // noted beside that copy, as far as we know
	shadowed    []string             // entityIDs that an earlier source describes
}

func (s *source[T]) name() string {
	return s.SourceConfig.name() + s.introduced
}

// copied reports whether the source has a copy in the table: what is signed and comes
// from elsewhere. A file needs none, and a copy of it would make the table trusted.
func (s *source[T]) copied() bool { return s.MetadataURL != "" && s.book.config.Copies != nil }

// due reports whether the source is to be looked at. A clock that was set back counts.
func (s *source[T]) due(now time.Time) bool {
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	return !s.next.After(now) || s.next.After(now.Add(s.Refresh.Or(usualRefresh)))
}

// refresh looks at the source once. What goes wrong is told and leaves the last good
// document in force.
func (s *source[T]) refresh(ctx context.Context, now time.Time) {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	s.set(func() { s.attempt = now })
	p, err := readPins(s.MetadataCertificate)
	if err != nil {
		s.failed(now, err)
		return
	}
	s.repin(p, now)
	got, err := s.look(ctx)
	if err != nil {
		s.failed(now, err)
		s.adopt(ctx, now) // another node may have reached it
		return
	}
	next, err := s.read(got, now)
	if err != nil {
		s.failed(now, err)
		return
	}
	s.accept(ctx, next, now)
}

// look asks the file, the address, or this process.
func (s *source[T]) look(ctx context.Context) (found, error) {
	switch {
	case s.MetadataURL != "":
		etag, modified := "", ""
		if s.held != nil {
			etag, modified = s.held.etag, s.held.modified
		}
		return s.book.fetcher.get(ctx, s.MetadataURL, etag, modified)
	case s.MetadataFile != "":
		data, err := readBounded(s.MetadataFile)
		return found{document: data}, err
	}
	return found{document: s.inside}, nil
}

// read reads what was found, or once more what is held: also that may have come to its
// end meanwhile.
func (s *source[T]) read(got found, now time.Time) (*holding[T], error) {
	if got.unchanged {
		got = found{document: s.held.document, etag: s.held.etag, modified: s.held.modified}
	}
	next, err := s.book.face.read(got.document, s.pins, now)
	if err != nil {
		return nil, err
	}
	next.etag, next.modified, next.fetchedAt = got.etag, got.modified, now
	if s.held != nil && next.digest == s.held.digest {
		next.fetchedAt = s.held.fetchedAt
	}
	if s.MetadataURL != "" && next.olderThan(s.held) {
		return nil, trouble(CodeRollback, "the document is older than the one that is held")
	}
	next.takeOver(s.held, now)
	return next, next.usable(s.held)
}

// accept puts a document in the place of the one that was held.
func (s *source[T]) accept(ctx context.Context, next *holding[T], now time.Time) {
	s.set(func() {
		s.held, s.success, s.failures, s.problem = next, now, 0, nil
		s.next = now.Add(s.pause(next.cache))
	})
	if s.book.settle(s.name()) {
		s.book.log.Info("metadata can be used again", "world", s.book.config.World, "source", s.name())
	}
	for i := range next.items {
		s.tellItem(&next.items[i], now)
	}
	if !s.copied() {
		return
	}
	if next.digest == s.saved || next.lost() {
		s.noteLost(ctx, next, now)
		return
	}
	err := s.book.config.Copies.SaveCopy(ctx, Copy{
		World: s.book.config.World, Source: s.MetadataURL, Document: next.document,
		ETag: next.etag, Modified: next.modified, FetchedAt: next.fetchedAt,
	})
	if err != nil {
		s.notKept(now, err)
		return
	}
	s.saved, s.lost = next.digest, nil
}

// noteLost keeps the time of what a document lost, for the next start of a node.
func (s *source[T]) noteLost(ctx context.Context, next *holding[T], now time.Time) {
	all, lost := maps.Clone(s.lost), map[string]time.Time{}
	for id, since := range next.losses() {
		if _, noted := s.lost[id]; !noted {
			lost[id] = since
		}
	}
	var found []string
	for id := range s.lost {
		// Gone from the document, or lost for longer than it counts: the note stays.
		if it := next.named(id); it != nil && it.good && it.since.IsZero() {
			found = append(found, id)
			delete(all, id)
		}
	}
	if len(lost) == 0 && len(found) == 0 {
		return
	}
	if err := s.book.config.Copies.NoteLost(ctx, s.book.config.World, s.MetadataURL, lost, found); err != nil {
		s.notKept(now, err)
		return
	}
	maps.Copy(lost, all)
	s.lost = lost
}

func (s *source[T]) notKept(now time.Time, err error) {
	s.book.tell(now, s.name()+" copy", slog.LevelError, "the copy of metadata could not be kept", "world", s.book.config.World, "source", s.name(), "cause", err.Error())
}

// tellItem tells of an entity that was left out.
func (s *source[T]) tellItem(i *item[T], now time.Time) {
	key := s.name() + " " + i.entityID
	if i.err == nil || roleless(i.err) {
		s.book.settle(key)
		return
	}
	s.book.tell(now, key, slog.LevelWarn, "a description in the metadata is refused", "world", s.book.config.World, "source", s.name(),
		"entity", i.entityID, "cause", i.err.Error(), "older_one_counts", i.good)
}

// failed notes that the source could not be used and when to try again.
func (s *source[T]) failed(now time.Time, err error) {
	if codeOf(s.problem) != codeOf(err) {
		s.book.settle(s.name()) // another trouble than before is news
	}
	s.set(func() {
		s.failures++
		s.failedTotal++
		s.problem = err
		s.next = now.Add(s.backOff())
	})
	message := "metadata cannot be refreshed; the last good copy goes on counting"
	if s.held == nil {
		message = "metadata cannot be had and there is no copy: nobody of this source can be used"
	}
	s.book.tell(now, s.name(), slog.LevelError, message, "world", s.book.config.World, "source", s.name(), "why", codeOf(err), "cause", err.Error())
}

// pause is the time to the next look. Files are looked at in every run of the job.
func (s *source[T]) pause(cache time.Duration) time.Duration {
	if s.MetadataURL == "" {
		return 0
	}
	pause := s.Refresh.Or(usualRefresh)
	if cache > 0 {
		pause = min(pause, max(cache, soonestRefresh)) // SAML-metadata 2.3.1
	}
	return s.book.spread(pause)
}

const firstRetry = time.Minute

// backOff doubles the pause with every failure, up to the usual one.
func (s *source[T]) backOff() time.Duration {
	if s.MetadataURL == "" {
		return 0
	}
	pause := firstRetry << min(s.failures-1, 16)
	return s.book.spread(min(pause, s.Refresh.Or(usualRefresh)))
}

// repin puts new pinned certificates in force. What they do not vouch for counts no more:
// whoever takes a certificate away means it.
func (s *source[T]) repin(p pins, now time.Time) {
	held := s.held
	if held != nil && held.pinned != p.digest {
		again, err := s.book.face.read(held.document, p, now)
		if err != nil && codeOf(err) != CodeExpired {
			s.book.tell(now, s.name()+" pins", slog.LevelError, "the new pinned certificates do not vouch for the metadata that is held; it counts no more",
				"world", s.book.config.World, "source", s.name())
			held = nil
		} else if err == nil {
			again.takeOver(held, now)
			again.mark(held.losses(), now)
			again.etag, again.modified, again.fetchedAt, again.copied = held.etag, held.modified, held.fetchedAt, held.copied
			held = again
		}
	}
	s.set(func() { s.pins, s.held = p, held })
}

// adopt takes the copy of the table, at the start or when another node has a newer one.
func (s *source[T]) adopt(ctx context.Context, now time.Time) {
	if !s.copied() {
		return
	}
	c, ok, err := s.book.config.Copies.LoadCopy(ctx, s.book.config.World, s.MetadataURL)
	if err != nil {
		s.book.tell(now, s.name()+" load", slog.LevelError, "the copy of the metadata cannot be loaded", "world", s.book.config.World, "source", s.name(), "cause", err.Error())
		return
	}
	if !ok || s.held != nil && !c.FetchedAt.After(s.held.fetchedAt) {
		return
	}
	next, err := s.read(found{document: c.Document, etag: c.ETag, modified: c.Modified}, now)
	if err != nil {
		s.book.tell(now, s.name()+" adopt", slog.LevelError, "the copy of the metadata is refused", "world", s.book.config.World,
			"source", s.name(), "why", codeOf(err), "cause", err.Error())
		return
	}
	next.mark(c.Lost, now)
	next.fetchedAt, next.copied = c.FetchedAt, true
	s.saved, s.lost = next.digest, c.Lost
	s.set(func() {
		s.held = next
		if c.FetchedAt.After(s.success) {
			s.success = c.FetchedAt
		}
	})
}

// set changes what State reads.
func (s *source[T]) set(change func()) {
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	change()
}
