package segment

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

const shippedCount = 6

func TestSegmentIsCreatedChangedAndDeleted(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := d.As(t, manager)
	made := d.create(t, ctx, `sales > 100.0`)
	require.Equal(t, basic, made.GetRequiredLevel())
	require.Equal(t, segmentationv1.Segment_ACTIVE, made.GetState())
	require.Equal(t, "alice", made.GetAuthor())
	require.Nil(t, made.GetRefreshTime())
	require.True(t, proto.Equal(made, d.get(t, ctx, made.GetName())))

	update := &segmentationv1.UpdateSegmentRequest{
		Segment:    &segmentationv1.Segment{Name: made.GetName(), LabelEn: "Large", Rule: "ignored", Etag: made.GetEtag()},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"label_en"}},
	}
	changed, err := d.client.UpdateSegment(ctx, update)
	require.NoError(t, err)
	require.Equal(t, []string{"Large", "测试", "sales > 100.0"}, []string{changed.GetLabelEn(), changed.GetLabelZh(), changed.GetRule()})
	_, err = d.client.UpdateSegment(ctx, update)
	requireReason(t, err, codes.Aborted, "ETAG_MISMATCH")
	update.Segment.Etag = ""
	same, err := d.client.UpdateSegment(ctx, update)
	require.NoError(t, err)
	require.True(t, proto.Equal(changed, same), "no difference, no new revision")

	_, err = d.client.DeleteSegment(ctx, &segmentationv1.DeleteSegmentRequest{Name: made.GetName(), Etag: made.GetEtag()})
	requireReason(t, err, codes.Aborted, "ETAG_MISMATCH")
	_, err = d.client.DeleteSegment(ctx, &segmentationv1.DeleteSegmentRequest{Name: made.GetName(), Etag: changed.GetEtag()})
	require.NoError(t, err)
	_, err = d.client.GetSegment(d.As(t, executive), &segmentationv1.GetSegmentRequest{Name: made.GetName()})
	requireReason(t, err, codes.NotFound, "NOT_FOUND")
	d.tick(t, d.kind) // what was asked for it ends by itself

	var announced []events.Event
	require.NoError(t, d.DB.Select(t.Context(), &announced, `select aggregate_id, version, subject, data from outbox where resource = $1 order by version`, made.GetName()))
	require.Len(t, announced, 3)
	for i, subject := range []string{"created", "changed", "deleted"} {
		require.Equal(t, "guanxi.segmentation.segment."+subject+".v1", announced[i].Subject)
		require.EqualValues(t, i+1, announced[i].Version)
	}
	data := &segmentationv1.SegmentChanged{}
	require.NoError(t, announced[1].Decode(data))
	require.Equal(t, []string{"label_en"}, data.GetChangedFields())
	require.Equal(t, "Test", data.GetBefore().GetLabelEn())
	require.Equal(t, "Large", data.GetAfter().GetLabelEn())
}

func TestWrongSegmentsAreRefused(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := d.As(t, manager)
	for _, c := range []struct {
		segment     *segmentationv1.Segment
		field, rule string
	}{
		{&segmentationv1.Segment{LabelEn: "x"}, "segment.rule", "RULE_INVALID"},
		{&segmentationv1.Segment{LabelEn: "x", Rule: "sales >"}, "segment.rule", "RULE_INVALID"},
		{&segmentationv1.Segment{LabelEn: "x", Rule: `display_name.matches("a")`}, "segment.rule", "RULE_UNSUPPORTED"},
		{&segmentationv1.Segment{LabelEn: " ", Rule: "true"}, "segment.label_en", "LABEL_MISSING"},
		{&segmentationv1.Segment{LabelEn: "x", Rule: strings.Repeat("x", 2001)}, "segment.rule", "STRING_MAX_LEN"},
		{&segmentationv1.Segment{LabelEn: "x", Rule: "true", State: 7}, "segment.state", "ENUM_DEFINED_ONLY"},
	} {
		_, err := d.client.CreateSegment(ctx, &segmentationv1.CreateSegmentRequest{Segment: c.segment})
		requireReason(t, err, codes.InvalidArgument, "INVALID_FIELDS")
		require.Equal(t, c.field, fault.From(err).Violations()[0].Field)
		require.Equal(t, c.rule, fault.From(err).Violations()[0].Rule)
	}
	made := d.create(t, ctx, "true")
	_, err := d.client.UpdateSegment(ctx, &segmentationv1.UpdateSegmentRequest{Segment: &segmentationv1.Segment{Name: made.GetName(), Rule: "sales"}})
	require.Equal(t, "segment.rule", fault.From(err).Violations()[0].Field)
	_, err = d.client.PreviewSegment(ctx, &segmentationv1.PreviewSegmentRequest{Rule: "sales"})
	require.Equal(t, "rule", fault.From(err).Violations()[0].Field)
	require.Equal(t, made.GetEtag(), d.get(t, ctx, made.GetName()).GetEtag())
	for _, name := range []string{"", "segments/x", "customers/" + uuid.NewString()} {
		_, err := d.client.ListSegmentMembers(ctx, &segmentationv1.ListSegmentMembersRequest{Parent: name})
		requireReason(t, err, codes.InvalidArgument, "INVALID_FIELDS")
	}
}

