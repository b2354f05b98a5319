package fact

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// countedUpTo is what stands for so many entries and more: counting a long queue would cost most when time is short.
	countedUpTo = 10_000
	// observeWithin bounds a look at the queues: who watches must not wait for a database that does not answer.
	observeWithin = 2 * time.Second
)

// Queues lets be known how many customers wait to be looked at (touched), how many answers of profile are waited for (wanted), and for how long. Both are tables that all
// replicas share, so each of these reports the same.
type Queues struct {
	*Store
	depth, age *prometheus.Desc
}

// NewQueues makes the collector.
func NewQueues(s *Store) *Queues {
	return &Queues{
		Store: s,
		depth: prometheus.NewDesc("guanxi_segmentation_queue_waiting",
			"Entries of a queue: touched (customers to be looked at again), wanted (what profile is to be asked for); 10000 stands for that and more.", []string{"queue"}, nil),
		age: prometheus.NewDesc("guanxi_segmentation_queue_oldest_seconds",
			"Time since the event that the oldest entry of a queue is there for; 0 when it is empty.", []string{"queue"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (q *Queues) Describe(to chan<- *prometheus.Desc) { to <- q.depth; to <- q.age }

const (
	observeTouched = `select count(*) as depth, (select occur_time from touched order by touch_id limit 1) as oldest from (select from touched limit $1) t`
	observeWanted  = `select count(*) as depth, (select wish_time from wanted order by wish_id limit 1) as oldest from (select from wanted limit $1) w`
)

// Collect implements prometheus.Collector. A queue that cannot be read is not reported.
func (q *Queues) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), observeWithin) //nolint:forbidigo // a collector is given none
	defer cancel()
	for name, query := range map[string]string{"touched": observeTouched, "wanted": observeWanted} {
		var found struct {
			Depth  int64      `db:"depth"`
			Oldest *time.Time `db:"oldest"`
		}
		if err := q.db.Get(ctx, &found, query, countedUpTo); err != nil {
			continue
		}
		var age float64
		if found.Oldest != nil {
			age = max(0, q.now().Sub(*found.Oldest).Seconds())
		}
		to <- prometheus.MustNewConstMetric(q.depth, prometheus.GaugeValue, float64(found.Depth), name)
		to <- prometheus.MustNewConstMetric(q.age, prometheus.GaugeValue, age, name)
	}
}
