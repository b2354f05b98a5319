package events

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/guanxi-crm/guanxi/libs/failpoint"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// ackWait is how long the broker waits for an answer before it delivers again: longer than the few that lie ready take.
	ackWait = 90 * time.Second
	// handleWithin bounds one call of a handler.
	handleWithin = 20 * time.Second
	// prefetch is how many messages per worker lie ready. Few, as those in the hands of a process that dies come back after ackWait.
	prefetch = 2
	// ahead is how many messages may wait for a worker that is busy before the others wait, too. While they do nobody reads from the broker, whose heartbeats then take the places of
	// messages, which come again after ackWait.
	ahead = 8
	// heartbeat is how often the broker says that it has nothing. After two that did not come the consumer asks anew: what it asked of a
	// broker that was just coming up may be lost, and by default that is noticed after half a minute.
	heartbeat = time.Second
	// maxAckPending is how many messages may be on their way to all instances.
	maxAckPending = 1000
	// maxDeliveries is after how many deliveries without any answer an event is taken to kill the process that handles it.
	maxDeliveries = 10
	// sweepEvery is how often parked events are looked at.
	sweepEvery = time.Second
)

// Consumer hands the events of one subscription to its handler: each one once, those of an aggregate in order. Any number of instances
// may run. It is a prometheus.Collector.
//
// An event whose predecessor has not come, or whose handler has failed, is parked in the database and acknowledged. So the broker's
// limit of pending messages is never used up by poison, the order within the aggregate survives the wait, and others flow.
type Consumer struct {
	Subscription

	db    *postgres.DB
	js    jetstream.JetStream
	log   *slog.Logger
	now   func() time.Time
	sweep time.Duration
	counters
}

// NewConsumer makes the consumer of a subscription; it fails if the subscription is not well-formed.
func NewConsumer(db *postgres.DB, js jetstream.JetStream, sub Subscription, log *slog.Logger, now func() time.Time) (*Consumer, error) {
	sub, err := sub.check()
	if err != nil {
		return nil, err
	}
	return &Consumer{
		Subscription: sub, db: db, js: js, log: log.With("consumer", sub.Name), now: now, sweep: sweepEvery,
		counters: newCounters(sub.Name),
	}, nil
}

// Run consumes until ctx ends, and then returns nil; what is being handled is rolled back and goes back to the broker. No failure of the database or the broker ends it.
func (c *Consumer) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := c.session(ctx); err != nil && ctx.Err() == nil {
			c.log.WarnContext(ctx, "consumer: interrupted, will begin anew", "error", err)
			pause(ctx, rest)
		}
	}
	return nil
}

// session consumes until something fails or ctx ends.
func (c *Consumer) session(ctx context.Context) error {
	consumer, err := c.durable(ctx)
	if err != nil {
		return err
	}
	messages, err := consumer.Messages(
		jetstream.PullMaxMessages(prefetch*c.Workers), jetstream.PullExpiry(10*heartbeat), jetstream.PullHeartbeat(heartbeat),
	)
	if err != nil {
		return fmt.Errorf("events: pulling for %s: %w", c.Name, err)
	}
	group, ctx := errgroup.WithContext(ctx)
	queues := make([]chan jetstream.Msg, c.Workers)
	for i := range queues {
		queues[i] = make(chan jetstream.Msg, ahead)
		group.Go(func() error { return c.work(ctx, queues[i]) })
	}
	group.Go(func() error { return c.sweepLoop(ctx, consumer) })
	group.Go(func() error { return c.dispatch(ctx, messages, queues) })
	return group.Wait()
}

// durable is our place at the broker. We make it, with all that it may read, so that it needs no right to make any.
func (c *Consumer) durable(ctx context.Context) (jetstream.Consumer, error) {
	ctx, stop := context.WithTimeout(ctx, within)
	defer stop()
	consumer, err := c.js.CreateOrUpdateConsumer(ctx, StreamName, jetstream.ConsumerConfig{
		Durable:        c.Name,
		FilterSubjects: c.filters(),
		DeliverPolicy:  jetstream.DeliverAllPolicy,
		AckPolicy:      jetstream.AckExplicitPolicy,
		AckWait:        ackWait, // and no BackOff: its first entry would take the place of AckWait
		MaxDeliver:     -1,      // we count ourselves: the broker gives up silently
		MaxAckPending:  maxAckPending,
	})
	if err != nil {
		return nil, fmt.Errorf("events: the consumer %s: %w", c.Name, err)
	}
	return consumer, nil
}

