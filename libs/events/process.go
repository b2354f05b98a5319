package events

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/guanxi-crm/guanxi/libs/failpoint"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// work is an event and how it came here.
type work struct {
	Event
	consumer string
	seq      uint64 // in the stream
	attempts int    // failed so far
	parked   bool   // it lies among the parked
	replayed bool   // it waits for no turn: it was a dead letter, which the order of versions has passed over, or the subscription has no order
	wanted   bool   // the handler is to see it
	lethal   bool   // it has killed who handled it
}

// admission is where an event stands among those of its aggregate.
type admission struct {
	Turn bool  `db:"turn"` // it is its turn, which is taken now
	New  bool  `db:"new"`  // it has not been handled yet
	Last int64 `db:"last"` // the version before it
	Next bool  `db:"next"` // its successor is parked
}

// Takes the event's turn if it is the next version of its aggregate. The row of the aggregate stays locked until the transaction ends,
// so of two deliveries the second finds the turn taken.
const admit = `
with given as (
    select cast($1 as text) as consumer, cast($2 as uuid) as aggregate_id, cast($3 as bigint) as version
), known as (
    select v.version from inbox_versions v join given using (consumer, aggregate_id)
), turn as (
    insert into inbox_versions as v (consumer, aggregate_id, version)
    select consumer, aggregate_id, version from given where version = 1 or exists (select from known)
    on conflict (consumer, aggregate_id) do update set version = excluded.version where v.version = excluded.version - 1
    returning v.consumer, v.aggregate_id, v.version
), noted as (
    insert into inbox (consumer, event_id, aggregate_id, version, handle_time)
    select consumer, cast($4 as uuid), aggregate_id, version, cast($5 as timestamptz) from turn where cast($6 as boolean)
    on conflict do nothing
    returning version
)
select exists (select from turn) as turn,
       exists (select from noted) as new,
       coalesce((select version from known), 0) as last,
       exists (select from parked p join given using (consumer, aggregate_id) where p.version = given.version + 1) as next
`

// A replayed dead letter waits for no turn, nor does an event of a subscription without an order.
const readmit = `
insert into inbox (consumer, event_id, aggregate_id, version, handle_time) values ($1, $2, $3, $4, $5)
on conflict do nothing`

// process takes an event to its end, and then the parked ones of its aggregate that waited for it. It returns why the event was given
// up, if it was, and an error if what became of it could not be written down.
func (c *Consumer) process(ctx context.Context, w work) (dead, err error) {
	next, err := c.try(ctx, w)
	if err != nil {
		if ctx.Err() != nil { // we are stopping, which is not the event's fault
			return nil, err
		}
		next, dead, err = c.fail(ctx, w, err)
	}
	if next && err == nil {
		c.follow(ctx, w.Aggregate, w.Version+1)
	}
	return dead, err
}

// try handles the event in one transaction with the record of it. next says that its successor can be handled now.
func (c *Consumer) try(ctx context.Context, w work) (next bool, err error) {
	ctx, stop := context.WithTimeout(ctx, handleWithin)
	defer stop()
	start := c.now()
	err = c.db.InTx(ctx, func(ctx context.Context) error {
		var a admission
		if a, err = c.admit(ctx, w); err != nil {
			return err
		}
		if !a.Turn && w.Version > a.Last {
			return c.wait(ctx, w)
		}
		if w.parked {
			if err := c.unpark(ctx, w); err != nil {
				return err
			}
		}
		if !a.Turn {
			c.stale.Inc()
			return nil
		}
		next = a.Next
		if !a.New {
			return nil
		}
		return c.call(ctx, w)
	})
	if err != nil {
		return next, err
	}
	failpoint.Hit("consumer.after_effect")
	if w.wanted {
		c.handled.Observe(c.now().Sub(start).Seconds())
	}
	return next, nil
}

func (c *Consumer) admit(ctx context.Context, w work) (admission, error) {
	if !w.replayed {
		var a admission
		err := c.db.Get(ctx, &a, admit, c.Name, w.Aggregate, w.Version, w.ID, c.now(), w.wanted)
		return a, err
	}
	result, err := c.db.Exec(ctx, readmit, c.Name, w.ID, w.Aggregate, w.Version, c.now())
	if err != nil {
		return admission{}, err
	}
	count, err := result.RowsAffected()
	return admission{Turn: true, New: count > 0, Last: w.Version}, err
}

// call runs the handler inside a span of the event's trace. A panic is an error like any other.
func (c *Consumer) call(ctx context.Context, w work) (err error) {
	if w.lethal {
		return Permanent(fmt.Errorf("delivered more than %d times without an answer", maxDeliveries))
	}
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": w.TraceParent})
	ctx, span := otel.Tracer("guanxi/events").Start(ctx, c.Name+" "+w.Subject, trace.WithSpanKind(trace.SpanKindConsumer))
	defer span.End()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			c.log.ErrorContext(ctx, "consumer: the handler panicked", "panic", p, "stack", string(debug.Stack()))
		}
		if err != nil {
			span.RecordError(err)
		}
	}()
	return c.Handle(ctx, Delivery{Event: w.Event, Attempt: w.attempts + 1})
}

// fail writes down a failed attempt: the event waits for another one, or goes to the dead letters.
func (c *Consumer) fail(ctx context.Context, w work, cause error) (next bool, dead, err error) {
	w.attempts++
	c.failed.Inc()
	if isPermanent(cause) || w.attempts > len(c.Backoff) && !passing(cause) {
		next, err := c.giveUp(ctx, w, cause)
		return next, cause, err
	}
	c.log.WarnContext(ctx, "consumer: an attempt failed, another will follow",
		"subject", w.Subject, "event", w.ID, "attempts", w.attempts, "error", cause)
	return false, nil, c.park(ctx, w, c.now().Add(c.delay(w.attempts)), cause.Error())
}

// passing says whether the failure is of the surroundings and not of the event.
func passing(err error) bool {
	return postgres.Retryable(err) || status.Code(err) == codes.Unavailable || errors.Is(err, context.DeadlineExceeded)
}

// follow handles the parked successors of an event, until one is missing or fails.
func (c *Consumer) follow(ctx context.Context, aggregate uuid.UUID, version int64) {
	for ctx.Err() == nil {
		list, err := c.parkedAt(ctx, aggregate, version)
		if err != nil || len(list) == 0 {
			return // the sweep will find it
		}
		next, err := c.try(ctx, list[0])
		if err != nil && ctx.Err() == nil {
			next, _, err = c.fail(ctx, list[0], err)
		}
		if err != nil || !next {
			return
		}
		version++
	}
}

// sweepLoop looks after the parked events, until ctx ends.
func (c *Consumer) sweepLoop(ctx context.Context, floor floorReader) error {
	ticker := time.NewTicker(c.sweep)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		if err := c.sweepOnce(ctx, floor); err != nil && ctx.Err() == nil {
			c.log.WarnContext(ctx, "consumer: looking after the parked events failed", "error", err)
		}
	}
}
