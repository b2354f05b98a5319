package operation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const columns = `operation_id, kind, request, state, cursor, step_count, done_count, total_count, result, error_reason, error_en, error_zh,
	actor, level, territories, create_time, start_time, finish_time, attempts, retry_time`

// What an operation tells was gathered in the reach of who asked for it, so it is shown to those only who reach as far: the scope has to cover each of its
// territories. The territory "*" is covered by nobody but who sees everything.
const (
	withinReachOf = `not exists (select from unnest(operations.territories) as t (territory) where not guanxi_covers(t.territory, `
	ofScope3      = withinReachOf + `$3))`
	ofScope2      = withinReachOf + `$2))`
)

const insert = `insert into operations (operation_id, kind, request, state, cursor, step_count, done_count, total_count, error_reason, error_en, error_zh,
	actor, level, territories, create_time, attempts, retry_time)
values ($1, $2, $3, 1, '', 0, 0, 0, '', '', '', $4, $5, $6, $7, 0, $7)`

// Start asks for work on behalf of the caller. It is begun once the transaction in ctx has committed, within a second of that. The request is kept as JSON.
func Start(ctx context.Context, db *postgres.DB, kind string, request any, now time.Time) (uuid.UUID, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil, fmt.Errorf("operation: id: %w", err)
	}
	caller := auth.From(ctx)
	_, err = db.Exec(ctx, insert, id, kind, postgres.JSON[any]{V: request}, caller.Subject, int(caller.Level),
		pq.StringArray(postgres.OrEmpty(caller.Territories)), now)
	return id, err
}

const get = `select ` + columns + ` from operations where operation_id = $1 and kind = $2 and ` + ofScope3

// Get reads an operation of a kind; postgres.ErrNoRows when there is none, or none in the caller's reach (for resource.Missing).
func Get(ctx context.Context, db *postgres.DB, kind string, id uuid.UUID) (*Operation, error) {
	var o Operation
	if err := db.Get(ctx, &o, get, id, kind, auth.From(ctx).Scope()); err != nil {
		return nil, err
	}
	return &o, nil
}

const cancel = `update operations
set state = 5, finish_time = $4, error_reason = 'CANCELLED', error_en = 'cancelled by ' || $5::text, error_zh = '已由 ' || $5::text || ' 取消'
where operation_id = $1 and kind = $2 and ` + ofScope3 + ` and state in (1, 2) returning ` + columns

// Cancel calls an operation off. From its commit on the work has no further effect: a step that runs at that moment is taken back, except for what it committed
// by postgres.DB.Apart. One that is cancelled already stays as it is.
//
// Errors: as Get; FAILED_PRECONDITION (OPERATION_FINISHED) when it has succeeded or failed.
func Cancel(ctx context.Context, db *postgres.DB, kind string, id uuid.UUID, now time.Time) (*Operation, error) {
	var o Operation
	caller := auth.From(ctx)
	err := db.Get(ctx, &o, cancel, id, kind, caller.Scope(), now, caller.Subject)
	if err == nil {
		return &o, nil
	}
	if !errors.Is(err, postgres.ErrNoRows) {
		return nil, err
	}
	found, err := Get(ctx, db, kind, id)
	if err == nil && found.State != Cancelled {
		return nil, fault.New(codes.FailedPrecondition, "OPERATION_FINISHED", fault.Text{
			En: "it has finished and cannot be cancelled any more", Zh: "该任务已结束，无法取消",
		})
	}
	return found, err
}

// Key is the listing.Spec.Key of a resource that is an operation.
const Key = "operation_id"

// Fields are what a list of operations can be filtered and ordered by, for the listing.Spec of a resource whose field of this name is the Operation. The default
// order is that field's create_time, the latest first.
func Fields(name string) []listing.Field {
	states := map[string]any{"PENDING": int(Pending), "RUNNING": int(Running), "SUCCEEDED": int(Succeeded), "FAILED": int(Failed), "CANCELLED": int(Cancelled)}
	return []listing.Field{
		{Path: name + ".state", Column: "state", Kind: listing.Enum, Values: states},
		{Path: name + ".actor", Column: "actor", Kind: listing.String, Sortable: true},
		{Path: name + ".create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		{Path: name + ".start_time", Column: "start_time", Kind: listing.Timestamp},
		{Path: name + ".finish_time", Column: "finish_time", Kind: listing.Timestamp},
	}
}

// List reads a page of the operations of a kind that are in the caller's reach.
func List(ctx context.Context, db *postgres.DB, kind string, plan *listing.Plan) ([]Operation, string, error) {
	query, args := plan.Query(columns, "operations", "kind = $1 and "+ofScope2, kind, auth.From(ctx).Scope())
	var rows []struct {
		Operation
		listing.Cursor
	}
	if err := db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]Operation, len(rows))
	for i, r := range rows {
		out[i] = r.Operation
	}
	return out, next, err
}

const purge = `delete from operations where finish_time < $1`

// Purge forgets what finished before a time, and tells how many that were.
func Purge(ctx context.Context, db *postgres.DB, before time.Time) (int64, error) {
	result, err := db.Exec(ctx, purge, before)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Decode reads what the operation was asked.
func (o *Operation) Decode(request any) error {
	if err := json.Unmarshal(o.Request, request); err != nil {
		return fmt.Errorf("operation: the request of a %s: %w", o.Kind, err)
	}
	return nil
}
