package rekey_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/rekey"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

func setup(t *testing.T) (*postgres.DB, *rekey.Mover) {
	t.Helper()
	db := testkit.Database(t, migrate)
	exec(t, db, `insert into customers values ($1), ($2), ($3)`, merged, survivor, third)
	return db, mover(db)
}

func order(t *testing.T, db *postgres.DB, customer, id uuid.UUID, number string) {
	t.Helper()
	exec(t, db, `insert into orders (customer_id, order_id, system, number, amount) values ($1, $2, 's', $3, 1)`, customer, id, number)
	exec(t, db, `insert into order_lines values ($1, $2, 1, 1)`, customer, id)
}

// The same order in both: that of the merged customer is out of sight with its lines, all else of it is the survivor's.
func TestWhatTheSurvivorHasIsPutAside(t *testing.T) {
	t.Parallel()
	db, m := setup(t)
	order(t, db, merged, id(1), "A")
	order(t, db, merged, id(2), "B")
	order(t, db, survivor, id(3), "A")
	exec(t, db, `insert into notes (order_id, text) values ($1, 'gone'), ($2, 'stays')`, id(1), id(2))
	exec(t, db, `insert into receipts values ($1)`, merged)
	require.NoError(t, m.Move(t.Context(), merge, merged, survivor))
	require.Equal(t, 2, count(t, db, `orders where customer_id = $1`, survivor))
	require.Equal(t, 2, count(t, db, `order_lines where customer_id = $1`, survivor))
	require.Equal(t, 1, count(t, db, `notes`))
	require.Equal(t, 3, count(t, db, `rekey_aside`), "order, line and note")
	require.Equal(t, 2, count(t, db, `rekeyed`), "an order and a line")
	require.Equal(t, 1, count(t, db, `receipts where customer_id = $1`, merged))
}

// What hangs on a row that is put aside stays when the survivor has one to hang it on.
func TestTheSurvivorsRowTakesItsPlace(t *testing.T) {
	t.Parallel()
	db, m := setup(t)
	exec(t, db, `insert into recalls values ($1, 1, true), ($2, 1, false)`, merged, survivor)
	exec(t, db, `insert into recall_items values ($1, 1, $2)`, merged, id(1))
	require.NoError(t, m.Move(t.Context(), merge, merged, survivor))
	require.Equal(t, 1, count(t, db, `recall_items where customer_id = $1`, survivor))
	require.Equal(t, 1, count(t, db, `recalls where not told`))
	require.NoError(t, m.Undo(t.Context(), merge, merged, survivor))
	require.Equal(t, 1, count(t, db, `recall_items where customer_id = $1`, merged))
	require.Equal(t, 1, count(t, db, `recalls where told and customer_id = $1`, merged))
}

// What was changed since stays changed, what was removed stays removed, and what was added to a row goes with it; all else that the survivor got stays with it.
func TestWhatHappenedSince(t *testing.T) {
	t.Parallel()
	db, m := setup(t)
	order(t, db, merged, id(1), "A")
	order(t, db, merged, id(2), "B")
	order(t, db, survivor, id(3), "C")
	exec(t, db, `insert into people (customer_id, person_id, name) values ($1, $3, 'boss'), ($2, $4, 'other boss')`, merged, survivor, id(10), id(11))
	require.NoError(t, m.Move(t.Context(), merge, merged, survivor))

	exec(t, db, `update orders set amount = 7 where order_id = $1`, id(1))
	exec(t, db, `delete from orders where order_id = $1`, id(2))
	exec(t, db, `insert into order_lines values ($1, $2, 2, 1)`, survivor, id(1))
	order(t, db, survivor, id(4), "D")
	exec(t, db, `insert into people values ($1, $2, $3, 'new')`, survivor, id(12), id(10))
	exec(t, db, `update people set reports_to = $1 where person_id = $2`, id(11), id(10))
	require.NoError(t, m.Undo(t.Context(), merge, merged, survivor))

	require.Equal(t, 1, count(t, db, `orders where customer_id = $1 and amount = 7`, merged))
	require.Equal(t, 2, count(t, db, `order_lines where customer_id = $1`, merged))
	require.Equal(t, 2, count(t, db, `orders where customer_id = $1`, survivor))
	require.Equal(t, 1, count(t, db, `people where customer_id = $1 and reports_to is null`, merged))
	require.Equal(t, 2, count(t, db, `people where customer_id = $1 and reports_to is null`, survivor))
	require.Zero(t, count(t, db, `rekeyed`)+count(t, db, `rekey_aside`))
}

const made = `insert into changes (aggregate_id, version, resource, action, actor, cause, change_time, level, fields, via)
	values ($1, $2, $3, $4, 'a', 'c', '2026-01-05Z', 1, '[]', $5)`

