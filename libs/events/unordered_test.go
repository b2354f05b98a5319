package events

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Without an order nothing waits for what came before, subjects may be of several services, and nothing is written for what is not wanted. Still each event has one effect, also
// one that failed first.
func TestWithoutAnOrderNothingWaits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, failed := uuid.New(), make(chan bool, 1)
	failed <- true
	sub := Subscription{
		Name: "test", Subjects: []string{"guanxi.profile.customer.deleted.v1", "guanxi.segmentation.class.changed.v1"}, Unordered: true, Backoff: []time.Duration{time.Millisecond},
		Handle: func(ctx context.Context, d Delivery) error {
			select {
			case <-failed:
				return errors.New("once")
			default:
				return b.effect(ctx, d)
			}
		},
	}
	c, err := NewConsumer(b.db, b.js, sub, quiet(), time.Now)
	require.NoError(t, err)
	c.sweep = 10 * time.Millisecond
	stop := inBackground(t, c.Run)
	b.publish(t, a, 7)
	b.requireEffects(t, a, 7)
	b.publish(t, a, 3)
	unwanted, err := New(t.Context(), time.Now(), a, &profilev1.CustomerUndeleted{Customer: "customers/" + a.String()})
	require.NoError(t, err)
	unwanted.Version = 4
	b.send(t, unwanted.message())
	other, err := New(t.Context(), time.Now(), a, &segmentationv1.ClassChanged{Customer: "customers/" + a.String()})
	require.NoError(t, err)
	other.Version = 3
	b.send(t, other.message())
	b.requireEffects(t, a, 7, 3, 3)
	b.settled(t)
	require.Equal(t, 3, b.count(t, `select count(*) from inbox`))
	require.Zero(t, b.count(t, `select count(*) from inbox_versions`))
	require.Zero(t, b.count(t, `select count(*) from parked`))

	stop()
	// As if it had died before the broker got the acknowledgements.
	require.NoError(t, b.stream.DeleteConsumer(t.Context(), "test"))
	b.consume(t, sub)
	b.publish(t, a, 1)
	b.requireEffects(t, a, 7, 3, 3, 1)
	b.settled(t)
	require.Equal(t, []int64{7, 3, 3, 1}, b.effects(t, a))
}
