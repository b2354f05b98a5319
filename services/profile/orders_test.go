package profile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

var day0 = time.Date(2025, time.March, 3, 2, 0, 0, 0, time.UTC)

func on(day int) *timestamppb.Timestamp { return timestamppb.New(day0.AddDate(0, 0, day)) }

func anOrder(number string, day int, amounts ...int64) *profilev1.Order {
	o := &profilev1.Order{OrderNumber: number, OrderTime: on(day)}
	for _, a := range amounts {
		q := 1.0
		if a < 0 {
			q = -1
		}
		o.Lines = append(o.Lines, &profilev1.OrderLine{ProductLine: "switch", Quantity: q, Amount: cny(a), GrossProfit: cny(a / 4), NetProfit: cny(a / 10)})
	}
	return o
}

func (b *bundle) order(t *testing.T, parent string, o *profilev1.Order) *profilev1.Order {
	t.Helper()
	out, err := b.orders.CreateOrder(b.admin(t), &profilev1.CreateOrderRequest{Parent: parent, Order: o})
	require.NoError(t, err)
	return out
}

func TestOrdersAreRecordedOnceAndCorrected(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	first := b.order(t, c.GetName(), anOrder("A-1", 0, 1000, 500))
	require.Equal(t, int64(1500), first.GetAmount().GetUnits())
	require.Equal(t, "default", first.GetSourceSystem())
	same := b.order(t, c.GetName(), anOrder(" A-1 ", 0, 1000, 500))
	require.EqualExportedValues(t, first, same)
	corrected := b.order(t, c.GetName(), anOrder("A-1", 0, 1000))
	require.Equal(t, first.GetName(), corrected.GetName())
	require.NotEqual(t, first.GetEtag(), corrected.GetEtag())
	got, err := b.orders.GetOrder(b.As(t, executive), &profilev1.GetOrderRequest{Name: first.GetName()})
	require.NoError(t, err)
	require.EqualExportedValues(t, corrected, got)

	events := b.Events(t, "guanxi.profile.order.>", 2)
	require.Equal(t, "guanxi.profile.order.recorded.v1", events[0].Subject)
	require.Equal(t, "guanxi.profile.order.corrected.v1", events[1].Subject)
	require.Equal(t, int64(3), events[1].Version, "customer created, order recorded, order corrected")
	for _, e := range events {
		require.NotContains(t, string(e.Data), "rofit")
	}
	data := &profilev1.OrderCorrected{}
	require.NoError(t, events[1].Decode(data))
	require.Equal(t, []string{"lines"}, data.GetChangedFields())
	require.Len(t, data.GetBefore().GetLines(), 2)
}

func TestProfitsFollowTheLevel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	made := b.order(t, c.GetName(), anOrder("A-1", 0, 1000))
	for level, profits := range map[typev1.Level][2]bool{basic: {}, manager: {true, false}, executive: {true, true}} {
		seen := b.get(t, made.GetName(), level)
		require.Equal(t, profits[0], seen.GetGrossProfit() != nil, level)
		require.Equal(t, profits[0], seen.GetLines()[0].GetGrossProfit() != nil, level)
		require.Equal(t, profits[1], seen.GetNetProfit() != nil, level)
		require.Equal(t, profits[1], seen.GetLines()[0].GetNetProfit() != nil, level)
	}
	_, err := b.orders.CreateOrder(b.As(t, basic), &profilev1.CreateOrderRequest{Parent: c.GetName(), Order: anOrder("A-2", 0, 1)})
	refused(t, err, codes.PermissionDenied)

	// A correction by somebody who cannot see the profits leaves them.
	blind := anOrder("A-1", 1, 1000)
	blind.Lines[0].GrossProfit, blind.Lines[0].NetProfit = nil, nil
	_, err = b.orders.CreateOrder(b.As(t, basic), &profilev1.CreateOrderRequest{Parent: c.GetName(), Order: blind})
	require.NoError(t, err)
	require.Equal(t, int64(250), b.get(t, made.GetName(), executive).GetGrossProfit().GetUnits())

	for _, filter := range []string{"gross_profit > 1", "netProfit > 1"} {
		_, err = b.orders.ListOrders(b.As(t, basic), &profilev1.ListOrdersRequest{Parent: "customers/-", Filter: filter})
		refused(t, err, codes.PermissionDenied)
	}
	list, err := b.orders.ListOrders(b.As(t, manager), &profilev1.ListOrdersRequest{Parent: "customers/-", Filter: "gross_profit >= 250 AND amount < 1000.5"})
	require.NoError(t, err)
	require.Len(t, list.GetOrders(), 1)
}

