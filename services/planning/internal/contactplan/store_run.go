package contactplan

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
)

// kind is that of the operations that lay out a year.
const kind = "planning-contact-plans"

const (
	// chunkOwners and chunkCustomers are how many a step lays out at most, but one owner at least: they bound memory and how long locks are held, whatever their number.
	chunkOwners, chunkCustomers = 25, 1500
	// A cursor is one of these and the last one laid out.
	atCustomer, atOwner = "customer:", "owner:"
)

// request is what a run was asked for.
type request struct {
	FiscalYear int     `json:"fiscal_year"`
	Owner      *string `json:"owner,omitempty"` // nil: all
}

// Kind is the operation that lays out a year.
func (s *Store) Kind() operation.Kind {
	return operation.Kind{Name: kind, Begin: s.begin, Step: s.step}
}

const countCustomers = `select count(*) from customers where delete_time is null and ($1::text is null or owner = $1)`

func (s *Store) begin(ctx context.Context, o operation.Operation) (total int64, err error) {
	var asked request
	if err := o.Decode(&asked); err != nil {
		return 0, err
	}
	return total, s.db.Get(ctx, &total, countCustomers, asked.Owner)
}

// background is who plans: nobody's caller, everywhere.
func background(ctx context.Context) context.Context {
	return events.WithCause(auth.With(ctx, auth.Principal{Territories: []string{auth.Anywhere}}), "plan")
}

// step lays out the customers who have no owner first, by pages, and then owner by owner.
func (s *Store) step(ctx context.Context, o operation.Operation) (did operation.Progress, err error) {
	ctx = background(ctx)
	var asked request
	if err := o.Decode(&asked); err != nil {
		return did, err
	}
	f, err := s.frame(ctx)
	if err != nil {
		return did, err
	}
	if len(f.policies) == 0 { // segmentation is being asked
		return did, fault.Unavailable(nil)
	}
	if asked.Owner != nil {
		did.Done, err = s.generate(ctx, f, o.ID, asked.FiscalYear, []string{*asked.Owner})
		did.Cursor, did.Finished = atOwner+*asked.Owner, true
		return did, err
	}
	if last, ok := strings.CutPrefix(o.Cursor, atOwner); ok {
		return s.stepOwners(ctx, f, o.ID, asked.FiscalYear, last)
	}
	after := uuid.Nil
	if text, ok := strings.CutPrefix(o.Cursor, atCustomer); ok {
		if after, err = uuid.Parse(text); err != nil {
			return did, err
		}
	}
	return s.stepUnowned(ctx, f, o.ID, asked.FiscalYear, after)
}

const (
	nextOwners = `select owner, count(*) as customers from customers where delete_time is null and owner > $1 group by owner order by owner limit $2`

	// Whoever tells of a customer waits: else one that changes its owner meanwhile could be planned for the one before.
	holdOwned   = `select customer_id, owner from customers where owner = any($1) and delete_time is null order by customer_id for no key update`
	holdUnowned = `select customer_id, owner from customers where owner = '' and delete_time is null and customer_id > $1 order by customer_id limit $2 for no key update`
)

func (s *Store) stepOwners(ctx context.Context, f *frame, run uuid.UUID, fiscal int, after string) (did operation.Progress, err error) {
	var next []struct {
		Owner     string `db:"owner"`
		Customers int    `db:"customers"`
	}
	if err := s.db.Select(ctx, &next, nextOwners, after, chunkOwners); err != nil {
		return did, err
	}
	var names []string
	sum := 0
	for _, n := range next {
		if sum += n.Customers; sum > chunkCustomers && len(names) > 0 {
			break
		}
		names = append(names, n.Owner)
	}
	if len(names) == 0 {
		return operation.Progress{Cursor: atOwner + after, Finished: true}, nil
	}
	did.Cursor = atOwner + names[len(names)-1]
	did.Done, err = s.generate(ctx, f, run, fiscal, names)
	return did, err
}

// held is a customer that is locked.
type held struct {
	ID    uuid.UUID `db:"customer_id"`
	Owner string    `db:"owner"`
}

// generate lays out a year of some owners, all in one transaction.
func (s *Store) generate(ctx context.Context, f *frame, run uuid.UUID, fiscal int, names []string) (done int64, err error) {
	slices.Sort(names)
	owners, err := s.hold(ctx, f, names)
	if err != nil {
		return 0, err
	}
	var customers []held
	if err := s.db.Select(ctx, &customers, holdOwned, pq.Array(names)); err != nil {
		return 0, err
	}
	return int64(len(customers)), s.layOut(ctx, f, run, fiscal, &group{owners: owners, names: names}, customers)
}

func (s *Store) stepUnowned(ctx context.Context, f *frame, run uuid.UUID, fiscal int, after uuid.UUID) (did operation.Progress, err error) {
	var customers []held
	if err := s.db.Select(ctx, &customers, holdUnowned, after, chunkCustomers); err != nil {
		return did, err
	}
	if len(customers) == 0 {
		return operation.Progress{Cursor: atOwner}, nil
	}
	did.Cursor, did.Done = atCustomer+customers[len(customers)-1].ID.String(), int64(len(customers))
	return did, s.layOut(ctx, f, run, fiscal, &group{owners: map[string]*owner{"": {}}, names: []string{""}}, customers)
}

// layOut lays out a year of the owners of a group, given the customers that they have.
func (s *Store) layOut(ctx context.Context, f *frame, run uuid.UUID, fiscal int, g *group, customers []held) error {
	g.fiscal = map[string][]int{}
	for _, c := range customers {
		g.customers = append(g.customers, c.ID)
		o := g.owners[c.Owner]
		o.customers = append(o.customers, c.ID)
	}
	for _, name := range g.names {
		g.fiscal[name] = []int{fiscal}
	}
	plans, err := s.plans(ctx, f, g)
	if err != nil {
		return err
	}
	var c changes
	var all []generated
	for _, p := range plans {
		all = append(all, generated{owner: p.owner.name, fiscal: fiscal, run: run, figures: p.collect(&c), first: max(f.today+1, p.owner.years[0].first)})
	}
	if err := s.write(ctx, f, &c); err != nil {
		return err
	}
	return s.note(ctx, f, all)
}
