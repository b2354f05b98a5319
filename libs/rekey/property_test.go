package rekey_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
)

// fill makes rows of three customers at random, few enough kinds of each that they meet in every unique key. A row that a constraint refuses is not made.
func fill(ctx context.Context, t *rapid.T, db *postgres.DB) {
	insert := func(statement string, args ...any) {
		_, err := db.Exec(ctx, statement+` on conflict do nothing`, args...)
		require.NoError(t, err, statement)
	}
	who := rapid.SampledFrom([]uuid.UUID{merged, merged, survivor, third})
	small := rapid.IntRange(0, 4)
	word := rapid.SampledFrom([]string{"a", "A", "b", "only"})
	type key struct{ customer, order uuid.UUID }
	var orders []key
	for n := range rapid.IntRange(0, 8).Draw(t, "orders") {
		k := key{who.Draw(t, "customer"), id(n)}
		insert(`insert into orders (customer_id, order_id, system, number, body, old, amount, rate, tags, span, digest) values ($1, $2, $3, $4, $5::jsonb, $6::json, $7, $8, $9, $10, $11)`,
			k.customer, k.order, word.Draw(t, "system"), word.Draw(t, "number"), rapid.SampledFrom([]any{nil, "null", `{"a": 1.50}`}).Draw(t, "body"),
			rapid.SampledFrom([]any{nil, "null", `[1]`}).Draw(t, "old"), "1.5", rapid.Float64().Draw(t, "rate"), `{"x,y",null}`, "[2026-01-01,)", []byte{0, 1})
		var made []uuid.UUID
		require.NoError(t, db.Select(ctx, &made, `select order_id from orders where order_id = $1`, k.order))
		if len(made) > 0 {
			orders = append(orders, k)
		}
	}
	for n := range rapid.IntRange(0, len(orders)*2).Draw(t, "lines") {
		o := rapid.SampledFrom(orders).Draw(t, "order")
		insert(`insert into order_lines values ($1, $2, $3, 1)`, o.customer, o.order, n)
		insert(`insert into notes (order_id, text) values ($1, 'n')`, o.order)
		if other := rapid.SampledFrom(orders).Draw(t, "other"); other != o {
			insert(`insert into links values ($1, $2, $3, $4, 'o')`, o.customer, o.order, other.customer, other.order)
		}
	}
	for n := range rapid.IntRange(0, 10).Draw(t, "rest") {
		c, other := who.Draw(t, "customer"), who.Draw(t, "other")
		department := rapid.SampledFrom([]any{nil, "x", "y"}).Draw(t, "department")
		insert(`insert into scores values ($1, $2)`, c, n)
		insert(`insert into risks values ($1, $2, $3, $4, $5)`, c, id(n), word.Draw(t, "reason"), department, rapid.SampledFrom([]any{nil, testkit.Start}).Draw(t, "clear"))
		insert(`insert into people select $1, $2, (select person_id from people where customer_id = $1 order by person_id desc limit 1), $3`, c, id(n), word.Draw(t, "name"))
		insert(`insert into shares values ($1, $2, $3)`, id(n), c, other)
		if c != other {
			insert(`insert into parents values ($1, $2, $3)`, c, other, word.Draw(t, "kind"))
		}
		from := small.Draw(t, "from")
		insert(`insert into stays values ($1, $2, int4range($3, $4, '[]'))`, c, n, from, from+1)
		insert(`insert into recalls values ($1, $2, true)`, c, small.Draw(t, "recall"))
		insert(`insert into recall_items select customer_id, recall, $2 from recalls where customer_id = $1`, c, id(n))
		insert(`insert into entries values ($1, $2, 1)`, c, id(n))
		insert(`insert into wishes (customer_id) values ($1)`, rapid.SampledFrom([]any{nil, c}).Draw(t, "wish"))
		insert(`insert into vault.keys values ($1, $2, '\x00')`, c, id(n))
		insert(`insert into receipts values ($1)`, c)
		insert(`insert into parted values ($1, $2)`, c, small.Draw(t, "part"))
		insert(`insert into measured values ($1, '2026-01-05', $2)`, c, `{"`+word.Draw(t, "what")+`"}`)
	}
}

// What a move has done an undoing takes back to the last bit, whatever there was.
func TestMoveThenUndoRestoresExactly(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	ctx := t.Context()
	m := mover(db)
	empty := `truncate customers, orders, order_lines, notes, scores, risks, people, links, parents, shares, stays, recalls, recall_items, entries, sums, wishes, vault.keys,
		receipts, parted, measured, rekeyed, rekey_aside cascade; insert into customers values ('` + merged.String() + `'), ('` + survivor.String() + `'), ('` + third.String() + `')`
	rapid.Check(t, func(t *rapid.T) {
		_, err := db.Exec(ctx, empty)
		require.NoError(t, err)
		fill(ctx, t, db)
		before := dump(ctx, t, db)
		require.NoError(t, m.Move(ctx, merge, merged, survivor))
		for _, name := range tables {
			var left int
			if columns := columnsOf[name]; columns != "" {
				require.NoError(t, db.GetDynamic(ctx, &left, `select count(*) from `+name+` where $1 in (`+columns+`)`, merged))
				require.Zero(t, left, "nothing of %s is the merged customer's", name)
			}
		}
		require.NoError(t, m.Move(ctx, merge, merged, survivor), "again, there is nothing to move")
		require.NoError(t, m.Undo(ctx, merge, merged, survivor))
		require.Equal(t, before, dump(ctx, t, db))
		require.NoError(t, m.Undo(ctx, merge, merged, survivor), "again, there is nothing to take back")
		require.Equal(t, before, dump(ctx, t, db))
	})
}

// columnsOf are the columns that name a customer in tables whose rows move.
var columnsOf = map[string]string{
	"orders": "customer_id", "order_lines": "customer_id", "scores": "customer_id", "risks": "customer_id", "people": "customer_id", "links": "customer_id, other_customer_id",
	"parents": "customer_id, parent_customer_id", "shares": "customer_id, other_customer_id", "stays": "customer_id", "recalls": "customer_id", "recall_items": "customer_id",
	"entries": "customer_id", "sums": "customer_id", "wishes": "customer_id", "vault.keys": "customer_id", "parted": "customer_id", "measured": "customer_id",
}