func TestNoMoreThanTheMostAreActive(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := d.As(t, manager)
	d.run(t, `insert into segments (segment_id, sequence, revision, label_en, label_zh, description_en, description_zh, rule, level, state, round, author, create_time, update_time)
		select gen_random_uuid(), 1, 1, 'x', '', '', '', 'true', 1, 1, 1, '', now(), now() from generate_series(1, $1)`, maxActive-shippedCount-1)
	d.create(t, ctx, "true")
	paused := &segmentationv1.Segment{LabelEn: "x", Rule: "true", State: segmentationv1.Segment_PAUSED}
	made, err := d.client.CreateSegment(ctx, &segmentationv1.CreateSegmentRequest{Segment: paused})
	require.NoError(t, err)
	paused.State = segmentationv1.Segment_ACTIVE
	_, err = d.client.CreateSegment(ctx, &segmentationv1.CreateSegmentRequest{Segment: paused})
	requireReason(t, err, codes.FailedPrecondition, "TOO_MANY_SEGMENTS")
	_, err = d.client.UpdateSegment(ctx, &segmentationv1.UpdateSegmentRequest{Segment: &segmentationv1.Segment{Name: made.GetName(), State: segmentationv1.Segment_ACTIVE}})
	requireReason(t, err, codes.FailedPrecondition, "TOO_MANY_SEGMENTS")
}

// A caller below the level of a segment learns nothing of it: not its rule, not its name, not its members, not that it exists.
func TestSegmentAboveTheCallerIsHidden(t *testing.T) {
	t.Parallel()
	d := setup(t)
	rich := d.customer(t, "cn/south", "10", "9", "1")
	d.customer(t, "cn/south", "10", "-9", "1")
	made := d.create(t, d.As(t, manager), `gross_profit > 0.0`)
	require.Equal(t, manager, made.GetRequiredLevel())
	d.tick(t, d.kind)
	require.Equal(t, []string{aggregate.Name(rich)}, d.members(t, d.As(t, manager), made.GetName()))

	ctx := d.As(t, basic)
	for _, name := range []string{made.GetName(), Name(uuid.New())} {
		_, err := d.client.GetSegment(ctx, &segmentationv1.GetSegmentRequest{Name: name})
		requireReason(t, err, codes.PermissionDenied, "HIDDEN")
		_, err = d.client.ListSegmentMembers(ctx, &segmentationv1.ListSegmentMembersRequest{Parent: name})
		requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	}
	list, err := d.client.ListSegments(ctx, &segmentationv1.ListSegmentsRequest{PageSize: 1000})
	require.NoError(t, err)
	require.Len(t, list.GetSegments(), shippedCount-1, "one that was shipped is for executives")
	for _, g := range list.GetSegments() {
		require.Equal(t, basic, g.GetRequiredLevel())
	}
	of, err := d.client.ListCustomerSegments(ctx, &segmentationv1.ListCustomerSegmentsRequest{Parent: aggregate.Name(rich)})
	require.NoError(t, err)
	require.Empty(t, of.GetSegments())
	_, err = d.client.PreviewSegment(ctx, &segmentationv1.PreviewSegmentRequest{Rule: `sales > 0.0 && gross_profit > 0.0`})
	requireReason(t, err, codes.PermissionDenied, "FIELD_LEVEL")
	_, err = d.client.ListSegments(ctx, &segmentationv1.ListSegmentsRequest{Filter: `rule = "x"`})
	require.Equal(t, codes.InvalidArgument, fault.From(err).Code())
	_, err = d.client.CreateSegment(ctx, &segmentationv1.CreateSegmentRequest{Segment: &segmentationv1.Segment{LabelEn: "x", Rule: "true"}})
	require.Equal(t, codes.PermissionDenied, fault.From(err).Code())

	// Nor does an event tell it.
	var told []string
	require.NoError(t, d.DB.Select(t.Context(), &told, `select data from outbox where position($1 in data) > 0`, made.GetName()))
	require.Len(t, told, 2)
	for _, data := range told {
		require.NotContains(t, data, "Test")
		require.NotContains(t, data, "gross_profit")
	}
}

