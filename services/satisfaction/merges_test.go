package satisfaction_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// All that is kept of a customer becomes the survivor's when the two are merged, is found by the old name as well, and comes back as it was when the merge is taken back.
func TestMergesAreFollowed(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ctx := s.admin(t)
	survivor := s.bundle.customer(ctx, t, "survivor", "li")
	s.fetched(t)
	identity := profilev1.NewCustomerIdentityServiceClient(s.All()[0].Conn)
	survey := s.survey(ctx, t, s.questionnaire(ctx, t)) // which asks both
	s.links(ctx, t, survey, 2)
	s.order(ctx, t, s.customer, &profilev1.Order{
		OrderNumber: "1", OrderTime: timestamppb.New(s.Clock.Now()),
		Lines: []*profilev1.OrderLine{{ProductLine: "a", Quantity: 1, Amount: &money.Money{CurrencyCode: "CNY", Units: 10}}},
	})
	s.exec(t, `insert into publications (survey_id, analysis, publisher, publish_time) values ($1, '{}', 'x', now())`, strings.TrimPrefix(survey, "surveys/"))
	for i, c := range []string{s.customer, survivor, s.customer} {
		id := strings.TrimPrefix(c, "customers/")
		s.exec(t, `insert into customer_scores (survey_id, customer_id, score, responses, announced) select survey_id, $1, $2, 1, true from publications on conflict do nothing`, id, i)
		s.exec(t, `insert into responses (survey_id, response_id, customer_id, stratum, channel, state, scores, answers, segment, start_time, accept_time)
			select survey_id, gen_random_uuid(), $1, 1, 4, 2, '{5}', '{}', '{}', now(), now() from publications`, id)
	}
	before := s.RowsOf(t, s.customer, left...)
	require.NotEmpty(t, before)
	for range 2 { // a second time just as well
		_, err := identity.MergeCustomers(ctx, &profilev1.MergeCustomersRequest{Survivor: survivor, Duplicates: []string{s.customer}})
		require.NoError(t, err)
		s.rekeyed(t, s.customer, false)
		require.Empty(t, s.RowsOf(t, s.customer, left...))
		after := s.RowsOf(t, survivor, left...)
		require.Len(t, after["invitations"], 1, "a survey asks a customer once")
		require.Len(t, after["responses"], 3)
		for table, rows := range before {
			require.GreaterOrEqual(t, len(after[table]), len(rows), table)
		}

		_, err = identity.UnmergeCustomer(ctx, &profilev1.UnmergeCustomerRequest{Name: s.customer})
		require.NoError(t, err)
		s.rekeyed(t, s.customer, true)
		require.Equal(t, before, s.RowsOf(t, s.customer, left...))
		var kept bool
		require.NoError(t, s.DB.Get(t.Context(), &kept, `select exists (select from rekeyed) or exists (select from rekey_aside) or exists (select from aliases)`))
		require.False(t, kept, "nothing is left of the merge")
	}
}

// held is why events wait or were given up.
func (b *bundle) held(t *testing.T) (reasons []string) {
	t.Helper()
	require.NoError(t, b.DB.Select(t.Context(), &reasons, `select subject || ': ' || reason from parked union all select subject || ': ' || reason from dead_letters`))
	return reasons
}

// rekeyed waits until the last that was confirmed of a customer is its merge, or that this was taken back.
func (b *bundle) rekeyed(t *testing.T, customer string, undone bool) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Log(b.held(t))
		}
	}()
	require.Eventually(t, func() bool {
		var got bool
		err := b.DB.Get(t.Context(), &got, `select coalesce((select (data::jsonb ->> 'undone')::boolean from outbox where resource = $1 and subject like '%.customer.rekeyed.v1'
			order by id desc limit 1), false) = $2 and exists (select from outbox where resource = $1 and subject like '%.customer.rekeyed.v1')`, customer, undone)
		return err == nil && got
	}, testkit.Patience, tick)
	b.fetched(t)
}

// left is a queue.
var left = []string{"wanted"}

// mergeSome merges two customers for good and two for a while, between orders of theirs.
func (b *bundle) mergeSome(ctx context.Context, t *testing.T) {
	t.Helper()
	identity := profilev1.NewCustomerIdentityServiceClient(b.All()[0].Conn)
	order := func(customer, number string) {
		b.order(ctx, t, customer, &profilev1.Order{
			OrderNumber: number, OrderTime: timestamppb.New(b.Clock.Now()),
			Lines: []*profilev1.OrderLine{{ProductLine: "a", Quantity: 1, Amount: &money.Money{CurrencyCode: "CNY", Units: 10}}},
		})
	}
	for i, back := range []bool{false, true} {
		merged, survivor := b.customer(ctx, t, fmt.Sprint("merged ", i), "li"), b.customer(ctx, t, fmt.Sprint("survivor ", i), "li")
		order(merged, "m0")
		order(survivor, "m1")
		_, err := identity.MergeCustomers(ctx, &profilev1.MergeCustomersRequest{Survivor: survivor, Duplicates: []string{merged}})
		require.NoError(t, err)
		order(survivor, "m0") // a correction of what was the merged one's
		if back {
			_, err = identity.UnmergeCustomer(ctx, &profilev1.UnmergeCustomerRequest{Name: merged})
			require.NoError(t, err)
			order(merged, "m0")
		}
	}
}
