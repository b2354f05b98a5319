package segment

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/operation"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func TestEnteringAndLeavingIsAnnouncedOnce(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := d.As(t, manager)
	made := d.create(t, ctx, "sales > 100.0")
	small, large := d.customer(t, "cn", "10", "1", "1"), d.customer(t, "cn", "1000", "1", "1")
	announced := d.assess(t, small, large)
	require.Len(t, announced, 1)
	entered := announced[0].Data.(*segmentationv1.SegmentEntered)
	require.Equal(t, []string{aggregate.Name(large), made.GetName(), "Test", "测试"},
		[]string{entered.GetCustomer(), entered.GetSegment(), entered.GetLabelEn(), entered.GetLabelZh()})
	require.Empty(t, d.assess(t, small, large), "nothing has changed")
	d.tick(t, d.kind)
	require.NotNil(t, d.get(t, ctx, made.GetName()).GetRefreshTime())
	require.Equal(t, []string{aggregate.Name(large)}, d.members(t, ctx, made.GetName()))

	d.run(t, `update measures set sales = 1010 - sales`)
	require.Len(t, d.assess(t, small, large), 2)
	require.Empty(t, d.assess(t, small, large))
	require.Equal(t, []string{aggregate.Name(small)}, d.members(t, ctx, made.GetName()))
	var subjects []string
	require.NoError(t, d.DB.Select(t.Context(), &subjects, `select replace(subject, 'guanxi.segmentation.segment.', '') from outbox where aggregate_id in ($1, $2) order by id`, small, large))
	slices.Sort(subjects)
	require.Equal(t, []string{"entered.v1", "entered.v1", "left.v1"}, subjects, "the gathering found what the assessment had done")

	of, err := d.client.ListCustomerSegments(ctx, &segmentationv1.ListCustomerSegmentsRequest{Parent: aggregate.Name(small)})
	require.NoError(t, err)
	require.Len(t, of.GetSegments(), 1)
	require.Equal(t, "测试", of.GetSegments()[0].GetLabelZh())
}

// The step that fails half way, as when the process dies, leaves nothing, and what follows goes on where it was.
func TestGatheringSurvivesFailures(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.run(t, `insert into customers (customer_id, territory, create_time) select gen_random_uuid(), 'cn', now() from generate_series(1, $1)`, 2*chunk+500)
	made := d.create(t, d.As(t, manager), `territory == "cn"`)
	failing, calls := d.kind, 0
	failing.Step = func(ctx context.Context, o operation.Operation) (operation.Progress, error) {
		did, err := d.kind.Step(ctx, o)
		if calls++; err == nil && calls%2 == 0 {
			return did, fault.Unavailable(errors.New("killed"))
		}
		return did, err
	}
	for range 40 {
		d.tick(t, failing)
		d.Clock.Advance(600e9)
	}
	g := d.get(t, d.As(t, manager), made.GetName())
	require.NotNil(t, g.GetRefreshTime())
	require.EqualValues(t, 2*chunk+500, g.GetMemberCount())
	preview, err := d.client.PreviewSegment(d.As(t, manager), &segmentationv1.PreviewSegmentRequest{Rule: made.GetRule()})
	require.NoError(t, err)
	require.Equal(t, preview.GetCustomerCount(), g.GetMemberCount(), "those of the preview")
	var told struct {
		Customers int `db:"customers"`
		Events    int `db:"events"`
	}
	require.NoError(t, d.DB.Get(t.Context(), &told, `select count(distinct aggregate_id) as customers, count(*) as events from outbox where subject like '%.entered.v1'`))
	require.Equal(t, 2*chunk+500, told.Customers)
	require.Equal(t, 2*chunk+500, told.Events)
}

func TestOlderRoundEndsWhenTheRuleChanges(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := d.As(t, manager)
	customer := d.customer(t, "cn", "10", "1", "1")
	made := d.create(t, ctx, "sales > 1.0")
	_, err := d.client.UpdateSegment(ctx, &segmentationv1.UpdateSegmentRequest{Segment: &segmentationv1.Segment{Name: made.GetName(), Rule: "sales > 100.0"}})
	require.NoError(t, err)
	d.tick(t, d.kind)
	require.Empty(t, d.members(t, ctx, made.GetName()))
	var count int
	require.NoError(t, d.DB.Get(t.Context(), &count, `select count(*) from outbox where aggregate_id = $1`, customer))
	require.Zero(t, count, "the old rule was not asked any more")
}

func TestPausedSegmentStaysAsItWas(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := d.As(t, manager)
	customer := d.customer(t, "cn", "10", "1", "1")
	made := d.create(t, ctx, "sales > 1.0")
	d.tick(t, d.kind)
	set := func(state segmentationv1.Segment_State) {
		_, err := d.client.UpdateSegment(ctx, &segmentationv1.UpdateSegmentRequest{Segment: &segmentationv1.Segment{Name: made.GetName(), State: state}})
		require.NoError(t, err)
		d.tick(t, d.kind)
	}
	set(segmentationv1.Segment_PAUSED)
	d.run(t, `update measures set sales = 0`)
	require.Empty(t, d.assess(t, customer))
	require.Len(t, d.members(t, ctx, made.GetName()), 1)
	set(segmentationv1.Segment_ACTIVE)
	require.Empty(t, d.members(t, ctx, made.GetName()))
}

// A rule that this release does not understand stops nobody else.
func TestRuleThatIsNotUnderstoodStopsNobody(t *testing.T) {
	t.Parallel()
	d := setup(t)
	customer := d.customer(t, "cn", "10", "1", "-1")
	d.run(t, `update segments set rule = 'later(sales)' where label_en = 'Gold customers'`)
	require.Len(t, d.assess(t, customer), 1)
}

func TestNothingIsGatheredWhileTheProjectionIsBuiltAnew(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.customer(t, "cn", "10", "1", "1")
	made := d.create(t, d.As(t, manager), "sales > 1.0")
	d.rebuilding = true
	d.tick(t, d.kind)
	require.Nil(t, d.get(t, d.As(t, manager), made.GetName()).GetRefreshTime())
	d.rebuilding = false
	d.Clock.Advance(600e9)
	d.tick(t, d.kind)
	require.Len(t, d.members(t, d.As(t, manager), made.GetName()), 1)
}
