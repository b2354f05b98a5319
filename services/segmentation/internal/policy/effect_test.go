package policy

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestNeeded(t *testing.T) {
	t.Parallel()
	s := Staffing{Fewest: 30, Most: 40}
	for customers, want := range map[int64]int64{0: 0, 1: 1, 40: 1, 41: 2, 80: 2, 81: 3} {
		require.Equal(t, want, s.Needed(customers), customers)
	}
}

func TestWindowOf(t *testing.T) {
	t.Parallel()
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	want := Window{Before: day(2024, 2, 1), After: day(2025, 2, 1), End: day(2026, 2, 1)}
	require.Equal(t, want, windowOf(day(2026, 1, 1)))
	require.Equal(t, want, windowOf(day(2026, 1, 31)))
}

func TestEffects(t *testing.T) {
	t.Parallel()
	amount := func(n int64) decimal.NullDecimal { return decimal.NewNullDecimal(decimal.NewFromInt(n)) }
	rules, total := merging.Effects([]Group{
		{Standing{Class: 5, Tier: 4}, Figures{Customers: 41, AtRisk: 2, SalesAfter: decimal.NewFromInt(7), GrossAfter: amount(3)}},
		{Standing{Class: 2, Tier: 4}, Figures{Customers: 40, AtRisk: 1, SalesAfter: decimal.NewFromInt(5), GrossBefore: amount(2)}},
		{Standing{Class: 2}, Figures{Customers: 9}},
	})
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.Rule.ID)
	}
	require.Equal(t, []string{"best", "core", "vip", "all"}, ids)
	require.Equal(t, []int64{0, 41, 81, 90}, []int64{rules[0].Customers, rules[1].Customers, rules[2].Customers, rules[3].Customers})
	require.Equal(t, Crew{81, 3}, rules[2].Crew)
	require.Equal(t, Crew{81, 3}, total.Crew)
	require.Equal(t, int64(90), total.Customers)
	require.Equal(t, int64(3), rules[2].AtRisk)
	require.Equal(t, "12", rules[2].SalesAfter.String())
	require.Equal(t, []bool{true, true}, []bool{rules[2].GrossBefore.Valid, rules[2].GrossAfter.Valid})
	require.False(t, rules[1].GrossBefore.Valid, "nobody's gross profit is known")
}

// What is counted by standing is what comes out when each customer is looked at alone.
func TestSimulateCountsEachCustomerOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before, after := anyContent(t), anyContent(t)
		var groups []Group
		for range rapid.IntRange(0, 8).Draw(t, "groups") {
			groups = append(groups, Group{anyStanding(t), Figures{Customers: rapid.Int64Range(1, 5).Draw(t, "customers")}})
		}
		s := Simulate(&before, &after, groups)
		require.Equal(t, alone(&before, &after, groups), s)
		none := Simulate(&before, &before, groups)
		require.Zero(t, none.Affected)
		require.Empty(t, none.Changes)
		for m := range none.Migrations {
			require.Equal(t, m.From, m.To)
		}
	})
}

// alone looks at one customer after the other.
func alone(before, after *Content, groups []Group) Simulation {
	s := Simulation{Migrations: map[Migration]int64{}, Changes: map[Key]Change{}, Staffing: map[string]*Need{}}
	var customers []Standing
	for _, g := range groups {
		for range g.Customers {
			customers = append(customers, g.Standing)
		}
	}
	for _, c := range customers {
		s.Customers++
		s.Migrations[Migration{top(before, c), top(after, c)}]++
		eBefore, eAfter := before.Entitle(c), after.Entitle(c)
		was, will, touched := eBefore.byKey(), eAfter.byKey(), false
		for key, value := range was {
			change := s.Changes[key]
			switch now, ok := will[key]; {
			case !ok:
				change.Lost++
			case now != value:
				change.Changed++
			default:
				continue
			}
			s.Changes[key], touched = change, true
		}
		for key := range will {
			if _, ok := was[key]; !ok {
				change := s.Changes[key]
				change.Gained++
				s.Changes[key], touched = change, true
			}
		}
		if touched {
			s.Affected++
		}
	}
	for _, side := range []struct {
		of  *Content
		put func(n *Need, customers, specialists int64)
	}{
		{before, func(n *Need, c, s int64) { n.CustomersBefore, n.SpecialistsBefore = c, s }},
		{after, func(n *Need, c, s int64) { n.CustomersAfter, n.SpecialistsAfter = c, s }},
	} {
		for i := range side.of.Rules {
			r := &side.of.Rules[i]
			if r.Staffing == nil {
				continue
			}
			if s.Staffing[r.ID] == nil {
				s.Staffing[r.ID] = &Need{}
			}
			var count int64
			for _, c := range customers {
				if e := side.of.Entitle(c); len(e.Staffing) > 0 && e.Staffing[0].Rule.ID == r.ID {
					count++
				}
			}
			specialists := count / int64(r.Staffing.Most)
			if count%int64(r.Staffing.Most) > 0 {
				specialists++
			}
			side.put(s.Staffing[r.ID], count, specialists)
		}
	}
	return s
}

// top is the rule of the greatest priority that holds.
func top(c *Content, s Standing) (id string) {
	priority := int32(-1)
	for i := range c.Rules {
		if r := &c.Rules[i]; r.Meets(s) && r.Priority > priority {
			id, priority = r.ID, r.Priority
		}
	}
	return id
}
