package audit

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"atrio/base/fault"
)

// Tolerance is how far the clocks of two nodes may be apart. The alarm comes sooner. // O3
const Tolerance = time.Minute

// ErrClock: the clock of this node is behind a time that was signed already. What would be
// written now would stand before what it follows. // A37
var ErrClock = fault.New(fault.Unavailable, "error.clock").For("clock_behind")

// looked is how many checkpoints are looked at for one that is ours: who can write rows but
// has no key cannot hide the last one behind a few of their own making, and verifying the
// log finds those.
const looked = 16

// Signed is the time of the last checkpoint that one of the keys signed; zero for none.
func Signed(list []Checkpoint, keys ...ed25519.PublicKey) time.Time {
	for _, c := range list {
		if c.SignedBy(keys...) {
			return c.At
		}
	}
	return time.Time{}
}

// CheckClock compares the time of this node with the last one that was signed: ErrClock when
// it is behind by more than two nodes may differ. A clock that ran ahead and was set right is
// behind too, until somebody says so (atrio audit clock). // A37
func CheckClock(ctx context.Context, store Signatures, now time.Time, keys ...ed25519.PublicKey) error {
	list, err := store.LastCheckpoints(ctx, looked)
	if err != nil {
		return err
	}
	return behind(now, Signed(list, keys...))
}

func behind(now, last time.Time) error {
	if now.Before(last.Add(-Tolerance)) {
		return ErrClock.Because(fmt.Errorf("audit: the clock says %s, and %s was signed already", now.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339)))
	}
	return nil
}

// Signatures gives the newest checkpoints, the last one first.
type Signatures interface {
	LastCheckpoints(ctx context.Context, limit int) ([]Checkpoint, error)
}
