package shareddb_test

import (
	"fmt"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
)

func eachBench(b *testing.B, fn func(b *testing.B, s *shareddb.Store)) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(string(dialect), func(b *testing.B) {
			d := dbtest.Open(b, dbtest.URL(b, dialect))
			if err := d.Migrate(b.Context(), shareddb.Module()); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			fn(b, &shareddb.Store{DB: d})
		})
	}
}

// The shared part of a login: one transaction.
func BenchmarkConsumeSessionAndAuditInOneCommit(b *testing.B) {
	eachBench(b, func(b *testing.B, s *shareddb.Store) {
		ctx := b.Context()
		for n := range b.N {
			err := s.DB.Tx(ctx, func(tx *db.Tx) error {
				if err := shareddb.Consume(ctx, tx, "saml.assertion", fmt.Sprint("_", n), now.Add(time.Hour)); err != nil {
					return err
				}
				if err := shareddb.InsertSession(ctx, tx, session(n, fmt.Sprint("account", n))); err != nil {
					return err
				}
				return shareddb.AppendAudit(ctx, tx, event(n))
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFindSession(b *testing.B) {
	eachBench(b, func(b *testing.B, s *shareddb.Store) {
		one := session(1, "anna")
		if err := s.DB.One(b.Context(), func(q db.Queryer) error { return shareddb.InsertSession(b.Context(), q, one) }); err != nil {
			b.Fatal(err)
		}
		for range b.N {
			if _, err := s.FindSession(b.Context(), one.Hash, now); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkTakeFromALimit(b *testing.B) {
	eachBench(b, func(b *testing.B, s *shareddb.Store) {
		for n := range b.N {
			if _, err := s.Take(b.Context(), fmt.Sprint("key", n%1000), five, now.Add(time.Duration(n)*time.Second)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