func TestRuleAboveTheCallerIsRefused(t *testing.T) {
	t.Parallel()
	d := setup(t)
	ctx := d.As(t, manager)
	_, err := d.client.CreateSegment(ctx, &segmentationv1.CreateSegmentRequest{Segment: &segmentationv1.Segment{LabelEn: "x", Rule: "net_profit > 0.0"}})
	requireReason(t, err, codes.PermissionDenied, "FIELD_LEVEL")
	made := d.create(t, ctx, "true")
	_, err = d.client.UpdateSegment(ctx, &segmentationv1.UpdateSegmentRequest{Segment: &segmentationv1.Segment{Name: made.GetName(), Rule: "net_profit > 0.0"}})
	requireReason(t, err, codes.PermissionDenied, "FIELD_LEVEL")
	above := d.create(t, d.As(t, executive), "net_profit > 0.0")
	_, err = d.client.UpdateSegment(ctx, &segmentationv1.UpdateSegmentRequest{Segment: &segmentationv1.Segment{Name: above.GetName(), Rule: "true"}})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	_, err = d.client.DeleteSegment(ctx, &segmentationv1.DeleteSegmentRequest{Name: above.GetName()})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
}

// As long as the members are those of the old rule, the segment is as high as that was.
func TestLevelFallsWhenTheMembersAreThoseOfTheNewRule(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.customer(t, "cn/south", "10", "9", "1")
	made := d.create(t, d.As(t, manager), `gross_profit > 0.0`)
	d.tick(t, d.kind)
	changed, err := d.client.UpdateSegment(d.As(t, manager), &segmentationv1.UpdateSegmentRequest{Segment: &segmentationv1.Segment{Name: made.GetName(), Rule: "sales > 100.0"}})
	require.NoError(t, err)
	require.Equal(t, manager, changed.GetRequiredLevel())
	_, err = d.client.ListSegmentMembers(d.As(t, basic), &segmentationv1.ListSegmentMembersRequest{Parent: made.GetName()})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
	d.tick(t, d.kind)
	require.Equal(t, basic, d.get(t, d.As(t, basic), made.GetName()).GetRequiredLevel())
	require.Empty(t, d.members(t, d.As(t, basic), made.GetName()))
}

