package rekey

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// shape is a set of columns that rows put aside have: a table may have got others since.
type shape struct {
	Table   string         `db:"table_name"`
	Columns pq.StringArray `db:"columns"`
}

const shapeOf = `array(select jsonb_object_keys(a.row) order by 1)`

const selectShapes = `select distinct a.table_name, ` + shapeOf + ` as columns from rekey_aside a where a.merge_id = $1`

// restore puts back what was put aside. A row whose key somebody has taken since stays aside, for it is all that there is of it.
func (w *work) restore(ctx context.Context) error {
	var shapes []shape
	if err := w.db.Select(ctx, &shapes, selectShapes, w.merge); err != nil {
		return err
	}
	labels := make([]string, len(shapes))
	for i, s := range shapes {
		labels[i] = s.Table
	}
	for _, t := range slices.Backward(w.childrenFirst(labels)) {
		for _, s := range shapes {
			if s.Table != t.label {
				continue
			}
			if err := w.putBack(ctx, t, s); err != nil {
				return fmt.Errorf("rekey: %s: %w", t.label, err)
			}
		}
	}
	return nil
}

func (w *work) putBack(ctx context.Context, t *table, s shape) error {
	var names, values []string
	for _, name := range s.Columns {
		c, there := find(t.columns, name)
		if !there || c.Generated {
			continue
		}
		names = append(names, name)
		if c.JSON {
			values = append(values, fmt.Sprintf(`case jsonb_typeof(a.row -> %[1]s) when 'array' then (a.row -> %[1]s -> 0)::%[2]s end`, pq.QuoteLiteral(name), c.Type))
		} else {
			values = append(values, "r."+c.sql())
		}
	}
	statement := fmt.Sprintf(`with back as (
			insert into %s (%s) overriding system value select %s from rekey_aside a cross join lateral jsonb_populate_record(null::%s, a.row) r
			where a.merge_id = $1::uuid and a.table_name = %s and `+shapeOf+` = $2
			on conflict do nothing returning *
		)
		delete from rekey_aside a using back b where a.merge_id = $1::uuid and a.table_name = %s and %s`,
		t.sql, columnsOf(names), strings.Join(values, ", "), t.sql, t.literal(), t.literal(), matches("b", t.key, "a.key"))
	_, err := w.db.Exec(ctx, statement, w.merge, s.Columns)
	return err
}
