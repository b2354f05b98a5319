package recall_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

const (
	affectedSubject = "guanxi.voice.recall.customer_affected.v1"
	notifiedSubject = "guanxi.voice.recall.customer_notified.v1"
	returnedSubject = "guanxi.voice.recall.item_returned.v1"
)

// A recall from its draft to its end: traced, told, brought back, late and corrected orders included.
func TestARecall(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.as(t, typev1.Level_MANAGER, "cn/south")
	south, north, none := b.client(t, "cn/south/shenzhen"), b.client(t, "cn/north"), b.client(t, "cn/south")
	first := b.order(t, south, 5, "P1", "P2", "P1-B")
	b.order(t, north, 5, "P1")
	b.order(t, none, 5, "P2")
	b.order(t, south, 300, "P1")
	r := b.made(ctx, t, "cn/south")
	r.OrderStartTime = timestamppb.New(b.Clock.Now().AddDate(0, 0, -100))
	_, err := b.recalls.UpdateRecall(ctx, &voicev1.UpdateRecallRequest{Recall: r, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"order_start_time"}}})
	require.NoError(t, err)
	_, err = b.recalls.NotifyRecall(ctx, &voicev1.NotifyRecallRequest{Name: r.GetName(), Channel: "phone"})
	requireReason(t, err, "STATE")
	b.started(ctx, t, r)
	_, err = b.recalls.StartRecall(ctx, &voicev1.StartRecallRequest{Name: r.GetName()})
	requireReason(t, err, "STATE")
	got := b.get(ctx, t, r)
	require.Equal(t, typev1.Operation_SUCCEEDED, got.GetTrace().GetState())
	require.Equal(t, int64(1), got.GetTrace().GetTotalCount())
	require.Equal(t, int32(1), got.GetFigures().GetCustomers())
	require.Equal(t, int32(2), got.GetFigures().GetItems())
	require.InDelta(t, 20, got.GetFigures().GetQuantity(), 0)
	require.Equal(t, 1, b.count(t, affectedSubject))

	b.late(t)
	require.Len(t, b.items(ctx, t, r), 2, "nothing is late yet")
	b.order(t, none, 0, "P1")
	b.order(t, south, 0, "P1")
	b.exec(t, `update order_lines set quantity = 12 where order_id = $1 and number = 0`, first)
	b.late(t)
	require.Len(t, b.items(ctx, t, r), 4)
	require.Equal(t, 2, b.count(t, affectedSubject), "a customer is affected once")
	require.InDelta(t, 42, b.get(ctx, t, r).GetFigures().GetQuantity(), 0)

	_, err = b.recalls.NotifyRecall(ctx, &voicev1.NotifyRecallRequest{Name: r.GetName(), Channel: "phone", Customers: []string{name(north)}})
	requireReason(t, err, "HIDDEN")
	_, err = b.recalls.NotifyRecall(b.as(t, typev1.Level_BASIC), &voicev1.NotifyRecallRequest{Name: r.GetName(), Channel: "phone", Customers: []string{name(north)}})
	requireReason(t, err, "INVALID_FIELDS")
	told, err := b.recalls.NotifyRecall(ctx, &voicev1.NotifyRecallRequest{Name: r.GetName(), Channel: "phone", Customers: []string{name(south)}})
	require.NoError(t, err)
	require.Equal(t, int32(1), told.GetNotified())
	require.Equal(t, int32(1), told.GetRemaining())
	told, err = b.recalls.NotifyRecall(ctx, &voicev1.NotifyRecallRequest{Name: r.GetName(), Channel: "letter"})
	require.NoError(t, err)
	require.Equal(t, int32(1), told.GetNotified())
	require.Zero(t, told.GetRemaining())
	require.Equal(t, 2, b.count(t, notifiedSubject))
	customers, err := b.recalls.ListRecallCustomers(ctx, &voicev1.ListRecallCustomersRequest{Parent: r.GetName(), Filter: `channel = "phone" AND notify_time:*`})
	require.NoError(t, err)
	require.Len(t, customers.GetCustomers(), 1)
	require.Equal(t, name(south), customers.GetCustomers()[0].GetCustomer())
	require.Equal(t, "alice", customers.GetCustomers()[0].GetNotifier())

	items := b.items(ctx, t, r)
	left := items[3].GetQuantity()
	for i, item := range items {
		require.Equal(t, voicev1.RecallItem_NOTIFIED, item.GetState())
		quantity := item.GetQuantity()
		if i == 0 {
			_, err = b.recalls.RecordRecallReturn(ctx, &voicev1.RecordRecallReturnRequest{Name: item.GetName(), Quantity: quantity + 0.5})
			requireReason(t, err, "RETURN_EXCEEDED")
			_, err = b.recalls.CompleteRecall(ctx, &voicev1.CompleteRecallRequest{Name: r.GetName()})
			requireReason(t, err, "ITEMS_OPEN")
		}
		if i == 3 {
			_, err = b.recalls.CloseRecallItem(ctx, &voicev1.CloseRecallItemRequest{Name: item.GetName(), Reason: "已报废"})
			require.NoError(t, err)
			_, err = b.recalls.RecordRecallReturn(ctx, &voicev1.RecordRecallReturnRequest{Name: item.GetName(), Quantity: 1})
			requireReason(t, err, "ITEM_CLOSED")
			continue
		}
		back, err := b.recalls.RecordRecallReturn(ctx, &voicev1.RecordRecallReturnRequest{Name: item.GetName(), Quantity: quantity})
		require.NoError(t, err)
		require.Equal(t, voicev1.RecallItem_RETURNED, back.GetState())
	}
	require.Equal(t, 3, b.count(t, returnedSubject))
	require.Equal(t, 1, b.count(t, "guanxi.voice.recall.item_closed.v1"))
	b.late(t)
	f := b.get(ctx, t, r).GetFigures()
	require.Zero(t, f.GetItemsOpen())
	require.InDelta(t, 1, f.GetCompletionRate(), 0)
	require.InDelta(t, (42-left)/42, f.GetReturnRate(), 1e-6)
	done, err := b.recalls.CompleteRecall(ctx, &voicev1.CompleteRecallRequest{Name: r.GetName()})
	require.NoError(t, err)
	require.Equal(t, voicev1.Recall_COMPLETED, done.GetState())
	_, err = b.recalls.RecordRecallReturn(ctx, &voicev1.RecordRecallReturnRequest{Name: items[0].GetName(), Quantity: -1})
	requireReason(t, err, "STATE")
	_, err = b.recalls.UpdateRecall(ctx, &voicev1.UpdateRecallRequest{Recall: &voicev1.Recall{Name: r.GetName(), Title: "x"}})
	requireReason(t, err, "FINISHED")
	b.order(t, none, 0, "P1")
	b.late(t)
	require.Len(t, b.items(ctx, t, r), 4, "a recall that has ended traces no more")
	require.Equal(t, 1, b.count(t, "guanxi.voice.recall.completed.v1"))
}