func TestTerritoriesLimitMembersAndCounts(t *testing.T) {
	t.Parallel()
	d := setup(t)
	south, north := d.customer(t, "cn/south/shenzhen", "10", "1", "1"), d.customer(t, "cn/north", "10", "1", "1")
	gone := d.customer(t, "cn/south", "10", "1", "1")
	_, err := d.client.CreateSegment(d.As(t, manager, "cn/north"), &segmentationv1.CreateSegmentRequest{Segment: &segmentationv1.Segment{LabelEn: "x", Rule: "true"}})
	requireReason(t, err, codes.PermissionDenied, "EVERYWHERE_ONLY")
	made := d.create(t, d.As(t, manager), "sales > 1.0")
	_, err = d.client.UpdateSegment(d.As(t, manager, "cn"), &segmentationv1.UpdateSegmentRequest{Segment: &segmentationv1.Segment{Name: made.GetName(), LabelEn: "x"}})
	requireReason(t, err, codes.PermissionDenied, "EVERYWHERE_ONLY")
	_, err = d.client.DeleteSegment(d.As(t, executive, "cn"), &segmentationv1.DeleteSegmentRequest{Name: made.GetName()})
	requireReason(t, err, codes.PermissionDenied, "EVERYWHERE_ONLY")
	d.tick(t, d.kind)
	d.run(t, `update customers set delete_time = now() where customer_id = $1`, gone)
	for territory, want := range map[string][]string{"cn/south": {aggregate.Name(south)}, "cn/north": {aggregate.Name(north)}, "cn": {aggregate.Name(south), aggregate.Name(north)}, "us": nil} {
		ctx := d.As(t, basic, territory)
		require.Equal(t, want, d.members(t, ctx, made.GetName()), territory)
		require.EqualValues(t, len(want), d.get(t, ctx, made.GetName()).GetMemberCount())
		preview, err := d.client.PreviewSegment(ctx, &segmentationv1.PreviewSegmentRequest{Rule: "sales > 1.0"})
		require.NoError(t, err)
		require.EqualValues(t, len(want), preview.GetCustomerCount())
		require.Len(t, preview.GetSample(), len(want))
	}
	_, err = d.client.ListCustomerSegments(d.As(t, basic, "cn/south"), &segmentationv1.ListCustomerSegmentsRequest{Parent: aggregate.Name(north)})
	requireReason(t, err, codes.PermissionDenied, "HIDDEN")
}

func TestPreviewTellsWhatTheRuleLooksAt(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for range 25 {
		d.customer(t, "cn", "10", "1", "1")
	}
	preview, err := d.client.PreviewSegment(d.As(t, executive), &segmentationv1.PreviewSegmentRequest{Rule: `(sales > 1.0 || days_since_last_order > 30) && net_profit > 0.0`})
	require.NoError(t, err)
	require.EqualValues(t, 25, preview.GetCustomerCount())
	require.Len(t, preview.GetSample(), sampled)
	require.Equal(t, executive, preview.GetRequiredLevel())
	require.Len(t, preview.GetAttributes(), 3)
	require.Contains(t, preview.GetExplanationEn(), "net profit of the last 12 months (net_profit)")
	require.Contains(t, preview.GetExplanationEn(), "every day")
	require.Contains(t, preview.GetExplanationZh(), "近 12 个月净利")
}

// What was shipped is understood, and holds of whom it is meant for.
func TestShippedSegments(t *testing.T) {
	t.Parallel()
	d := setup(t)
	var shipped []Segment
	require.NoError(t, d.DB.Select(t.Context(), &shipped, `select segment_id, rule, level, label_en, label_zh, description_en, description_zh from segments order by segment_id`))
	require.Len(t, shipped, shippedCount)
	change := func(table, set string) func(uuid.UUID) {
		return func(id uuid.UUID) { d.run(t, "update "+table+" set "+set+" where customer_id = $1", id) }
	}
	complain := func(id uuid.UUID) {
		d.run(t, `insert into signals select $1, gen_random_uuid(), 2, 1, '2025-12-01', 'voice', n, '', '', now() from generate_series(1, 2) n`, id)
	}
	share := func(id uuid.UUID) {
		d.run(t, `insert into signals values ($1, gen_random_uuid(), 4, 0.3, '2025-12-01', 'crm', '1', '', '', now())`, id)
	}
	for i, g := range shipped {
		understood, err := rule.Compile(g.Rule)
		require.NoError(t, err, g.Rule)
		require.Equal(t, understood.Level, g.Level)
		for _, text := range []string{g.LabelEn, g.LabelZh, g.DescriptionEn, g.DescriptionZh} {
			require.NotEmpty(t, text)
		}
		id := d.customer(t, "cn", "10", "1", "1")
		for _, fit := range [][]func(uuid.UUID){
			{change("standings", "class = 5, grade = 4")},
			{change("measures", "net_profit = -0.01")},
			{change("standings", "grade = 3, role = 2")},
			{change("standings", "tier = 4"), complain},
			{change("measures", "last_year_sales = 1000000, sales = 799999.99")},
			{share},
		}[i] {
			fit(id)
		}
		announced := d.assess(t, id)
		require.Len(t, announced, 1, g.LabelEn)
		require.Equal(t, Name(g.ID), announced[0].Data.(*segmentationv1.SegmentEntered).GetSegment())
	}
}
