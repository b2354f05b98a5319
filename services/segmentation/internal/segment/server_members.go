package segment

import (
	"context"
	"strings"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

func newMemberList(pages *page.Sealer) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource: &segmentationv1.SegmentMember{},
		Key:      "c.customer_id",
		Fields: []listing.Field{
			{Path: "display_name", Column: "c.display_name", Kind: listing.String, Sortable: true},
			{Path: "territory", Column: "c.territory", Kind: listing.String},
			{Path: "owner", Column: "c.owner", Kind: listing.String},
			{Path: "since_time", Column: "m.since_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
}

// PreviewSegment implements SegmentService.
func (s *Server) PreviewSegment(ctx context.Context, r *segmentationv1.PreviewSegmentRequest) (*segmentationv1.PreviewSegmentResponse, error) {
	understood, err := rule.Compile(r.GetRule())
	if err != nil {
		return nil, err
	}
	if err := understood.Check(rule.Level(auth.From(ctx).Level)); err != nil {
		return nil, err
	}
	numbers, err := s.numbers(ctx)
	if err != nil {
		return nil, err
	}
	count, sample, err := s.store.preview(ctx, understood, moment(numbers.Today(s.now()), numbers.Zone))
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.PreviewSegmentResponse{CustomerCount: count, Attributes: attributes(understood), RequiredLevel: typev1.Level(understood.Level)}
	for i := range sample {
		out.Sample = append(out.Sample, sample[i].toProto())
	}
	out.ExplanationEn, out.ExplanationZh = explain(understood)
	return out, nil
}

// explain tells people what a rule looks at.
func explain(r *rule.Rule) (en, zh string) {
	var namesEn, namesZh []string
	for _, f := range r.Facts {
		namesEn, namesZh = append(namesEn, f.LabelEn+" ("+f.Name+")"), append(namesZh, f.LabelZh+"（"+f.Name+"）")
	}
	en = "A customer belongs to the segment when the rule is certainly true of it, not when something that would decide it is unknown. The rule looks at: " +
		strings.Join(namesEn, ", ") + ". To see the segment takes level " + typev1.Level(r.Level).String() + "."
	zh = "规则确定成立的客户属于该客户群；决定性的事实未知时不属于。规则涉及：" + strings.Join(namesZh, "、") + "。查看该客户群需要级别 " + typev1.Level(r.Level).String() + "。"
	if r.Timely {
		en += " Customers can enter and leave by the passing of time: all are judged anew every day."
		zh += "客户可能随时间推移进入或离开：每天对全部客户重新判定。"
	}
	return en, zh
}

// ListSegmentMembers implements SegmentService.
func (s *Server) ListSegmentMembers(ctx context.Context, r *segmentationv1.ListSegmentMembersRequest) (*segmentationv1.ListSegmentMembersResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "segments")
	if err != nil {
		return nil, err
	}
	if err := s.store.Visible(ctx, ids[0]); err != nil {
		return nil, err
	}
	plan, err := s.members.PlanFor(ctx, segmentationv1.SegmentService_ListSegmentMembers_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	members, next, err := s.store.members(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListSegmentMembersResponse{NextPageToken: next}
	for i := range members {
		out.Members = append(out.Members, members[i].toProto())
	}
	return out, nil
}

// ListCustomerSegments implements SegmentService.
func (s *Server) ListCustomerSegments(
	ctx context.Context, r *segmentationv1.ListCustomerSegmentsRequest,
) (*segmentationv1.ListCustomerSegmentsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil {
		return nil, err
	}
	plan, err := s.memberships.PlanFor(ctx, segmentationv1.SegmentService_ListCustomerSegments_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.memberships(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListCustomerSegmentsResponse{NextPageToken: next}
	for i := range found {
		out.Segments = append(out.Segments, found[i].toProto())
	}
	return out, nil
}
