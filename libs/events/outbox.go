package events

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Insert is the end of a statement that writes an aggregate and its event at once. Before it goes a CTE bumped(aggregate_id, version)
// with the rows whose version the statement has counted up while holding their lock: no row, no event. Its named parameters are the
// fields of an Event, embedded in the statement's argument.
const Insert = `
insert into outbox (event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time)
select cast(:event_id as uuid), bumped.aggregate_id, bumped.version, cast(:subject as text), cast(:resource as text),
       cast(:data as text), cast(:actor as text), cast(:cause as text), cast(:trace_parent as text), cast(:occur_time as timestamptz)
from bumped`

// InsertAll writes many events whose versions are known, in ctx's transaction if there is one. The caller holds the locks of the
// aggregates, and gives the events of each in the order of versions.
func InsertAll(ctx context.Context, db *postgres.DB, list []Event) error {
	if len(list) == 0 {
		return nil
	}
	return db.CopyIn(ctx, "outbox", []string{
		"event_id", "aggregate_id", "version", "subject", "resource", "data", "actor", "cause", "trace_parent", "occur_time",
	}, rowsOf(list))
}

func rowsOf(list []Event) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for i := range list {
			e := &list[i]
			row := []any{
				e.ID, e.Aggregate, e.Version, e.Subject, e.Resource, string(e.Data), e.Actor, e.Cause, e.TraceParent, e.Time,
			}
			if !yield(row) {
				return
			}
		}
	}
}

// chunk is how many rows one statement deletes or resets: enough to be quick, few enough not to hold locks for long.
const chunk = 5000

// Purge removes what needs keeping no longer: rows of the outbox published, and of the inbox handled, before that time. It must lie
// at least as far back as the stream keeps messages, so that Republish can restore all of a lost stream. Returns how many rows went.
func Purge(ctx context.Context, db *postgres.DB, before time.Time) (int64, error) {
	// The oldest rows by id are looked at and no others: a search for the published ones would read the table once all are gone.
	published, err := inChunks(ctx, db, `
delete from outbox where id in (select id from outbox order by id limit $2) and published_at < $1`, before)
	if err != nil {
		return published, err
	}
	handled, err := inChunks(ctx, db, `
delete from inbox where (consumer, event_id) in (select consumer, event_id from inbox where handle_time < $1 limit $2)`, before)
	return published + handled, err
}

// Republish makes the relay publish again all events since that time, for a stream that was lost. Consumers drop those that they
// know. Within the stream's window for duplicates the broker drops them. Returns how many events it concerns.
func Republish(ctx context.Context, db *postgres.DB, from time.Time) (int64, error) {
	return inChunks(ctx, db, `
update outbox set published_at = null where id in (
    select id from outbox where occur_time >= $1 and published_at is not null order by id limit $2)`, from)
}

// inChunks runs a statement on chunks of rows, each in a transaction of its own, until one is not full.
func inChunks(ctx context.Context, db *postgres.DB, query string, when time.Time) (total int64, err error) {
	for {
		result, err := db.Exec(ctx, query, when, chunk)
		if err != nil {
			return total, err
		}
		count, err := result.RowsAffected()
		if err != nil {
			return total, err
		}
		total += count
		if count < chunk {
			return total, nil
		}
	}
}

// Rewind makes a consumer begin anew with all that the stream holds, so that a projection that its handler keeps can be built again:
// empty that in the same transaction. The consumer must not run meanwhile. Events handled before are handled again.
func Rewind(ctx context.Context, db *postgres.DB, js jetstream.JetStream, consumer string) error {
	return db.InTx(ctx, func(ctx context.Context) error {
		for _, query := range []string{
			`delete from inbox where consumer = $1`,
			`delete from inbox_versions where consumer = $1`,
			`delete from parked where consumer = $1`,
		} {
			if _, err := db.Exec(ctx, query, consumer); err != nil {
				return err
			}
		}
		err := js.DeleteConsumer(ctx, StreamName, consumer)
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			return nil
		}
		return err
	})
}
