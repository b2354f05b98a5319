package voice_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// complain opens a case.
func (b *bundle) complain(ctx context.Context, t *testing.T, customer, title, code string) string {
	t.Helper()
	made, err := voicev1.NewCaseServiceClient(b.Conn).CreateCase(ctx, &voicev1.CreateCaseRequest{Case: &voicev1.Case{
		Customer: customer, RequestKind: voicev1.RequestKind_COMPLAINT_REQUEST, Track: voicev1.Track_PROBLEM, Title: title, ProductCode: code,
	}})
	require.NoError(t, err)
	return made.GetName()
}

// ordered records an order of five of a product and waits until voice knows of it.
func (b *bundle) ordered(ctx context.Context, t *testing.T, customer, number, code string) {
	t.Helper()
	_, err := b.orders.CreateOrder(ctx, &profilev1.CreateOrderRequest{Parent: customer, Order: &profilev1.Order{
		SourceSystem: "erp", OrderNumber: number, OrderTime: timestamppb.New(b.Clock.Now().Add(-time.Hour)),
		Lines: []*profilev1.OrderLine{{ProductLine: "pumps", ProductCode: code, Quantity: 5, Amount: &money.Money{CurrencyCode: "CNY", Units: 100}}},
	}})
	require.NoError(t, err)
	b.fetched(t)
}

// grouped waits until all cases are in a group.
func (b *bundle) grouped(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		var left bool
		return b.DB.Get(context.Background(), &left, `select exists (select from cases where issue_group_id is null)`) == nil && !left
	}, testkit.Patience, tick)
}

// traced waits until a recall has so many items.
func (b *bundle) traced(ctx context.Context, t *testing.T, recall string, items int32) *voicev1.Recall {
	t.Helper()
	var got *voicev1.Recall
	require.Eventually(t, func() bool {
		var err error
		got, err = voicev1.NewRecallServiceClient(b.Conn).GetRecall(ctx, &voicev1.GetRecallRequest{Name: recall})
		return err == nil && got.GetTrace().GetState() == typev1.Operation_SUCCEEDED && got.GetFigures().GetItems() == items
	}, testkit.Patience, tick)
	return got
}

// pumpRecall is a recall of P1 that somebody is in charge of.
func pumpRecall(territory string) *voicev1.Recall {
	return &voicev1.Recall{
		Title: "open-recall", Reason: "open-reason", ProductCodes: []string{"P1"}, Territory: territory,
		TaskForce: []*voicev1.Recall_Member{{Subject: "open-quality", Role: "quality", Lead: true}},
	}
}

// Cases that tell of the same come together as they are opened, and the company hears of it once.
func TestCasesAreGroupedAsTheyCome(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "x", "")
	names := map[string]bool{}
	for _, title := range []string{"水泵轴封漏油", "水泵轴封处漏油严重", "水泵軸封漏油"} {
		names[b.complain(ctx, t, customer, title, "P1")] = true
	}
	b.complain(ctx, t, customer, "发票抬头开错", "")
	b.grouped(t)
	b.Events(t, "guanxi.voice.issue_group.formed.v1", 1)
	groups, err := voicev1.NewIssueGroupServiceClient(b.Conn).ListIssueGroups(ctx, &voicev1.ListIssueGroupsRequest{})
	require.NoError(t, err)
	require.Len(t, groups.GetIssueGroups(), 1)
	members, err := voicev1.NewIssueGroupServiceClient(b.Conn).ListIssueGroupMembers(ctx, &voicev1.ListIssueGroupMembersRequest{Parent: groups.GetIssueGroups()[0].GetName()})
	require.NoError(t, err)
	require.Len(t, members.GetMembers(), 3)
	for _, m := range members.GetMembers() {
		require.True(t, names[m.GetCase()])
		got, err := voicev1.NewCaseServiceClient(b.Conn).GetCase(ctx, &voicev1.GetCaseRequest{Name: m.GetCase()})
		require.NoError(t, err)
		require.Equal(t, groups.GetIssueGroups()[0].GetName(), got.GetIssueGroup())
	}
}

// A recall finds the orders that profile has announced, those that come later too, and tells of each customer once.
func TestARecallFollowsTheOrders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	recalls := voicev1.NewRecallServiceClient(b.Conn)
	customer, late := b.customer(ctx, t, "x", ""), b.customer(ctx, t, "y", "")
	b.ordered(ctx, t, customer, "SO-1", "P1")
	b.ordered(ctx, t, customer, "SO-2", "P2")
	made, err := recalls.CreateRecall(ctx, &voicev1.CreateRecallRequest{Recall: pumpRecall("cn")})
	require.NoError(t, err)
	_, err = recalls.StartRecall(ctx, &voicev1.StartRecallRequest{Name: made.GetName()})
	require.NoError(t, err)
	got := b.traced(ctx, t, made.GetName(), 1)
	require.InDelta(t, 5, got.GetFigures().GetQuantity(), 0)
	b.ordered(ctx, t, late, "SO-3", "P1")
	b.traced(ctx, t, made.GetName(), 2)
	for _, e := range b.Events(t, "guanxi.voice.recall.>", 3) {
		require.Contains(t, string(e.Data), made.GetName())
	}
}
