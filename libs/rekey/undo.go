package rekey

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// What was made under the old name since, and under the names of those that had been merged into its bearer before.
const selectFollowing = `with recursive names (id) as (
		select $1::uuid union select a.customer_id from aliases a join names n on a.survivor_id = n.id
	)
	select c.resource from changes c join names n on c.via = n.id where c.via is not null and c.action = 1 group by 1 order by max(c.change_time) desc limit $2`

// Followed are the names of what was made under the name of a merged customer, and of those merged into it before: the latest ones first, at most so many. They are below whoever
// had them then.
func (m *Mover) Followed(ctx context.Context, from uuid.UUID, most int) (names []string, err error) {
	return names, m.db.Select(ctx, &names, selectFollowing, from, most)
}

// follow logs, beside what was moved, what goes along with it.
func (w *work) follow(ctx context.Context, collections map[string]string, along []string) error {
	var resources []string
	if err := w.db.Select(ctx, &resources, selectFollowing, w.from, nil); err != nil {
		return err
	}
	ids := map[string][]string{}
	for _, name := range append(resources, along...) {
		segments := strings.Split(name, "/")
		if len(segments)%2 != 0 {
			continue
		}
		if column := collections[segments[len(segments)-2]]; column != "" {
			ids[column] = append(ids[column], segments[len(segments)-1])
		}
	}
	for _, t := range w.movable {
		for _, c := range t.columns {
			if len(ids[c.Name]) == 0 || c.Customer {
				continue
			}
			customer, there := find(t.customers, "customer_id") // another one is of something else: see hanging
			if !there {
				continue
			}
			if err := w.made(ctx, t, customer, c, ids[c.Name]); err != nil {
				return err
			}
		}
	}
	return w.hanging(ctx)
}

// made logs the rows of resources by their ids.
func (w *work) made(ctx context.Context, t *table, customer, id column, ids []string) error {
	cast := "text[]"
	if id.Type == "uuid" {
		ids, cast = slices.DeleteFunc(slices.Clone(ids), func(s string) bool { return uuid.Validate(s) != nil }), "uuid[]"
	} else if id.Type != "text" {
		return nil
	}
	statement := fmt.Sprintf(`with moved as (select %s as key from %s t where t.%s = $2::uuid and t.%s = any ($3::%s)) `+logged,
		array("t", t.logKey()), t.sql, customer.sql(), id.sql(), cast, t.literal(), pq.QuoteLiteral(customer.Name), chunk)
	_, err := w.db.Exec(ctx, statement, w.merge, w.to, pq.StringArray(ids))
	return err
}

// hanging logs the rows that cannot be without one that goes back: those made since, of which a foreign key may not be empty. Parents come before children.
func (w *work) hanging(ctx context.Context) error {
	for _, f := range w.foreign {
		of, to, bound := w.pair(f)
		if !bound || f.Parent == f.Child || len(w.loose(f)) > 0 {
			continue
		}
		child, parent := w.tables[f.Child], w.tables[f.Parent]
		statement := fmt.Sprintf(`with moved as (select %s as key from %s join %s p on p.%s = $2::uuid and %s join %s t on %s
				where t.%s = $2::uuid and not exists (select from %s where %s)) `+logged,
			array("t", child.logKey()), parent.log(to), parent.sql, to.sql(), matches("p", parent.logKey(), "l.key"), child.sql, joined(f, "t", "p"),
			of.sql(), child.log(of), matches("t", child.logKey(), "l.key"), child.literal(), pq.QuoteLiteral(of.Name), chunk)
		if _, err := w.db.Exec(ctx, statement, w.merge, w.to); err != nil {
			return fmt.Errorf("rekey: rows of %s that hang on others: %w", f.Child, err)
		}
	}
	return nil
}

// loose are the columns of a foreign key that may be empty and name no customer.
func (w *work) loose(f foreign) []string {
	var out []string
	for _, name := range f.From {
		if c, _ := find(w.tables[f.Child].columns, name); !c.NotNull && !c.Customer && !c.Generated {
			out = append(out, name)
		}
	}
	return out
}

