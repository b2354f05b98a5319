package history

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Entry is one of the history, as an audit wants it.
type Entry struct {
	Time     time.Time `db:"change_time" json:"time"`
	Actor    string    `db:"actor" json:"actor"`
	Action   string    `db:"-" json:"action"`
	Resource string    `db:"resource" json:"resource"`
	Cause    string    `db:"cause" json:"cause,omitempty"`
	// Aggregate and Version are those of the event that told of the change.
	Aggregate uuid.UUID `db:"aggregate_id" json:"aggregate"`
	Version   int64     `db:"version" json:"version"`
	// Level is what it takes to see that the change happened.
	Level string `db:"-" json:"level"`
	// Fields are those that changed. Of people they are sealed: then there are none here, and Sealed says so.
	Fields json.RawMessage `db:"fields" json:"fields,omitempty"`
	Sealed bool            `db:"-" json:"sealed,omitempty"`

	Number int16        `db:"action" json:"-"`
	Needed typev1.Level `db:"level" json:"-"`
}

var actionNames = map[Action]string{
	Created: "CREATED", Changed: "CHANGED", Deleted: "DELETED", Undeleted: "UNDELETED", Merged: "MERGED", Unmerged: "UNMERGED",
}

const export = `select change_time, actor, action, resource, cause, aggregate_id, version, level, fields from changes
	where change_time >= $1 and change_time < $2 order by change_time, aggregate_id, version`

// Export gives all entries of a time to each, in its order. None is kept in memory.
func Export(ctx context.Context, db *postgres.DB, from, to time.Time, each func(Entry) error) error {
	rows, err := db.SQL().QueryxContext(ctx, export, from, to)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		if err := rows.StructScan(&e); err != nil {
			return fmt.Errorf("history: %w", err)
		}
		e.Time = e.Time.UTC()
		e.Action, e.Level = actionNames[Action(e.Number)], e.Needed.String()
		if e.Sealed = len(e.Fields) > 0 && e.Fields[0] == '{'; e.Sealed {
			e.Fields = nil
		}
		if err := each(e); err != nil {
			return err
		}
	}
	return rows.Err()
}
