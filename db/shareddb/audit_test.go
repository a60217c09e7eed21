package shareddb_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
)

func event(n int) audit.Event {
	return audit.Event{
		At: now.Add(time.Duration(n) * time.Second), Role: "gateway", Actor: "", Subject: "anna", Action: audit.LoginSucceeded,
		Outcome: audit.OK, Reference: fmt.Sprint("req", n), Address: "192.0.2.1", Detail: map[string]string{"level": "2", "issuer": "è <&>"},
	}
}

func events(from, to int) (list []audit.Event) {
	for n := from; n < to; n++ {
		list = append(list, event(n))
	}
	return list
}

func key(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	seed := sha256.Sum256([]byte(t.Name()))
	return ed25519.NewKeyFromSeed(seed[:])
}

func sequencer(t *testing.T, s *shareddb.Store, batch int) *audit.Sequencer {
	t.Helper()
	return &audit.Sequencer{Store: s, Key: key(t), Log: slog.New(slog.DiscardHandler), Batch: batch}
}

func TestAuditLineBelongsToItsTransaction(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		ctx := t.Context()
		failed := errors.New("no")
		err := s.DB.Tx(ctx, func(tx *db.Tx) error {
			return errors.Join(shareddb.AppendAudit(ctx, tx, event(1)), failed)
		})
		if tail, terr := s.UnchainedTail(ctx); !errors.Is(err, failed) || terr != nil || tail.Rows != 0 {
			t.Fatalf("%v, %+v, %v", err, tail, terr)
		}
		inTx(t, s, func(ctx context.Context, q db.Queryer) error { return shareddb.AppendAudit(ctx, q, event(2)) })
		before := s.DB.Commits()
		must(t, s.AppendEvents(ctx, events(3, 6)))
		must(t, s.AppendEvents(ctx, nil))
		if n := s.DB.Commits() - before; n != 1 {
			t.Fatalf("%d commits for one batch", n)
		}
		tail, err := s.UnchainedTail(ctx)
		if err != nil || tail.Rows != 4 || !tail.Oldest.Equal(event(2).At) {
			t.Fatalf("%+v, %v", tail, err)
		}
		list, err := s.UnchainedEvents(ctx, 3)
		must(t, err)
		if len(list) != 3 || list[0].ID >= list[1].ID || list[1].ID >= list[2].ID || list[0].Hash != nil || list[0].Seq != 0 {
			t.Fatalf("got %+v", list)
		}
		if want := event(2).Normal(); !reflect.DeepEqual(list[0].Event, want) {
			t.Fatalf("got  %+v\nwant %+v", list[0].Event, want)
		}
	})
}

func TestHostileTextsAreStoredAsTheyAreHashed(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		bad := event(1)
		bad.Reason, bad.Detail = "nul \x00 and \xff", map[string]string{"k\x00": "\xc3\x28"}
		must(t, s.AppendEvents(t.Context(), []audit.Event{bad, {}}))
		must(t, sequencer(t, s, 0).Run(t.Context(), now))
		verify(t, s, 2)
	})
}

func TestChainGrowsAndVerifies(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		ctx := t.Context()
		must(t, s.AppendEvents(ctx, events(0, 601))) // two statements in a batch, and one row over it
		must(t, sequencer(t, s, 600).Run(ctx, now))
		verify(t, s, 601)
		points, err := s.Checkpoints(ctx, 0, 10)
		if err != nil || len(points) != 2 || points[0].Seq != 600 || !points[0].At.Equal(now) {
			t.Fatalf("%+v, %v", points, err)
		}
		if later, err := s.Checkpoints(ctx, 600, 10); err != nil || len(later) != 1 {
			t.Fatalf("%+v, %v", later, err)
		}
		list, err := s.ChainedEvents(ctx, 599, 10)
		if err != nil || len(list) != 2 || list[0].Seq != 600 || list[1].Seq != 601 {
			t.Fatalf("%+v, %v", list, err)
		}
	})
}

// verify checks the chain with the public key and the number of its rows.
func verify(t *testing.T, s *shareddb.Store, want int64) {
	t.Helper()
	report, err := audit.Verify(t.Context(), s, key(t).Public().(ed25519.PublicKey))
	must(t, err)
	if !report.OK() || report.Rows != want || report.Head.Seq != want || report.Tail.Rows != 0 {
		t.Fatalf("want %d rows, got %+v", want, report)
	}
}

func TestTwoSequencersMakeOneChain(t *testing.T) {
	eachPair(t, func(t *testing.T, nodes [2]*shareddb.Store) {
		ctx := t.Context()
		const writers, each = 4, 25
		var work sync.WaitGroup
		for w := range writers {
			work.Go(func() {
				for n := range each {
					if err := nodes[w%2].AppendEvents(ctx, events(n, n+1)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for _, node := range nodes {
			work.Go(func() {
				for range 20 {
					if err := sequencer(t, node, 7).Run(ctx, now); err != nil {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
		must(t, sequencer(t, nodes[0], 7).Run(ctx, now))
		verify(t, nodes[1], writers*each)
	})
}

func TestSecondLinkOfARowIsAConflict(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		ctx := t.Context()
		must(t, s.AppendEvents(ctx, events(0, 2)))
		list, err := s.UnchainedEvents(ctx, 2)
		must(t, err)
		must(t, s.ChainEvents(ctx, []audit.Link{{ID: list[0].ID, Seq: 1, Hash: []byte("h")}}, nil))
		for name, link := range map[string]audit.Link{
			"the row again":   {ID: list[0].ID, Seq: 2, Hash: []byte("h")},
			"the place again": {ID: list[1].ID, Seq: 1, Hash: []byte("h")},
			"an unknown row":  {ID: 99, Seq: 2, Hash: []byte("h")},
		} {
			if err := s.ChainEvents(ctx, []audit.Link{link}, nil); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if tail, err := s.UnchainedTail(ctx); err != nil || tail.Rows != 1 {
			t.Fatalf("%+v, %v", tail, err)
		}
	})
}

func TestHistoryOfAPersonIsNewestFirst(t *testing.T) {
	each(t, func(t *testing.T, s *shareddb.Store) {
		other := event(9)
		other.Subject = "bruno"
		must(t, s.AppendEvents(t.Context(), append(events(0, 5), other)))
		page, err := s.EventsOf(t.Context(), "anna", 0, 3)
		must(t, err)
		rest, err := s.EventsOf(t.Context(), "anna", page[2].ID, 3)
		must(t, err)
		if len(page) != 3 || len(rest) != 2 || page[0].Event.Reference != "req4" || rest[1].Event.Reference != "req0" {
			t.Fatalf("%+v\n%+v", page, rest)
		}
	})
}
