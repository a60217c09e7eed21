package plant

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// ledgerFigures are what /metrics tells about the ledger of a role.
type ledgerFigures struct {
	// pairs and tokens are rows, unsealed those of 0.1.0 that are still in clear.
	pairs, tokens, unsealed int64
	// oldest is the time of the oldest pair, purged of the last purge; zero when none.
	oldest, purged time.Time
}

// figuresLast is how long figures are told again before the rows are counted anew:
// counting millions takes a database a moment, and nobody needs them by the second.
const (
	figuresLast  = 5 * time.Minute
	figuresLimit = 2 * time.Second
)

// ledgerGauges counts when somebody looks.
type ledgerGauges struct {
	read func(ctx context.Context) (ledgerFigures, error)
	now  func() time.Time

	mu   sync.Mutex
	last ledgerFigures
	at   time.Time
}

// figures gives the last ones when a count fails: the scrape itself must not.
func (l *ledgerGauges) figures() ledgerFigures {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if age := now.Sub(l.at); !l.at.IsZero() && age >= 0 && age < figuresLast {
		return l.last
	}
	ctx, cancel := context.WithTimeout(context.Background(), figuresLimit)
	defer cancel()
	if f, err := l.read(ctx); err == nil {
		l.last = f
	}
	l.at = now // a database that is away is not asked by every figure either
	return l.last
}

// ledgerMetrics registers the figures of the ledger of a role.
func (g *Ground) ledgerMetrics(read func(ctx context.Context) (ledgerFigures, error)) {
	l := &ledgerGauges{read: read, now: g.Now}
	age := func(at time.Time) float64 {
		if at.IsZero() {
			return 0
		}
		return g.Now().Sub(at).Seconds()
	}
	for _, one := range []struct {
		name, help string
		value      func(f ledgerFigures) float64
	}{
		{"atrio_ledger_pairs", "Pairs of messages in the ledger.", func(f ledgerFigures) float64 { return float64(f.pairs) }},
		{"atrio_ledger_tokens", "Recorded tokens of services.", func(f ledgerFigures) float64 { return float64(f.tokens) }},
		{"atrio_ledger_unsealed_rows", "Rows of an earlier version that are still in clear; 0 when the job is done.", func(f ledgerFigures) float64 { return float64(f.unsealed) }},
		{"atrio_ledger_oldest_seconds", "Age of the oldest pair; more than 24 months (63244800) means that the purge does not work.", func(f ledgerFigures) float64 { return age(f.oldest) }},
		{"atrio_ledger_purge_age_seconds", "Time since the last purge; more than two hours means that it does not run.", func(f ledgerFigures) float64 { return age(f.purged) }},
	} {
		g.Metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: one.name, Help: one.help, ConstLabels: prometheus.Labels{"role": g.Role},
		}, func() float64 { return one.value(l.figures()) }))
	}
}
