package contactplan_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
)

func TestSpecialDatesEnterTheYear(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "li", core)
	leap, past, denied := b.person(t, c, 2, 29), b.person(t, c, 1, 5), b.person(t, c, 6, 1)
	b.exec(t, `update people set denied_media = '{2,4,5}' where person_id = $1`, denied)
	b.exec(t, `update people set special_dates = '[{"label": "入职", "year": 0, "month": 8, "day": 15}, {"label": "once", "year": 2025, "month": 9, "day": 1}]' where person_id = $1`, past)
	b.generate(t, 2026)
	b.verify(t)
	list := b.of(t, c, 2)
	require.Len(t, list, 2)
	stands := map[string]string{}
	for _, one := range list {
		require.Equal(t, []any{message, int32(0), 1}, []any{one.Activity, one.Minutes, one.State})
		stands[one.Source] = text(one.Day)
	}
	name := "customers/" + c.String() + "/people/"
	require.Equal(t, map[string]string{name + leap.String() + "#birthday": "2026-02-28", name + past.String() + "#special_date": "2026-08-15"}, stands)
	b.exec(t, `delete from people where person_id = $1`, leap)
	b.replan(t, "person", c)
	require.Len(t, b.of(t, c, 2), 1)
}

func TestMainContactsAreHeeded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "li", core)
	b.generate(t, 2026)
	first, second := b.person(t, c, 0, 0), b.person(t, c, 0, 0)
	b.prefer(t, c, first, pq.Int32Array{visit}, "{2026-06-15}")
	b.prefer(t, c, second, pq.Int32Array{call, visit}, "{}")
	b.replan(t, "person", c)
	b.verify(t)
	for _, one := range b.of(t, c, 1) {
		switch one.Activity {
		case visit:
			require.Equal(t, []int{5, 5}, []int{one.State, one.Obstacle}, "both refuse it")
		default:
			require.Equal(t, "{"+first.String()+"}", one.People)
		}
	}
	b.exec(t, `update people set denied_media = '{1,2}' where person_id = $1`, first)
	b.prefer(t, c, second, pq.Int32Array{}, "{}")
	b.replan(t, "person", c)
	with := map[int]uuid.UUID{visit: second, call: second, executive: first, message: first}
	for _, one := range b.of(t, c, 1) {
		require.Equal(t, 1, one.State)
		require.Equal(t, "{"+with[one.Activity].String()+"}", one.People)
	}
}

// A policy counts for the periods that begin while it is in force.
func TestAPolicyCountsFromItsDayOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "li", important)
	next := uuid.New()
	b.exec(t, `insert into policies values ($1, 2026, 1, '2026-05-15')`, next)
	b.exec(t, `insert into policy_frequencies values ($1, 'weekly', 1, '{}', '{}', '{}', 12, 1, 4, 1)`, next)
	b.generate(t, 2026)
	b.verify(t)
	calls := map[time.Month]int{}
	for _, one := range b.of(t, c, 1) {
		if one.Activity == call {
			calls[one.First.Month()]++
		}
	}
	for m := time.January; m <= time.December; m++ {
		want := 1
		if m > time.May {
			want = 4
		}
		require.Equal(t, want, calls[m], m)
	}
}

func TestOwnerlessCustomersGetMessagesOnly(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "", important)
	b.generate(t, 2026)
	b.verify(t)
	for _, one := range b.of(t, c, 1) {
		want := []int{5, 4}
		if one.Activity == message {
			want = []int{1, 0}
		}
		require.Equal(t, want, []int{one.State, one.Obstacle})
	}
	b.exec(t, `update customers set owner = 'li' where customer_id = $1`, c)
	b.replan(t, "owner", c)
	b.verify(t)
	for _, one := range b.of(t, c, 1) {
		require.Equal(t, []any{1, "li"}, []any{one.State, one.Owner})
	}
}

func TestNothingIsPlannedWhileFactsAreBuilt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "li", core)
	b.generate(t, 2026)
	b.exec(t, `insert into replans (customer_id, cause, reference, occur_time) values ($1, 'class', '', now())`, c)
	b.replanner.Rebuilding = func(context.Context) (bool, error) { return true, nil }
	n, err := b.replanner.Pass(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}
