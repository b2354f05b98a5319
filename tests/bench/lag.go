package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// lag creates customers and measures, for each, the time from its commit, as PostgreSQL has noted it, until a subscriber has its event.
func lag(ctx context.Context, w turn) (_ result, err error) {
	arrived, stop, err := subscribe(ctx, w.NATS)
	if err != nil {
		return result{}, err
	}
	defer stop()
	began := time.Now()
	rate, err := writing(ctx, w)
	if err != nil {
		return result{}, err
	}
	commits, err := committed(ctx, w, began)
	if err != nil {
		return result{}, err
	}
	if len(commits) == 0 {
		return result{}, errors.New("nothing was written")
	}
	if err := arrived.await(ctx, len(commits)); err != nil {
		return result{}, err
	}
	lags := make([]float64, len(commits))
	for i, c := range commits {
		lags[i] = milliseconds(arrived.at(c.Resource).Sub(c.Time))
	}
	last := slices.Clone(lags[len(lags)*2/3:])
	slices.Sort(last)
	slices.Sort(lags)
	return result{Rate: rate, P50: quantile(lags, .5), P99: quantile(lags, .99), Last: quantile(last, .99)}, nil
}

// writing creates at the rate asked for, or as fast as can be.
func writing(ctx context.Context, w turn) (rate float64, err error) {
	if w.Rate == 0 {
		r, err := createGRPC(ctx, w)
		return r.Rate, err
	}
	conn, err := dial(w)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	client := profilev1.NewCustomerServiceClient(conn)
	ticker := time.NewTicker(time.Second / time.Duration(w.Rate))
	defer ticker.Stop()
	var wg sync.WaitGroup
	errs := make([]error, int(w.Length.Seconds()*float64(w.Rate)))
	for n := range errs {
		<-ticker.C
		wg.Go(func() { // at its time, also when an earlier one is late
			errs[n] = once(ctx, func(ctx context.Context) error { return create(authorized(ctx, w), client, w.Key+"-"+strconv.Itoa(n)) })
		})
	}
	wg.Wait()
	return float64(w.Rate), errors.Join(errs...)
}

// commit is when a customer was there.
type commit struct {
	Resource string    `db:"resource"`
	Time     time.Time `db:"commit_time"`
}

// committed are the commits since then, in their order. The row of the history is never changed, so the transaction that it is of is that
// of the write.
func committed(ctx context.Context, w turn, since time.Time) (_ []commit, err error) {
	db, err := postgres.Open(ctx, postgres.Config{URL: w.Database, StatementTimeout: time.Minute})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var commits []commit
	return commits, db.Select(ctx, &commits,
		`select resource, pg_xact_commit_timestamp(xmin) as commit_time from changes where change_time >= $1 order by commit_time`, since)
}

// arrivals are when the subscriber had the event of a resource.
type arrivals struct {
	mu    sync.Mutex
	times map[string]time.Time
}

// subscribe listens as any subscriber does, by a consumer of the stream.
func subscribe(ctx context.Context, url string) (_ *arrivals, stop func(), err error) {
	conn, err := nats.Connect(url)
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, nil, err
	}
	consumer, err := js.OrderedConsumer(ctx, events.StreamName, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{"guanxi.profile.customer.created.v1"}, DeliverPolicy: jetstream.DeliverNewPolicy,
	})
	if err != nil {
		return nil, nil, err
	}
	a := &arrivals{times: map[string]time.Time{}}
	consuming, err := consumer.Consume(func(m jetstream.Msg) {
		now := time.Now()
		a.mu.Lock()
		defer a.mu.Unlock()
		a.times[m.Headers()["ce-subject"][0]] = now
	})
	if err != nil {
		return nil, nil, err
	}
	return a, func() { consuming.Stop(); conn.Close() }, nil
}

// await waits until so many have arrived.
func (a *arrivals) await(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		a.mu.Lock()
		arrived := len(a.times)
		a.mu.Unlock()
		if arrived >= n {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("of %d events %d arrived", n, arrived)
		}
		sleep(ctx, 10*time.Millisecond)
	}
}

func (a *arrivals) at(resource string) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.times[resource]
}