// What came under the old name goes with it, also when the survivor was itself merged since.
func TestWhatCameUnderTheOldName(t *testing.T) {
	t.Parallel()
	db, m := setup(t)
	second := uuid.New()
	require.NoError(t, m.Move(t.Context(), merge, merged, survivor))
	exec(t, db, `insert into aliases values ($1, $2)`, merged, survivor)
	require.NoError(t, m.Move(t.Context(), second, survivor, third))
	order(t, db, third, id(1), "A")
	order(t, db, third, id(2), "B")
	exec(t, db, `insert into people (customer_id, person_id, name) values ($1, $2, 'x')`, third, id(1)) // a person of the same id is none of it
	exec(t, db, made, third, 1, "customers/"+third.String()+"/orders/"+id(1).String(), 1, merged)
	exec(t, db, made, third, 2, "customers/"+third.String()+"/orders/"+id(2).String(), 2, merged)
	exec(t, db, made, third, 3, "customers/"+third.String()+"/unknown/"+id(2).String(), 1, merged)
	require.NoError(t, m.Undo(t.Context(), second, survivor, third))
	require.Equal(t, 1, count(t, db, `orders where customer_id = $1 and order_id = $2`, survivor, id(1)))
	require.NoError(t, m.Undo(t.Context(), merge, merged, survivor))
	require.Equal(t, 1, count(t, db, `order_lines where customer_id = $1 and order_id = $2`, merged, id(1)))
	require.Equal(t, 1, count(t, db, `orders where customer_id = $1`, third))
	require.Equal(t, 1, count(t, db, `people where customer_id = $1`, third))
}

// Merges into one survivor are taken back in any order.
func TestTwoMergesIntoOne(t *testing.T) {
	t.Parallel()
	db, m := setup(t)
	order(t, db, merged, id(1), "A")
	order(t, db, third, id(2), "A")
	order(t, db, survivor, id(3), "B")
	before := dump(t.Context(), t, db)
	second := uuid.New()
	for _, first := range []bool{true, false} {
		require.NoError(t, m.Move(t.Context(), merge, merged, survivor))
		require.NoError(t, m.Move(t.Context(), second, third, survivor))
		if first {
			require.NoError(t, m.Undo(t.Context(), merge, merged, survivor))
			require.NoError(t, m.Undo(t.Context(), second, third, survivor))
		} else {
			require.NoError(t, m.Undo(t.Context(), second, third, survivor))
			require.NoError(t, m.Undo(t.Context(), merge, merged, survivor))
		}
		require.Equal(t, before, dump(t.Context(), t, db))
	}
}

// A row of which each customer has one was made anew for the merged one by who works such rows out: what it had before comes back.
func TestARowThatWasWorkedOutMeanwhile(t *testing.T) {
	t.Parallel()
	db, m := setup(t)
	exec(t, db, `insert into scores values ($1, 1), ($2, 2)`, merged, survivor)
	require.NoError(t, m.Move(t.Context(), merge, merged, survivor))
	exec(t, db, `insert into scores values ($1, 3)`, merged)
	require.NoError(t, m.Undo(t.Context(), merge, merged, survivor))
	require.Equal(t, 1, count(t, db, `scores where customer_id = $1 and score = 1`, merged))
}

// A table may get a column while rows of it are aside.
func TestATableThatHasChangedSince(t *testing.T) {
	t.Parallel()
	db, m := setup(t)
	exec(t, db, `insert into scores values ($1, 1), ($2, 2)`, merged, survivor)
	exec(t, db, `insert into wishes (customer_id) values ($1)`, merged)
	require.NoError(t, m.Move(t.Context(), merge, merged, survivor))
	exec(t, db, `alter table scores add column more text not null default 'm'`)
	exec(t, db, `drop table wishes`)
	require.NoError(t, mover(db).Undo(t.Context(), merge, merged, survivor))
	require.Equal(t, 1, count(t, db, `scores where customer_id = $1 and score = 1 and more = 'm'`, merged))
}

// Constraints wait no longer afterwards than they did before, and triggers count again.
func TestATransactionGoesOnAsBefore(t *testing.T) {
	t.Parallel()
	db, m := setup(t)
	exec(t, db, `insert into entries values ($1, $2, 5)`, merged, id(1))
	err := db.InTx(t.Context(), func(ctx context.Context) error {
		require.NoError(t, m.Move(ctx, merge, merged, survivor))
		_, err := db.Exec(ctx, `insert into entries values ($1, $2, 5)`, survivor, id(2))
		require.NoError(t, err)
		_, err = db.Exec(ctx, `insert into people values ($1, $2, $3, 'x')`, survivor, id(1), id(2))
		require.NoError(t, err, "this one waits")
		_, err = db.Exec(ctx, `insert into order_lines values ($1, $2, 1, 1)`, survivor, id(9))
		return err
	})
	require.True(t, postgres.Violated(err, "order_lines_order"), "%v", err)
	require.Equal(t, 1, count(t, db, `entries where customer_id = $1`, merged), "all of it was rolled back")
	_, err = db.Exec(t.Context(), `delete from entries`)
	require.Error(t, err)
}

func TestWhatCannotBeMovedIsRefused(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		`create table queue (customer_id uuid)`: "queue has no primary key",
		`create table a (customer_id uuid, id int, primary key (customer_id, id)); create table b (customer_id uuid primary key, id int,
			constraint b_a foreign key (customer_id, id) references a)`: "b_a of table b is not deferrable",
		`create table a (customer_id uuid, id int, primary key (customer_id, id)); create table b (customer_id uuid primary key, id int,
			constraint b_a foreign key (customer_id, id) references a on update cascade deferrable)`: "may not act on updates",
	} {
		db := testkit.Database(t, platform.Migrate)
		exec(t, db, statement)
		require.ErrorContains(t, mover(db).Move(t.Context(), merge, merged, survivor), want)
		require.ErrorContains(t, mover(db).Undo(t.Context(), merge, merged, survivor), want)
	}
	require.NoError(t, mover(testkit.Database(t, platform.Migrate)).Move(t.Context(), merge, merged, survivor), "nothing to move")
}
