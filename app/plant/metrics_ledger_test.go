package plant

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

var lately = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func TestTheFiguresOfTheLedgerAreCountedRarelyAndSurviveADatabaseThatIsAway(t *testing.T) {
	now := lately
	figures, reads := ledgerFigures{pairs: 3, tokens: 2, unsealed: 1, oldest: lately.Add(-time.Hour), purged: lately.Add(-time.Minute)}, 0
	var fails error
	g := &Ground{Plant: &Plant{Now: func() time.Time { return now }, Metrics: newMetrics("test")}, Role: "gateway"}
	g.ledgerMetrics(func(context.Context) (ledgerFigures, error) {
		reads++
		return figures, fails
	})
	expect := func(want map[string]float64, wantReads int) {
		t.Helper()
		families, err := g.Metrics.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			name := strings.TrimPrefix(f.GetName(), "atrio_ledger_")
			if value, asked := want[name]; asked && f.GetMetric()[0].GetGauge().GetValue() != value {
				t.Errorf("%s is %v, want %v", name, f.GetMetric()[0].GetGauge().GetValue(), value)
			}
			delete(want, name)
		}
		if len(want) > 0 || reads != wantReads {
			t.Errorf("missing %v, %d reads", want, reads)
		}
	}
	expect(map[string]float64{"pairs": 3, "tokens": 2, "unsealed_rows": 1, "oldest_seconds": 3600, "purge_age_seconds": 60}, 1)
	now = now.Add(time.Minute)
	expect(map[string]float64{"pairs": 3, "purge_age_seconds": 120}, 1)
	now, figures.pairs = now.Add(5*time.Minute), 4
	expect(map[string]float64{"pairs": 4}, 2)
	now, fails = now.Add(5*time.Minute), errors.New("away")
	figures.pairs = 0
	expect(map[string]float64{"pairs": 4}, 3)
}
