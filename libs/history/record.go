package history

import (
	"context"
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Action says what happened to a resource.
type Action int16

// The actions; the numbers are those of the API.
const (
	Created Action = iota + 1
	Changed
	Deleted
	Undeleted
	Merged
	Unmerged
)

// Record is what one change leaves behind: the event that subscribers hear of and the entry in the change history, under the same number.
type Record struct {
	events.Event
	// Action is 0 when the event is of something that changed no resource; then there is no entry.
	Action Action `db:"action"`
	// Level is what it takes to see that the change happened at all.
	Level typev1.Level `db:"change_level"`
	// Fields are the changed fields as JSON makes them.
	Fields string `db:"change_fields"`
}

// NewRecord pairs an event with the fields that changed.
func NewRecord(event events.Event, action Action, level typev1.Level, fields []Field) Record {
	return Record{Event: event, Action: action, Level: level, Fields: JSON(fields)}
}

// Insert is the part of a one-statement write that keeps the history: it reads the aggregate's new number from a CTE bumped(aggregate_id, version), like
// events.Insert, and the rest from the named parameters of a Record.
const Insert = `insert into changes (aggregate_id, version, resource, action, actor, cause, change_time, level, fields, via)
	select aggregate_id, version, cast(:resource as text), cast(:action as smallint), cast(:actor as text), cast(:cause as text),
		cast(:occur_time as timestamptz), cast(:change_level as smallint), cast(:change_fields as jsonb), cast(:via as uuid)
	from bumped`

// Write is the tail of a one-statement write: history and outbox from bumped.
const Write = `change as (` + Insert + `)
	` + events.Insert

// InsertAll writes many records in two statements, inside the caller's transaction. Their versions are set already.
func InsertAll(ctx context.Context, db *postgres.DB, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	columns := []string{"aggregate_id", "version", "resource", "action", "actor", "cause", "change_time", "level", "fields", "via"}
	rows := func(yield func([]any) bool) {
		for _, r := range records {
			if r.Action == 0 {
				continue
			}
			row := []any{r.Aggregate, r.Version, r.Resource, int16(r.Action), r.Actor, r.Cause, r.Time, int16(r.Level), r.Fields, r.Via}
			if !yield(row) {
				return
			}
		}
	}
	if err := db.CopyIn(ctx, "changes", columns, rows); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	out := make([]events.Event, len(records))
	for i, r := range records {
		out[i] = r.Event
	}
	return events.InsertAll(ctx, db, out)
}
