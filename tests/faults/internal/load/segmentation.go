package load

import (
	"context"
	"math/rand/v2"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Segmentation is the customer segmentation service, without customers: those would come from another one. Its writes are segments, whose mark is the English
// description. They are paused, so that nothing but the writers moves them. Segments keep no history; what was written of them their events tell.
var Segmentation = Target{
	Name: "segmentation", Writer: newSegmentation,
	State: `
select 'segments/' || segment_id as resource, segment_id as aggregate_id, sequence as version, description_en as mark
from segments where author <> ''`, // those that are shipped have none
	Changes: `
select aggregate_id, version, resource, '' as data,
	cast(jsonb_build_array(jsonb_build_object('to', cast(data as jsonb) #>> '{after,descriptionEn}')) as text) as fields
from outbox order by aggregate_id, version`,
}

type segmentation struct {
	segments segmentationv1.SegmentServiceClient

	mu    sync.Mutex
	known []string
}

func newSegmentation(conn grpc.ClientConnInterface) Writer {
	return &segmentation{segments: segmentationv1.NewSegmentServiceClient(conn)}
}

// Next implements Writer.
func (s *segmentation) Next(r *rand.Rand, mark string) Write {
	s.mu.Lock()
	defer s.mu.Unlock()
	if count := len(s.known); count >= few || count > 0 && r.IntN(count) >= 3 {
		return s.update(s.known[r.IntN(count)], mark)
	}
	return s.create(mark, s.learn)
}

// Poison implements Writer. The segment is left alone afterwards: the events of its changes would hold the poison, too.
func (s *segmentation) Poison(_ *rand.Rand, mark string) Write {
	return s.create(mark, func(string) {})
}

func (s *segmentation) learn(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = append(s.known, name)
}

func (s *segmentation) create(mark string, learn func(name string)) Write {
	return Write{"CreateSegment", func(ctx context.Context) (Answer, error) {
		g, err := s.segments.CreateSegment(ctx, &segmentationv1.CreateSegmentRequest{RequestId: mark, Segment: &segmentationv1.Segment{
			LabelEn: "Large", LabelZh: "大客户", DescriptionEn: mark, Rule: "sales >= 1000000", State: segmentationv1.Segment_PAUSED,
		}})
		if err == nil {
			learn(g.GetName())
		}
		return g, err
	}}
}

func (s *segmentation) update(name, mark string) Write {
	return Write{"UpdateSegment", func(ctx context.Context) (Answer, error) {
		return s.segments.UpdateSegment(ctx, &segmentationv1.UpdateSegmentRequest{
			RequestId: mark, Segment: &segmentationv1.Segment{Name: name, DescriptionEn: mark},
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description_en"}},
		})
	}}
}
