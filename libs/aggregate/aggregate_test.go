package aggregate_test

import (
	"context"
	"database/sql/driver"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Four customers: two in the south, one of them deleted, one in the north, and one that nobody has heard of.
var (
	south   = uuid.MustParse("00000000-0000-7000-8000-000000000001")
	gone    = uuid.MustParse("00000000-0000-7000-8000-000000000002")
	north   = uuid.MustParse("00000000-0000-7000-8000-000000000003")
	unknown = uuid.MustParse("00000000-0000-7000-8000-000000000004")
)

const schema = `
create table customers (customer_id uuid primary key, sequence bigint not null, territory text not null, delete_time timestamptz);
insert into customers values
	('00000000-0000-7000-8000-000000000001', 7, 'cn/south/shenzhen', null),
	('00000000-0000-7000-8000-000000000002', 1, 'cn/south', '2026-01-01Z'),
	('00000000-0000-7000-8000-000000000003', 0, 'cn/north', null);
`

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	_, err := db.Exec(ctx, schema)
	return err
}

func as(ctx context.Context, territories ...string) context.Context {
	return auth.With(ctx, auth.Principal{Subject: "alice", Level: typev1.Level_BASIC, Territories: territories})
}

func requireReason(t *testing.T, err error, code codes.Code, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, code, fault.From(err).Code())
	require.Equal(t, reason, fault.From(err).Reason())
}

func TestVisible(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	limited, everywhere := as(t.Context(), "cn/south"), as(t.Context(), auth.Anywhere)
	require.NoError(t, aggregate.Visible(limited, db, south))
	require.NoError(t, aggregate.Visible(limited, db, gone), "a deleted one can be read")
	require.NoError(t, aggregate.Visible(everywhere, db, north))
	requireReason(t, aggregate.Visible(limited, db, north), codes.PermissionDenied, "HIDDEN")
	requireReason(t, aggregate.Visible(limited, db, unknown), codes.PermissionDenied, "HIDDEN")
	requireReason(t, aggregate.Visible(everywhere, db, unknown), codes.NotFound, "NOT_FOUND")
	requireReason(t, aggregate.Visible(t.Context(), db, south), codes.PermissionDenied, "HIDDEN")
}

func TestExplain(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	limited, everywhere := as(t.Context(), "cn/south"), as(t.Context(), auth.Anywhere)
	requireReason(t, aggregate.Explain(limited, db, gone), codes.FailedPrecondition, "DELETED")
	requireReason(t, aggregate.Explain(limited, db, north), codes.PermissionDenied, "HIDDEN")
	requireReason(t, aggregate.Explain(everywhere, db, unknown), codes.NotFound, "NOT_FOUND")
	requireReason(t, aggregate.Explain(limited, db, south), codes.Aborted, "ETAG_MISMATCH")
}

// bumped is the argument of a write that begins with Bump.
type bumped struct {
	history.Record
	CustomerID uuid.UUID     `db:"customer_id"`
	Scope      driver.Valuer `db:"scope"`
}

func TestBump(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	ctx := as(t.Context(), "cn/south")
	for id, want := range map[uuid.UUID]int64{south: 1, gone: 0, north: 0, unknown: 0} {
		args := bumped{Record: record(t, id), CustomerID: id, Scope: auth.From(ctx).Scope()}
		result, err := db.NamedExec(ctx, aggregate.Bump+`, `+history.Write, args)
		require.NoError(t, err)
		n, err := result.RowsAffected()
		require.NoError(t, err)
		require.Equal(t, want, n, id)
	}
	require.Equal(t, map[uuid.UUID]int64{south: 8, gone: 1, north: 0}, sequences(t, db))
	require.Equal(t, []numbered{{south, 8}}, written(t, db, "outbox"))
	require.Equal(t, []numbered{{south, 8}}, written(t, db, "changes"))
}

