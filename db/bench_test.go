package db_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
)

// eachBench runs fn on an empty database of both engines.
func eachBench(b *testing.B, fn func(b *testing.B, d *db.DB)) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(string(dialect), func(b *testing.B) {
			d := dbtest.Open(b, dbtest.URL(b, dialect))
			if err := d.Migrate(b.Context(), notes()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			fn(b, d)
		})
	}
}

func BenchmarkTxOfThreeInserts(b *testing.B) {
	eachBench(b, func(b *testing.B, d *db.DB) {
		for n := range b.N {
			err := d.Tx(b.Context(), func(tx *db.Tx) error {
				for i := range 3 {
					if err := insert(b.Context(), tx, fmt.Sprint(n, "-", i), n); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkTxOfThreeInsertsInParallel(b *testing.B) {
	eachBench(b, func(b *testing.B, d *db.DB) {
		var next atomic.Int64
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				n := int(next.Add(1))
				err := d.Tx(context.Background(), func(tx *db.Tx) error {
					for i := range 3 {
						if err := insert(context.Background(), tx, fmt.Sprint(n, "-", i), n); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	})
}

func BenchmarkOneInsert(b *testing.B) {
	eachBench(b, func(b *testing.B, d *db.DB) {
		for n := range b.N {
			if err := d.One(b.Context(), func(q db.Queryer) error { return insert(b.Context(), q, fmt.Sprint(n), n) }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkPointRead(b *testing.B) {
	eachBench(b, func(b *testing.B, d *db.DB) {
		err := d.Tx(b.Context(), func(tx *db.Tx) error { return insert(b.Context(), tx, "a", 7) })
		if err != nil {
			b.Fatal(err)
		}
		for range b.N {
			var n int
			if err := d.Read().QueryRowContext(b.Context(), `SELECT n FROM note WHERE id = $1`, "a").Scan(&n); err != nil {
				b.Fatal(err)
			}
		}
	})
}