// dispatch gives each aggregate's messages to one worker, in their order. What it still holds in the end goes back to the broker.
func (c *Consumer) dispatch(ctx context.Context, messages jetstream.MessagesContext, queues []chan jetstream.Msg) error {
	defer func() {
		for _, queue := range queues {
			close(queue)
		}
		c.giveBack(messages)
	}()
	seed := maphash.MakeSeed()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, jetstream.ErrNoHeartbeat): // the connection is being restored
			continue
		case err != nil:
			return fmt.Errorf("events: the next message for %s: %w", c.Name, err)
		}
		queue := queues[maphash.String(seed, m.Headers().Get(headerPartition))%uint64(len(queues))]
		select {
		case queue <- m:
		case <-ctx.Done():
			_ = m.NakWithDelay(rest)
			return ctx.Err()
		}
	}
}

// giveBack spares the next instance the wait for what lies ready here.
func (c *Consumer) giveBack(messages jetstream.MessagesContext) {
	messages.Drain()
	for {
		m, err := messages.Next()
		if err != nil {
			return
		}
		_ = m.NakWithDelay(rest)
	}
}

// work handles a queue until that is closed; what is in it when ctx ends goes back to the broker.
func (c *Consumer) work(ctx context.Context, queue <-chan jetstream.Msg) error {
	for m := range queue {
		if ctx.Err() != nil {
			_ = m.NakWithDelay(rest)
			continue
		}
		c.receive(ctx, m)
	}
	return ctx.Err()
}

// receive takes a message to its end: its effect, the parking place or the dead letters, and then the acknowledgement. When none of
// these could be written it stays with the broker.
func (c *Consumer) receive(ctx context.Context, m jetstream.Msg) {
	meta, err := m.Metadata()
	if err != nil {
		c.log.ErrorContext(ctx, "consumer: not a message of JetStream", "error", err)
		return
	}
	w := work{consumer: c.Name, seq: meta.Sequence.Stream, wanted: c.wants(m.Subject()), replayed: c.Unordered}
	w.Event, err = parse(m.Subject(), m.Headers(), m.Data())
	if err != nil {
		w.Event = unreadable(m, w.seq)
		c.answer(ctx, m, c.bury(ctx, w, err), err)
		return
	}
	if meta.NumDelivered > maxDeliveries {
		w.lethal = true
	}
	dead, err := c.process(ctx, w)
	c.answer(ctx, m, err, dead)
}

// unreadable stands for a message that is no event of ours. Its id is made from its place, so that a redelivery finds the dead letter
// that is there already.
func unreadable(m jetstream.Msg, seq uint64) Event {
	id := uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%s/%d", StreamName, seq))
	return Event{ID: id, Subject: m.Subject(), Data: fmt.Appendf(nil, "%q", m.Data())}
}

// answer tells the broker what became of a message: kept says whether that is on record here, dead why it was given up.
func (c *Consumer) answer(ctx context.Context, m jetstream.Msg, kept, dead error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer stop()
	ctx, release := whileConnected(ctx, c.js.Conn())
	defer release()
	var err error
	switch {
	case kept != nil:
		c.log.WarnContext(ctx, "consumer: neither handled nor parked, the broker will deliver again", "subject", m.Subject(), "error", kept)
		err = m.NakWithDelay(c.nakDelay(m))
	case dead != nil:
		err = m.TermWithReason(dead.Error())
	default:
		failpoint.Hit("consumer.before_ack")
		err = m.DoubleAck(ctx)
	}
	if err != nil {
		c.log.WarnContext(ctx, "consumer: the answer was lost, the broker will deliver again", "subject", m.Subject(), "error", err)
	}
}

// nakDelay grows with the deliveries. It is never zero: a bare nak comes back at once, some thousand times a second.
func (c *Consumer) nakDelay(m jetstream.Msg) time.Duration {
	attempts := 1
	if meta, err := m.Metadata(); err == nil {
		attempts = int(meta.NumDelivered)
	}
	return max(time.Second, min(c.delay(attempts), 30*time.Second))
}

// delay is the wait after so many failed attempts.
func (c *Consumer) delay(attempts int) time.Duration {
	if len(c.Backoff) == 0 {
		return time.Second
	}
	return c.Backoff[min(attempts, len(c.Backoff))-1]
}
