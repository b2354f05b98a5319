package gate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	pb "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// crowd is what many callers fight for: few budgets, owners, days and persons, so that all limits are reached.
type crowd struct {
	*bundle
	customers []uuid.UUID
	people    map[uuid.UUID][]uuid.UUID
	budgets   []string
	owners    []string
	contacts  sync.Map // names of contacts that were reserved

	granted, refused, released, settled, moved, aborted atomic.Int64
	rules                                               sync.Map
}

const (
	callers = 16
	calls   = 100
)

// TestNothingIsOverrun has many callers reserve, release, move and settle at once, and afterwards asks the tables, by SQL of its own, whether anything was overrun.
func TestNothingIsOverrun(t *testing.T) {
	t.Parallel()
	c := &crowd{bundle: setup(t), people: map[uuid.UUID][]uuid.UUID{}, owners: []string{"bob", "dave", "erin"}}
	for range 12 {
		customer := c.customer(t, "cn/south")
		c.customers = append(c.customers, customer)
		for range 2 {
			c.people[customer] = append(c.people[customer], c.person(t, customer, false))
		}
	}
	for _, amount := range []int64{100_000, 1500, 301} {
		c.budgets = append(c.budgets, c.budget(t, amount, ""))
	}
	c.exec(t, `insert into owners (owner, daily_minutes, create_time, update_time) values ('dave', 100, now(), now())`)

	var wg sync.WaitGroup
	errs := make(chan error, callers)
	for i := range callers {
		wg.Go(func() {
			errs <- c.call(as(context.Background(), fmt.Sprintf("caller-%d", i), typev1.Level_EXECUTIVE, auth.Anywhere), rand.New(rand.NewPCG(20260105, uint64(i))))
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	c.verify(t)
	t.Logf("granted %d, refused %d, released %d, settled %d, moved %d, came too late %d", c.granted.Load(), c.refused.Load(), c.released.Load(), c.settled.Load(),
		c.moved.Load(), c.aborted.Load())
	require.Positive(t, c.granted.Load())
	require.Positive(t, c.released.Load())
	require.Positive(t, c.settled.Load())
	for _, rule := range []string{"BUDGET_SHORT", "BENEFIT_YEAR", "BENEFIT_OCCASION", "APPROVAL_REQUIRED", "CAPACITY", "FATIGUE", "WORKING_DAY"} { // else nothing was fought for
		_, met := c.rules.Load(rule)
		require.True(t, met, rule)
	}
}

// call does random things. It fails only by what is no answer of the gate.
func (c *crowd) call(ctx context.Context, r *rand.Rand) error {
	for range calls {
		var err error
		switch name := c.any(r); {
		case name == "" || r.IntN(10) < 6:
			err = c.wish(ctx, r)
		case r.IntN(3) == 0:
			_, err = c.ReleaseContact(ctx, &planningv1.ReleaseContactRequest{Name: name})
			err = c.count(&c.released, err)
		case r.IntN(2) == 0:
			err = c.settle(ctx, r, name)
		default:
			ids, errName := resource.Parse("name", name, "contacts")
			err = c.count(&c.moved, errors.Join(errName, c.move(ctx, ids[0], day(r))))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// move does what MoveContact does around Recheck.
func (c *crowd) move(ctx context.Context, contact uuid.UUID, to time.Time) error {
	return c.db.InTx(ctx, func(ctx context.Context) error {
		if err := c.store.Recheck(ctx, contact, to); err != nil {
			return err
		}
		_, err := c.db.Exec(ctx, `update contacts set day = $2, revision = revision + 1 where contact_id = $1 and state in (1, 2)`, contact, to)
		return err
	})
}

// settle says that it cost what was reserved, less, or more beside the gifts.
func (c *crowd) settle(ctx context.Context, r *rand.Rand, name string) error {
	a, err := c.SettleContact(ctx, &planningv1.SettleContactRequest{Name: name, AsReserved: r.IntN(2) == 0, OtherCost: cents(r, 9000)})
	if err == nil && !a.GetSettled() {
		c.refused.Add(1)
		return nil
	}
	return c.count(&c.settled, err)
}

func day(r *rand.Rand) time.Time { return monday.AddDate(0, 0, r.IntN(26)) }

// cents is an amount of at most so many, often one that hits limits exactly.
func cents(r *rand.Rand, most int) *pb.Money {
	n := r.IntN(most) + 1
	if r.IntN(2) == 0 {
		n = (n/100 + 1) * 100
	}
	return &pb.Money{CurrencyCode: "CNY", Units: int64(n / 100), Nanos: int32(n%100) * 10_000_000}
}

func (c *crowd) any(r *rand.Rand) string {
	var names []string
	c.contacts.Range(func(key, _ any) bool {
		names = append(names, key.(string))
		return len(names) < 50
	})
	if len(names) == 0 {
		return ""
	}
	return names[r.IntN(len(names))]
}

// wish asks for something that many others ask for, too: an owner's time, what a person may be given in a year, or money.
func (c *crowd) wish(ctx context.Context, r *rand.Rand) error {
	customer := c.customers[r.IntN(len(c.customers))]
	w := visit(customer, day(r))
	w.Owner = c.owners[r.IntN(len(c.owners))]
	switch r.IntN(3) {
	case 0:
		w.Day, w.Minutes = civil.Date(monday.AddDate(0, 0, r.IntN(6))), int32(r.IntN(120)+1)
	case 1:
		customer = c.customers[0]
		person := c.people[customer][r.IntN(len(c.people[customer]))]
		w = visit(customer, day(r), person)
		w.Kind, w.Budget = planningv1.Activity_MESSAGE, c.budgets[0]
		w.Benefits = []*planningv1.PersonBenefit{gift(customer, person, cents(r, []int{10000, 10000, 10000, 25000}[r.IntN(4)]))}
	case 2:
		w.Minutes, w.Budget, w.OtherCost = 1, c.budgets[1+r.IntN(2)], cents(r, 9000)
	}
	a, err := c.ReserveContact(ctx, w)
	if err != nil {
		return c.count(&c.granted, err)
	}
	for _, f := range a.GetFailures() {
		c.rules.Store(f.GetRule(), true)
	}
	if !a.GetGranted() {
		c.refused.Add(1)
		return nil
	}
	c.granted.Add(1)
	c.contacts.Store(a.GetContact(), true)
	return nil
}

// count counts what went well. What is refused, or came too late, is an answer.
func (c *crowd) count(n *atomic.Int64, err error) error {
	var refused *fault.Error
	switch {
	case err == nil:
		n.Add(1)
	case errors.As(err, &refused) && (refused.Code() == codes.FailedPrecondition || refused.Code() == codes.Aborted):
		c.aborted.Add(1)
	default:
		return err
	}
	return nil
}

// verify asks the tables. Each query gives what must not be there.
func (c *crowd) verify(t *testing.T) {
	t.Helper()
	for what, query := range map[string]string{
		"a budget is overrun": `select label from budgets where committed + actual > amount + overrun`,
		"a budget's balance is not the sum of its entries": `select b.budget_id::text from budgets b where (amount, overrun, committed, actual) is distinct from
			(select (sum(e.amount), sum(e.overrun), sum(e.committed), sum(e.actual)) from budget_entries e where e.budget_id = b.budget_id)`,
		"a budget has not committed what its contacts reserve": `select b.budget_id::text from budgets b where committed <>
			(select coalesce(sum(r.committed), 0) from reservations r where r.budget_id = b.budget_id)`,
		"a reservation is not what its parts are": `select contact_id::text from reservations r where not settled and committed <>
			other_cost + (select coalesce(sum(planned), 0) from benefits g where g.contact_id = r.contact_id)`,
		"a contact is reserved without a reservation": `select contact_id::text from contacts c where state = 2
			and not exists (select from reservations r where r.contact_id = c.contact_id)`,
		"a reservation is left of what is not reserved": `select r.contact_id::text from reservations r join contacts c using (contact_id) where c.state <> 2`,
		"a gift is above the limit of an occasion":      `select contact_id::text from benefits where coalesce(actual, planned) > 200`,
		"a person's gifts are above the limit of a year": `select person_id::text from benefits group by person_id, extract(year from day)
			having sum(coalesce(actual, planned)) > 500`,
		"a gift counts on another day than its contact": `select g.contact_id::text from benefits g join contacts c using (contact_id) where c.day <> g.day`,
		"an owner has more on a day than he has time": `select c.owner || c.day from contacts c left join owners o on o.owner = c.owner
			where state in (1, 2, 3) group by c.owner, c.day, o.daily_minutes having sum(minutes) > coalesce(o.daily_minutes, 240)`,
		"a contact is on a weekend": `select contact_id::text from contacts where state in (1, 2, 3) and minutes > 0 and extract(isodow from day) > 5`,
		"a person is met too often": `select p.person::text from (select contact_id, unnest(people) as person, day from contacts where state in (1, 2, 3)) p
			join (select unnest(people) as person, day from contacts where state in (1, 2, 3)) o on o.person = p.person and o.day between p.day and p.day + 6
			group by p.person, p.contact_id having count(*) > 3`,
		"the register does not know of a gift": `select g.contact_id::text from benefits g where not exists (select from compliance_register r
			where r.contact_id = g.contact_id and r.person_id = g.person_id and r.decision = 1 and r.amount = g.planned)`,
	} {
		var found []string
		require.NoError(t, c.db.Select(t.Context(), &found, query), what)
		require.Empty(t, found, what)
	}
	var numbers []string
	require.NoError(t, c.db.Select(t.Context(), &numbers, `select c.customer_id::text from customers c where sequence <>
		(select count(*) from outbox o where o.aggregate_id = c.customer_id)`))
	require.Empty(t, strings.Join(numbers, " "), "events are numbered without gaps")
}
