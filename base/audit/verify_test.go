package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"atrio/base/fault"
)

func TestAWholeChainHasNoFindings(t *testing.T) {
	for _, n := range []int{0, 1, 4, 10} {
		r := verify(t, chain(t, n))
		if !r.OK() || r.Rows != int64(n) || r.Checkpoints != int64((n+3)/4) || r.Head.Seq != int64(n) || r.Tail.Rows != 0 {
			t.Errorf("%d rows: %+v", n, r)
		}
	}
}

func TestTheUnchainedTailIsReportedWithItsAge(t *testing.T) {
	m := chain(t, 4)
	late := []Event{{At: now.Add(time.Hour), Action: DataRead}, {At: now.Add(2 * time.Hour), Action: DataRead}}
	if err := m.AppendEvents(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, m); !r.OK() || r.Tail.Rows != 2 || !r.Tail.Oldest.Equal(now.Add(time.Hour)) {
		t.Fatalf("%+v", r)
	}
}

// A log that grows while it is verified was not changed.
func TestRowsThatAreChainedMeanwhileAreCovered(t *testing.T) {
	m := chain(t, 4)
	if err := m.AppendEvents(t.Context(), []Event{{At: now}, {At: now}}); err != nil {
		t.Fatal(err)
	}
	r, err := Verify(t.Context(), &growing{memory: m, grow: func() {
		if err := sequencer(m, 4).Run(t.Context(), now); err != nil {
			t.Error(err)
		}
	}}, public())
	if err != nil || !r.OK() || r.Rows != 6 || r.Checkpoints != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
}

// growing chains more between two reads of rows.
type growing struct {
	*memory
	grow func()
}

func (g *growing) ChainedEvents(ctx context.Context, after int64, limit int) ([]Row, error) {
	if after > 0 && g.grow != nil {
		g.grow()
		g.grow = nil
	}
	return g.memory.ChainedEvents(ctx, after, limit)
}

