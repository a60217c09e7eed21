package audit

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"log/slog"
	"time"

	"atrio/base/fault"
	"atrio/base/jobs"
)

// Sequencer gives rows their places in the chain. One node at a time runs it (the
// lease of its job); should two overlap, the store lets only one of them extend
// the chain and the other tries again at the next tick.
type Sequencer struct {
	Store Store
	Key   ed25519.PrivateKey
	Log   *slog.Logger
	// Batch is the number of rows chained in one transaction; 500 when zero.
	Batch int
	// Clock signs although the clock is behind what was signed: somebody has set it right.
	Clock bool
	// Shared is the clock that all nodes share; nil where there is none, or where the times
	// are of no real clock.
	Shared Shared
}

// Job is the job "audit-sequencer", run at every tick when rows wait.
func (s *Sequencer) Job() jobs.Job {
	return jobs.Job{
		Name: "audit-sequencer",
		Needed: func(ctx context.Context, _ time.Time) (bool, error) {
			tail, err := s.Store.UnchainedTail(ctx)
			return tail.Rows > 0, err
		},
		Run: s.Run,
	}
}

// Run chains all rows that wait, in batches, each with a signed checkpoint.
func (s *Sequencer) Run(ctx context.Context, now time.Time) error {
	size := s.Batch
	if size <= 0 {
		size = 500
	}
	for {
		n, err := s.batch(ctx, now, size)
		if fault.Is(err, fault.Conflict) {
			s.Log.WarnContext(ctx, "audit: another node extended the chain, trying again later")
			return nil
		}
		if err != nil || n < size {
			return err
		}
	}
}

// time is the one to sign: times that are signed never go back, whichever node signs, and
// no node signs further ahead than its clock may be. Rows wait while the clock is wrong. // A37
func (s *Sequencer) time(ctx context.Context, now time.Time) (time.Time, error) {
	if err := CheckLead(ctx, now, s.Shared); err != nil {
		return now, err
	}
	if s.Clock {
		return now, nil
	}
	list, err := s.Store.LastCheckpoints(ctx, looked)
	if err != nil {
		return now, err
	}
	last := Signed(list, s.Key.Public().(ed25519.PublicKey))
	if err := behind(now, last); err != nil {
		return now, err
	}
	if now.Before(last) {
		now = last
	}
	return now, nil
}

// batch chains at most size rows and returns how many.
func (s *Sequencer) batch(ctx context.Context, now time.Time, size int) (int, error) {
	rows, err := s.Store.UnchainedEvents(ctx, size)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	if now, err = s.time(ctx, now); err != nil {
		return 0, err
	}
	head, err := s.Store.ChainHead(ctx)
	if err != nil {
		return 0, err
	}
	links := make([]Link, len(rows))
	for i, row := range rows {
		row.Seq = head.Seq + 1
		head = Head{Seq: row.Seq, Hash: row.hash(head.Hash)}
		links[i] = Link{ID: row.ID, Seq: head.Seq, Hash: head.Hash}
	}
	checkpoint := Sign(s.Key, head, now)
	if err := s.Store.ChainEvents(ctx, links, &checkpoint); err != nil {
		return 0, err
	}
	// The copy in the log is what shows that a tail was cut off.
	s.Log.InfoContext(ctx, "audit checkpoint", "seq", checkpoint.Seq, "hash", hex.EncodeToString(checkpoint.Hash),
		"signature", hex.EncodeToString(checkpoint.Signature))
	return len(rows), nil
}
