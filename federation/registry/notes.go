package registry

import (
	"context"
	"log/slog"
	"slices"
	"time"
)

// Kinds of notes.
const (
	// NoteOutage says whether a provider has known problems.
	NoteOutage = "outage"
	// NoteValidator says whether the providers for tests are offered; it names no entity.
	NoteValidator = "validator"
)

// MaxNoteText bounds the text of a note, in bytes.
const MaxNoteText = 200

// Note is what the operator said while the program runs. It wins over the configuration.
type Note struct {
	World, Kind, EntityID string
	On                    bool
	// Text is shown with an outage; may be empty.
	Text string
	At   time.Time
}

// Notes reads the notes of a world; gatewaydb.Store implements it.
type Notes interface {
	ProviderNotes(ctx context.Context, world string) ([]Note, error)
}

// said are the notes as last read.
type said struct {
	outages   map[string]Note
	validator *Note
}

// readNotes looks at the notes again; what cannot be read leaves the last ones in force.
func (b *book[T]) readNotes(ctx context.Context, now time.Time) error {
	if b.config.Notes == nil {
		return nil
	}
	list, err := b.config.Notes.ProviderNotes(ctx, b.config.World)
	if err != nil {
		b.tell(now, "notes", slog.LevelError, "the operator's notes on providers cannot be read", "cause", err.Error())
		return nil
	}
	b.settle("notes")
	next := said{outages: map[string]Note{}}
	for _, n := range list {
		switch n.Kind {
		case NoteOutage:
			next.outages[n.EntityID] = n
		case NoteValidator:
			next.validator = &n
		}
	}
	b.said.Store(&next)
	b.publish(now)
	return nil
}

// Outage reports whether a provider has known problems, and what the operator wrote
// about them.
func (b *book[T]) Outage(entityID string) (text string, on bool) {
	if s := b.said.Load(); s != nil {
		if n, noted := s.outages[entityID]; noted {
			return n.Text, n.On
		}
	}
	return "", slices.Contains(b.config.Outages, entityID)
}

// Validator reports whether the providers for tests are offered.
func (b *book[T]) Validator() bool {
	if s := b.said.Load(); s != nil && s.validator != nil {
		return s.validator.On
	}
	return b.config.Validator
}
