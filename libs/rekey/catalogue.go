package rekey

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// catalogue is what is known of a database.
type catalogue struct {
	tables  map[string]*table // by label; all of them, for a row that is put aside may take along those of any
	movable []*table          // those that name a customer
	foreign []foreign         // parents before children, as far as there are no circles
	// check has all constraints checked, and those wait again that wait by themselves.
	check string
}

type table struct {
	label   string // as it is logged
	sql     string // quoted
	columns []column
	key     []column // of the primary key, or one like it; none: its rows cannot be told apart
	// customers are the columns that name one.
	customers []column
	uniques   []unique
	checks    []string // over columns that name customers
	moved     bool     // it names customers and is not excepted
}

type column struct {
	Table     string `db:"label"`
	Name      string `db:"name"`
	Type      string `db:"type"`
	NotNull   bool   `db:"not_null"`
	Generated bool   `db:"generated"`
	Customer  bool   `db:"customer"`
	JSON      bool   `db:"json"`
	// Nested is an array or a composite, which is written as text in keys.
	Nested bool `db:"nested"`
	// Key is its place in the primary key, 0 for none.
	Key int `db:"key"`
}

func (c column) sql() string { return pq.QuoteIdentifier(c.Name) }

// unique is a unique index or an exclusion constraint that depends on a customer's column.
type unique struct {
	Table string         `db:"label"`
	Parts pq.StringArray `db:"parts"` // columns or expressions, with no table before the columns
	// Operators are by which two parts are alike.
	Operators pq.StringArray `db:"operators"`
	Where     string         `db:"predicate"` // empty: all rows
	Columns   pq.StringArray `db:"columns"`   // the customer's columns among Parts
}

// foreign is a foreign key.
type foreign struct {
	Name       string         `db:"name"`
	Child      string         `db:"child"`
	Parent     string         `db:"parent"`
	From       pq.StringArray `db:"from_columns"`
	To         pq.StringArray `db:"to_columns"`
	Deferrable bool           `db:"deferrable"`
	OnUpdate   string         `db:"on_update"`
}

type check struct {
	Table      string `db:"label"`
	Expression string `db:"expression"`
}

// read reads the catalogue. What Move could not deal with is an error here.
func read(ctx context.Context, db *postgres.DB, except []string) (*catalogue, error) {
	c := &catalogue{tables: map[string]*table{}}
	var columns []column
	if err := db.Select(ctx, &columns, selectColumns); err != nil {
		return nil, err
	}
	for _, col := range columns {
		c.add(col, except)
	}
	var uniques []unique
	if err := db.Select(ctx, &uniques, selectUniques); err != nil {
		return nil, err
	}
	for _, u := range uniques {
		c.tables[u.Table].uniques = append(c.tables[u.Table].uniques, u)
	}
	var checks []check
	if err := db.Select(ctx, &checks, selectChecks); err != nil {
		return nil, err
	}
	for _, k := range checks {
		c.tables[k.Table].checks = append(c.tables[k.Table].checks, k.Expression)
	}
	if err := db.Select(ctx, &c.foreign, selectForeign); err != nil {
		return nil, err
	}
	var waiting []string
	if err := db.Select(ctx, &waiting, selectWaiting); err != nil {
		return nil, err
	}
	c.check = `set constraints all immediate`
	if len(waiting) > 0 {
		c.check += `; set constraints ` + strings.Join(waiting, ", ") + ` deferred`
	}
	c.order()
	return c, c.refuse()
}

// kept are the platform's tables that name customers which stay, and the customers themselves.
var kept = []string{"customers", "aliases", "rekeyed", "rekey_aside"}

func (c *catalogue) add(col column, except []string) {
	t := c.tables[col.Table]
	if t == nil {
		schema, name, qualified := strings.Cut(col.Table, ".")
		t = &table{label: col.Table, sql: pq.QuoteIdentifier(schema)}
		if qualified {
			t.sql += "." + pq.QuoteIdentifier(name)
		} else {
			t.sql = `public.` + t.sql
		}
		c.tables[col.Table] = t
	}
	t.columns = append(t.columns, col)
	if col.Key > 0 {
		t.key = append(t.key, col)
		slices.SortFunc(t.key, func(a, b column) int { return a.Key - b.Key })
	}
	if !col.Customer || slices.Contains(except, col.Table) || slices.Contains(kept, col.Table) {
		return
	}
	t.customers = append(t.customers, col)
	if !t.moved {
		t.moved = true
		c.movable = append(c.movable, t)
	}
}

// order puts the foreign keys of parents before those of their children.
func (c *catalogue) order() {
	depth := map[string]int{}
	for range c.tables { // the longest way is no longer
		changed := false
		for _, f := range c.foreign {
			if d := depth[f.Parent] + 1; f.Parent != f.Child && d > depth[f.Child] && d <= len(c.tables) {
				depth[f.Child], changed = d, true
			}
		}
		if !changed {
			break
		}
	}
	slices.SortStableFunc(c.foreign, func(a, b foreign) int { return depth[a.Child] - depth[b.Child] })
	slices.SortStableFunc(c.movable, func(a, b *table) int { return depth[a.label] - depth[b.label] })
}

// refuse says what cannot be moved.
func (c *catalogue) refuse() error {
	for _, t := range c.movable {
		if len(t.key) == 0 {
			return fmt.Errorf("rekey: table %s has no primary key", t.label)
		}
	}
	for _, f := range c.foreign {
		if !c.bound(f) {
			continue
		}
		if !f.Deferrable {
			return fmt.Errorf("rekey: foreign key %s of table %s is not deferrable: call guanxi_defer_customer_keys() in a migration", f.Name, f.Child)
		}
		if f.OnUpdate != "a" {
			return fmt.Errorf("rekey: foreign key %s of table %s may not act on updates", f.Name, f.Child)
		}
	}
	return nil
}

// bound says whether a foreign key binds a row of a customer to another row of it, both of which are moved.
func (c *catalogue) bound(f foreign) bool {
	_, _, ok := c.pair(f)
	return ok
}

// pair are the columns of both ends of a foreign key that name the customer.
func (c *catalogue) pair(f foreign) (child, parent column, ok bool) {
	for i := range f.From {
		child, ours := find(c.tables[f.Child].customers, f.From[i])
		parent, theirs := find(c.tables[f.Parent].customers, f.To[i])
		if ours && theirs {
			return child, parent, true
		}
	}
	return column{}, column{}, false
}

func find(columns []column, name string) (column, bool) {
	i := slices.IndexFunc(columns, func(c column) bool { return c.Name == name })
	if i < 0 {
		return column{}, false
	}
	return columns[i], true
}
