package plant

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"atrio/base/audit"
)

// metrics are what the operations listener shows. Labels hold route patterns
// and reason words only: nothing that names a person.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	// suppressed counts refusals that were too many for the audit log.
	suppressed *prometheus.CounterVec
	// logins counts how logins with each provider ended.
	logins *prometheus.CounterVec
	// providers shows what the registries know.
	providers *providerFigures
}

// newMetrics registers the figures of the process and of the requests.
func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "atrio_http_request_seconds", Help: "Duration of requests by role, route and status class.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"role", "route", "status"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "atrio_refused_total", Help: "Refusals by role and reason, as in the audit log.",
		}, []string{"role", "reason"}),
	}
	m.suppressed = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "atrio_refusals_suppressed_total", Help: "Refusals not written to the audit log because one address caused too many.",
	}, []string{"role"})
	m.logins = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "atrio_provider_logins_total", Help: "Logins by provider and outcome: ok, refused, user (ended by the person).",
	}, []string{"provider", "outcome"})
	m.providers = &providerFigures{now: time.Now}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "atrio_build_info", Help: "Always 1; the version is the label.", ConstLabels: prometheus.Labels{"version": version}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.refused, m.suppressed, m.logins, m.providers, build, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// observe is web.Site.Observe for one role.
func (m *metrics) observe(role string) func(pattern string, status int, took time.Duration) {
	return func(pattern string, status int, took time.Duration) {
		m.requests.WithLabelValues(role, pattern, strconv.Itoa(status/100)+"xx").Observe(took.Seconds())
	}
}

// refusal counts a line of the audit log that says no.
func (m *metrics) refusal(ev audit.Event) { m.refused.WithLabelValues(ev.Role, ev.Reason).Inc() }

// counter registers a count that is read when somebody looks.
func (m *metrics) counter(name, help, role string, read func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: name, Help: help, ConstLabels: prometheus.Labels{"role": role},
	}, read))
}

func (m *metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 5 * time.Second})
}
