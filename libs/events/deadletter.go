package events

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// DeadLetter is an event that a consumer has given up.
type DeadLetter struct {
	Number   int64  `db:"id"`
	Consumer string `db:"consumer"`
	Event
	Attempts int       `db:"attempts"`
	Reason   string    `db:"reason"`
	DeadTime time.Time `db:"dead_time"`
}

const bury = `
insert into dead_letters (consumer, event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time,
                          attempts, reason, dead_time)
values (:consumer, :event_id, :aggregate_id, :version, :subject, :resource, :data, :actor, :cause, :trace_parent, :occur_time,
        :attempts, :reason, :dead_time)
on conflict on constraint dead_letters_event do update
set attempts = excluded.attempts, reason = excluded.reason, dead_time = excluded.dead_time`

func (c *Consumer) bury(ctx context.Context, w work, cause error) error {
	c.dead.Inc()
	c.log.ErrorContext(ctx, "consumer: an event goes to the dead letters", "subject", w.Subject, "event", w.ID, "error", cause)
	_, err := c.db.NamedExec(ctx, bury, DeadLetter{
		Consumer: c.Name, Event: w.Event, Attempts: w.attempts, Reason: cause.Error(), DeadTime: c.now(),
	})
	return err
}

// giveUp buries the event and takes its turn without an effect, so that its successors do not wait for it.
func (c *Consumer) giveUp(ctx context.Context, w work, cause error) (next bool, err error) {
	err = c.db.InTx(ctx, func(ctx context.Context) error {
		if !w.replayed {
			var a admission
			if err := c.db.Get(ctx, &a, admit, c.Name, w.Aggregate, w.Version, w.ID, c.now(), false); err != nil {
				return err
			}
			next = a.Next
		}
		if err := c.bury(ctx, w, cause); err != nil {
			return err
		}
		return c.unpark(ctx, w)
	})
	return next, err
}

// DeadLetters lists those of a consumer, of all if it is empty, with numbers above after, at most limit of them.
func DeadLetters(ctx context.Context, db *postgres.DB, consumer string, after int64, limit int) ([]DeadLetter, error) {
	var list []DeadLetter
	err := db.Select(ctx, &list, `
select id, consumer, event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time,
       attempts, reason, dead_time
from dead_letters where id > $1 and ($2 = '' or consumer = $2) order by id limit $3`, after, consumer, limit)
	return list, err
}

// Replay puts a dead letter back to be handled anew, within about a second when its consumer runs. The events after it have been
// handled meanwhile: the handler sees it late.
func Replay(ctx context.Context, db *postgres.DB, number int64, now time.Time) error {
	result, err := db.Exec(ctx, `
with revived as (
    delete from dead_letters where id = $1
    returning consumer, event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time, reason
)
insert into parked (`+parkedColumns+`)
select consumer, event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time,
       0, 0, reason, cast($2 as timestamptz), true
from revived
on conflict (consumer, event_id) do nothing`, number, now)
	return oneLetter(result, err)
}

// PurgeDeadLetter throws a dead letter away for good.
func PurgeDeadLetter(ctx context.Context, db *postgres.DB, number int64) error {
	result, err := db.Exec(ctx, `delete from dead_letters where id = $1`, number)
	return oneLetter(result, err)
}

func oneLetter(result interface{ RowsAffected() (int64, error) }, err error) error {
	if err != nil {
		return err
	}
	count, err := result.RowsAffected()
	if err == nil && count == 0 {
		return fault.New(codes.NotFound, "NO_DEAD_LETTER", fault.Text{En: "There is no dead letter with that number.", Zh: "没有该编号的死信。"})
	}
	return err
}
