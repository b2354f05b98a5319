package voice_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/voice"
	"github.com/guanxi-crm/guanxi/services/voice/internal/fact"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

func (b *bundle) facts() *fact.Store {
	return fact.NewStore(b.DB, b.Clock.Now, settings.NewStore(b.DB, b.Clock.Now))
}

// order records an order of a customer, or corrects it.
func (b *bundle) order(ctx context.Context, t *testing.T, customer, number string, lines ...*profilev1.OrderLine) {
	t.Helper()
	for _, line := range lines {
		line.Amount = &money.Money{CurrencyCode: "CNY", Units: 1000}
	}
	_, err := b.orders.CreateOrder(ctx, &profilev1.CreateOrderRequest{Parent: customer, Order: &profilev1.Order{
		OrderNumber: number, OrderTime: timestamppb.New(b.Clock.Now().AddDate(0, -1, 0)), Lines: lines,
	}})
	require.NoError(t, err)
}

// A person is known once profile has said so, and is gone when profile removes it.
func TestPeopleAreFollowed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	b.person(ctx, t, customer, &profilev1.Person{DisplayName: "p", Senior: true})
	name := b.person(ctx, t, customer, &profilev1.Person{DisplayName: "q"})
	require.Equal(t, "f,t", b.one(t, `select string_agg(senior::text, ',' order by senior) from (select left(senior::text, 1) as senior from people) p`))
	_, err := b.people.DeletePerson(ctx, &profilev1.DeletePersonRequest{Name: name})
	require.NoError(t, err)
	b.fetched(t)
	require.Equal(t, "1", b.one(t, `select count(*) from people`))
}

func (b *bundle) one(t *testing.T, query string, args ...any) (text string) {
	t.Helper()
	require.NoError(t, b.DB.Get(t.Context(), &text, query, args...))
	return text
}

// The lines of an order that had no room in its event are asked for.
func TestVeryLongOrdersAreAskedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	var lines []*profilev1.OrderLine
	for i := range 2000 {
		lines = append(lines, &profilev1.OrderLine{ProductLine: strings.Repeat("泵", 90), ProductCode: fmt.Sprint(i), Quantity: 1.5})
	}
	b.order(ctx, t, customer, "1", lines...)
	require.Eventually(t, func() bool {
		b.fetched(t)
		return b.one(t, `select count(*) || ' ' || coalesce(sum(quantity), 0) from order_lines`) == "2000 3000.000000"
	}, testkit.Patience, tick)
}

// A published policy decides how fast its customers are answered, for those whom segmentation has put into its classes.
func TestAPolicySaysHowFast(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.admin(t)
	customer := b.customer(ctx, t, "c", "li")
	policies := segmentationv1.NewPolicyServiceClient(b.peers["segmentation"].Conn)
	made, err := policies.CreatePolicy(ctx, &segmentationv1.CreatePolicyRequest{Policy: &segmentationv1.Policy{
		LabelEn: "p", LabelZh: "策略", FiscalYear: int32(b.Clock.Now().Year()), EffectiveDate: civil.Date(b.Clock.Now()), Rules: []*segmentationv1.PolicyRule{
			{RuleId: "usual", Priority: 10, LabelEn: "a", LabelZh: "甲", SlaFactor: "0.8"},
			{RuleId: "others", Priority: 20, LabelEn: "b", LabelZh: "乙", SlaFactor: "0.1", Condition: &segmentationv1.PolicyCondition{Grades: []string{"S"}}},
		},
	}})
	require.NoError(t, err)
	_, err = policies.PublishPolicy(ctx, &segmentationv1.PublishPolicyRequest{Name: made.GetName()})
	require.NoError(t, err)
	ids, err := resource.Parse("customer", customer, "customers")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return b.factor(t, ids[0]) == "0.8" }, testkit.Patience, tick)
	_, err = b.DB.Exec(t.Context(), `update customers set grade = 'S'`)
	require.NoError(t, err)
	require.Equal(t, "0.1", b.factor(t, ids[0]))
}

func (b *bundle) factor(t *testing.T, customer uuid.UUID) string {
	t.Helper()
	class, tier, grade, factor, zone, err := b.facts().Standing(t.Context(), customer)
	require.NoError(t, err)
	t.Log(class, tier, grade, factor, zone)
	return factor.String()
}

// Deleting the projection and replaying the events gives the identical state, and says nothing anew.
func TestRebuildGivesTheIdenticalState(t *testing.T) {
	t.Parallel()
	var url string
	b := setup(t, func(cfg *service.Config, _ *service.Deps) { url = cfg.Database.URL })
	b.live(t)
	b.settled(t)
	before, announced := b.digest(t), b.one(t, `select count(*) from outbox`)

	b.Stop(t)
	js, err := jetstream.New(b.NATS)
	require.NoError(t, err)
	require.Eventually(t, func() bool { // the database takes a moment to see that the service is gone
		return service.Rebuild(t.Context(), b.DB, js, voice.Definition()) == nil
	}, testkit.Patience, tick)
	require.NotEqual(t, before, b.digest(t), "the digest sees what is missing")
	b.Service = b.peers["segmentation"].Beside(t, voice.Definition(), func(cfg *service.Config, _ *service.Deps) { cfg.Database.URL = url })
	b.settled(t)
	require.Equal(t, before, b.digest(t))
	require.Equal(t, announced, b.one(t, `select count(*) from outbox`))
}

func (b *bundle) digest(t *testing.T) string {
	t.Helper()
	sum, err := b.facts().Digest(t.Context())
	require.NoError(t, err)
	return sum
}

// settled waits until segmentation judges nobody any more, voice has heard all of it, and no rebuild goes on.
func (b *bundle) settled(t *testing.T) {
	t.Helper()
	last := ""
	require.Eventually(t, func() bool {
		b.fetched(t)
		b.Settle(t, "moves", "rebuilds")
		now := b.digest(t)
		still := now == last
		last = now
		return still
	}, testkit.Patience, 10*tick)
}

// live is some customers' life.
func (b *bundle) live(t *testing.T) {
	t.Helper()
	ctx, random := b.admin(t), rand.New(rand.NewPCG(3, 4))
	for i := range 8 {
		c := b.customer(ctx, t, fmt.Sprintf("customer %d", i), "li")
		for j := range random.IntN(5) {
			b.order(ctx, t, c, fmt.Sprint(j), &profilev1.OrderLine{ProductLine: "pumps", ProductCode: "P", Quantity: 1 + random.Float64()})
			if random.IntN(3) == 0 { // a correction
				b.order(ctx, t, c, fmt.Sprint(j), &profilev1.OrderLine{ProductLine: "valves", Quantity: -0.5}, &profilev1.OrderLine{ProductLine: "pumps", Quantity: 2})
			}
		}
		_, err := b.people.CreatePerson(ctx, &profilev1.CreatePersonRequest{Parent: c, Person: &profilev1.Person{DisplayName: "p", Senior: random.IntN(2) == 0}})
		require.NoError(t, err)
		switch random.IntN(4) {
		case 0:
			_, err = b.customers.UpdateCustomer(ctx, &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: c, Owner: "eve", TimeZone: "Europe/London"}})
		case 1:
			_, err = b.customers.DeleteCustomer(ctx, &profilev1.DeleteCustomerRequest{Name: c})
		}
		require.NoError(t, err)
	}
	b.mergeSome(ctx, t)
	b.Clock.Set(b.Clock.Now().Add(time.Minute))
}
