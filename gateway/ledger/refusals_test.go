package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/seal"
)

// shelf is a store in memory.
type shelf struct {
	mu    sync.Mutex
	pairs []Entry
	calls int
	fail  error
	hold  chan struct{} // when not nil, KeepRefused waits for it
}

func (s *shelf) KeepRefused(_ context.Context, pairs []Entry) error {
	if s.hold != nil {
		<-s.hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.fail != nil {
		return s.fail
	}
	s.pairs = append(s.pairs, pairs...)
	return nil
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func refusals(s *shelf) (*Refusals, *clock) {
	c := &clock{now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	ring := seal.NewKeyring("gateway", seal.Key{ID: "1", Secret: [32]byte{1}})
	return NewRefusals(s, ring, c.Now, slog.New(slog.NewTextHandler(io.Discard, nil))), c
}

func finish(t *testing.T, k *Refusals) {
	t.Helper()
	if err := k.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// pair is the answer n to a request of its own.
func pair(n int) Entry {
	return Entry{RequestID: fmt.Sprint("_q", n), Refused: "check", Sealed: Sealed{Request: []byte("<q/>"), Response: []byte("<r/>")}}
}

func TestRefusedPairsAreWrittenInBatchesInTheirOrder(t *testing.T) {
	s := &shelf{}
	k, _ := refusals(s)
	k.waits = time.Hour // so that only full batches and the end write
	k.Start()
	for n := range 150 {
		k.Keep(t.Context(), "192.0.2.1", pair(n))
	}
	finish(t, k)
	if len(s.pairs) != 150 || s.calls != 3 || k.Dropped() != 0 {
		t.Fatalf("%d pairs in %d calls, %d dropped", len(s.pairs), s.calls, k.Dropped())
	}
	for n, e := range s.pairs {
		if e.RequestID != fmt.Sprint("_q", n) {
			t.Fatalf("%d is %s", n, e.RequestID)
		}
	}
	k.Keep(t.Context(), "192.0.2.1", pair(1))
	if k.Dropped() != 1 {
		t.Error("after the end a pair was taken")
	}
}

func TestAFloodOfRefusedAnswersDoesNotFillTheDisk(t *testing.T) {
	s := &shelf{}
	k, c := refusals(s)
	keep := func(times int, address string, e func(n int) Entry) (taken int) {
		before := k.Withheld()
		for n := range times {
			k.Keep(t.Context(), address, e(n))
		}
		// Nobody reads the queue yet: what it could not take is dropped, not withheld.
		return times - int(k.Withheld()-before)
	}
	same := func(int) Entry { return pair(0) }
	if n := keep(50, "192.0.2.1", same); n != perRequest.Burst {
		t.Errorf("%d answers to one request were kept", n)
	}
	next := 1
	fresh := func(int) Entry { next++; return pair(next) }
	if n := keep(2*perAddress.Burst, "192.0.2.2", fresh); n != perAddress.Burst {
		t.Errorf("%d answers of one address were kept", n)
	}
	if n := keep(10, "192.0.2.3", fresh); n != 10 {
		t.Error("another address is held back")
	}
	c.forward(time.Hour)
	if n := keep(1, "192.0.2.1", same); n != 1 {
		t.Error("an hour later nothing is taken")
	}
	big := func(int) Entry {
		e := fresh(0)
		e.Response = []byte(strings.Repeat("x", maxRefused))
		return e
	}
	kept := 0
	for address := range 20 {
		kept += keep(100, fmt.Sprint("192.0.3.", address), big)
	}
	if left := k.room.left; left < 0 || left > perDay/10 {
		t.Errorf("%d bytes are left of the room of all addresses together", left)
	}
	if kept != 2000 || k.bare.left < 0 || k.bare.left == barePerDay {
		t.Errorf("%d were kept, whole or without their response; %d bytes are left for those", kept, k.bare.left)
	}
	k.bare.left = 0
	if n := keep(1, "192.0.5.1", big); n != 0 {
		t.Error("there is no room, and a pair was kept")
	}
	c.forward(24 * time.Hour)
	if n := keep(1, "192.0.4.1", big); n != 1 {
		t.Error("a day later there is no room")
	}
	if k.Dropped() == 0 {
		t.Error("the queue has no end")
	}
	k.Start()
	finish(t, k)
}

func TestAnAnswerThatIsTooLongLeavesItsRequestAlone(t *testing.T) {
	s := &shelf{}
	k, _ := refusals(s)
	e := pair(1)
	e.Response = []byte(strings.Repeat("x", maxRefused+1))
	k.Keep(t.Context(), "192.0.2.1", e)
	k.Start()
	finish(t, k)
	if len(s.pairs) != 1 || s.pairs[0].Response != nil || string(s.pairs[0].Request) != "<q/>" {
		t.Errorf("%+v", s.pairs)
	}
}

func TestAStoreThatHangsOrFailsHoldsNobodyUp(t *testing.T) {
	s := &shelf{hold: make(chan struct{}), fail: errors.New("disk full")}
	k, _ := refusals(s)
	k.waits = time.Nanosecond
	k.Start()
	for n := range 2 * queueLength { // returns although nothing is written
		k.Keep(t.Context(), fmt.Sprint("192.0.2.", n%4), pair(n))
	}
	if k.Dropped() == 0 {
		t.Error("nothing was dropped")
	}
	close(s.hold)
	finish(t, k)
	if len(s.pairs) != 0 || k.Dropped() != 2*queueLength {
		t.Errorf("%d pairs, %d dropped", len(s.pairs), k.Dropped())
	}
}

func TestRoomRefillsEvenly(t *testing.T) {
	c := &clock{now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	r := room{size: 100, per: 100 * time.Second, now: c.Now}
	if !r.take(100) || r.take(1) {
		t.Fatal("not its size")
	}
	c.forward(10 * time.Second)
	if r.take(11) || !r.take(10) {
		t.Error("not a tenth after a tenth")
	}
	c.forward(-time.Hour)
	if r.take(1) {
		t.Error("a clock set back gave room")
	}
	c.forward(50 * time.Second)
	if !r.take(50) || r.take(1) {
		t.Error("a clock set back stopped the refill")
	}
}
