package intake

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// A low score is a complaint that nobody made, once however often its event comes; of a customer that is gone it is none.
func TestLowScoresAreImplicitComplaints(t *testing.T) {
	t.Parallel()
	b := setup(t)
	name, gone := b.customer(t, "cn/south"), b.customer(t, "cn/south")
	_, err := b.db.Exec(t.Context(), `update customers set delete_time = now() where customer_id = $1`, gone[len("customers/"):])
	require.NoError(t, err)
	var asked int
	listen := NewStore(b.db, b.clock.Now, b.cases).Scores(func(context.Context, uuid.UUID, time.Time) error { asked++; return nil })
	for _, customer := range []string{name, gone} {
		ids, err := resource.Parse("customer", customer, "customers")
		require.NoError(t, err)
		event, err := events.New(t.Context(), testkit.Start, ids[0], &satisfactionv1.ResponseLowScored{
			Response: "surveys/1/responses/" + customer, Customer: customer, Survey: "surveys/1", ItemCodes: []string{"delivery"},
		})
		require.NoError(t, err)
		for range 2 {
			require.NoError(t, listen.Handle(t.Context(), events.Delivery{Event: event}))
		}
	}
	require.Equal(t, 4, asked)
	all, err := b.ListVoices(in(t, "cn"), &voicev1.ListVoicesRequest{})
	require.NoError(t, err)
	require.Len(t, all.GetVoices(), 1)
	v := all.GetVoices()[0]
	require.True(t, v.GetImplicit())
	require.Equal(t, voicev1.VoiceKind_COMPLAINT, v.GetKind())
	require.Equal(t, voicev1.VoiceSource_SURVEY, v.GetSource())
	require.Contains(t, v.GetText(), "delivery")
	require.NotEmpty(t, v.GetCase(), "it is to be answered as any other")
}
