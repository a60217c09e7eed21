package shareddb_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
)

func TestOneIdIsConsumedByExactlyOneOfFiftyOnTwoNodes(t *testing.T) {
	eachPair(t, func(t *testing.T, nodes [2]*shareddb.Store) {
		ctx := t.Context()
		var won, lost atomic.Int32
		start := make(chan struct{})
		var work sync.WaitGroup
		for n := range 50 {
			work.Go(func() {
				<-start
				err := nodes[n%2].DB.Tx(ctx, func(tx *db.Tx) error {
					return shareddb.Consume(ctx, tx, "saml.assertion", "_a1", now.Add(time.Hour))
				})
				switch {
				case err == nil:
					won.Add(1)
				case errors.Is(err, shareddb.ErrUsed) && fault.Is(err, fault.Conflict):
					lost.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		close(start)
		work.Wait()
		if won.Load() != 1 || lost.Load() != 49 {
			t.Fatalf("%d won, %d lost", won.Load(), lost.Load())
		}
	})
}

func TestRolledBackConsumptionFreesTheId(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		ctx := t.Context()
		failed := errors.New("later step failed")
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			if err := shareddb.Consume(ctx, tx, "code", "x", now); err != nil {
				return err
			}
			return failed
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		inTx(t, s, func(ctx context.Context, q db.Queryer) error { return shareddb.Consume(ctx, q, "code", "x", now) })
	})
}

func TestTransactionGoesOnAfterAUsedId(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		use := func(ctx context.Context, q db.Queryer) error { return shareddb.Consume(ctx, q, "code", "x", now) }
		inTx(t, s, use)
		inTx(t, s, func(ctx context.Context, q db.Queryer) error {
			if err := use(ctx, q); !errors.Is(err, shareddb.ErrUsed) {
				return fmt.Errorf("used twice: %w", err)
			}
			return shareddb.Consume(ctx, q, "other kind", "x", now)
		})
		if n := rows(t, s, "consumed"); n != 2 {
			t.Fatalf("%d rows", n)
		}
	})
}

func TestUsedIdsAreForgottenAfterTheirTime(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		inTx(t, s, func(ctx context.Context, q db.Queryer) error {
			for n := range 1100 { // more than one batch
				if err := shareddb.Consume(ctx, q, "code", fmt.Sprint(n), now.Add(time.Minute)); err != nil {
					return err
				}
			}
			return shareddb.Consume(ctx, q, "code", "late", now.Add(time.Hour))
		})
		must(t, s.PurgeConsumed(t.Context(), now.Add(time.Minute-time.Microsecond)))
		if n := rows(t, s, "consumed"); n != 1101 {
			t.Fatalf("purged too early: %d rows", n)
		}
		must(t, s.PurgeConsumed(t.Context(), now.Add(time.Minute)))
		if n := rows(t, s, "consumed"); n != 1 {
			t.Fatalf("%d rows left", n)
		}
	})
}

func TestNonsenseIdsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		for _, c := range [][2]string{{"", "x"}, {"code", ""}, {"code", string(make([]byte, 513))}} {
			if err := shareddb.Consume(t.Context(), s.DB.Read(), c[0], c[1], now); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", c, err)
			}
		}
	})
}
