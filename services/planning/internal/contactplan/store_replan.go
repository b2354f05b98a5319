package contactplan

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/worker"
	"github.com/guanxi-crm/guanxi/services/planning/internal/fact"
)

const (
	// batch is how many rows of the queue are taken at once.
	batch = 200
	// causeCapacity is that room was made for another customer.
	causeCapacity = "capacity"
)

// Replanner plans customers again of whom something has changed: only these, and others of the same owner where there is no room otherwise. Any number may run.
type Replanner struct {
	*Store
	// Rebuilding says whether the facts are being built anew, when nothing may be planned by them.
	Rebuilding func(context.Context) (bool, error)
}

// Loop has the replanner work off its queue.
func (r *Replanner) Loop(log *slog.Logger) *worker.Loop {
	return (&worker.Loop{Name: "replanner", Pass: r.Pass, Log: log}).Start(r.db, "replans")
}

// Rows that another replanner has in hand are passed over.
const takeReplans = `delete from replans where replan_id in (select replan_id from replans order by replan_id limit $1 for update skip locked)
	returning customer_id, cause, reference, occur_time`

// Pass takes a batch from the queue, plans its customers, and returns how many rows it took.
func (r *Replanner) Pass(ctx context.Context) (count int, err error) {
	ctx = background(ctx)
	if rebuilding, err := r.Rebuilding(ctx); err != nil || rebuilding {
		return 0, err
	}
	err = r.db.InTx(ctx, func(ctx context.Context) error {
		var rows []fact.Replan
		if err := r.db.Select(ctx, &rows, takeReplans, batch); err != nil || len(rows) == 0 {
			return err
		}
		count = len(rows)
		slices.SortStableFunc(rows, func(a, b fact.Replan) int { return a.Time.Compare(b.Time) })
		return r.replan(ctx, rows)
	})
	return count, err
}

const (
	// Whoever has something planned with a customer may lose it.
	concerned = `select distinct owner from (select owner from customers where customer_id = any($1)
		union all select owner from contacts where customer_id = any($1) and state in (1, 5)) o order by owner`

	selectHeld = `select customer_id, owner, delete_time is not null as deleted from customers where customer_id = any($1) order by customer_id`

	selectYears = `select owner, fiscal_year from owner_years where owner = any($1) and fiscal_year >= $2 order by owner, fiscal_year`
)

// replan plans customers again. The locks are taken in the order that everybody keeps: owners, then customers.
func (r *Replanner) replan(ctx context.Context, rows []fact.Replan) error {
	causes := map[uuid.UUID][]string{}
	var ids []uuid.UUID
	for _, row := range rows {
		if row.Cause == fact.CauseTerritory {
			continue
		}
		if causes[row.Customer] == nil {
			ids = append(ids, row.Customer)
		}
		if !slices.Contains(causes[row.Customer], row.Cause) {
			causes[row.Customer] = append(causes[row.Customer], row.Cause)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	f, err := r.frame(ctx)
	if err != nil {
		return err
	}
	var names []string
	if err := r.db.Select(ctx, &names, concerned, pq.Array(ids)); err != nil {
		return err
	}
	owners, err := r.hold(ctx, f, names)
	if err != nil {
		return err
	}
	locked, err := aggregate.Hold(ctx, r.db, ids)
	if err != nil {
		return err
	}
	c := &changes{}
	g, err := r.group(ctx, f, owners, names, ids, c)
	if err != nil {
		return err
	}
	if g.reactions, err = r.reactions(ctx, f, g.customers, rows); err != nil {
		return err
	}
	if locked, err = r.lay(ctx, f, g, c, locked); err != nil {
		return err
	}
	if err := r.write(ctx, f, c); err != nil {
		return err
	}
	return r.announce(ctx, f, c, g, causes, locked)
}

// group sorts customers into those who are alive, under their owners, and those who are deleted, whose contacts are called off. One who has meanwhile come to an owner who is
// not held is passed over: that it has is in the queue, too.
func (r *Replanner) group(ctx context.Context, f *frame, owners map[string]*owner, names []string, ids []uuid.UUID, c *changes) (*group, error) {
	var rows []struct {
		held
		Deleted bool `db:"deleted"`
	}
	if err := r.db.Select(ctx, &rows, selectHeld, pq.Array(ids)); err != nil {
		return nil, err
	}
	g := &group{owners: owners, names: names, fiscal: map[string][]int{}}
	var deleted []uuid.UUID
	for _, row := range rows {
		switch o := owners[row.Owner]; {
		case row.Deleted:
			deleted = append(deleted, row.ID)
		case o != nil:
			o.customers = append(o.customers, row.ID)
			g.customers = append(g.customers, row.ID)
		}
	}
	if err := r.callOff(ctx, deleted, f.now, c); err != nil {
		return nil, err
	}
	var years []struct {
		Owner string `db:"owner"`
		Year  int    `db:"fiscal_year"`
	}
	if err := r.db.Select(ctx, &years, selectYears, pq.Array(names), f.FiscalYear(midnightOf(f.today))); err != nil {
		return nil, err
	}
	for _, y := range years {
		g.fiscal[y.Owner] = append(g.fiscal[y.Owner], y.Year)
	}
	return g, nil
}

const callOff = `update contacts set state = 4, revision = revision + 1, update_time = $2 where customer_id = any($1) and state in (1, 5) returning customer_id`

// callOff cancels what is planned with customers who are deleted. What is reserved or done stays as it is. Should one come back, it is planned anew.
func (r *Replanner) callOff(ctx context.Context, customers []uuid.UUID, now time.Time, c *changes) error {
	if len(customers) == 0 {
		return nil
	}
	var gone []uuid.UUID
	if err := r.db.Select(ctx, &gone, callOff, pq.Array(customers), now); err != nil {
		return err
	}
	for _, customer := range gone {
		c.of(customer).removed++
	}
	return nil
}

const ownedBy = `select customer_id, owner from customers where owner = $1 and delete_time is null order by customer_id`

// lay plans the group; where something finds no room, all customers of the owner are planned with it, so that others can be moved.
func (r *Replanner) lay(ctx context.Context, f *frame, g *group, c *changes, locked map[uuid.UUID]*aggregate.Held) (map[uuid.UUID]*aggregate.Held, error) {
	plans, err := r.plans(ctx, f, g)
	if err != nil {
		return locked, err
	}
	for _, p := range plans {
		if p.owner.name == "" || !p.needsRoom() {
			p.collect(c)
			continue
		}
		var all []held
		if err := r.db.Select(ctx, &all, ownedBy, p.owner.name); err != nil {
			return locked, err
		}
		whole := &group{owners: g.owners, names: []string{p.owner.name}, fiscal: g.fiscal, reactions: g.reactions}
		for _, customer := range all {
			whole.customers = append(whole.customers, customer.ID)
		}
		p.owner.customers = whole.customers
		more, err := aggregate.Hold(ctx, r.db, whole.customers)
		if err != nil {
			return locked, err
		}
		for id, h := range more {
			if locked[id] == nil {
				locked[id] = h
			}
		}
		again, err := r.plans(ctx, f, whole)
		if err != nil {
			return locked, err
		}
		for _, p := range again {
			p.collect(c)
		}
	}
	return locked, nil
}
