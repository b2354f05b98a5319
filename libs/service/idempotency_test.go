package service_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// The answer that is remembered is whole, and each time it is given only what the caller may see then.
func TestRepeatedAnswersAreRedactedAnew(t *testing.T) {
	t.Parallel()
	s := &testService{}
	s.create = func(ctx context.Context, db *postgres.DB, r *profilev1.CreateCustomerRequest) (*profilev1.Customer, error) {
		customer, err := insert(ctx, db, r)
		customer.Channels = []*profilev1.Channel{
			{Value: "office", Level: typev1.Level_BASIC}, {Value: "private", Level: typev1.Level_MANAGER},
		}
		return customer, err
	}
	b := setup(t, s)
	request := named("x")
	request.RequestId = "1"
	for _, step := range []struct {
		level typev1.Level
		sees  int
	}{{typev1.Level_BASIC, 1}, {typev1.Level_MANAGER, 2}, {typev1.Level_BASIC, 1}, {typev1.Level_EXECUTIVE, 2}} {
		answer, err := b.client.CreateCustomer(b.as(t, step.level), request)
		require.NoError(t, err)
		require.Len(t, answer.GetChannels(), step.sees, step.level)
	}
}
