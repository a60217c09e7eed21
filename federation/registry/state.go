package registry

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"time"
)

// Kinds of sources.
const (
	KindFile    = "file"
	KindAddress = "address"
	KindInside  = "inside" // of this process: the demonstration
)

// State is what the operator may know of a registry, at one moment.
type State struct {
	World     string
	Validator bool // the providers for tests are offered
	Sources   []SourceState
	Entities  []EntityState
}

// SourceState is one source.
type SourceState struct {
	Name, Kind string
	// Attempt is the last look, Success the last that went well, Next the next one.
	Attempt, Success, Next time.Time
	// Failures since the last success, and since the start.
	Failures    int
	FailedTotal int64
	// Code and Error say why the last look failed; both empty when it went well.
	Code, Error string
	// Held: there is a document that counts. FetchedAt is its date, Copied that it comes
	// from the table of copies and the source was not reached since.
	Held, Copied bool
	FetchedAt    time.Time
	// Entities is the number of those it gives, ValidUntil the end of the document.
	Entities   int
	ValidUntil time.Time
	// Pinned are the certificates that vouch for it.
	Pinned   []CertificateState
	Warnings []Warning
}

// EntityState is one provider, or one service.
type EntityState struct {
	EntityID, Name, Source string
	// Current: its description counts now.
	Current    bool
	ValidUntil time.Time
	// Kept: its last good description counts because the newest one cannot be read.
	Kept         bool
	Certificates []CertificateState
	// Outage: problems are known; OutageText is what the operator wrote.
	Outage     bool
	OutageText string
	// Test: it is offered during the acceptance only. Offered: people can choose it.
	Test, Offered bool
	Warnings      []Warning
}

// CertificateState is one certificate.
type CertificateState struct {
	Subject string
	// Fingerprint is the beginning of its SHA-256, in hex.
	Fingerprint         string
	NotBefore, NotAfter time.Time
}

// State tells what is known, for metrics and for the page of the operator.
func (b *book[T]) State(now time.Time) State {
	b.mu.Lock()
	defer b.mu.Unlock()
	state := State{World: b.config.World, Validator: b.Validator()}
	current := b.current.Load()
	seen := map[string]bool{}
	for _, s := range b.sources {
		state.Sources = append(state.Sources, s.state(now))
		if s.held == nil {
			continue
		}
		for i := range s.held.items {
			it := &s.held.items[i]
			if !it.good || seen[it.entityID] {
				continue
			}
			seen[it.entityID] = true
			e := b.entity(s, it, now)
			_, offered := current.byID[it.entityID]
			e.Offered = offered && e.Current
			state.Entities = append(state.Entities, e)
		}
	}
	return state
}

func (s *source[T]) state(now time.Time) SourceState {
	out := SourceState{
		Name: s.name(), Kind: KindInside, Attempt: s.attempt, Success: s.success, Next: s.next,
		Failures: s.failures, FailedTotal: s.failedTotal, Held: s.held != nil,
	}
	switch {
	case s.MetadataURL != "":
		out.Kind = KindAddress
	case s.MetadataFile != "":
		out.Kind = KindFile
	}
	if s.problem != nil {
		out.Code, out.Error = codeOf(s.problem), s.problem.Error()
	}
	for _, c := range s.pins.certificates {
		out.Pinned = append(out.Pinned, certificateState(c))
	}
	if s.held != nil {
		out.Copied, out.FetchedAt, out.ValidUntil, out.Entities = s.held.copied, s.held.fetchedAt, s.held.until, s.held.good()
	}
	out.Warnings = s.warnings(now)
	return out
}

func (b *book[T]) entity(s *source[T], it *item[T], now time.Time) EntityState {
	e := EntityState{
		EntityID: it.entityID, Name: it.name, Source: s.name(), ValidUntil: it.until, Kept: !it.since.IsZero(),
		Current: it.until.IsZero() || now.Before(it.until), Test: b.isTest(s, it.entityID),
	}
	for _, c := range it.certificates {
		if c.X509 != nil {
			e.Certificates = append(e.Certificates, certificateState(c.X509))
		}
	}
	e.OutageText, e.Outage = b.Outage(it.entityID)
	e.Warnings = entityWarnings(e, it.err, s.life(it.until), now)
	return e
}

// life is how long a description lasted when it was fetched, zero for files: nobody
// renews a file, so every warning before its end counts.
func (s *source[T]) life(until time.Time) time.Duration {
	if s.MetadataURL == "" || s.held == nil || until.IsZero() {
		return 0
	}
	return until.Sub(s.held.fetchedAt)
}

func certificateState(c *x509.Certificate) CertificateState {
	sum := sha256.Sum256(c.Raw)
	return CertificateState{
		Subject: c.Subject.String(), Fingerprint: hex.EncodeToString(sum[:8]),
		NotBefore: c.NotBefore, NotAfter: c.NotAfter,
	}
}
