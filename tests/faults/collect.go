package faults

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/seal"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/check"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/ledger"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/load"
	"github.com/guanxi-crm/guanxi/tests/faults/internal/world"
)

// observer looks behind the service, past the links.
type observer struct {
	own, subscriber *postgres.DB
	keys            *seal.Keys
	conn            *nats.Conn
	js              jetstream.JetStream
}

func observe(ctx context.Context, w *world.World) (*observer, error) {
	o := &observer{}
	var errs [4]error
	o.keys, errs[3] = seal.Read(w.PersonKeysFile())
	o.own, errs[0] = postgres.Open(ctx, postgres.Config{URL: w.DatabaseURL(w.Service), MaxConns: 2})
	o.subscriber, errs[1] = postgres.Open(ctx, postgres.Config{URL: w.DatabaseURL(world.Consumer), MaxConns: 2})
	o.conn, errs[2] = nats.Connect(w.BrokerURL(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err := errors.Join(errs[:]...); err != nil {
		o.close()
		return nil, err
	}
	var err error
	o.js, err = jetstream.New(o.conn)
	return o, err
}

func (o *observer) close() {
	for _, db := range []*postgres.DB{o.own, o.subscriber} {
		if db != nil {
			_ = db.Close()
		}
	}
	if o.conn != nil {
		o.conn.Close()
	}
}

// waiting is how many events the outbox holds that were not published.
func (o *observer) waiting(ctx context.Context) (n int, err error) {
	err = o.own.Get(ctx, &n, `select count(*) from outbox where published_at is null`)
	return n, err
}

// restless says what is on its way still: nothing once all is published and acknowledged, and nothing parked.
func (o *observer) restless(ctx context.Context) error {
	waiting, err := o.waiting(ctx)
	if err != nil {
		return err
	}
	consumer, err := o.js.Consumer(ctx, events.StreamName, world.Consumer)
	if err != nil {
		return err
	}
	info := consumer.CachedInfo()
	var parked int
	if err := o.subscriber.Get(ctx, &parked, `select count(*) from parked`); err != nil {
		return err
	}
	if waiting+info.NumAckPending+parked > 0 || info.NumPending > 0 {
		return fmt.Errorf("%d unpublished, %d undelivered (%d asked for), %d unacknowledged, %d parked",
			waiting, info.NumPending, info.NumWaiting, info.NumAckPending, parked)
	}
	return nil
}

// subscribed fails as long as the subscriber has not begun.
func (o *observer) subscribed(ctx context.Context) error {
	if _, err := o.subscriber.Exec(ctx, `select from effects`); err != nil {
		return err
	}
	_, err := o.js.Consumer(ctx, events.StreamName, world.Consumer)
	return err
}

// settle waits until it is quiet, or until nothing has moved for so long that what is missing will not come.
func (o *observer) settle(ctx context.Context, within time.Duration) (last error) {
	begin := time.Now()
	for moved := begin; ; wait(ctx, 10*time.Millisecond) {
		why := o.restless(ctx)
		if why == nil {
			return nil
		}
		if last == nil || last.Error() != why.Error() {
			last, moved = why, time.Now()
		}
		if time.Since(moved) > within || time.Since(begin) > 10*within || ctx.Err() != nil {
			return fmt.Errorf("not quiet after %s: %w", time.Since(begin).Round(time.Second), last)
		}
	}
}

// collect takes all that there is to look at.
func (o *observer) collect(ctx context.Context, calls []ledger.Call, target load.Target) (check.Evidence, error) {
	e := check.Evidence{Calls: calls}
	var errs [6]error
	errs[0] = o.own.SelectDynamic(ctx, &e.State, target.State)
	e.Changes, errs[1] = o.changes(ctx, cmp.Or(target.Changes, load.History))
	errs[2] = o.own.Select(ctx, &e.Outbox, `
select event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time, published_at is not null as published
from outbox order by id`)
	e.Stream, errs[3] = o.stream(ctx)
	errs[4] = o.subscriber.Select(ctx, &e.Effects, `select event_id, aggregate_id, version from effects order by place`)
	errs[5] = o.subscriber.Select(ctx, &e.Dead, `select event_id from dead_letters`)
	return e, errors.Join(errs[:]...)
}

// changes are the history's entries.
func (o *observer) changes(ctx context.Context, query string) ([]check.Change, error) {
	var rows []struct {
		Aggregate uuid.UUID `db:"aggregate_id"`
		Version   int64     `db:"version"`
		Resource  string    `db:"resource"`
		Fields    string    `db:"fields"`
		Data      string    `db:"data"`
	}
	if err := o.own.SelectDynamic(ctx, &rows, query); err != nil {
		return nil, err
	}
	entries := make([]*seal.Entry, len(rows))
	for i, row := range rows {
		entries[i] = &seal.Entry{Resource: row.Resource, Fields: json.RawMessage(row.Fields)}
	}
	if err := seal.NewBox(o.own, o.keys).OpenHistory(ctx, entries); err != nil { // of people it is sealed
		return nil, err
	}
	out := make([]check.Change, len(rows))
	for i, row := range rows {
		var fields []struct {
			To string `json:"to"`
		}
		if err := json.Unmarshal(entries[i].Fields, &fields); err != nil {
			return nil, err
		}
		out[i] = check.Change{Aggregate: row.Aggregate, Version: row.Version, Resource: row.Resource}
		for _, f := range fields {
			out[i].Marks = append(out[i].Marks, ledger.Marks(f.To)...)
		}
		if len(fields) == 0 {
			out[i].Marks = ledger.Marks(row.Data)
		}
	}
	return out, nil
}

// stream reads it from its beginning to what is its end now.
func (o *observer) stream(ctx context.Context) (list []events.Message, err error) {
	stream, err := o.js.Stream(ctx, events.StreamName)
	if err != nil {
		return nil, err
	}
	last := stream.CachedInfo().State.LastSeq
	if last == 0 {
		return nil, nil
	}
	end := errors.New("the end")
	err = events.Tail(ctx, o.js, "guanxi.>", time.Unix(1, 0), func(m events.Message) error {
		list = append(list, m)
		if m.Sequence >= last {
			return end
		}
		return nil
	})
	if !errors.Is(err, end) {
		return nil, fmt.Errorf("reading the stream: %w", errors.Join(err, ctx.Err()))
	}
	return list, nil
}

// tune changes the stream beyond what the product lets be set, for faults that else take an hour or a disk to happen.
func (o *observer) tune(ctx context.Context, change func(*jetstream.StreamConfig, jetstream.StreamState)) error {
	stream, err := o.js.Stream(ctx, events.StreamName)
	if err != nil {
		return err
	}
	info := stream.CachedInfo()
	config := info.Config
	change(&config, info.State)
	_, err = o.js.UpdateStream(ctx, config)
	return err
}
