package rekey

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// In all statements $1 is the merge, $2 the customer that rows are taken from and $3 the one that they are given to. All names are quoted, all values are parameters; the
// expressions of indexes and checks are PostgreSQL's own words.

// literal is a table's label as a value.
func (t *table) literal() string { return pq.QuoteLiteral(t.label) }

// array is a JSON array of columns of a row.
func array(row string, columns []column) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		if parts[i] = row + "." + c.sql(); c.Nested {
			parts[i] += "::text"
		}
	}
	return `jsonb_build_array(` + strings.Join(parts, ", ") + `)`
}

// matches says that a row has the columns of such an array.
func matches(row string, columns []column, array string) string {
	parts := []string{"true"}
	for i, c := range columns {
		parts = append(parts, fmt.Sprintf("%s.%s = (%s ->> %d)::%s", row, c.sql(), array, i, c.Type))
	}
	return strings.Join(parts, " and ")
}

// several says whether a row can name more than one customer.
func (t *table) several() bool { return len(t.customers) > 1 }

// logKey are the columns by which the log tells a table's rows after they have moved. Of one customer the survivor is known.
func (t *table) logKey() []column {
	if t.several() {
		return t.key
	}
	var rest []column
	for _, k := range t.key {
		if k.Name != t.customers[0].Name {
			rest = append(rest, k)
		}
	}
	return rest
}

// whole is a row as JSON.
func (t *table) whole(row string) string {
	var wraps []string
	for _, c := range t.columns {
		if c.JSON {
			wraps = append(wraps, fmt.Sprintf("%s, case when %s.%s is not null then jsonb_build_array(%s.%s) end", pq.QuoteLiteral(c.Name), row, c.sql(), row, c.sql()))
		}
	}
	parts := []string{`to_jsonb(` + row + `)`}
	for some := range slices.Chunk(wraps, 40) { // a function takes a hundred arguments
		parts = append(parts, `jsonb_build_object(`+strings.Join(some, ", ")+`)`)
	}
	return strings.Join(parts, " || ")
}

// moving says that a row names the customer that rows are taken from.
func (t *table) moving(row string) string {
	parts := make([]string, len(t.customers))
	for i, c := range t.customers {
		parts[i] = row + "." + c.sql() + " = $2::uuid"
	}
	return "(" + strings.Join(parts, " or ") + ")"
}

// staying says that it does not.
func (t *table) staying(row string) string {
	return "(" + t.moving(row) + ") is not true"
}

// becomes is what a column of the row t will be.
func (c column) becomes() string {
	name := "t." + c.sql()
	if !c.Customer {
		return name
	}
	return fmt.Sprintf("case when %s = $2::uuid then $3::uuid else %s end", name, name)
}

// projected are the rows that move, as they will be, with what is kept of them as they are.
func (t *table) projected() string {
	parts := make([]string, len(t.columns))
	for i, c := range t.columns {
		parts[i] = c.sqlOf(t).becomes() + " as " + c.sql()
	}
	return fmt.Sprintf(`(select %s, %s as rekey_key, %s as rekey_row from %s t where %s)`,
		strings.Join(parts, ", "), array("t", t.key), t.whole("t"), t.sql, t.moving("t"))
}

// sqlOf is the column as it is moved: that of a table that is excepted names nobody.
func (c column) sqlOf(t *table) column {
	_, moved := find(t.customers, c.Name)
	c.Customer = moved
	return c
}

const (
	insertAside = `insert into rekey_aside (merge_id, table_name, key, row)`
	onceAside   = ` on conflict (merge_id, table_name, key) do update set row = excluded.row`
)

// conflicts puts aside the rows that a unique index would refuse to the survivor.
func (t *table) conflicts(u unique) string {
	parts, alike, keys := make([]string, len(u.Parts)), make([]string, len(u.Parts)), make([]string, len(u.Parts))
	for i, part := range u.Parts {
		keys[i] = fmt.Sprintf("k%d", i)
		parts[i] = fmt.Sprintf("(%s) as rekey_%s", part, keys[i])
		alike[i] = fmt.Sprintf("theirs.rekey_%s %s ours.rekey_%s", keys[i], u.Operators[i], keys[i])
		keys[i] = "rekey_" + keys[i]
	}
	where := "true"
	if u.Where != "" {
		where = "(" + u.Where + ")"
	}
	theirs := t.staying("r")
	if !t.several() && len(u.Columns) == 1 { // what an index can find
		theirs = "r." + t.customers[0].sql() + " = $3::uuid"
	}
	taken := fmt.Sprintf(`exists (select from (select %s from %s r where %s and %s) theirs where %s)`, strings.Join(parts, ", "), t.sql, theirs, where, strings.Join(alike, " and "))
	rank, first := "", ""
	if t.several() { // two that move can become alike
		present := strings.Join(keys, " is not null and ") + " is not null"
		rank = fmt.Sprintf(`, row_number() over (partition by %s order by rekey_key::text) as rekey_rank`, strings.Join(keys, ", "))
		first = ` or ours.rekey_rank > 1 and ` + present
	}
	return fmt.Sprintf(`%s select $1::uuid, %s, ours.rekey_key, ours.rekey_row
		from (select %s, rekey_key, rekey_row%s from (select %s, rekey_key, rekey_row from %s r where %s) m) ours where %s%s%s`,
		insertAside, t.literal(), strings.Join(keys, ", "), rank, strings.Join(parts, ", "), t.projected(), where, taken, first, onceAside)
}

