package servicetest

import (
	"slices"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
)

const namingTables = `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
	where n.nspname = 'public' and c.relkind = 'r' and a.attname = 'customer_id' and not a.attisdropped
		and c.relname <> all ($1) order by 1`

// RowsOf are the rows of the service's database that are about a customer, as text by table; tables without any are not in it. The customer itself, its old names and the tables
// given are left out.
func (s *Service) RowsOf(t testing.TB, customer string, except ...string) map[string][]string {
	t.Helper()
	var names []string
	require.NoError(t, s.DB.Select(t.Context(), &names, namingTables, pq.StringArray(append(slices.Clone(except), "customers", "aliases"))))
	out := map[string][]string{}
	for _, name := range names {
		var rows []string
		require.NoError(t, s.DB.SelectDynamic(t.Context(), &rows, `select t::text from `+pq.QuoteIdentifier(name)+` t where 'customers/' || customer_id = $1 order by 1`, customer))
		if len(rows) > 0 {
			out[name] = rows
		}
	}
	return out
}
