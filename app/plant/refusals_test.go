package plant

import (
	"log/slog"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
)

func TestRefusalsOfOneAddressCannotFillTheAuditLog(t *testing.T) {
	d := dbtest.SQLite(t, shareddb.Module())
	shared := &shareddb.Store{DB: d}
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	g := &Ground{
		Plant: &Plant{Now: func() time.Time { return now }, Metrics: newMetrics("test")}, Role: "gateway", DB: d, shared: shared,
		ring: seal.NewKeyring("gateway", seal.Key{ID: "k", Secret: [32]byte{1}}), refused: &audit.Batcher{Store: shared, Log: slog.New(slog.DiscardHandler)},
	}
	g.refused.Start()
	refuse := g.refusals(ratelimit.Limit{Name: "test", Burst: 300, Per: time.Minute})
	for range 1000 {
		refuse(t.Context(), audit.Event{At: now, Role: "gateway", Action: audit.RequestFailed, Outcome: audit.Refused, Reason: "x", Address: "192.0.2.1"})
	}
	refuse(t.Context(), audit.Event{At: now, Role: "gateway", Action: audit.RequestFailed, Outcome: audit.Refused, Reason: "x", Address: "192.0.2.2"})
	if err := g.refused.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		`SELECT count(*) FROM audit WHERE address = '192.0.2.1' AND reason = 'x'`:                   300,
		`SELECT count(*) FROM audit WHERE address = '192.0.2.1' AND reason = 'refusals_suppressed'`: 1,
		`SELECT count(*) FROM audit WHERE address = '192.0.2.2'`:                                    1,
	} {
		if got := count(t, d, query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

func count(t *testing.T, d *db.DB, query string) (n int) {
	t.Helper()
	if err := d.Read().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
