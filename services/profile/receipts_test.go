package profile_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/events"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/receipt"
)

// What the services confirm is kept once, whatever the order it comes in, and read for many at a time: what was confirmed before is of an earlier merge.
func TestReceiptsAreKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := receipt.NewStore(b.DB, b.Clock.Now)
	sub := s.Subscription()
	customer, survivor, person := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	name := func(id uuid.UUID) string { return "customers/" + id.String() }
	hear := func(data proto.Message) {
		b.Clock.Advance(time.Minute)
		event, err := events.New(t.Context(), b.Clock.Now(), customer, data)
		require.NoError(t, err)
		for range 2 {
			require.NoError(t, b.DB.InTx(t.Context(), func(ctx context.Context) error { return sub.Handle(ctx, events.Delivery{Event: event}) }))
		}
	}
	start := b.Clock.Now()
	hear(&planningv1.CustomerRekeyed{Customer: name(customer), Survivor: name(survivor)})
	hear(&segmentationv1.CustomerRekeyed{Customer: name(customer), Survivor: name(survivor)})
	hear(&segmentationv1.CustomerRekeyed{Customer: name(customer), Survivor: name(survivor), Undone: true})
	again := b.Clock.Now().Add(time.Second)
	hear(&segmentationv1.CustomerRekeyed{Customer: name(customer), Survivor: name(survivor)})
	hear(&voicev1.PersonForgotten{Person: name(survivor) + "/people/" + person.String()})

	got, err := s.Of(t.Context(), []receipt.Ask{
		{Kind: receipt.Rekeyed, Subject: customer},
		{Kind: receipt.Unmerged, Subject: customer, Since: start},
		{Kind: receipt.Forgotten, Subject: survivor},
		{Kind: receipt.Rekeyed, Subject: customer, Since: again},
		{Kind: receipt.Forgotten, Subject: person, Since: again},
	})
	require.NoError(t, err)
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	require.Len(t, got, 5)
	for i, want := range [][]receipt.Receipt{
		{{Service: "segmentation", Time: minute(2)}, {Service: "planning", Time: minute(1)}}, {{Service: "segmentation", Time: minute(3)}}, nil, {{Service: "segmentation", Time: minute(4)}}, {{Service: "voice", Time: minute(5)}},
	} {
		require.Len(t, got[i], len(want), i)
		for j := range want {
			require.Equal(t, want[j].Service, got[i][j].Service, i)
			require.True(t, want[j].Time.Equal(got[i][j].Time), i)
		}
	}
	none, err := s.Of(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, none)
	require.Error(t, sub.Handle(t.Context(), events.Delivery{Event: events.Event{Subject: "guanxi.voice.person.forgotten.v1", Resource: "customers/x"}}))
}
