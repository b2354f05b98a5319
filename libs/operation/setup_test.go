package operation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// childURL names the database that the test binary works on when it is the process that a failpoint kills.
const childURL = "OPERATION_TEST_URL"

func TestMain(m *testing.M) {
	url := os.Getenv(childURL)
	if url == "" {
		os.Exit(m.Run())
	}
	if err := child(url); err != nil {
		panic(err)
	}
}

func child(url string) error {
	db, err := postgres.Open(context.Background(), postgres.Config{URL: url})
	if err != nil {
		return err
	}
	d := &desk{db: db, clock: testkit.NewClock()}
	r, err := operation.NewRunner(db, []operation.Kind{d.kind("assess", nil)}, slog.New(slog.DiscardHandler), d.clock.Now)
	if err != nil {
		return err
	}
	return r.Tick(context.Background())
}

// desk is a database with items to be done, the marks that steps leave on them, and a clock.
type desk struct {
	db    *postgres.DB
	clock *testkit.Clock
}

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	// No key on the marks: a second one must be possible to be found.
	_, err := db.Exec(ctx, `
create table items (id bigint primary key);
create table marks (seq bigint generated always as identity, operation_id uuid, item bigint, actor text);
insert into items select generate_series(1, 10)`)
	return err
}

func setup(t *testing.T) *desk {
	t.Helper()
	return &desk{db: testkit.Database(t, migrate), clock: testkit.NewClock()}
}

// job is what is asked for: how many items a step does.
type job struct {
	Chunk int64 `json:"chunk"`
}

// kind marks every item, a chunk in a step. Trouble comes after the effect of a step, when the cursor is the one given.
func (d *desk) kind(name string, trouble func(ctx context.Context, o operation.Operation) error) operation.Kind {
	return operation.Kind{
		Name: name,
		Begin: func(ctx context.Context, o operation.Operation) (total int64, err error) {
			err = d.db.Get(ctx, &total, `select count(*) from items`)
			return total, err
		},
		Step: func(ctx context.Context, o operation.Operation) (operation.Progress, error) {
			var asked job
			after, err := strconv.ParseInt("0"+o.Cursor, 10, 64)
			if err := errors.Join(err, o.Decode(&asked)); err != nil {
				return operation.Progress{}, err
			}
			var items []int64
			err = d.db.Select(ctx, &items, `insert into marks (operation_id, item, actor)
select $1, id, $4 from (select id from items where id > $2 order by id limit $3) as chunk returning item`, o.ID, after, asked.Chunk, auth.From(ctx).Subject)
			if err != nil {
				return operation.Progress{}, err
			}
			if trouble != nil {
				if err := trouble(ctx, o); err != nil {
					return operation.Progress{}, err
				}
			}
			if len(items) == 0 {
				return operation.Progress{Finished: true, Result: map[string]int64{"items": after}}, nil
			}
			return operation.Progress{Cursor: strconv.FormatInt(items[len(items)-1], 10), Done: int64(len(items))}, nil
		},
	}
}

func (d *desk) runner(t *testing.T, kinds ...operation.Kind) *operation.Runner {
	t.Helper()
	r, err := operation.NewRunner(d.db, kinds, slog.New(slog.DiscardHandler), d.clock.Now)
	require.NoError(t, err)
	return r
}

// as is a context whose caller reaches some territories.
func as(t *testing.T, subject string, territories ...string) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Subject: subject, Level: typev1.Level_MANAGER, Territories: territories})
}

func alice(t *testing.T) context.Context {
	t.Helper()
	return as(t, "alice", auth.Anywhere)
}

func (d *desk) start(t *testing.T, kind string, chunk int64) uuid.UUID {
	t.Helper()
	id, err := operation.Start(alice(t), d.db, kind, job{Chunk: chunk}, d.clock.Now())
	require.NoError(t, err)
	return id
}

func (d *desk) get(t *testing.T, kind string, id uuid.UUID) *operation.Operation {
	t.Helper()
	o, err := operation.Get(alice(t), d.db, kind, id)
	require.NoError(t, err)
	return o
}

// marks are the items that an operation has marked, in the order in which it did.
func (d *desk) marks(t *testing.T, id uuid.UUID) []int64 {
	t.Helper()
	items := []int64{}
	require.NoError(t, d.db.Select(t.Context(), &items, `select item from marks where operation_id = $1 order by seq`, id))
	return items
}

func upTo(n int64) []int64 {
	out := []int64{}
	for i := range n {
		out = append(out, i+1)
	}
	return out
}

// finished checks that the operation did everything once.
func (d *desk) finished(t *testing.T, kind string, id uuid.UUID) {
	t.Helper()
	o := d.get(t, kind, id)
	require.Equal(t, operation.Succeeded, o.State, fmt.Sprint(o.Error()))
	require.Equal(t, upTo(10), d.marks(t, id))
	require.EqualValues(t, 10, o.Done)
	require.EqualValues(t, 10, o.Total)
	require.JSONEq(t, `{"items": 10}`, string(o.Result))
	require.Empty(t, o.Reason)
	require.NotNil(t, o.FinishTime)
}
