package plant

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"atrio/base/keys"
)

// keyFigures tell how the keys of a role stand, when somebody looks.
type keyFigures struct {
	ground                *Ground
	expiry, pairs, device *prometheus.Desc
}

// keys registers the figures of a role that signs.
func (m *metrics) keys(g *Ground) {
	if len(g.rotations) == 0 {
		return
	}
	role := prometheus.Labels{"role": g.Role}
	m.registry.MustRegister(&keyFigures{
		ground: g,
		expiry: prometheus.NewDesc("atrio_keys_expiry_seconds", "Seconds until the certificate of a pair ends; negative after it.", []string{"purpose", "state", "pair"}, role),
		pairs:  prometheus.NewDesc("atrio_keys_pairs", "Pairs by purpose and state.", []string{"purpose", "state"}, role),
		device: prometheus.NewDesc("atrio_pkcs11_up", "0 while the PKCS#11 token cannot be opened.", nil, role),
	})
}

// Describe implements prometheus.Collector.
func (f *keyFigures) Describe(out chan<- *prometheus.Desc) {
	out <- f.expiry
	out <- f.pairs
	out <- f.device
}

// Collect implements prometheus.Collector.
func (f *keyFigures) Collect(out chan<- prometheus.Metric) {
	now := f.ground.Now()
	for _, r := range f.ground.rotations {
		purpose := r.Purpose().Name
		count := map[keys.State]int{keys.Next: 0, keys.Signing: 0, keys.Retired: 0}
		for _, pair := range r.Current().All {
			count[pair.State]++
			if c := pair.Certificate; c != nil {
				left := c.NotAfter.Sub(now).Round(time.Second).Seconds()
				out <- prometheus.MustNewConstMetric(f.expiry, prometheus.GaugeValue, left, purpose, string(pair.State), pair.Name)
			}
		}
		for state, n := range count {
			out <- prometheus.MustNewConstMetric(f.pairs, prometheus.GaugeValue, float64(n), purpose, string(state))
		}
	}
	if d := f.ground.Devices[f.ground.Role]; d != nil {
		up := 0.0
		if d.Up() {
			up = 1
		}
		out <- prometheus.MustNewConstMetric(f.device, prometheus.GaugeValue, up)
	}
}