func TestEveryManipulationIsFound(t *testing.T) {
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
	for name, c := range map[string]struct {
		tamper func(m *memory)
		want   []Finding
	}{
		"text altered": {func(m *memory) { m.rows[4].Event.Actor = "other" }, []Finding{{Seq: 5, Kind: RowAltered}}},
		"detail altered": {func(m *memory) { m.rows[4].Event.Detail = map[string]string{"door": "spid", "level": "3"} },
			[]Finding{{Seq: 5, Kind: RowAltered}}},
		"text moved between fields": {func(m *memory) { m.rows[4].Event.Action, m.rows[4].Event.Outcome = "login.succeede", "dok" },
			[]Finding{{Seq: 5, Kind: RowAltered}}},
		"time altered": {func(m *memory) { m.rows[4].Event.At = now }, []Finding{{Seq: 5, Kind: RowAltered}}},
		"row removed":  {func(m *memory) { m.rows = slices.Delete(m.rows, 4, 5) }, []Finding{{Seq: 5, Kind: RowsMissing}}},
		"rows exchanged": {func(m *memory) { m.rows[4].Event, m.rows[5].Event = m.rows[5].Event, m.rows[4].Event },
			[]Finding{{Seq: 5, Kind: RowAltered}, {Seq: 6, Kind: RowAltered}}},
		"row altered and hash computed again": {func(m *memory) {
			m.rows[4].Event.Actor = "other"
			m.rows[4].Hash = m.rows[4].hash(m.rows[3].Hash)
		}, []Finding{{Seq: 6, Kind: RowAltered}}},
		"rest of the chain computed again": {func(m *memory) { rebuild(m, 4) },
			[]Finding{{Seq: 8, Kind: BadCheckpoint}, {Seq: 10, Kind: BadCheckpoint}, {Seq: 5, Kind: Unsigned}}},
		"checkpoints made with another key": {func(m *memory) {
			for i, c := range m.checkpoints {
				m.checkpoints[i] = Sign(stranger, Head{Seq: c.Seq, Hash: c.Hash}, c.At)
			}
		}, []Finding{{Seq: 4, Kind: BadCheckpoint}, {Seq: 8, Kind: BadCheckpoint}, {Seq: 10, Kind: BadCheckpoint}, {Seq: 1, Kind: Unsigned}}},
		"date of a checkpoint altered": {func(m *memory) { m.checkpoints[0].At = now.Add(time.Hour) }, []Finding{{Seq: 4, Kind: BadCheckpoint}}},
		"last checkpoint removed":      {func(m *memory) { m.checkpoints = m.checkpoints[:2] }, []Finding{{Seq: 9, Kind: Unsigned}}},
		"end of the chain cut off":     {func(m *memory) { m.rows = m.rows[:9] }, []Finding{{Seq: 10, Kind: ChainCut}, {Seq: 9, Kind: Unsigned}}},
		"row of a checkpoint removed": {func(m *memory) { m.rows = slices.Delete(m.rows, 7, 8) },
			[]Finding{{Seq: 8, Kind: RowsMissing}, {Seq: 8, Kind: BadCheckpoint}}},
	} {
		m := chain(t, 10)
		c.tamper(m)
		got := verify(t, m).Findings
		if !slices.EqualFunc(got, c.want, func(a, b Finding) bool { return a.Seq == b.Seq && a.Kind == b.Kind && a.Text != "" }) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// rebuild alters row i and computes all later hashes again.
func rebuild(m *memory, i int) {
	m.rows[i].Event.Actor = "other"
	for ; i < len(m.rows); i++ {
		m.rows[i].Hash = m.rows[i].hash(m.rows[i-1].Hash)
	}
}

func TestAPastKeyIsAcceptedWhenGiven(t *testing.T) {
	m := chain(t, 4)
	fresh := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
	if err := m.AppendEvents(t.Context(), []Event{{At: now}}); err != nil {
		t.Fatal(err)
	}
	s := sequencer(m, 4)
	s.Key = fresh
	if err := s.Run(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	r, err := Verify(t.Context(), m, fresh.Public().(ed25519.PublicKey), public())
	if err != nil || !r.OK() || r.Checkpoints != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
}

func TestALongListOfFindingsIsCut(t *testing.T) {
	m := chain(t, 3*MaxFindings)
	for i := range m.rows {
		m.rows[i].Event.Actor = "other"
	}
	if r := verify(t, m); len(r.Findings) != MaxFindings || r.Rows != 3*MaxFindings {
		t.Fatalf("%d findings, %d rows", len(r.Findings), r.Rows)
	}
}

// slow lets another node extend the chain between reading the head and linking.
type slow struct {
	*memory
	meanwhile func()
}

func (s *slow) ChainHead(ctx context.Context) (Head, error) {
	head, err := s.memory.ChainHead(ctx)
	if f := s.meanwhile; f != nil {
		s.meanwhile = nil
		f()
	}
	return head, err
}

func TestOfTwoSequencersAtOnceOneExtendsTheChain(t *testing.T) {
	m := chain(t, 4)
	if err := m.AppendEvents(t.Context(), []Event{{At: now}, {At: now}}); err != nil {
		t.Fatal(err)
	}
	other := sequencer(m, 4)
	s := sequencer(m, 4)
	s.Store = &slow{memory: m, meanwhile: func() {
		if err := other.Run(t.Context(), now); err != nil {
			t.Error(err)
		}
	}}
	if err := s.Run(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, m); !r.OK() || r.Rows != 6 || r.Tail.Rows != 0 {
		t.Fatalf("%+v", r)
	}
}

func TestTheSequencerIsNotNeededWhenNothingWaits(t *testing.T) {
	m := chain(t, 4)
	job := sequencer(m, 4).Job()
	if needed, err := job.Needed(t.Context(), now); err != nil || needed {
		t.Fatal("needed without rows", err)
	}
	if err := m.AppendEvents(t.Context(), []Event{{At: now}}); err != nil {
		t.Fatal(err)
	}
	if needed, err := job.Needed(t.Context(), now); err != nil || !needed {
		t.Fatal("not needed although a row waits", err)
	}
}

func TestStoreErrorsReachTheJob(t *testing.T) {
	s := sequencer(chain(t, 0), 4)
	s.Store = broken{s.Store}
	if err := s.Run(t.Context(), now); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
	if _, err := Verify(t.Context(), s.Store, public()); !fault.Is(err, fault.Unavailable) {
		t.Fatal(err)
	}
}

type broken struct{ Store }

func (broken) UnchainedEvents(context.Context, int) ([]Row, error) {
	return nil, fault.New(fault.Unavailable, "error.unavailable")
}

func (broken) UnchainedTail(context.Context) (Tail, error) {
	return Tail{}, fault.New(fault.Unavailable, "error.unavailable")
}

// The form must never change: chains already written would break.
func TestTheCanonicalFormIsFixed(t *testing.T) {
	r := Row{ID: 3, Seq: 2, Event: Event{At: now, Role: "gateway", Actor: "a", Subject: "b", Action: "login.succeeded", Outcome: OK,
		Reason: "", Reference: "req", Address: "192.0.2.1", Detail: map[string]string{"level": "2", "door": "spid"}}}
	const want = "8c647dc037e4b393022c40e6de33a21aa9b294eb1c7bb0aa6e58a989c5189095"
	if got := hex.EncodeToString(r.hash([]byte("previous"))); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}