func (b *bundle) get(t *testing.T, name string, level typev1.Level) *profilev1.Order {
	t.Helper()
	o, err := b.orders.GetOrder(b.As(t, level), &profilev1.GetOrderRequest{Name: name})
	require.NoError(t, err)
	return o
}

func TestBadOrdersAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	for name, spoil := range map[string]func(*profilev1.Order) []string{
		"no number": func(o *profilev1.Order) []string {
			o.OrderNumber = " "
			return []string{"order.order_number", "REQUIRED"}
		},
		"no time": func(o *profilev1.Order) []string { o.OrderTime = nil; return []string{"order.order_time", "REQUIRED"} },
		"ancient": func(o *profilev1.Order) []string {
			o.OrderTime = timestamppb.New(time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC))
			return []string{"order.order_time", "RANGE"}
		},
		"shipped before": func(o *profilev1.Order) []string {
			o.ShippedTime = on(-2)
			return []string{"order.shipped_time", "BEFORE_ORDER"}
		},
		"two currencies": func(o *profilev1.Order) []string {
			o.Lines[0].GrossProfit = &money.Money{CurrencyCode: "USD", Units: 1}
			return []string{"order.lines[0].gross_profit.currency_code", "ONE_CURRENCY"}
		},
		"no currency": func(o *profilev1.Order) []string { o.Lines[0].Amount = &money.Money{Units: 1}; return nil },
		"mixed signs": func(o *profilev1.Order) []string {
			o.Lines[0].Amount = &money.Money{CurrencyCode: "CNY", Units: 1, Nanos: -1}
			return nil
		},
		"over-filled": func(o *profilev1.Order) []string {
			two := 2.0
			o.Lines[0].QuantityFilled = &two
			return []string{"order.lines[0].quantity_filled", "MORE_THAN_ORDERED"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := anOrder("B-1", 0, 100)
			named := spoil(o)
			_, err := b.orders.CreateOrder(b.admin(t), &profilev1.CreateOrderRequest{Parent: c.GetName(), Order: o})
			refused(t, err, codes.InvalidArgument, named...)
		})
	}
}

func TestBatchIsAllOrNone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.customer(t), b.customer(t)
	ctx := b.admin(t)
	request := &profilev1.BatchCreateOrdersRequest{Requests: []*profilev1.CreateOrderRequest{
		{Parent: one.GetName(), Order: anOrder("1", 0, 10)}, {Parent: two.GetName(), Order: anOrder("1", 0, 20)}, {Parent: one.GetName(), Order: anOrder("2", 0, 30)},
	}}
	request.Requests[2].Order.ShippedTime = on(-5)
	_, err := b.orders.BatchCreateOrders(ctx, request)
	refused(t, err, codes.InvalidArgument, "requests[2].order.shipped_time", "BEFORE_ORDER")
	list, err := b.orders.ListOrders(ctx, &profilev1.ListOrdersRequest{Parent: "customers/-"})
	require.NoError(t, err)
	require.Empty(t, list.GetOrders())

	request.Requests[2].Order.ShippedTime = nil
	made, err := b.orders.BatchCreateOrders(ctx, request)
	require.NoError(t, err)
	require.Len(t, made.GetOrders(), 3)
	require.Equal(t, "2", made.GetOrders()[2].GetOrderNumber())
	list, err = b.orders.ListOrders(ctx, &profilev1.ListOrdersRequest{Parent: one.GetName(), OrderBy: "amount desc"})
	require.NoError(t, err)
	require.Len(t, list.GetOrders(), 2)
	require.Equal(t, int64(30), list.GetOrders()[0].GetAmount().GetUnits())

	request.Requests[2].Order.OrderNumber = "1"
	_, err = b.orders.BatchCreateOrders(ctx, request)
	refused(t, err, codes.InvalidArgument, "requests[2].order.order_number", "UNIQUE")
	_, err = b.orders.BatchCreateOrders(b.As(t, executive, "cn/north"), &profilev1.BatchCreateOrdersRequest{Requests: request.GetRequests()[:1]})
	refused(t, err, codes.PermissionDenied)
}

