package escalation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Clocks of one customer from an instant on, a second apart.
const fill = `insert into clocks (customer_id, case_id, clock_id, measure, rule_id, rule_version, calendar_id, calendar_version, sla_factor, customer_factor, target_seconds, pauses,
		state, used_seconds, intervals, alarms, change_time, running_since, due_time, next_alarm_time, next_alarm)
	select $1, gen_random_uuid(), gen_random_uuid(), 2, $1, 1, $1, 1, 1, 1, 3600, true, 1, 0, 1, 1, now(), now(), $3, cast($3 as timestamptz) + i * interval '1 second', 1
	from generate_series(1, $2::int) i`

// touched is how many pages of the database it takes to find what is due.
func (b *bundle) touched(t *testing.T, at time.Time) int {
	t.Helper()
	var plan postgres.JSON[[]struct {
		Plan struct {
			Hit  int `json:"Shared Hit Blocks"`
			Read int `json:"Shared Read Blocks"`
			Rows int `json:"Actual Rows"`
		}
	}]
	require.NoError(t, b.db.Get(t.Context(), &plan, `explain (analyze, buffers, format json) `+selectCandidates, at, batch))
	require.Equal(t, 50, plan.V[0].Plan.Rows)
	return plan.V[0].Plan.Hit + plan.V[0].Plan.Read
}

// Finding what is due costs in proportion to that and not to what is open: of ten times as many clocks it touches as many pages, but for one more level of an index here and there.
func TestFindingCostsWhatIsDue(t *testing.T) {
	t.Parallel()
	pages := map[int]int{}
	for _, open := range []int{10_000, 100_000} {
		b := setup(t)
		far := b.clock.Now().Add(1000 * time.Hour)
		for range open / 5000 {
			b.exec(t, fill, b.customer(t, "cn"), 5000, far)
		}
		for range 50 {
			b.exec(t, fill, b.customer(t, "cn"), 1, b.clock.Now())
		}
		b.exec(t, `vacuum analyze clocks`)
		b.exec(t, `vacuum analyze customers`)
		pages[open] = b.touched(t, b.clock.Now().Add(time.Minute))
	}
	t.Logf("pages touched for 50 due clocks, by open ones: %v", pages)
	require.LessOrEqual(t, pages[100_000], pages[10_000]*3/2+10, "%v", pages)
	require.Less(t, pages[100_000], 50*10, "%v", pages)
}
