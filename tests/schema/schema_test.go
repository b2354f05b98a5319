// Package schema holds the tables of all services to what they have in common.
package schema

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

// selectApart are the tables that name a customer and do not begin their primary key with him.
const selectApart = `select c.relname
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
	left join pg_index i on i.indrelid = c.oid and i.indisprimary
where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema')
	and a.attname = 'customer_id' and not a.attisdropped and i.indkey[0] is distinct from a.attnum
order by 1`

// A table of customers' facts begins its primary key with the customer, so that what is read together lies together; the others say here what they are kept by. More on it:
// docs/decisions/0020-more-than-one-machine.md.
var apart = map[string]map[string]string{
	"profile": {
		"customer_external_ids": "the id in the other system, unique over all customers",
		"erasures":              "the person whose key was destroyed; the customer may be gone",
	},
	"segmentation": {
		"rebate_settlement_results": "the settlement that it is a result of",
		"touched":                   "a queue",
		"wanted":                    "a queue",
	},
	"planning": {
		"budgets": "the budget: for all, for a customer or for an activity",
		"replans": "a queue",
		"wanted":  "a queue",
	},
	"voice": {
		"clock_moves":   "the operation that moves clocks, which goes on where it stood",
		"moves":         "a queue",
		"voices":        "the voice: nobody may know yet whose it is",
		"wanted":        "a queue",
		"wanted_orders": "a queue",
	},
	"satisfaction": {
		"customer_scores": "the survey",
		"invitations":     "the survey",
		"responses":       "the survey; a response may be nobody's",
		"survey_frame":    "the survey and its stratum, from which it is drawn",
		"wanted":          "a queue",
	},
}

func TestFactsLieWithTheirCustomer(t *testing.T) {
	t.Parallel()
	for _, definition := range stage.Services() {
		t.Run(definition.Name, func(t *testing.T) {
			t.Parallel()
			db := testkit.Database(t, func(ctx context.Context, db *postgres.DB) error { return service.Migrate(ctx, db, definition) })
			var names []string
			require.NoError(t, db.Select(t.Context(), &names, selectApart))
			require.Equal(t, slices.Sorted(maps.Keys(apart[definition.Name])), names)
		})
	}
}
