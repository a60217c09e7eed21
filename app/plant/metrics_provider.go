package plant

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"atrio/federation/registry"
)

// providerFigures shows what the registries of this process know, read when somebody
// looks. Its times are those of the calendar that the registries live by.
type providerFigures struct {
	now func() time.Time

	mu    sync.Mutex
	books []Book
}

// watch adds registries.
func (p *providerFigures) watch(books ...Book) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.books = append(p.books, books...)
}

// states are what all registries know now.
func (p *providerFigures) states(now time.Time) []registry.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []registry.State
	for _, b := range p.books {
		all = append(all, b.State(now))
	}
	return all
}

func providerFigure(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("atrio_provider_"+name, help, append([]string{"world"}, labels...), nil)
}

var (
	figureCount        = providerFigure("count", "Providers that people can choose, or services that may ask.")
	figureValidator    = providerFigure("validator", "1 while the providers for tests are offered.")
	figureMetadata     = providerFigure("metadata_expiry_seconds", "Seconds to the end of a description; negative when it is over.", "provider")
	figureCertificate  = providerFigure("certificate_expiry_seconds", "Seconds to the end of a certificate of a provider.", "provider", "certificate")
	figureOutage       = providerFigure("outage", "1 while the button says that there are problems.", "provider")
	figureKept         = providerFigure("kept", "1 while an older description counts because the newest cannot be read.", "provider")
	figureSuccess      = providerFigure("source_last_success_timestamp_seconds", "When a source was last read, calendar time; 0 for never.", "source")
	figureFailures     = providerFigure("source_failures", "Failures of a source since its last success.", "source")
	figureFailed       = providerFigure("source_failures_total", "Failures of a source since the start.", "source")
	figureHeld         = providerFigure("source_held", "1 while a document of the source counts.", "source")
	figureSourceExpiry = providerFigure("source_expiry_seconds", "Seconds to the end of the document of a source.", "source")
	figurePin          = providerFigure("source_certificate_expiry_seconds", "Seconds to the end of a pinned certificate.", "source", "certificate")
)

// Describe implements prometheus.Collector.
func (p *providerFigures) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		figureCount, figureValidator, figureMetadata, figureCertificate, figureOutage, figureKept,
		figureSuccess, figureFailures, figureFailed, figureHeld, figureSourceExpiry, figurePin,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (p *providerFigures) Collect(out chan<- prometheus.Metric) {
	now := p.now()
	for _, s := range p.states(now) {
		c := collection{out, s.World, now, map[string]bool{}}
		offered := 0
		for _, e := range s.Entities {
			if e.Offered {
				offered++
			}
			c.entity(e)
		}
		c.gauge(figureCount, float64(offered))
		c.gauge(figureValidator, truth(s.Validator))
		for _, source := range s.Sources {
			c.source(source)
		}
	}
}

// collection writes the figures of one registry.
type collection struct {
	out   chan<- prometheus.Metric
	world string
	now   time.Time
	// said keeps a certificate that stands in a description twice from being told twice.
	said map[string]bool
}

func (c collection) gauge(d *prometheus.Desc, v float64, labels ...string) {
	c.out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{c.world}, labels...)...)
}

// until writes the seconds to an end, if there is one.
func (c collection) until(d *prometheus.Desc, end time.Time, labels ...string) {
	if !end.IsZero() {
		c.gauge(d, end.Sub(c.now).Seconds(), labels...)
	}
}

func (c collection) certificates(d *prometheus.Desc, of string, list []registry.CertificateState) {
	for _, certificate := range list {
		if key := d.String() + of + certificate.Fingerprint; !c.said[key] {
			c.said[key] = true
			c.until(d, certificate.NotAfter, of, certificate.Fingerprint)
		}
	}
}

func (c collection) entity(e registry.EntityState) {
	c.until(figureMetadata, e.ValidUntil, e.EntityID)
	c.gauge(figureOutage, truth(e.Outage), e.EntityID)
	c.gauge(figureKept, truth(e.Kept), e.EntityID)
	c.certificates(figureCertificate, e.EntityID, e.Certificates)
}

func (c collection) source(s registry.SourceState) {
	success := 0.0
	if !s.Success.IsZero() {
		success = float64(s.Success.Unix())
	}
	c.gauge(figureSuccess, success, s.Name)
	c.gauge(figureFailures, float64(s.Failures), s.Name)
	c.out <- prometheus.MustNewConstMetric(figureFailed, prometheus.CounterValue, float64(s.FailedTotal), c.world, s.Name)
	c.gauge(figureHeld, truth(s.Held), s.Name)
	c.until(figureSourceExpiry, s.ValidUntil, s.Name)
	c.certificates(figurePin, s.Name, s.Pinned)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
