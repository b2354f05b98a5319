package rule

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "segmentation_migrations", os.DirFS("../../migrations"))
}

// shanghai is where the company's days begin.
var shanghai = time.FixedZone("CST", 8*60*60)

var moment = Moment{Day: time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC), Start: time.Date(2026, 3, 10, 0, 0, 0, 0, shanghai)}

// signal is one observation of a customer.
type signal struct {
	kind  int
	value string
	at    time.Time
}

// customer is what is stored of one: columns by table, as pq takes them.
type customer struct {
	id        uuid.UUID
	customers map[string]any
	standings map[string]any
	measures  map[string]any
	signals   []signal
}

func store(t testing.TB, db *postgres.DB, c customer) {
	t.Helper()
	insert(t, db, "customers", c.id, c.customers, map[string]any{"territory": "cn/south", "create_time": moment.Day})
	if c.standings != nil {
		insert(t, db, "standings", c.id, c.standings, nil)
	}
	if c.measures != nil {
		insert(t, db, "measures", c.id, c.measures, map[string]any{
			"measure_month": moment.Day, "order_days": 0, "sales": 0, "stated_sales": 0, "previous_sales": 0, "year_sales": 0, "last_year_sales": 0,
			"orders": 0, "quarters": 0, "product_lines": 0, "unrated": 0,
		})
	}
	for i, s := range c.signals {
		_, err := db.Exec(t.Context(), `insert into signals values ($1, $2, $3, $4, $5, 'voice', $6, '', '', $5)`, c.id, uuid.New(), s.kind, s.value, s.at, fmt.Sprint(i))
		require.NoError(t, err)
	}
}

func insert(t testing.TB, db *postgres.DB, table string, id uuid.UUID, columns, usual map[string]any) {
	t.Helper()
	all := map[string]any{"customer_id": id}
	maps.Copy(all, usual)
	maps.Copy(all, columns)
	names, places, args := "", "", []any{}
	for name, value := range all {
		args = append(args, value)
		names, places = names+", "+name, places+fmt.Sprintf(", $%d", len(args))
	}
	_, err := db.Exec(t.Context(), "insert into "+table+" ("+names[2:]+") values ("+places[2:]+")", args...)
	require.NoError(t, err)
}

// members are the customers that the rule is true of.
func members(t require.TestingT, ctx context.Context, db *postgres.DB, source string) map[uuid.UUID]bool { //nolint:revive // the test comes first
	r, err := Compile(source)
	require.NoError(t, err, source)
	var args []any
	condition := r.Condition(moment, func(cast string, value any) string {
		args = append(args, value)
		return fmt.Sprintf("cast($%d as %s)", len(args), cast)
	})
	var ids []uuid.UUID
	require.NoError(t, db.SelectDynamic(ctx, &ids, "select c.customer_id from "+From+" where "+condition, args...), "%s\n%s", source, condition)
	out := make(map[uuid.UUID]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}

func attributes(values map[string]any) string {
	out, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	return string(out)
}

func array(values ...string) any { return pq.StringArray(append([]string{}, values...)) }
