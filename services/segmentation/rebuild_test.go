package segmentation_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/fact"
)

// Deleting the projection and replaying the events gives the identical state, and says nothing anew: nobody hears of moves that were none.
func TestRebuildGivesTheIdenticalState(t *testing.T) {
	t.Parallel()
	var url string
	b := setup(t, func(cfg *service.Config, _ *service.Deps) { url = cfg.Database.URL })
	b.live(t)
	b.settled(t)
	before, announced := b.digest(t), b.announced(t)

	b.Stop(t)
	js, err := jetstream.New(b.NATS)
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the database takes a moment to see that the service is gone
		return service.Rebuild(t.Context(), b.DB, js, segmentation.Definition()) == nil
	}, testkit.Patience, tick)
	require.NotEqual(t, before, b.digest(t), "the digest sees what is missing")
	b.Service = b.profile.Beside(t, segmentation.Definition(), func(cfg *service.Config, _ *service.Deps) { cfg.Database.URL = url })
	b.settled(t)
	require.Equal(t, before, b.digest(t))
	require.Equal(t, announced, b.announced(t))
}

func (b *bundle) digest(t *testing.T) string {
	t.Helper()
	sum, err := fact.NewStore(b.DB, b.Clock.Now).Digest(t.Context())
	require.NoError(t, err)
	return sum
}

func (b *bundle) announced(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, b.DB.Get(t.Context(), &n, `select count(*) from outbox`))
	return n
}

// live is some customers' life: orders, corrections, returns, payments, changes, deletions, merges.
func (b *bundle) live(t *testing.T) {
	t.Helper()
	ctx, random := b.admin(t), rand.New(rand.NewPCG(3, 4))
	for i := range 12 {
		c := b.customer(t, fmt.Sprintf("customer %d", i))
		for j := range random.IntN(8) {
			b.order(t, c, fmt.Sprint(j), random.IntN(900), 100+random.Int64N(90_000), random.Int64N(2)*50)
			if random.IntN(3) == 0 { // a correction
				b.order(t, c, fmt.Sprint(j), random.IntN(900), random.Int64N(90_000)-9_000, random.Int64N(2)*70)
			}
		}
		b.changeSome(ctx, t, c, random)
	}
	b.mergeSome(ctx, t)
}

func (b *bundle) changeSome(ctx context.Context, t *testing.T, c string, random *rand.Rand) {
	t.Helper()
	_, err := profilev1.NewPaymentServiceClient(b.profile.Conn).CreatePayment(ctx, &profilev1.CreatePaymentRequest{Parent: c, Payment: &profilev1.Payment{
		PaymentNumber: "1", Amount: &money.Money{CurrencyCode: "USD", Units: 100}, DueDate: &date.Date{Year: 2025, Month: 11, Day: int32(1 + random.IntN(28))},
	}})
	require.NoError(t, err)
	switch random.IntN(4) {
	case 0:
		_, err = b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: c, Owner: "eve", Tags: []string{"vip"}, TimeZone: "Europe/London"}})
	case 1:
		_, err = b.customers.DeleteCustomer(ctx, &profilev1.DeleteCustomerRequest{Name: c})
	case 2: // in a currency that has no rate
		_, err = b.orders.CreateOrder(ctx, &profilev1.CreateOrderRequest{Parent: c, Order: &profilev1.Order{
			OrderNumber: "x", OrderTime: timestamppb.New(b.Clock.Now()),
			Lines: []*profilev1.OrderLine{{ProductLine: "router", Quantity: 1, Amount: &money.Money{CurrencyCode: "XAF", Units: 5}}},
		}})
	}
	require.NoError(t, err)
}
