package fact

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/mirror"
	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// Store keeps the facts.
type Store struct {
	db        *postgres.DB
	now       func() time.Time
	numbers   *settings.Store
	customers *mirror.Customers
	standings *mirror.Standings
	policies  *policybook.Store
	wants     *mirror.Wants
	orders    *mirror.Wants
	forget    []Forget
}

// NewStore makes a store. forget are those who keep something of people.
func NewStore(db *postgres.DB, now func() time.Time, numbers *settings.Store, forget ...Forget) *Store {
	s := &Store{
		db: db, now: now, numbers: numbers, forget: forget, customers: mirror.NewCustomers(db, nil), policies: policybook.NewStore(db),
		wants: mirror.NewWants(db, "wanted", "person_id"), orders: mirror.NewWants(db, "wanted_orders", "order_id"),
	}
	s.standings = &mirror.Standings{Customers: s.customers, Wants: s.wants, Told: s.judged}
	return s
}

// standing is what is known of a customer that decides how fast it is answered.
type standing struct {
	Class  int16               `db:"class"`
	Tier   int16               `db:"tier"`
	Grade  string              `db:"grade"`
	Zone   string              `db:"time_zone"`
	Factor decimal.NullDecimal `db:"sla_factor"`
}

// Of the rules of the policy that say something and whose condition the customer meets the one of the greatest priority decides. What is not judged yet is in no list.
const selectStanding = `select c.class, c.tier, c.grade, c.time_zone, (
		select f.sla_factor from policy_factors f
		where f.policy_id = $2
			and (f.classes = '{}' or c.class = any(f.classes)) and (f.tiers = '{}' or c.tier = any(f.tiers)) and (f.grades = '{}' or c.grade = any(f.grades))
		order by f.priority desc limit 1
	) as sla_factor
	from customers c where c.customer_id = $1`

// Standing is what decides how fast a customer is answered: class, tier and grade as segmentation judges them (0 or empty: not judged), what the policy in force today
// multiplies response times with (1 when it says nothing), and the customer's time zone. A customer that is not known is NOT_FOUND, or PERMISSION_DENIED for who does not see
// everything; else territories are the caller's business.
func (s *Store) Standing(ctx context.Context, customer uuid.UUID) (class, tier int16, grade string, slaFactor decimal.Decimal, zone string, err error) {
	current, err := s.inForce(ctx)
	if err != nil {
		return 0, 0, "", ordinary, "", err
	}
	var found standing
	err = s.db.Get(ctx, &found, selectStanding, customer, current)
	if errors.Is(err, postgres.ErrNoRows) {
		err = aggregate.Visible(ctx, s.db, customer)
	}
	if err != nil {
		return 0, 0, "", ordinary, "", err
	}
	if !found.Factor.Valid {
		found.Factor.Decimal = ordinary
	}
	return found.Class, found.Tier, found.Grade, found.Factor.Decimal, found.Zone, nil
}

// inForce is the id of the policy in force today; nil when there is none.
func (s *Store) inForce(ctx context.Context) (id uuid.UUID, err error) {
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return id, err
	}
	all, err := s.policies.All(ctx)
	if err != nil {
		return id, err
	}
	today := n.Today(s.now())
	if p := policybook.InForce(all, today, n.FiscalYear(today)); p != nil {
		id = p.ID
	}
	return id, nil
}

const (
	upsertOrder = `insert into orders (customer_id, order_id, source_system, order_number, order_time, delivered_time)
		values (:customer_id, :order_id, :source_system, :order_number, :order_time, :delivered_time)
		on conflict (customer_id, order_id) do update set source_system = excluded.source_system, order_number = excluded.order_number,
			order_time = excluded.order_time, delivered_time = excluded.delivered_time`
	deleteLines = `delete from order_lines where customer_id = $1 and order_id = $2`
)

// putOrder keeps an order and its lines, in place of what was known of it.
func (s *Store) putOrder(ctx context.Context, o *order) error {
	if _, err := s.db.NamedExec(ctx, upsertOrder, o); err != nil {
		return err
	}
	if o.without {
		return s.orders.Wish(ctx, o.Customer, o.ID) // the lines that are there stay until the answer comes
	}
	if _, err := s.db.Exec(ctx, deleteLines, o.Customer, o.ID); err != nil || len(o.lines) == 0 {
		return err
	}
	return s.db.CopyIn(ctx, "order_lines", []string{"customer_id", "order_id", "number", "product_line", "product_code", "quantity"}, rows(o.lines))
}

func rows(lines []line) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for _, l := range lines {
			if !yield([]any{l.Customer, l.Order, l.Number, l.Product, l.Code, l.Quantity}) {
				return
			}
		}
	}
}

const (
	upsertPerson = `insert into people (customer_id, person_id, senior) values ($1, $2, $3) on conflict (customer_id, person_id) do update set senior = excluded.senior`
	deletePerson = `delete from people where customer_id = $1 and person_id = $2`
)

func (s *Store) putPerson(ctx context.Context, customer, id uuid.UUID, senior bool) error {
	_, err := s.db.Exec(ctx, upsertPerson, customer, id, senior)
	return err
}

// forgetPerson removes a person, and what others keep of it.
func (s *Store) forgetPerson(ctx context.Context, customer, id uuid.UUID) error {
	if _, err := s.db.Exec(ctx, deletePerson, customer, id); err != nil {
		return err
	}
	for _, forget := range s.forget {
		if err := forget(ctx, customer, id); err != nil {
			return err
		}
	}
	return nil
}
