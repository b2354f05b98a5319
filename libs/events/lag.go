package events

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// lag is what the relay lets be known about itself. It is read off the pages that the relay reads anyway: counting a long outbox would
// cost most when time is short.
type lag struct {
	published prometheus.Counter
	failures  prometheus.Counter
	waiting   prometheus.Gauge
	oldest    prometheus.Gauge
}

func newLag(service string) lag {
	labels := prometheus.Labels{"service": service}
	return lag{
		published: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "guanxi_outbox_published_total", Help: "Events published.", ConstLabels: labels,
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "guanxi_outbox_failures_total", Help: "Attempts to publish that failed.", ConstLabels: labels,
		}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "guanxi_outbox_waiting", ConstLabels: labels,
			Help: "Events found unpublished at the last look; 1000 stands for that and more. 0 on a relay that stands by.",
		}),
		oldest: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "guanxi_outbox_oldest_seconds", ConstLabels: labels,
			Help: "Age of the oldest event found unpublished at the last look.",
		}),
	}
}

func (l lag) observe(now time.Time, rows []row) {
	l.waiting.Set(float64(len(rows)))
	if len(rows) == 0 {
		l.oldest.Set(0)
		return
	}
	l.oldest.Set(max(0, now.Sub(rows[0].Time).Seconds()))
}

// forget is for a relay that no longer leads, whose numbers another one reports.
func (l lag) forget() { l.waiting.Set(0); l.oldest.Set(0) }

// Describe implements prometheus.Collector.
func (l lag) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(l, to) }

// Collect implements prometheus.Collector.
func (l lag) Collect(to chan<- prometheus.Metric) {
	for _, c := range []prometheus.Collector{l.published, l.failures, l.waiting, l.oldest} {
		c.Collect(to)
	}
}
