package segmentation_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/services/segmentation"
)

const (
	basic     = typev1.Level_BASIC
	manager   = typev1.Level_MANAGER
	executive = typev1.Level_EXECUTIVE

	tick = 20 * time.Millisecond
)

// bundle is the two services as their callers know them: facts go into profile, and segmentation judges by what it hears of them.
type bundle struct {
	*servicetest.Service
	profile     *servicetest.Service
	customers   profilev1.CustomerServiceClient
	orders      profilev1.OrderServiceClient
	standings   segmentationv1.StandingServiceClient
	signals     segmentationv1.SignalServiceClient
	assessments segmentationv1.AssessmentServiceClient
	settings    segmentationv1.SegmentationSettingsServiceClient
}

func setup(t *testing.T, changes ...servicetest.Change) *bundle {
	t.Helper()
	first := servicetest.Start(t, profile.Definition())
	s := first.Beside(t, segmentation.Definition(), changes...)
	return &bundle{
		Service: s, profile: first, customers: profilev1.NewCustomerServiceClient(first.Conn), orders: profilev1.NewOrderServiceClient(first.Conn),
		standings: segmentationv1.NewStandingServiceClient(s.Conn), signals: segmentationv1.NewSignalServiceClient(s.Conn),
		assessments: segmentationv1.NewAssessmentServiceClient(s.Conn), settings: segmentationv1.NewSegmentationSettingsServiceClient(s.Conn),
	}
}

// admin may do everything.
func (b *bundle) admin(t *testing.T) context.Context {
	t.Helper()
	return b.administrator(t, auth.Anywhere)
}

func (b *bundle) administrator(t *testing.T, territories ...string) context.Context {
	t.Helper()
	return b.AsPrincipal(t, auth.Principal{Subject: "root", Level: executive, Territories: territories, Administrator: true})
}

func (b *bundle) customer(t *testing.T, name string) string {
	t.Helper()
	c, err := b.customers.CreateCustomer(b.admin(t), &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{
		DisplayName: name, Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south/shenzhen",
	}})
	require.NoError(t, err)
	return c.GetName()
}

// order records an order placed so many days ago.
func (b *bundle) order(t *testing.T, customer, number string, daysAgo int, units, profit int64) string {
	t.Helper()
	line := &profilev1.OrderLine{ProductLine: "switch", Quantity: 1, Amount: &money.Money{CurrencyCode: "CNY", Units: units}}
	if profit != 0 {
		line.GrossProfit = &money.Money{CurrencyCode: "CNY", Units: profit}
	}
	o, err := b.orders.CreateOrder(b.admin(t), &profilev1.CreateOrderRequest{Parent: customer, Order: &profilev1.Order{
		OrderNumber: number, OrderTime: timestamppb.New(b.Clock.Now().AddDate(0, 0, -daysAgo)), Lines: []*profilev1.OrderLine{line},
	}})
	require.NoError(t, err)
	return o.GetName()
}