// A correction of an order is followed, but never below what is back; what was booked in error is taken back.
func TestCorrections(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.as(t, typev1.Level_MANAGER, "cn")
	south := b.client(t, "cn/south")
	order := b.order(t, south, 1, "P1")
	r := b.made(ctx, t, "cn")
	b.started(ctx, t, r)
	item := b.items(ctx, t, r)[0]
	_, err := b.recalls.RecordRecallReturn(ctx, &voicev1.RecordRecallReturnRequest{Name: item.GetName(), Quantity: 7.25})
	require.NoError(t, err)
	b.exec(t, `update order_lines set quantity = 5 where order_id = $1`, order)
	b.late(t)
	b.late(t)
	item = b.items(ctx, t, r)[0]
	require.InDelta(t, 7.25, item.GetQuantity(), 0)
	require.Equal(t, voicev1.RecallItem_RETURNED, item.GetState())
	back, err := b.recalls.RecordRecallReturn(ctx, &voicev1.RecordRecallReturnRequest{Name: item.GetName(), Quantity: -3})
	require.NoError(t, err)
	require.Equal(t, voicev1.RecallItem_NOTIFIED, back.GetState())
	require.InDelta(t, 4.25, back.GetReturnedQuantity(), 0)
	b.late(t)
	require.InDelta(t, 5, b.items(ctx, t, r)[0].GetQuantity(), 0)
	for _, quantity := range []float64{0, 1e-7, -5} {
		_, err = b.recalls.RecordRecallReturn(ctx, &voicev1.RecordRecallReturnRequest{Name: item.GetName(), Quantity: quantity})
		require.Error(t, err, quantity)
	}
	done, err := b.recalls.CompleteRecall(ctx, &voicev1.CompleteRecallRequest{Name: r.GetName(), Reason: "其余已报废"})
	require.NoError(t, err)
	require.Equal(t, "其余已报废", done.GetEndReason())
	require.Equal(t, voicev1.RecallItem_CLOSED, b.items(ctx, t, r)[0].GetState())
}

