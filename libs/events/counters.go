package events

import "github.com/prometheus/client_golang/prometheus"

// counters is what a consumer lets be known about itself.
type counters struct {
	handled prometheus.Histogram
	failed  prometheus.Counter
	stale   prometheus.Counter
	gaps    prometheus.Counter
	lost    prometheus.Counter
	dead    prometheus.Counter
}

func newCounters(consumer string) counters {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{
			Name: "guanxi_consumer_" + name, Help: help, ConstLabels: prometheus.Labels{"consumer": consumer},
		})
	}
	return counters{
		handled: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "guanxi_consumer_seconds", Help: "Time an event took, its transaction included.",
			ConstLabels: prometheus.Labels{"consumer": consumer}, Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}),
		failed: counter("failures_total", "Attempts that failed."),
		stale:  counter("stale_total", "Deliveries dropped because the event or a later one had been handled."),
		gaps:   counter("parked_total", "Events parked because their predecessor had not come."),
		lost:   counter("gaps_total", "Gaps given up because the missing events cannot come any more. The consumer should ask for the state."),
		dead:   counter("dead_letters_total", "Events given up."),
	}
}

// Describe implements prometheus.Collector.
func (c counters) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, to) }

// Collect implements prometheus.Collector.
func (c counters) Collect(to chan<- prometheus.Metric) {
	for _, one := range []prometheus.Collector{c.handled, c.failed, c.stale, c.gaps, c.lost, c.dead} {
		one.Collect(to)
	}
}