// refused puts aside the rows that a check would refuse to the survivor.
func (t *table) refused(check string) string {
	return fmt.Sprintf(`%s select $1::uuid, %s, r.rekey_key, r.rekey_row from %s r where (%s) is false%s`, insertAside, t.literal(), t.projected(), check, onceAside)
}

// orphans puts aside the rows that refer to one that is aside, if nothing takes its place.
func (c *catalogue) orphans(f foreign) string {
	child, parent := c.tables[f.Child], c.tables[f.Parent]
	refers, replaced := make([]string, len(f.From)), make([]string, len(f.From))
	for i := range f.From {
		from, _ := find(child.columns, f.From[i])
		to, _ := find(parent.columns, f.To[i])
		refers[i] = fmt.Sprintf("t.%s = (a.row ->> %s)::%s", from.sql(), pq.QuoteLiteral(to.Name), to.Type)
		replaced[i] = fmt.Sprintf("p.%s = %s", to.sql(), from.sqlOf(child).becomes())
	}
	return fmt.Sprintf(`%s select distinct on (2, 3) $1::uuid, %s, %s, %s
		from rekey_aside a join %s t on %s
		where a.merge_id = $1::uuid and a.table_name = %s
			and not exists (select from %s p where %s and %t and not exists (select from rekey_aside x where x.merge_id = $1::uuid and x.table_name = %s and x.key = %s))
			and not exists (select from rekey_aside x where x.merge_id = $1::uuid and x.table_name = %s and x.key = %s)
		on conflict (merge_id, table_name, key) do nothing`,
		insertAside, child.literal(), array("t", child.key), child.whole("t"),
		child.sql, strings.Join(refers, " and "), parent.literal(),
		parent.sql, strings.Join(replaced, " and "), !parent.several(), parent.literal(), array("p", parent.key),
		child.literal(), array("t", child.key))
}

// chunk is how many keys stand in one row of the log.
const chunk = 1000

// change changes the rows that are not aside, and logs them.
func (t *table) change(aside bool) string {
	except := ""
	if aside {
		except = fmt.Sprintf(` and not exists (select from rekey_aside x where x.merge_id = $1::uuid and x.table_name = %s and x.key = %s)`, t.literal(), array("t", t.key))
	}
	if !t.several() {
		c := t.customers[0]
		return fmt.Sprintf(`with moved as (update %s t set %s = $3::uuid where t.%s = $2::uuid%s returning %s as key) `+logged,
			t.sql, c.sql(), c.sql(), except, array("t", t.logKey()), t.literal(), pq.QuoteLiteral(c.Name), chunk)
	}
	sets, names := make([]string, len(t.customers)), make([]string, len(t.customers))
	for i, c := range t.customers {
		sets[i] = c.sql() + " = " + c.becomes()
		names[i] = fmt.Sprintf("case when t.%s = $2::uuid then %s end", c.sql(), pq.QuoteLiteral(c.Name))
	}
	keys := make([]string, len(t.key))
	for i, k := range t.key {
		if keys[i] = k.sqlOf(t).becomes(); k.Nested {
			keys[i] = "(" + keys[i] + ")::text"
		}
	}
	// Both parts see the rows as they were.
	return fmt.Sprintf(`with moved as (select jsonb_build_array(%s) as key, concat_ws(',', %s) as columns from %s t where %s%s),
		changed as (update %s t set %s where %s%s)
		insert into rekeyed (merge_id, table_name, column_name, keys)
		select $1::uuid, %s, columns, jsonb_agg(key) from (select key, columns, (row_number() over (partition by columns) - 1) / %d as chunk from moved) m group by columns, chunk`,
		strings.Join(keys, ", "), strings.Join(names, ", "), t.sql, t.moving("t"), except, t.sql, strings.Join(sets, ", "), t.moving("t"), except, t.literal(), chunk)
}

const logged = `insert into rekeyed (merge_id, table_name, column_name, keys)
	select $1::uuid, %s, %s, jsonb_agg(key) from (select key, (row_number() over () - 1) / %d as chunk from moved) m group by chunk`

// log are the keys of a table's column that are logged, as l(key).
func (t *table) log(c column) string {
	return fmt.Sprintf(`(select k.key from rekeyed r cross join lateral jsonb_array_elements(r.keys) k (key)
		where r.merge_id = $1::uuid and r.table_name = %s and %s = any (string_to_array(r.column_name, ','))) l`, t.literal(), pq.QuoteLiteral(c.Name))
}

// remove takes away the rows that are aside: not one that has come to the key of one since.
func (t *table) remove() string {
	return fmt.Sprintf(`delete from %s t using rekey_aside a where a.merge_id = $1::uuid and a.table_name = %s and %s and a.row = %s`,
		t.sql, t.literal(), matches("t", t.key, "a.key"), t.whole("t"))
}