func joined(f foreign, child, parent string) string {
	parts := make([]string, len(f.From))
	for i := range f.From {
		parts[i] = child + "." + pq.QuoteIdentifier(f.From[i]) + " = " + parent + "." + pq.QuoteIdentifier(f.To[i])
	}
	return strings.Join(parts, " and ")
}

// A row may be logged twice, as moved and as one that follows: then all columns that changed go back first.
const selectLogged = `select table_name as label, column_name as name from rekeyed where merge_id = $1 group by 1, 2 order by length(column_name) desc, 1, 2`

// moveBack gives the logged rows back that the survivor still has.
func (w *work) moveBack(ctx context.Context) error {
	var moved []column
	if err := w.db.Select(ctx, &moved, selectLogged, w.merge); err != nil {
		return err
	}
	for _, t := range w.movable {
		if err := w.clear(ctx, t); err != nil {
			return err
		}
	}
	for _, m := range moved {
		t := w.tables[m.Table]
		if t == nil || !t.moved {
			continue // a table that is no more
		}
		var sets []string
		where := []string{matches("t", t.logKey(), "l.key")}
		for name := range strings.SplitSeq(m.Name, ",") {
			quoted := pq.QuoteIdentifier(name)
			sets, where = append(sets, quoted+" = $2::uuid"), append(where, "t."+quoted+" = $3::uuid")
		}
		statement := fmt.Sprintf(`update %s t set %s from (select k.key from rekeyed r cross join lateral jsonb_array_elements(r.keys) k (key)
			where r.merge_id = $1::uuid and r.table_name = %s and r.column_name = %s) l where %s`,
			t.sql, strings.Join(sets, ", "), t.literal(), pq.QuoteLiteral(m.Name), strings.Join(where, " and "))
		if _, err := w.run(ctx, statement); err != nil {
			return fmt.Errorf("rekey: %s: %w", t.label, err)
		}
	}
	return nil
}

// clear makes room in a table of one row for each customer: who works such rows out may have made one of the merged customer anew.
func (w *work) clear(ctx context.Context, t *table) error {
	if len(t.key) != 1 || len(t.customers) != 1 || t.key[0].Name != t.customers[0].Name {
		return nil
	}
	_, err := w.db.Exec(ctx, fmt.Sprintf(`delete from %s t where t.%s = $2::uuid and (
			exists (select from rekeyed r where r.merge_id = $1::uuid and r.table_name = %s)
			or exists (select from rekey_aside a where a.merge_id = $1::uuid and a.table_name = %s))`, t.sql, t.key[0].sql(), t.literal(), t.literal()), w.merge, w.from)
	return err
}

// cut empties references between what went and what stayed.
func (w *work) cut(ctx context.Context) error {
	for _, f := range w.foreign {
		of, _, bound := w.pair(f)
		loose := w.loose(f)
		if !bound || len(loose) == 0 {
			continue
		}
		sets := make([]string, len(loose))
		for i, name := range loose {
			sets[i] = pq.QuoteIdentifier(name) + " = null"
		}
		present := make([]string, len(f.From))
		for i, name := range f.From {
			present[i] = "t." + pq.QuoteIdentifier(name) + " is not null"
		}
		statement := fmt.Sprintf(`update %s t set %s where t.%s in ($1::uuid, $2::uuid) and %s and not exists (select from %s p where %s)`,
			w.tables[f.Child].sql, strings.Join(sets, ", "), of.sql(), strings.Join(present, " and "), w.tables[f.Parent].sql, joined(f, "t", "p"))
		if _, err := w.db.Exec(ctx, statement, w.from, w.to); err != nil {
			return fmt.Errorf("rekey: references of %s: %w", f.Child, err)
		}
	}
	return nil
}

const forgetMoved = `delete from rekeyed where merge_id = $1`

func (w *work) forget(ctx context.Context) error {
	_, err := w.db.Exec(ctx, forgetMoved, w.merge)
	return err
}