// The way of an order: from the call that records it to class, tier and lifecycle, each with the order as its cause, within a second for a subscriber.
func TestAnOrderMovesItsCustomer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "Huawei")
	require.Eventually(t, func() bool {
		at, err := b.standings.GetLifecycle(b.admin(t), &segmentationv1.GetLifecycleRequest{Name: c + "/lifecycle"})
		return err == nil && at.GetRole() == segmentationv1.LifecycleRole_PROSPECT && at.GetEngagement() == segmentationv1.Engagement_ACQUIRE
	}, testkit.Patience, tick)

	began := time.Now()
	order := b.order(t, c, "1", 3, 1_200_000, 0)
	moved := b.Events(t, "guanxi.segmentation.tier.changed.v1", 1)[0]
	t.Logf("%v from the call that records the order to the subscriber of its consequence", time.Since(began))
	require.Less(t, time.Since(began), 5*time.Second, "a second, on a machine that does not do five other things")
	var tier segmentationv1.TierChanged
	require.NoError(t, moved.Decode(&tier))
	require.Equal(t, c, tier.GetCustomer())
	require.Equal(t, segmentationv1.Tier_PROJECT, tier.GetAfter(), "1,200,000 in the first month")
	require.Equal(t, "order", tier.GetCause())
	require.Equal(t, order, tier.GetReference())

	require.Eventually(t, func() bool {
		class, err := b.standings.GetClass(b.admin(t), &segmentationv1.GetClassRequest{Name: c + "/class"})
		require.NoError(t, err)
		return class.GetClass() == segmentationv1.CustomerClassKind_CORE && class.GetRank() == 1 && class.GetValue().GetUnits() == 1_200_000
	}, testkit.Patience, tick, "the best of one is core")
	lifecycle, err := b.standings.GetLifecycle(b.admin(t), &segmentationv1.GetLifecycleRequest{Name: c + "/lifecycle"})
	require.NoError(t, err)
	require.Equal(t, segmentationv1.LifecycleRole_NEW, lifecycle.GetRole())
	require.Equal(t, order, lifecycle.GetReference())
	moves, err := b.standings.ListStandingMoves(b.admin(t), &segmentationv1.ListStandingMovesRequest{Parent: c, Filter: `dimension = TIER`})
	require.NoError(t, err)
	require.Len(t, moves.GetStandingMoves(), 1)
}

// Profits are no part of events: segmentation asks profile for them, and a ranking by them follows.
func TestProfitsAreFetched(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "Huawei")
	b.order(t, c, "1", 3, 10_000, 2_500)
	require.Eventually(t, func() bool {
		class, err := b.standings.GetClass(b.admin(t), &segmentationv1.GetClassRequest{Name: c + "/class"})
		return err == nil && class.GetBasis() == segmentationv1.ValueBasis_GROSS_PROFIT && class.GetValue().GetUnits() == 2_500
	}, testkit.Patience, tick)
	class, err := b.standings.GetClass(b.As(t, basic), &segmentationv1.GetClassRequest{Name: c + "/class"})
	require.NoError(t, err)
	require.Nil(t, class.GetValue())
	require.Zero(t, class.GetRank())
}

// Silence moves customers too, by the daily run.
func TestSilenceIsNoticed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t, "Huawei")
	for i := range 6 {
		b.order(t, c, string(rune('a'+i)), 30*i+1, 1_000, 0)
	}
	stage := func() segmentationv1.LifecycleStage {
		at, err := b.standings.GetLifecycle(b.admin(t), &segmentationv1.GetLifecycleRequest{Name: c + "/lifecycle"})
		require.NoError(t, err)
		return at.GetStage()
	}
	b.settled(t)
	require.Equal(t, segmentationv1.LifecycleStage_FORMATION, stage(), "150 days are no stability")
	b.Clock.Advance(60 * 24 * time.Hour)
	run, err := b.assessments.RunAssessment(b.admin(t), &segmentationv1.RunAssessmentRequest{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		run, err = b.assessments.GetAssessmentRun(b.admin(t), &segmentationv1.GetAssessmentRunRequest{Name: run.GetName()})
		require.NoError(t, err)
		return run.GetOperation().GetState() == typev1.Operation_SUCCEEDED
	}, testkit.Patience, tick)
	require.EqualValues(t, 1, run.GetOperation().GetDoneCount())
	at, err := b.standings.GetLifecycle(b.admin(t), &segmentationv1.GetLifecycleRequest{Name: c + "/lifecycle"})
	require.NoError(t, err)
	require.Equal(t, segmentationv1.LifecycleStage_DECLINE, at.GetStage())
	require.Equal(t, segmentationv1.Engagement_RETAIN, at.GetEngagement())
	require.Equal(t, "daily", at.GetCause())
}

// settled waits until segmentation has heard of all that profile has announced, asked for all that it wants to know, and looked at everybody.
func (b *bundle) settled(t *testing.T) {
	t.Helper()
	b.Settle(t, "wanted", "touched")
	require.Eventually(t, func() bool {
		var left bool
		err := b.DB.Get(t.Context(), &left, `select exists (select from segment_members join customers c using (customer_id) where c.delete_time is not null)`)
		return err == nil && !left
	}, testkit.Patience, tick)
}
