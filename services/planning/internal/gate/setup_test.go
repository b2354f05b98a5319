package gate

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	pb "google.golang.org/genproto/googleapis/type/money"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/activity"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
	"github.com/guanxi-crm/guanxi/services/planning/internal/concern"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "planning", Migrations: os.DirFS("../../migrations")})
}

// bundle is the gate, and what it decides by, on a database of its own. The clock stands at Monday 2026-01-05, 17:00 in Shanghai.
type bundle struct {
	*Server
	db         *postgres.DB
	clock      *testkit.Clock
	budgets    *budget.Server
	compliance *compliance.Server
	concerns   *concern.Server
	activities *activity.Server
}

// monday is the clock's day.
var monday = time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)

func setup(t testing.TB) *bundle {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	numbers := settings.NewStore(db, clock.Now)
	b := &bundle{Server: NewServer(NewStore(db, clock.Now, numbers)), db: db, clock: clock}
	b.budgets, err = budget.NewServer(db, clock.Now, pages)
	require.NoError(t, err)
	b.compliance, err = compliance.NewServer(db, clock.Now, pages, numbers)
	require.NoError(t, err)
	b.concerns, err = concern.NewServer(db, clock.Now, pages)
	require.NoError(t, err)
	b.activities, err = activity.NewServer(db, clock.Now, pages, numbers)
	require.NoError(t, err)
	return b
}

func as(ctx context.Context, subject string, level typev1.Level, territories ...string) context.Context {
	return auth.With(ctx, auth.Principal{Subject: subject, Level: level, Territories: territories, Administrator: true})
}

// all may do everything.
func all(t testing.TB) context.Context {
	t.Helper()
	return as(t.Context(), "alice", typev1.Level_EXECUTIVE, auth.Anywhere)
}

func (b *bundle) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

func newID(t testing.TB) uuid.UUID {
	t.Helper()
	id, err := uuid.NewV7()
	require.NoError(t, err)
	return id
}

// customer makes one of that territory, looked after by bob.
func (b *bundle) customer(t testing.TB, territory string) uuid.UUID {
	t.Helper()
	id := newID(t)
	b.exec(t, `insert into customers (customer_id, territory, owner, create_time) values ($1, $2, 'bob', $3)`, id, territory, b.clock.Now())
	return id
}

func (b *bundle) person(t testing.TB, customer uuid.UUID, senior bool) uuid.UUID {
	t.Helper()
	id := newID(t)
	b.exec(t, `insert into people (customer_id, person_id, senior, department, position, granted_media, denied_media, special_dates, language)
		values ($1, $2, $3, '', '', '{}', '{}', '[]', 'zh')`, customer, id, senior)
	return id
}

// planned puts a contact into the plan of bob.
func (b *bundle) planned(t testing.TB, customer uuid.UUID, kind settings.Activity, day time.Time, minutes int, people ...uuid.UUID) uuid.UUID {
	t.Helper()
	id := newID(t)
	names := "{"
	for i, p := range people {
		if i > 0 {
			names += ","
		}
		names += p.String()
	}
	b.exec(t, `insert into contacts (customer_id, contact_id, owner, activity, role, origin, source, window_start, window_end, day, minutes, people, state, create_time, update_time)
		values ($1, $2, 'bob', $3, 1, 3, 'test', $4, $4, $4, $5, cast($6 as uuid[]), 1, $7, $7)`, customer, id, kind, day, minutes, names+"}", b.clock.Now())
	return id
}

func (b *bundle) budget(t testing.TB, amount int64, territory string) string {
	t.Helper()
	made, err := b.budgets.CreateBudget(all(t), &planningv1.CreateBudgetRequest{Budget: &planningv1.Budget{
		Label: "test", FiscalYear: 2026, Owner: "carol", Territory: territory, Amount: yuan(amount),
	}})
	require.NoError(t, err)
	return made.GetName()
}

func yuan(amount int64) *pb.Money { return &pb.Money{CurrencyCode: "CNY", Units: amount} }

func personName(customer, person uuid.UUID) string {
	return resource.Name("customers", customer, "people", person)
}

func gift(customer, person uuid.UUID, amount *pb.Money) *planningv1.PersonBenefit {
	return &planningv1.PersonBenefit{Person: personName(customer, person), Benefit: planningv1.Benefit_GIFT, Amount: amount}
}

// visit asks for a daily visit of two hours on a day.
func visit(customer uuid.UUID, day time.Time, people ...uuid.UUID) *planningv1.ReserveContactRequest {
	r := &planningv1.ReserveContactRequest{Customer: aggregate.Name(customer), Kind: planningv1.Activity_DAILY_VISIT, Day: civil.Date(day)}
	for _, p := range people {
		r.People = append(r.People, personName(customer, p))
	}
	return r
}

func (b *bundle) reserve(t testing.TB, r *planningv1.ReserveContactRequest) *planningv1.ReserveContactResponse {
	t.Helper()
	a, err := b.ReserveContact(all(t), r)
	require.NoError(t, err)
	return a
}

func (b *bundle) granted(t testing.TB, r *planningv1.ReserveContactRequest) string {
	t.Helper()
	a := b.reserve(t, r)
	require.True(t, a.GetGranted(), "%v", a.GetFailures())
	require.Empty(t, a.GetFailures())
	return a.GetContact()
}

// broken are the rules that an answer names.
func broken(a *planningv1.ReserveContactResponse) []string {
	var out []string
	for _, f := range a.GetFailures() {
		out = append(out, f.GetRule())
	}
	return out
}

func (b *bundle) balance(t testing.TB, name string) (committed, actual string) {
	t.Helper()
	got, err := b.budgets.GetBudget(all(t), &planningv1.GetBudgetRequest{Name: name})
	require.NoError(t, err)
	return amountOf(got.GetCommitted()).String(), amountOf(got.GetActual()).String()
}

func amountOf(m *pb.Money) decimal.Decimal {
	return decimal.NewFromInt(m.GetUnits()).Add(decimal.New(int64(m.GetNanos()), -9))
}
