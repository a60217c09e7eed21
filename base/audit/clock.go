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

// Lead is how far the clock of a node may be ahead of the one that all nodes share: two nodes
// that keep to it on either side are no further apart than they may be, so that what the one
// signs does not stop the other.
const Lead = Tolerance / 2

// ErrClock: the clock of this node is behind a time that was signed already. What would be
// written now would stand before what it follows. // A37
var ErrClock = fault.New(fault.Unavailable, "error.clock").For("clock_behind")

// ErrAhead: the clock of this node is ahead of the one that all nodes share. What it signed
// would stop every other node, whose clock is right. // A37
var ErrAhead = fault.New(fault.Unavailable, "error.clock").For("clock_ahead")

// Shared gives the time of the clock that all nodes share, their database's; zero where there
// is none.
type Shared func(ctx context.Context) (time.Time, error)

// CheckLead compares the time of this node with the shared clock: ErrAhead when it is further
// ahead than Lead. Without a shared clock nothing is compared. // A37
func CheckLead(ctx context.Context, now time.Time, shared Shared) error {
	if shared == nil {
		return nil
	}
	common, err := shared(ctx)
	if err != nil || common.IsZero() || !now.After(common.Add(Lead)) {
		return err
	}
	return ErrAhead.Because(fmt.Errorf("audit: the clock of this node says %s, that of the database %s: set the one that is wrong (NTP on both machines)",
		now.UTC().Format(time.RFC3339), common.UTC().Format(time.RFC3339)))
}

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
