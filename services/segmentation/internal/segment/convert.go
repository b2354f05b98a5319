package segment

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

// ToProto translates a segment for answers and events.
func ToProto(s *Segment) *segmentationv1.Segment {
	return &segmentationv1.Segment{
		Name: Name(s.ID), LabelEn: s.LabelEn, LabelZh: s.LabelZh, DescriptionEn: s.DescriptionEn, DescriptionZh: s.DescriptionZh, Rule: s.Rule,
		RequiredLevel: typev1.Level(s.Level), State: segmentationv1.Segment_State(s.State), MemberCount: s.MemberCount, RefreshTime: timestamp(s.RefreshTime),
		Author: s.Author, CreateTime: timestamppb.New(s.CreateTime), UpdateTime: timestamppb.New(s.UpdateTime), Etag: etag.Of(s.Revision),
	}
}

// over takes over what people write.
func (s *Segment) over(p *segmentationv1.Segment) {
	s.LabelEn, s.LabelZh, s.DescriptionEn, s.DescriptionZh = p.GetLabelEn(), p.GetLabelZh(), p.GetDescriptionEn(), p.GetDescriptionZh()
	s.Rule, s.State = p.GetRule(), State(p.GetState())
}

func timestamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func (m *member) toProto() *segmentationv1.SegmentMember {
	return &segmentationv1.SegmentMember{
		Customer: aggregate.Name(m.CustomerID), DisplayName: m.DisplayName, Territory: m.Territory, Owner: m.Owner, SinceTime: timestamp(m.SinceTime),
	}
}

func (m *membership) toProto() *segmentationv1.CustomerSegment {
	return &segmentationv1.CustomerSegment{
		Segment: Name(m.SegmentID), LabelEn: m.LabelEn, LabelZh: m.LabelZh, RequiredLevel: typev1.Level(m.Level), SinceTime: timestamppb.New(m.SinceTime),
	}
}

func attributes(r *rule.Rule) []*segmentationv1.SegmentAttribute {
	var out []*segmentationv1.SegmentAttribute
	for _, f := range r.Facts {
		out = append(out, &segmentationv1.SegmentAttribute{Attribute: f.Name, LabelEn: f.LabelEn, LabelZh: f.LabelZh, Level: typev1.Level(f.Level)})
	}
	return out
}
