package events

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
)

// gapPatience is after how long a gap is given up even if the broker still counts unacknowledged messages before it.
const gapPatience = 10 * time.Minute

// floorReader tells up to where the broker's messages are acknowledged without a gap.
type floorReader interface {
	Info(ctx context.Context) (*jetstream.ConsumerInfo, error)
}

// parkedRow is a parked event.
type parkedRow struct {
	Event
	Seq      int64     `db:"stream_seq"`
	Attempts int       `db:"attempts"`
	Reason   string    `db:"reason"`
	Retry    time.Time `db:"retry_time"`
	Replayed bool      `db:"replayed"`
	Consumer string    `db:"consumer"`
}

const parkedColumns = `consumer, event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time,
       stream_seq, attempts, reason, retry_time, replayed`

const park = `
insert into parked (` + parkedColumns + `)
values (:consumer, :event_id, :aggregate_id, :version, :subject, :resource, :data, :actor, :cause, :trace_parent, :occur_time,
        :stream_seq, :attempts, :reason, :retry_time, :replayed)
on conflict (consumer, event_id) do update
set attempts = excluded.attempts, reason = excluded.reason, retry_time = excluded.retry_time`

// wait parks an event until its predecessor has come.
func (c *Consumer) wait(ctx context.Context, w work) error {
	if w.parked {
		return nil
	}
	c.gaps.Inc()
	return c.park(ctx, w, c.now(), "")
}

func (c *Consumer) park(ctx context.Context, w work, retry time.Time, reason string) error {
	_, err := c.db.NamedExec(ctx, park, parkedRow{
		Event: w.Event, Consumer: c.Name, Seq: int64(w.seq), Attempts: w.attempts, Reason: reason, Retry: retry, Replayed: w.replayed,
	})
	return err
}

func (c *Consumer) unpark(ctx context.Context, w work) error {
	_, err := c.db.Exec(ctx, `delete from parked where consumer = $1 and event_id = $2`, c.Name, w.ID)
	return err
}

// What waits for its predecessor only waits for no time: a clock that was moved back would make it wait for as long.
const parkedVersion = `
select ` + parkedColumns + ` from parked
where consumer = $1 and aggregate_id = $2 and version = $3 and (attempts = 0 or retry_time <= $4) and not replayed`

func (c *Consumer) parkedAt(ctx context.Context, aggregate uuid.UUID, version int64) ([]work, error) {
	var rows []parkedRow
	err := c.db.Select(ctx, &rows, parkedVersion, c.Name, aggregate, version, c.now())
	return c.works(rows), err
}

// Whose turn has come: the next version of its aggregate (or an older one, to be dropped), or a dead letter that was put back.
const parkedReady = `
select p.consumer, p.event_id, p.aggregate_id, p.version, p.subject, p.resource, p.data, p.actor, p.cause, p.trace_parent, p.occur_time,
       p.stream_seq, p.attempts, p.reason, p.retry_time, p.replayed
from parked p left join inbox_versions v on v.consumer = p.consumer and v.aggregate_id = p.aggregate_id
where p.consumer = $1 and (p.attempts = 0 or p.retry_time <= $2) and (p.replayed or p.version <= coalesce(v.version, 0) + 1)
order by p.retry_time limit 100`

// Passes over versions that cannot come any more. An event is published after its predecessors, so once the broker counts all messages
// up to it as acknowledged, they are gone: expired before this consumer began, or never written.
const overGaps = `
with head as (
    select distinct on (aggregate_id) aggregate_id, version, stream_seq, retry_time
    from parked where consumer = $1 and not replayed order by aggregate_id, version
)
insert into inbox_versions as v (consumer, aggregate_id, version)
select $1, head.aggregate_id, head.version - 1
from head left join inbox_versions known on known.consumer = $1 and known.aggregate_id = head.aggregate_id
where head.version > coalesce(known.version, 0) + 1 and (head.stream_seq <= $2 or head.retry_time < $3)
on conflict (consumer, aggregate_id) do update set version = excluded.version where v.version < excluded.version
returning aggregate_id, version`

const anyGap = `select exists (select from parked where consumer = $1 and attempts = 0 and not replayed)`

// sweepOnce gives up gaps that cannot close, and handles the parked events whose time has come.
func (c *Consumer) sweepOnce(ctx context.Context, floor floorReader) error {
	if err := c.closeGaps(ctx, floor); err != nil {
		return err
	}
	for ctx.Err() == nil {
		var rows []parkedRow
		if err := c.db.Select(ctx, &rows, parkedReady, c.Name, c.now()); err != nil {
			return err
		}
		for _, w := range c.works(rows) {
			if _, err := c.process(ctx, w); err != nil {
				return err
			}
		}
		if len(rows) == 0 {
			return nil
		}
	}
	return nil
}

func (c *Consumer) closeGaps(ctx context.Context, floor floorReader) error {
	var waiting bool
	if err := c.db.Get(ctx, &waiting, anyGap, c.Name); err != nil || !waiting {
		return err
	}
	ask, stop := context.WithTimeout(ctx, within)
	defer stop()
	info, err := floor.Info(ask)
	if err != nil {
		return fmt.Errorf("events: the state of %s: %w", c.Name, err)
	}
	var passed []struct {
		Aggregate uuid.UUID `db:"aggregate_id"`
		Version   int64     `db:"version"`
	}
	err = c.db.Select(ctx, &passed, overGaps, c.Name, int64(info.AckFloor.Stream), c.now().Add(-gapPatience))
	if err != nil {
		return err
	}
	for _, p := range passed {
		c.lost.Inc()
		c.log.WarnContext(ctx, "consumer: versions are missing and passed over; ask the service for the state",
			"aggregate", p.Aggregate, "up_to", p.Version)
	}
	return nil
}

func (c *Consumer) works(rows []parkedRow) []work {
	list := make([]work, len(rows))
	for i, r := range rows {
		list[i] = work{
			Event: r.Event, consumer: c.Name, seq: uint64(r.Seq), attempts: r.Attempts,
			parked: true, replayed: r.Replayed, wanted: c.wants(r.Subject),
		}
	}
	return list
}
