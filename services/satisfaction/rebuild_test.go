package satisfaction_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/planning"
	"github.com/guanxi-crm/guanxi/services/profile"
	"github.com/guanxi-crm/guanxi/services/satisfaction"
	"github.com/guanxi-crm/guanxi/services/segmentation"
)

// Sums of hashes do not depend on the order of rows. When a customer was made is not told by all events, and our own numbers are no facts.
const digest = `select concat_ws(' ',
	(select sum(hashtextextended((to_jsonb(c) - 'sequence' - 'create_time')::text, 0)::numeric) from customers c),
	(select sum(hashtextextended(o::text, 0)::numeric) from orders o), (select sum(hashtextextended(l::text, 0)::numeric) from order_lines l))`

// Deleting the projection and replaying the events gives the identical state, and says nothing anew.
func TestRebuildGivesTheIdenticalState(t *testing.T) {
	t.Parallel()
	var url string
	first := servicetest.Start(t, profile.Definition())
	second := first.Beside(t, segmentation.Definition())
	third := second.Beside(t, planning.Definition())
	b := &bundle{
		Service:   third.Beside(t, satisfaction.Definition(), func(cfg *service.Config, _ *service.Deps) { url = cfg.Database.URL }),
		customers: profilev1.NewCustomerServiceClient(first.Conn), orders: profilev1.NewOrderServiceClient(first.Conn),
	}
	b.live(b.admin(t), t)
	b.settled(t)
	before, announced := b.text(t, digest), b.text(t, `select count(*)::text from outbox`)

	b.Stop(t)
	js, err := jetstream.New(b.NATS)
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the database takes a moment to see that the service is gone
		return service.Rebuild(t.Context(), b.DB, js, satisfaction.Definition()) == nil
	}, testkit.Patience, tick)
	require.NotEqual(t, before, b.text(t, digest), "the digest sees what is missing")
	b.Service = third.Beside(t, satisfaction.Definition(), func(cfg *service.Config, _ *service.Deps) { cfg.Database.URL = url })
	b.settled(t)
	require.Equal(t, before, b.text(t, digest))
	require.Equal(t, announced, b.text(t, `select count(*)::text from outbox`))
}

// settled waits until segmentation judges nobody any more and satisfaction has heard all of it.
func (b *bundle) settled(t *testing.T) {
	t.Helper()
	last := ""
	require.Eventually(t, func() bool {
		b.fetched(t)
		now := b.text(t, digest)
		still := now == last
		last = now
		return still
	}, testkit.Patience, 10*tick)
}

// live is some customers' life: orders, a correction, a move, a deletion, merges.
func (b *bundle) live(ctx context.Context, t *testing.T) {
	t.Helper()
	for i := range 4 {
		customer := b.customer(ctx, t, fmt.Sprint("c", i), "li")
		for n := range 3 {
			o := &profilev1.Order{OrderNumber: fmt.Sprint(n / 2), OrderTime: timestamppb.New(b.Clock.Now().AddDate(0, 0, -n)), DocumentsCorrect: new(n == 1)}
			for range 1 + n {
				o.Lines = append(o.Lines, &profilev1.OrderLine{ProductLine: fmt.Sprint("line", n), Quantity: 2.5, QuantityFilled: new(2.0), Amount: &money.Money{CurrencyCode: "CNY", Units: 9000}})
			}
			b.order(ctx, t, customer, o)
		}
		switch i {
		case 1:
			_, err := b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: customer, Owner: "eve", TimeZone: "Europe/London"}})
			require.NoError(t, err)
		case 2:
			_, err := b.customers.DeleteCustomer(ctx, &profilev1.DeleteCustomerRequest{Name: customer})
			require.NoError(t, err)
		}
	}
	b.mergeSome(ctx, t)
}
