package planning_test

import (
	"testing"

	"github.com/stretchr/testify/require"

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
	before := s.RowsOf(t, s.customer, left...)
	require.NotEmpty(t, before)
	for range 2 { // a second time just as well
		_, err := identity.MergeCustomers(ctx, &profilev1.MergeCustomersRequest{Survivor: survivor, Duplicates: []string{s.customer}})
		require.NoError(t, err)
		s.rekeyed(t, s.customer, false)
		require.Empty(t, s.RowsOf(t, s.customer, left...))
		after := s.RowsOf(t, survivor, left...)
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

// left are queues.
var left = []string{"replans", "wanted"}
