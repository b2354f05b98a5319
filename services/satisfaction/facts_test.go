package satisfaction_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

const (
	orderRow = `select concat_ws(' ', source_system, order_day, promised_day, delivered_day, documents_correct, currency, amount::float, product_lines::text) from orders`
	lineRows = `select coalesce(string_agg(concat_ws(' ', line, product_line, quantity::float, coalesce(filled::float::text, '?'), coalesce(damaged::float::text, '?')), ';' order by line), '')
		from order_lines`
)

// An order is known with its cycle and its lines in the days of the customer's zone, a correction replaces it, and it goes with its customer.
func TestOrdersAreFollowed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	late := time.Date(2026, time.March, 1, 17, 0, 0, 0, time.UTC) // the next day in Shanghai
	line := func(product string, quantity float64, filled, damaged *float64) *profilev1.OrderLine {
		return &profilev1.OrderLine{
			ProductLine: product, Quantity: quantity, QuantityFilled: filled, QuantityDamaged: damaged, Amount: &money.Money{CurrencyCode: "CNY", Units: 10},
		}
	}
	o := &profilev1.Order{
		OrderNumber: "1", OrderTime: timestamppb.New(late), PromisedTime: timestamppb.New(late.AddDate(0, 0, 3)), DocumentsCorrect: new(true),
		Lines: []*profilev1.OrderLine{line("b", 10.5, new(9.25), new(0.0)), line("a", 1, nil, nil), line("b", 2, new(2.0), nil)},
	}
	b.order(ctx, t, customer, o)
	require.Equal(t, "default 2026-03-02 2026-03-05 t CNY 30 {a,b}", b.text(t, orderRow))
	require.Equal(t, "0 b 10.5 9.25 0;1 a 1 ? ?;2 b 2 2 ?", b.text(t, lineRows))

	o.Lines, o.DeliveredTime, o.DocumentsCorrect = o.Lines[:1], timestamppb.New(late.AddDate(0, 0, 4)), new(false)
	b.order(ctx, t, customer, o)
	require.Equal(t, "default 2026-03-02 2026-03-05 2026-03-06 f CNY 10 {b}", b.text(t, orderRow))
	require.Equal(t, "0 b 10.5 9.25 0", b.text(t, lineRows))
}

// An order whose lines are too many for an event is asked for.
func TestLinesOfAVeryLargeOrderAreAskedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	o := &profilev1.Order{OrderNumber: "1", OrderTime: timestamppb.New(b.Clock.Now())}
	for range 2000 {
		o.Lines = append(o.Lines, &profilev1.OrderLine{
			ProductLine: "an article with quite a long name, as they have in the catalogue of the eastern branch", ProductCode: "0123456789012345678901234567890123456789012345678901234567890123456789",
			Quantity: 1, Amount: &money.Money{CurrencyCode: "CNY", Units: 1},
		})
	}
	b.order(ctx, t, b.customer(ctx, t, "c", "li"), o)
	require.Equal(t, "2000", b.text(t, `select count(*)::text from order_lines`))
	require.Equal(t, "1", b.text(t, `select cardinality(product_lines)::text from orders`))
}

// What segmentation judges stands beside the customer.
func TestStandingsAreFollowed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	b.order(ctx, t, b.customer(ctx, t, "c", "li"), &profilev1.Order{
		OrderNumber: "1", OrderTime: timestamppb.New(b.Clock.Now()),
		Lines: []*profilev1.OrderLine{{ProductLine: "a", Quantity: 1, Amount: &money.Money{CurrencyCode: "CNY", Units: 10}}},
	})
	require.Eventually(t, func() bool {
		b.Settle(t)
		return b.text(t, `select role::text from customers`) == "3"
	}, testkit.Patience, tick, "who has ordered once is new: %d", segmentationv1.LifecycleRole_NEW)
}

func (b *bundle) text(t *testing.T, query string) (text string) {
	t.Helper()
	require.NoError(t, b.DB.Get(t.Context(), &text, query))
	return text
}
