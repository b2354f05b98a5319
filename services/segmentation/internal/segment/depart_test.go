package segment

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func TestDeletedCustomersLeave(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := d.As(t, executive)
	open, secret, paused := d.create(t, ctx, "sales > 100.0"), d.create(t, ctx, "net_profit > 0.0"), d.create(t, ctx, "sales > 200.0")
	stays, goes := d.customer(t, "cn", "1000", "1", "1"), d.customer(t, "cn", "1000", "1", "1")
	d.assess(t, stays, goes)
	_, err := d.client.UpdateSegment(ctx, &segmentationv1.UpdateSegmentRequest{
		Segment: &segmentationv1.Segment{Name: paused.GetName(), State: segmentationv1.Segment_PAUSED},
	})
	require.NoError(t, err)
	l := leaver{store: NewStore(d.DB, d.Clock.Now), unready: func(context.Context) (bool, error) { return d.rebuilding, nil }}
	pass := func() int {
		count, err := l.pass(t.Context())
		require.NoError(t, err)
		return count
	}
	require.Zero(t, pass())
	d.run(t, `update customers set delete_time = now() where customer_id = $1`, goes)
	d.rebuilding = true
	require.Zero(t, pass(), "replayed deletions are none")
	d.rebuilding = false
	require.Equal(t, 1, pass())
	require.Zero(t, pass(), "once")

	left := map[string]*segmentationv1.SegmentLeft{}
	for _, e := range d.Events(t, "guanxi.segmentation.segment.left.v1", 2) {
		var m segmentationv1.SegmentLeft
		require.NoError(t, e.Decode(&m))
		require.Equal(t, aggregate.Name(goes), m.GetCustomer())
		left[m.GetSegment()] = &m
	}
	require.Equal(t, []string{"Test", "测试"}, []string{left[open.GetName()].GetLabelEn(), left[open.GetName()].GetLabelZh()})
	require.Empty(t, left[secret.GetName()].GetLabelEn(), "who may not read the segment learns nothing of it")
	require.Equal(t, executive, left[secret.GetName()].GetRequiredLevel())

	d.run(t, `update customers set delete_time = null where customer_id = $1`, goes)
	require.Len(t, d.assess(t, goes), 2, "who comes back enters again")
	require.Equal(t, []string{aggregate.Name(stays), aggregate.Name(goes)}, d.members(t, ctx, paused.GetName()), "while it is paused nobody leaves")
}
