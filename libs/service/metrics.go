package service

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"google.golang.org/grpc/codes"
)

// calls counts and times RPCs by method and code.
type calls struct {
	seconds *prometheus.HistogramVec
	methods sync.Map // full method -> *byCode
}

// byCode saves looking the labels up at every call.
type byCode [codes.Unauthenticated + 1]atomic.Pointer[prometheus.Observer]

func newCalls(registry prometheus.Registerer) (*calls, error) {
	seconds, err := register(registry, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "guanxi_rpc_seconds",
		Help:    "Time of RPCs as the server sees it, by full method and code.",
		Buckets: []float64{.0005, .001, .002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
	}, []string{"method", "code"}))
	return &calls{seconds: seconds}, err
}

func (c *calls) done(method string, code codes.Code, took time.Duration) {
	known, ok := c.methods.Load(method)
	if !ok {
		known, _ = c.methods.LoadOrStore(method, new(byCode))
	}
	at := &known.(*byCode)[min(code, codes.Unauthenticated)]
	observer := at.Load()
	if observer == nil {
		o := c.seconds.WithLabelValues(method, code.String())
		observer = &o
		at.Store(observer)
	}
	(*observer).Observe(took.Seconds())
}

// registerProcess adds what is the same for every service in a process.
func registerProcess(registry prometheus.Registerer) error {
	if _, err := register(registry, collectors.NewGoCollector()); err != nil {
		return err
	}
	_, err := register(registry, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return err
}

// register adds a collector, or finds the one that another service of this process has added.
func register[C prometheus.Collector](registry prometheus.Registerer, collector C) (C, error) {
	err := registry.Register(collector)
	if before, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		return before.ExistingCollector.(C), nil
	}
	return collector, err
}
