package activity_test

import (
	"context"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/activity"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "planning", Migrations: os.DirFS("../../migrations")})
}

type bundle struct {
	*activity.Server
	store            *activity.Store
	budgets          *budget.Server
	db               *postgres.DB
	clock            *testkit.Clock
	customer         uuid.UUID
	ordinary, senior uuid.UUID
}

func setup(t *testing.T) *bundle {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	b := &bundle{store: activity.NewStore(db, clock.Now), db: db, clock: clock, customer: uuid.New(), ordinary: uuid.New(), senior: uuid.New()}
	b.Server, err = activity.NewServer(db, clock.Now, pages, settings.NewStore(db, clock.Now))
	require.NoError(t, err)
	b.budgets, err = budget.NewServer(db, clock.Now, pages)
	require.NoError(t, err)
	b.exec(t, `insert into customers (customer_id, territory, create_time) values ($1, 'cn/south', now())`, b.customer)
	for id, senior := range map[uuid.UUID]bool{b.ordinary: false, b.senior: true} {
		b.exec(t, `insert into people (customer_id, person_id, senior, department, position, granted_media, denied_media, special_dates, language)
			values ($1, $2, $3, '', '', '{}', '{}', '[]', '')`, b.customer, id, senior)
	}
	return b
}

func (b *bundle) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.db.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

func as(t *testing.T, level typev1.Level) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Subject: "alice", Level: level, Territories: []string{"cn"}})
}

func (b *bundle) person(id uuid.UUID) string {
	return resource.Name("customers", b.customer, "people", id)
}

func (b *bundle) plan(t *testing.T, level typev1.Level, purse string, people ...uuid.UUID) (*planningv1.CustomerActivity, error) {
	t.Helper()
	a := &planningv1.CustomerActivity{
		Customer: aggregate.Name(b.customer), Kind: planningv1.Activity_TRAINING, Title: "x", StartTime: timestamppb.New(b.clock.Now()), Budget: purse,
		Items: []*planningv1.ActivityItem{{Label: "book", Amount: yuan(10), PerPerson: true}, {Label: "room", Amount: yuan(5)}},
	}
	for _, p := range people {
		a.People = append(a.People, b.person(p))
	}
	return b.CreateActivity(as(t, level), &planningv1.CreateActivityRequest{Activity: a})
}

func yuan(amount int64) *money.Money { return &money.Money{CurrencyCode: "CNY", Units: amount} }

// Senior people are not there for who may not know of them, an update of his leaves them where they are, and an activity with them alone is none.
func TestSeniorsAreNotThereBelowManager(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.plan(t, typev1.Level_BASIC, "", b.senior)
	require.Equal(t, codes.InvalidArgument, fault.From(err).Code())
	alone, err := b.plan(t, typev1.Level_MANAGER, "", b.senior)
	require.NoError(t, err)
	both, err := b.plan(t, typev1.Level_MANAGER, "", b.senior, b.ordinary)
	require.NoError(t, err)
	require.Equal(t, int64(25), both.GetPlannedCost().GetUnits())

	basic := as(t, typev1.Level_BASIC)
	_, err = b.GetActivity(basic, &planningv1.GetActivityRequest{Name: alone.GetName()})
	require.Equal(t, "HIDDEN", fault.From(err).Reason())
	list, err := b.ListActivities(basic, &planningv1.ListActivitiesRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetActivities(), 1)
	require.Equal(t, []string{b.person(b.ordinary)}, list.GetActivities()[0].GetPeople())
	changed, err := b.UpdateActivity(basic, &planningv1.UpdateActivityRequest{
		Activity: &planningv1.CustomerActivity{Name: both.GetName()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"people"}},
	})
	require.NoError(t, err)
	require.Empty(t, changed.GetPeople())
	all, err := b.GetActivity(as(t, typev1.Level_MANAGER), &planningv1.GetActivityRequest{Name: both.GetName()})
	require.NoError(t, err)
	require.Equal(t, []string{b.person(b.senior)}, all.GetPeople())

	require.NoError(t, b.store.Forget(t.Context(), b.customer, b.senior))
	all, err = b.GetActivity(as(t, typev1.Level_MANAGER), &planningv1.GetActivityRequest{Name: both.GetName()})
	require.NoError(t, err)
	require.Empty(t, all.GetPeople())
}

// What an activity has in its budget follows its cost, its state, and the budget that it names.
func TestBudgetFollows(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t, typev1.Level_EXECUTIVE)
	purse := func() string {
		made, err := b.budgets.CreateBudget(ctx, &planningv1.CreateBudgetRequest{Budget: &planningv1.Budget{
			Label: "x", FiscalYear: 2026, Owner: "carol", Territory: "cn", Amount: yuan(100),
		}})
		require.NoError(t, err)
		return made.GetName()
	}
	first, second := purse(), purse()
	holds := func(name string, committed, actual int64) {
		t.Helper()
		got, err := b.budgets.GetBudget(ctx, &planningv1.GetBudgetRequest{Name: name})
		require.NoError(t, err)
		require.Equal(t, []int64{committed, actual}, []int64{got.GetCommitted().GetUnits(), got.GetActual().GetUnits()})
	}
	a, err := b.plan(t, typev1.Level_EXECUTIVE, first, b.ordinary)
	require.NoError(t, err)
	holds(first, 15, 0)
	update := func(change *planningv1.CustomerActivity, paths ...string) error {
		change.Name = a.GetName()
		_, err := b.UpdateActivity(ctx, &planningv1.UpdateActivityRequest{Activity: change, UpdateMask: &fieldmaskpb.FieldMask{Paths: paths}})
		return err
	}
	require.NoError(t, update(&planningv1.CustomerActivity{Budget: second}, "budget"))
	holds(first, 0, 0)
	holds(second, 15, 0)
	require.NoError(t, update(&planningv1.CustomerActivity{}, "people"))
	holds(second, 5, 0)
	require.NoError(t, update(&planningv1.CustomerActivity{}, "budget"))
	holds(second, 0, 0)
	require.NoError(t, update(&planningv1.CustomerActivity{Budget: first}, "budget"))
	require.Equal(t, "CURRENCY_MISMATCH", fault.From(update(&planningv1.CustomerActivity{
		Items: []*planningv1.ActivityItem{{Label: "x", Amount: &money.Money{CurrencyCode: "USD", Units: 1}}},
	}, "items")).Reason())
	_, err = b.CompleteActivity(ctx, &planningv1.CompleteActivityRequest{Name: a.GetName(), ActualCost: yuan(101), Report: "x"})
	require.Equal(t, "BUDGET_SHORT", fault.From(err).Reason(), err)
	_, err = b.CompleteActivity(ctx, &planningv1.CompleteActivityRequest{Name: a.GetName(), ActualCost: yuan(100), Report: "x"})
	require.NoError(t, err)
	holds(first, 0, 100)

	other, err := b.plan(t, typev1.Level_EXECUTIVE, second)
	require.NoError(t, err)
	holds(second, 5, 0)
	_, err = b.CancelActivity(ctx, &planningv1.CancelActivityRequest{Name: other.GetName(), Reason: "x"})
	require.NoError(t, err)
	holds(second, 0, 0)
}