// A recall is seen where territories overlap, and changed by who covers it; one for all takes an administrator.
func TestTerritoriesOfRecalls(t *testing.T) {
	t.Parallel()
	b := setup(t)
	south, north := b.client(t, "cn/south/shenzhen"), b.client(t, "cn/north")
	b.order(t, south, 1, "P1")
	b.order(t, north, 1, "P1")
	draft := &voicev1.CreateRecallRequest{Recall: &voicev1.Recall{Title: "x", Reason: "x", ProductLine: "pumps"}}
	_, err := b.recalls.CreateRecall(b.as(t, typev1.Level_EXECUTIVE), draft)
	requireReason(t, err, "ADMINISTRATOR")
	_, err = b.recalls.CreateRecall(b.as(t, typev1.Level_EXECUTIVE, "cn"), draft)
	requireReason(t, err, "TERRITORY")
	r := b.made(b.admin(t), t, "")
	_, err = b.recalls.StartRecall(b.as(t, typev1.Level_MANAGER, "cn"), &voicev1.StartRecallRequest{Name: r.GetName()})
	requireReason(t, err, "TERRITORY")
	b.started(b.admin(t), t, r)
	for territory, want := range map[string]int{"cn/south": 1, "cn/north": 1, "cn": 2, "eu": 0} {
		ctx := b.as(t, typev1.Level_BASIC, territory)
		got := b.get(ctx, t, r)
		require.Equal(t, int32(want), got.GetFigures().GetItems(), territory)
		require.Nil(t, got.GetTrace(), "it was asked for by who sees everything")
		require.Len(t, b.items(ctx, t, r), want)
	}
	other := b.made(b.as(t, typev1.Level_MANAGER, "cn/south"), t, "cn/south")
	for territory, want := range map[string]int{"cn/south/shenzhen": 2, "cn": 2, "cn/southern": 1, "eu": 1} {
		listed, err := b.recalls.ListRecalls(b.as(t, typev1.Level_BASIC, territory), &voicev1.ListRecallsRequest{Filter: `product_codes:"P1"`})
		require.NoError(t, err)
		require.Len(t, listed.GetRecalls(), want, territory)
		_, err = b.recalls.GetRecall(b.as(t, typev1.Level_BASIC, territory), &voicev1.GetRecallRequest{Name: other.GetName()})
		if want == 1 {
			requireReason(t, err, "HIDDEN")
		} else {
			require.NoError(t, err)
		}
	}
	_, err = b.recalls.UpdateRecall(b.as(t, typev1.Level_MANAGER, "cn/south"), &voicev1.UpdateRecallRequest{Recall: &voicev1.Recall{Name: other.GetName(), Territory: "cn"}})
	requireReason(t, err, "TERRITORY")
	item := b.items(b.as(t, typev1.Level_BASIC, "cn/north"), t, r)[0]
	_, err = b.recalls.RecordRecallReturn(b.as(t, typev1.Level_BASIC, "cn/south"), &voicev1.RecordRecallReturnRequest{Name: item.GetName(), Quantity: 1})
	requireReason(t, err, "HIDDEN")
	_, err = b.recalls.RecordRecallReturn(b.as(t, typev1.Level_BASIC, "cn/north"), &voicev1.RecordRecallReturnRequest{Name: item.GetName(), Quantity: 1})
	require.NoError(t, err)
}

// More customers than a step takes are all found, each once; a recall that is cancelled meanwhile finds no more.
func TestTracingGoesInSteps(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, `insert into customers (customer_id, territory, create_time) select gen_random_uuid(), 'cn', '2025-01-01' from generate_series(1, 1203)`)
	b.exec(t, `insert into orders (customer_id, order_id, source_system, order_number, order_time) select customer_id, gen_random_uuid(), 'erp', customer_id, '2025-12-01' from customers`)
	b.exec(t, `insert into order_lines select customer_id, order_id, 0, 'pumps', 'P1', 1 from orders`)
	ctx := b.as(t, typev1.Level_MANAGER, "cn")
	r := b.made(ctx, t, "cn")
	b.started(ctx, t, r)
	got := b.get(ctx, t, r)
	require.Equal(t, int64(1203), got.GetTrace().GetDoneCount())
	require.Equal(t, int32(1203), got.GetFigures().GetItems())
	require.Equal(t, 1203, b.count(t, affectedSubject))
	told, err := b.recalls.NotifyRecall(ctx, &voicev1.NotifyRecallRequest{Name: r.GetName(), Channel: "sms", NotifyTime: timestamppb.New(b.Clock.Now())})
	require.NoError(t, err)
	require.Equal(t, int32(203), told.GetRemaining())
	for _, at := range []time.Time{b.Clock.Now().Add(time.Hour), b.Clock.Now().Add(-time.Hour)} {
		_, err = b.recalls.NotifyRecall(ctx, &voicev1.NotifyRecallRequest{Name: r.GetName(), Channel: "sms", NotifyTime: timestamppb.New(at)})
		requireReason(t, err, "INVALID_FIELDS")
	}

	again := b.made(ctx, t, "cn")
	_, err = b.recalls.StartRecall(ctx, &voicev1.StartRecallRequest{Name: again.GetName()})
	require.NoError(t, err)
	_, err = b.recalls.CompleteRecall(ctx, &voicev1.CompleteRecallRequest{Name: again.GetName()})
	requireReason(t, err, "TRACING")
	cancelled, err := b.recalls.CancelRecall(ctx, &voicev1.CancelRecallRequest{Name: again.GetName(), Reason: "误报"})
	require.NoError(t, err)
	require.Equal(t, voicev1.Recall_CANCELLED, cancelled.GetState())
	require.NoError(t, b.runner.Tick(t.Context()))
	b.late(t)
	require.Empty(t, b.items(ctx, t, again))
	require.Equal(t, typev1.Operation_CANCELLED, b.get(ctx, t, again).GetTrace().GetState())
}