func TestPaymentsAreRecordedOnceAndCorrected(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	ctx := b.As(t, basic)
	send := func(p *profilev1.Payment) (*profilev1.Payment, error) {
		return b.payments.CreatePayment(ctx, &profilev1.CreatePaymentRequest{Parent: c.GetName(), Payment: p})
	}
	open := &profilev1.Payment{PaymentNumber: "P-1", OrderNumber: "A-1", Amount: cny(100), DueDate: &date.Date{Year: 2025, Month: 4, Day: 1}}
	first, err := send(open)
	require.NoError(t, err)
	same, err := send(open)
	require.NoError(t, err)
	require.EqualExportedValues(t, first, same)
	open.PaidDate = &date.Date{Year: 2025, Month: 5, Day: 2}
	paid, err := send(open)
	require.NoError(t, err)
	require.Equal(t, first.GetName(), paid.GetName())
	got, err := b.payments.GetPayment(ctx, &profilev1.GetPaymentRequest{Name: first.GetName()})
	require.NoError(t, err)
	require.EqualExportedValues(t, paid, got)
	b.Events(t, "guanxi.profile.payment.>", 2)
	list, err := b.payments.ListPayments(ctx, &profilev1.ListPaymentsRequest{Parent: c.GetName(), Filter: `paid_date > "2025-05-01"`, OrderBy: "due_date"})
	require.NoError(t, err)
	require.Len(t, list.GetPayments(), 1)
	open.DueDate = &date.Date{Year: 2025, Month: 2, Day: 30}
	_, err = send(open)
	refused(t, err, codes.InvalidArgument, "payment.due_date", "DATE")
}

func TestOrderCycleShowsTheRhythm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	for i, day := range []int{0, 10, 20, 32, 32} { // two orders on one day count once; intervals 10, 10, 12
		o := anOrder(fmt.Sprintf("R-%d", i), day, 100)
		o.RequestedTime, o.ShippedTime = on(day+5), on(day+i*2)
		b.order(t, c.GetName(), o)
	}
	b.order(t, c.GetName(), anOrder("return", 40, -100))
	sheet, err := b.sheets.GetOrderCycle(b.As(t, basic), &profilev1.GetOrderCycleRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Equal(t, []string{"", "switch"}, []string{sheet.GetRhythms()[0].GetProductLine(), sheet.GetRhythms()[1].GetProductLine()})
	r := sheet.GetRhythms()[0]
	require.Equal(t, int64(4), r.GetOrderDays())
	require.InDelta(t, 10, r.GetMedianIntervalDays(), 0)
	require.InDelta(t, 0, r.GetIntervalDeviationDays(), 0)
	require.EqualExportedValues(t, &date.Date{Year: 2025, Month: 4, Day: 14}, r.GetExpectedDate(), "4 April and 10 days")
	require.EqualExportedValues(t, &date.Date{Year: 2025, Month: 4, Day: 19}, r.GetOverdueDate(), "and half a median of slack")
	require.Equal(t, int64(6), sheet.GetOrderCount())
	require.Equal(t, int64(2), sheet.GetLateCount(), "shipped 6 and 8 days after, wanted after 5")
	require.Len(t, sheet.GetSteps(), 1)
	require.Equal(t, int64(5), sheet.GetSteps()[0].GetCount())
	require.InDelta(t, 4, sheet.GetSteps()[0].GetMedianDays(), 1e-9)
	require.InDelta(t, 8, sheet.GetSteps()[0].GetMaxDays(), 1e-9)

	all, err := b.sheets.GetOrderCycle(b.As(t, basic), &profilev1.GetOrderCycleRequest{Name: "customers/-"})
	require.NoError(t, err)
	require.Nil(t, all.GetRhythms()[0].GetExpectedDate())
	_, err = b.sheets.GetOrderCycle(b.As(t, basic), &profilev1.GetOrderCycleRequest{Name: c.GetName(), StartTime: on(2), EndTime: on(1)})
	refused(t, err, codes.InvalidArgument, "end_time", "ORDER")
	_, err = b.sheets.GetOrderCycle(b.As(t, basic, "eu"), &profilev1.GetOrderCycleRequest{Name: c.GetName()})
	refused(t, err, codes.PermissionDenied)
	foreign, err := b.sheets.GetOrderCycle(b.As(t, basic, "eu"), &profilev1.GetOrderCycleRequest{Name: "customers/-"})
	require.NoError(t, err)
	require.Zero(t, foreign.GetOrderCount())
}

func TestExpectedOrdersAreAnnouncedOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	b.AwaitJob(t, "announce-expected-orders")
	start := b.Clock.Now()
	for i := range 4 { // every 10 days, the last one 5 days ago: due in 5
		o := anOrder(fmt.Sprintf("E-%d", i), 0, 100)
		o.OrderTime = timestamppb.New(start.AddDate(0, 0, -5-10*i))
		b.order(t, c.GetName(), o)
	}
	b.Clock.Advance(48 * time.Hour) // the job runs twice
	event := b.Events(t, "guanxi.profile.order_cycle.>", 1)[0]
	data := &profilev1.NextOrderNear{}
	require.NoError(t, event.Decode(data))
	require.Equal(t, c.GetName(), data.GetCustomer())
	want := start.AddDate(0, 0, 5)
	require.EqualExportedValues(t, &date.Date{Year: int32(want.Year()), Month: int32(want.Month()), Day: int32(want.Day())}, data.GetExpectedDate())
	require.Equal(t, "recompute", event.Cause)
	require.Eventually(t, func() bool {
		var runs int
		err := b.DB.Get(t.Context(), &runs, `select count(*) from schedule_runs where job = 'announce-expected-orders'`)
		return err == nil && runs == 2
	}, testkit.Patience, 20*time.Millisecond)
	b.Events(t, "guanxi.profile.order_cycle.>", 1)
}

func TestSalesCurve(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.customer(t)
	b.order(t, c.GetName(), anOrder("1", 0, 1000))   // March 2025
	b.order(t, c.GetName(), anOrder("2", 365, 1500)) // March 2026
	b.order(t, c.GetName(), anOrder("3", 366, -300)) // a return
	b.order(t, c.GetName(), &profilev1.Order{OrderNumber: "4", OrderTime: on(366), Lines: []*profilev1.OrderLine{
		{ProductLine: "router", Quantity: 1, Amount: &money.Money{CurrencyCode: "USD", Units: 7, Nanos: 500_000_000}},
	}})
	curve, err := b.sheets.GetSalesCurve(b.As(t, executive), &profilev1.GetSalesCurveRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Len(t, curve.GetPoints(), 3, "the span ends with the last order and has 24 months")
	march := curve.GetPoints()[1]
	require.Equal(t, "2026-03", march.GetMonth())
	require.EqualExportedValues(t, cny(1200), march.GetAmount())
	require.InDelta(t, 0.2, march.GetYearGrowth(), 1e-9)
	require.Equal(t, int64(2), march.GetOrderCount())
	require.EqualExportedValues(t, &money.Money{CurrencyCode: "USD", Units: 7, Nanos: 500_000_000}, curve.GetPoints()[2].GetAmount())
	require.Nil(t, curve.GetPoints()[2].GetGrossProfit())
	require.Len(t, curve.GetTotals(), 2)
	seen, err := b.sheets.GetSalesCurve(b.As(t, basic), &profilev1.GetSalesCurveRequest{Name: "customers/-", StartMonth: "2025-03", EndMonth: "2025-03", ProductLines: []string{"switch"}})
	require.NoError(t, err)
	require.Len(t, seen.GetPoints(), 1)
	require.Nil(t, seen.GetPoints()[0].GetGrossProfit())
	_, err = b.sheets.GetSalesCurve(b.As(t, basic), &profilev1.GetSalesCurveRequest{Name: c.GetName(), StartMonth: "2000-01"})
	refused(t, err, codes.InvalidArgument, "start_month", "SPAN")
	empty, err := b.sheets.GetSalesCurve(b.As(t, basic), &profilev1.GetSalesCurveRequest{Name: b.customer(t).GetName()})
	require.NoError(t, err)
	require.Empty(t, empty.GetPoints())
}

// The id of a stored order below another customer is not that order, also when the order itself is asked for in the same call.
func TestBatchGetTakesNamesAtTheirWord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	mine, other := b.customer(t), b.customer(t)
	stored := b.order(t, mine.GetName(), anOrder("A-1", 0, 1000)).GetName()
	wrong := strings.Replace(stored, mine.GetName(), other.GetName(), 1)
	for _, names := range [][]string{{wrong, stored}, {stored, wrong}} {
		got, err := b.orders.BatchGetOrders(b.admin(t), &profilev1.BatchGetOrdersRequest{Names: names})
		require.NoError(t, err)
		require.Len(t, got.GetOrders(), 1)
		require.Equal(t, stored, got.GetOrders()[0].GetName())
		require.Equal(t, []string{wrong}, got.GetMissingNames())
	}
}
