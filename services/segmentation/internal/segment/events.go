package segment

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

// announcement is that a customer entered or left. Who may not read the segment does not learn from it what it is.
func (m *move) announcement(s *Segment) assess.Announcement {
	labelEn, labelZh := s.LabelEn, s.LabelZh
	if s.Level > rule.Basic {
		labelEn, labelZh = "", ""
	}
	customer, name, level := aggregate.Name(m.CustomerID), Name(s.ID), typev1.Level(s.Level)
	if m.Member {
		return assess.Announcement{Customer: m.CustomerID, Data: &segmentationv1.SegmentEntered{
			Customer: customer, Segment: name, RequiredLevel: level, LabelEn: labelEn, LabelZh: labelZh,
		}}
	}
	return assess.Announcement{Customer: m.CustomerID, Data: &segmentationv1.SegmentLeft{
		Customer: customer, Segment: name, RequiredLevel: level, LabelEn: labelEn, LabelZh: labelZh,
	}}
}

// records makes the announcements events of their customers. They change no resource of the customer, and so stand in no history.
func records(ctx context.Context, at time.Time, announced []assess.Announcement) ([]history.Record, error) {
	out := make([]history.Record, len(announced))
	for i, a := range announced {
		event, err := events.New(ctx, at, a.Customer, a.Data)
		if err != nil {
			return nil, err
		}
		out[i] = history.NewRecord(event, 0, typev1.Level_BASIC, nil)
	}
	return out, nil
}

// public is the segment for an event, which is of use to who may see no count or whose count it is.
func public(p *segmentationv1.Segment) *segmentationv1.Segment {
	out := proto.CloneOf(p)
	out.Etag, out.MemberCount = "", 0
	return out
}

func created(ctx context.Context, at time.Time, s *Segment) (events.Event, error) {
	return events.New(ctx, at, s.ID, &segmentationv1.SegmentCreated{Segment: Name(s.ID), After: public(ToProto(s))})
}

// changed compares the two states; ok is false when nothing that people see differs.
func changed(ctx context.Context, at time.Time, before, s *Segment) (event events.Event, ok bool, err error) {
	was, is := public(ToProto(before)), public(ToProto(s))
	is.UpdateTime = was.GetUpdateTime()
	fields := history.Diff(was, is)
	if len(fields) == 0 {
		return event, false, nil
	}
	is = public(ToProto(s))
	event, err = events.New(ctx, at, s.ID, &segmentationv1.SegmentChanged{Segment: Name(s.ID), ChangedFields: history.Names(fields), Before: was, After: is})
	return event, true, err
}

func deleted(ctx context.Context, at time.Time, s *Segment) (events.Event, error) {
	return events.New(ctx, at, s.ID, &segmentationv1.SegmentDeleted{Segment: Name(s.ID)})
}
