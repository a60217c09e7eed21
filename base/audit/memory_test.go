package audit

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"atrio/base/fault"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// memory is a Store in memory; its rows can be tampered with.
type memory struct {
	mu          sync.Mutex
	rows        []Row // in order of ID
	checkpoints []Checkpoint
	block       chan struct{} // when set, AppendEvents waits for it
	fail        error
}

func (m *memory) AppendEvents(ctx context.Context, events []Event) error {
	if m.block != nil {
		select {
		case <-m.block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	for _, e := range events {
		m.rows = append(m.rows, Row{ID: int64(len(m.rows)) + 1, Event: e.Normal()})
	}
	return nil
}

func (m *memory) UnchainedEvents(_ context.Context, limit int) ([]Row, error) {
	return m.take(limit, func(r Row) bool { return r.Seq == 0 }), nil
}

func (m *memory) UnchainedTail(ctx context.Context) (Tail, error) {
	rows, _ := m.UnchainedEvents(ctx, len(m.rows))
	tail := Tail{Rows: int64(len(rows))}
	if len(rows) > 0 {
		tail.Oldest = rows[0].Event.At
	}
	return tail, nil
}

func (m *memory) ChainHead(ctx context.Context) (Head, error) {
	rows, _ := m.ChainedEvents(ctx, 0, len(m.rows))
	if len(rows) == 0 {
		return Head{}, nil
	}
	last := rows[len(rows)-1]
	return Head{Seq: last.Seq, Hash: last.Hash}, nil
}

func (m *memory) ChainEvents(ctx context.Context, links []Link, checkpoint *Checkpoint) error {
	if head, _ := m.ChainHead(ctx); links[0].Seq != head.Seq+1 {
		return fault.New(fault.Conflict, "error.conflict")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range links {
		i := slices.IndexFunc(m.rows, func(r Row) bool { return r.ID == l.ID })
		m.rows[i].Seq, m.rows[i].Hash = l.Seq, l.Hash
	}
	if checkpoint != nil {
		m.checkpoints = append(m.checkpoints, *checkpoint)
	}
	return nil
}

func (m *memory) ChainedEvents(_ context.Context, after int64, limit int) ([]Row, error) {
	rows := m.take(len(m.rows), func(r Row) bool { return r.Seq > after })
	slices.SortFunc(rows, func(a, b Row) int { return cmp.Compare(a.Seq, b.Seq) })
	return rows[:min(limit, len(rows))], nil
}

func (m *memory) LastCheckpoints(_ context.Context, limit int) ([]Checkpoint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := slices.Clone(m.checkpoints)
	slices.SortFunc(list, func(a, b Checkpoint) int { return cmp.Compare(b.Seq, a.Seq) })
	return list[:min(limit, len(list))], nil
}

func (m *memory) Checkpoints(_ context.Context, after int64, limit int) ([]Checkpoint, error) {
	var found []Checkpoint
	for _, c := range m.checkpoints {
		if c.Seq > after && len(found) < limit {
			found = append(found, c)
		}
	}
	return found, nil
}

func (m *memory) take(limit int, want func(Row) bool) []Row {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []Row
	for _, r := range m.rows {
		if want(r) && len(found) < limit {
			found = append(found, r)
		}
	}
	return found
}

func (m *memory) len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.rows)
}

// key is the same in every run.
func key() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

func public() ed25519.PublicKey { return key().Public().(ed25519.PublicKey) }

func sequencer(m *memory, batch int) *Sequencer {
	return &Sequencer{Store: m, Key: key(), Log: slog.New(slog.DiscardHandler), Batch: batch}
}

// chain returns a store with n chained rows, in batches of four.
func chain(t *testing.T, n int) *memory {
	t.Helper()
	m := &memory{}
	for i := range n {
		e := Event{At: now.Add(time.Duration(i) * time.Second), Role: "gateway", Action: LoginSucceeded, Outcome: OK,
			Detail: map[string]string{"door": "spid", "level": "2"}}
		if err := m.AppendEvents(t.Context(), []Event{e}); err != nil {
			t.Fatal(err)
		}
	}
	if err := sequencer(m, 4).Run(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	return m
}

func verify(t *testing.T, m *memory) Report {
	t.Helper()
	r, err := Verify(t.Context(), m, public())
	if err != nil {
		t.Fatal(err)
	}
	return r
}
