package contactplan

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/policy"
)

// group is owners that are held, with the customers to be planned, which are held, too.
type group struct {
	owners    map[string]*owner
	names     []string
	customers []uuid.UUID
	// fiscal are the years that are planned for any of them, and of each of them.
	fiscal map[string][]int
	// reactions are demands besides those of policies and special dates.
	reactions map[uuid.UUID][]demand
}

// plans reads all that is needed to plan the customers of a group, by a number of statements that does not depend on how many they are, and merges what is demanded with what is
// there. Owners without customers are passed over.
func (s *Store) plans(ctx context.Context, f *frame, g *group) ([]*plan, error) {
	var years []int
	for _, list := range g.fiscal {
		for _, y := range list {
			if !slices.Contains(years, y) {
				years = append(years, y)
			}
		}
	}
	periods := f.periods(years)
	demands, err := s.policies.Demands(ctx, g.customers, policiesOf(periods))
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx, g.customers)
	if err != nil {
		return nil, err
	}
	from := f.today - max(int(f.Layout.MinimumGapDays), 1)
	for _, y := range years { // what is done already of a period that is not over counts
		from = min(from, f.year(y).first)
	}
	rows, err := s.rows(ctx, g.customers, from)
	if err != nil {
		return nil, err
	}
	if err := s.loads(ctx, g.owners, g.names, f.today-max(int(f.Layout.MinimumGapDays), 1), g.customers); err != nil {
		return nil, err
	}
	byCustomer := make(map[uuid.UUID][]policy.Demand, len(g.customers))
	for _, d := range demands {
		byCustomer[d.Customer] = append(byCustomer[d.Customer], d)
	}
	var out []*plan
	for _, name := range g.names {
		o := g.owners[name]
		if o == nil || len(o.customers) == 0 {
			continue
		}
		out = append(out, f.plan(g, o, &material{byCustomer, people, rows}))
	}
	return out, nil
}

// material is what there is to plan with, by customer.
type material struct {
	demands map[uuid.UUID][]policy.Demand
	people  map[uuid.UUID][]*person
	rows    map[uuid.UUID][]*row
}

// plan lays out what an owner has to do.
func (f *frame) plan(g *group, o *owner, m *material) *plan {
	periods := f.periods(g.fiscal[o.name])
	o.years = nil
	for _, y := range g.fiscal[o.name] {
		o.years = append(o.years, f.year(y))
	}
	var list []demand
	var there []*row
	for _, customer := range o.customers {
		start := len(list)
		for i := range m.demands[customer] {
			list = f.expand(list, &m.demands[customer][i], periods)
		}
		list = append(list, g.reactions[customer]...)
		for i := start; i < len(list); i++ {
			f.meet(&list[i], m.people[customer])
		}
		for _, p := range m.people[customer] {
			list = f.specials(list, p, o.years)
		}
		there = append(there, m.rows[customer]...)
	}
	p := f.merge(o, list, there)
	p.lay()
	return p
}