func TestHoldWithinTerritories(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	asked := []uuid.UUID{unknown, north, gone, south, south}
	for _, c := range []struct {
		ctx  context.Context
		want map[uuid.UUID]*aggregate.Held
	}{
		{t.Context(), map[uuid.UUID]*aggregate.Held{}},
		{as(t.Context(), "cn/south"), map[uuid.UUID]*aggregate.Held{
			south: {ID: south, Sequence: 7}, gone: {ID: gone, Sequence: 1, Deleted: true},
		}},
		{as(t.Context(), auth.Anywhere), map[uuid.UUID]*aggregate.Held{
			south: {ID: south, Sequence: 7}, gone: {ID: gone, Sequence: 1, Deleted: true}, north: {ID: north},
		}},
	} {
		held, err := aggregate.Hold(c.ctx, db, asked)
		require.NoError(t, err)
		require.Equal(t, c.want, held)
	}
}

func TestHoldLocksUntilTheEnd(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	ctx := as(t.Context(), auth.Anywhere)
	const probe = `select customer_id from customers order by customer_id for no key update skip locked`
	err := db.InTx(ctx, func(inside context.Context) error {
		_, err := aggregate.Hold(inside, db, []uuid.UUID{south, north})
		require.NoError(t, err)
		var free []uuid.UUID
		require.NoError(t, db.Select(ctx, &free, probe))
		require.Equal(t, []uuid.UUID{gone}, free)
		return nil
	})
	require.NoError(t, err)
	var free []uuid.UUID
	require.NoError(t, db.Select(ctx, &free, probe))
	require.Len(t, free, 3)
}

func TestRecordNumbersInOrder(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	err := db.InTx(as(t.Context(), auth.Anywhere), func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, db, []uuid.UUID{south, north})
		require.NoError(t, err)
		require.NoError(t, aggregate.Record(ctx, db, held, nil), "nothing happened")
		require.NoError(t, aggregate.Record(ctx, db, held, []history.Record{record(t, south), record(t, north), record(t, south)}))
		return aggregate.Record(ctx, db, held, []history.Record{record(t, north)})
	})
	require.NoError(t, err)
	require.Equal(t, map[uuid.UUID]int64{south: 9, gone: 1, north: 2}, sequences(t, db))
	want := []numbered{{south, 8}, {south, 9}, {north, 1}, {north, 2}}
	require.Equal(t, want, written(t, db, "outbox"))
	require.Equal(t, want, written(t, db, "changes"))
}

func TestRecordRefusesWhatIsNotHeld(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	err := db.InTx(as(t.Context(), "cn/south"), func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, db, []uuid.UUID{south, north})
		require.NoError(t, err)
		return aggregate.Record(ctx, db, held, []history.Record{record(t, south), record(t, north)})
	})
	require.ErrorContains(t, err, aggregate.Name(north))
	require.Equal(t, map[uuid.UUID]int64{south: 7, gone: 1, north: 0}, sequences(t, db))
	require.Empty(t, written(t, db, "outbox"))
}

// record is of something that happened to a customer.
func record(t *testing.T, id uuid.UUID) history.Record {
	t.Helper()
	event := events.Event{
		ID: uuid.New(), Aggregate: id, Subject: "guanxi.test.thing.happened.v1", Resource: aggregate.Name(id), Data: []byte("{}"),
		Actor: "alice", Cause: "command", Time: time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC),
	}
	return history.NewRecord(event, history.Changed, typev1.Level_BASIC, nil)
}

// numbered is a row with an aggregate's number.
type numbered struct {
	ID      uuid.UUID `db:"aggregate_id"`
	Version int64     `db:"version"`
}

func written(t *testing.T, db *postgres.DB, table string) []numbered {
	t.Helper()
	var rows []numbered
	require.NoError(t, db.SelectDynamic(t.Context(), &rows, "select aggregate_id, version from "+table+" order by aggregate_id, version"))
	return rows
}

func sequences(t *testing.T, db *postgres.DB) map[uuid.UUID]int64 {
	t.Helper()
	var rows []aggregate.Held
	require.NoError(t, db.Select(t.Context(), &rows, "select customer_id, sequence from customers"))
	out := map[uuid.UUID]int64{}
	for _, r := range rows {
		out[r.ID] = r.Sequence
	}
	return out
}
