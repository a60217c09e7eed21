package ledgerdb_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/gateway/ledger"
	"atrio/saml/binding"
)

// writeOld writes a row as 0.1.0 does.
func writeOld(t *testing.T, d *db.DB, id string, at time.Time) {
	t.Helper()
	if err := insertOld(t.Context(), d, id, at); err != nil {
		t.Fatal(err)
	}
}

func insertOld(ctx context.Context, d *db.DB, id string, at time.Time) error {
	return d.One(ctx, func(q db.Queryer) error {
		_, err := q.ExecContext(ctx, `INSERT INTO exchange (id, at, reference, door, issuer, subject, request_id, response_id, assertion_id, request, response)
			VALUES ($1, $2, 'ref', 'spid', 'https://id.example.it', $3, $4, $5, $6, $7, $8)`,
			id, db.Micros(at), spidCode, "_q"+id, "_r"+id, "_a"+id, binding.Deflate([]byte(request)), []byte(response))
		return err
	})
}

// walk reads all pairs in pages of a size, as searches and exports do.
func walk(t *testing.T, s *gatewaydb.Store, size int) (ids []string) {
	t.Helper()
	q := ledger.Query{Limit: size}
	for {
		list, err := s.Pairs(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.Broken || string(e.Response) != response || string(e.Request) != request {
				t.Errorf("%s: broken %v, %q", e.ID, e.Broken, e.Response)
			}
			ids = append(ids, e.ID)
		}
		if len(list) < size {
			return ids
		}
		last := list[len(list)-1]
		q.After.At, q.After.ID = last.At, last.ID
	}
}

func TestPairsInClearAndSealedAreOneListInTheOrderOfTime(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		var want []string
		write := func(parity int) {
			for n := range 12 {
				if n%2 == parity { // three at each instant: ids decide
					writeOld(t, d, fmt.Sprintf("%02d", n), gatewaydbtest.Start.Add(time.Duration(n/3)*time.Second))
				}
			}
		}
		for n := range 12 {
			want = append(want, fmt.Sprintf("%02d", n))
		}
		write(0)
		if more, err := s.SealOldBatch(t.Context()); err != nil || !more {
			t.Fatal(more, err)
		}
		write(1)
		if plain, sealed := gatewaydbtest.Count(t, d, `SELECT count(*) FROM exchange`), gatewaydbtest.Count(t, d, `SELECT count(*) FROM ledger`); plain != 6 || sealed != 6 {
			t.Fatalf("%d in clear, %d sealed", plain, sealed)
		}
		// What a node moves between the two reads is seen in both tables.
		writeOld(t, d, "04", gatewaydbtest.Start.Add(time.Second))
		writeOld(t, d, "00", gatewaydbtest.Start)
		for _, size := range []int{1, 2, 3, 5, 12, 100} {
			if got := walk(t, s, size); !slices.Equal(got, want) {
				t.Errorf("pages of %d: %v", size, got)
			}
		}
		list, err := s.Pairs(t.Context(), ledger.Query{Any: ledger.Words{Subject: spidCode}, Limit: 100})
		if err != nil || len(list) != len(want) {
			t.Errorf("by spidCode: %d pairs, %v", len(list), err)
		}
	})
}

// The job moves a row while somebody searches: it may be seen in one table or in both,
// in neither never.
func TestARowThatIsBeingSealedIsNeverMissedBySearches(t *testing.T) {
	const rows = 60
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
		var written atomic.Int64
		done := make(chan struct{})
		go func() {
			defer close(done)
			for n := range rows {
				if err := insertOld(t.Context(), d, fmt.Sprintf("%03d", n), gatewaydbtest.Start.Add(time.Duration(n)*time.Second)); err != nil {
					t.Error(err)
					return
				}
				written.Add(1)
				if more, err := s.SealOldBatch(t.Context()); err != nil || !more {
					t.Error(more, err)
					return
				}
			}
		}()
		defer func() { <-done }()
		for over := false; !over; {
			select {
			case <-done:
				over = true
			default:
			}
			least := int(written.Load())
			got := walk(t, s, 500)
			if len(got) < least || !slices.IsSorted(got) || len(slices.Compact(got)) != len(got) {
				t.Fatalf("%d rows were written, found %v", least, got)
			}
		}
		if got := walk(t, s, 500); len(got) != rows {
			t.Errorf("%d rows in the end", len(got))
		}
	})
}
