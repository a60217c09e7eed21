package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
)

// Kinds of findings.
const (
	RowAltered    = "row altered"    // the hash does not fit the row and its predecessor
	RowsMissing   = "rows missing"   // Seq jumps
	BadCheckpoint = "bad checkpoint" // signature or hash does not fit
	ChainCut      = "chain cut"      // a checkpoint speaks of rows that are gone
	Unsigned      = "unsigned"       // chained rows after the last good checkpoint
)

// Finding is one thing that does not fit.
type Finding struct {
	Seq  int64 // first place concerned
	Kind string
	Text string // for people
}

// MaxFindings bounds a report; a log with more is not worth listing.
const MaxFindings = 100

// Report is the result of Verify.
type Report struct {
	Rows        int64     // chained rows read
	Checkpoints int64     // checkpoints with a good signature and hash
	Head        Head      // the last chained row, to compare with the log's copies
	Tail        Tail      // rows not yet chained: neither proved nor refuted
	Findings    []Finding // empty: the chain is whole
}

// OK reports whether nothing was found. The unchained tail is not a finding.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// Verify walks the whole chain. The keys are the present public key and those
// that were used before it. An error means that the log could not be read, never
// that it is wrong.
func Verify(ctx context.Context, store Store, keys ...ed25519.PublicKey) (Report, error) {
	v := verifier{ctx: ctx, store: store, keys: keys}
	err := v.run()
	return v.report, err
}

const page = 1000

type verifier struct {
	ctx    context.Context
	store  Store
	keys   []ed25519.PublicKey
	report Report

	signed  int64        // Seq of the last good checkpoint
	pending []Checkpoint // read ahead, not reached yet
	after   int64        // Seq of the last checkpoint read
	done    bool         // no more checkpoints
}

func (v *verifier) run() error {
	var err error
	// The tail is read first: rows chained meanwhile appear in both counts rather
	// than in none.
	if v.report.Tail, err = v.store.UnchainedTail(v.ctx); err != nil {
		return err
	}
	for {
		rows, err := v.store.ChainedEvents(v.ctx, v.report.Head.Seq, page)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return v.finish()
		}
		// Rows and their checkpoint come in one commit, also while this walks: after new rows
		// there may be new checkpoints.
		v.done = false
		for _, row := range rows {
			if err := v.row(row); err != nil {
				return err
			}
		}
	}
}

// row checks one row against its predecessor, then the checkpoints at its place.
// After a finding the walk goes on from what the row says, so that one alteration
// is one finding.
func (v *verifier) row(row Row) error {
	head := v.report.Head
	switch {
	case row.Seq > head.Seq+1:
		v.find(head.Seq+1, RowsMissing, "rows %d to %d are missing", head.Seq+1, row.Seq-1)
	case row.Seq <= head.Seq || !bytes.Equal(row.hash(head.Hash), row.Hash):
		v.find(row.Seq, RowAltered, "row %d was altered, moved or inserted", row.Seq)
	}
	v.report.Rows++
	v.report.Head = Head{Seq: row.Seq, Hash: row.Hash}
	for {
		c, ok, err := v.peek()
		if err != nil || !ok || c.Seq > row.Seq {
			return err
		}
		v.pending = v.pending[1:]
		v.checkpoint(c)
	}
}

// checkpoint compares a checkpoint with the head of the walk.
func (v *verifier) checkpoint(c Checkpoint) {
	switch {
	case !c.SignedBy(v.keys...):
		v.find(c.Seq, BadCheckpoint, "the checkpoint at row %d is not signed by a known key", c.Seq)
	case c.Seq != v.report.Head.Seq:
		v.find(c.Seq, BadCheckpoint, "the checkpoint speaks of row %d, which is missing", c.Seq)
	case !bytes.Equal(c.Hash, v.report.Head.Hash):
		v.find(c.Seq, BadCheckpoint, "the checkpoint at row %d was signed over another chain", c.Seq)
	default:
		v.report.Checkpoints++
		v.signed = c.Seq
	}
}

// peek returns the next checkpoint without taking it.
func (v *verifier) peek() (Checkpoint, bool, error) {
	if len(v.pending) == 0 && !v.done {
		var err error
		if v.pending, err = v.store.Checkpoints(v.ctx, v.after, page); err != nil {
			return Checkpoint{}, false, err
		}
		if v.done = len(v.pending) == 0; !v.done {
			v.after = v.pending[len(v.pending)-1].Seq
		}
	}
	if len(v.pending) == 0 {
		return Checkpoint{}, false, nil
	}
	return v.pending[0], true, nil
}

func (v *verifier) finish() error {
	head := v.report.Head.Seq
	for {
		c, ok, err := v.peek()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		v.pending = v.pending[1:]
		v.find(head+1, ChainCut, "a checkpoint speaks of row %d, but the chain ends at %d", c.Seq, head)
	}
	if v.signed < head {
		v.find(v.signed+1, Unsigned, "no good checkpoint covers the rows %d to %d", v.signed+1, head)
	}
	return nil
}

func (v *verifier) find(seq int64, kind, format string, args ...any) {
	if len(v.report.Findings) < MaxFindings {
		v.report.Findings = append(v.report.Findings, Finding{Seq: seq, Kind: kind, Text: fmt.Sprintf(format, args...)})
	}
}
