package segment

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Server serves SegmentService.
type Server struct {
	segmentationv1.UnimplementedSegmentServiceServer
	db          *postgres.DB
	store       *Store
	now         func() time.Time
	numbers     Numbers
	list        *listing.List
	members     *listing.List
	memberships *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers Numbers) (*Server, error) {
	s := &Server{db: db, store: NewStore(db, now), now: now, numbers: numbers}
	var err error
	if s.list, err = newList(pages); err != nil {
		return nil, err
	}
	if s.members, err = newMemberList(pages); err != nil {
		return nil, err
	}
	s.memberships, err = listing.Compile(listing.Spec{Resource: &segmentationv1.CustomerSegment{}, Key: "s.segment_id"}, pages)
	return s, err
}

func newList(pages *page.Sealer) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource: &segmentationv1.Segment{},
		Key:      "s.segment_id",
		Fields: []listing.Field{
			{Path: "label_en", Column: "s.label_en", Kind: listing.String, Sortable: true},
			{Path: "label_zh", Column: "s.label_zh", Kind: listing.String, Sortable: true},
			{Path: "state", Column: "s.state", Kind: listing.Enum, Values: map[string]any{"ACTIVE": int(Active), "PAUSED": int(Paused)}},
			{Path: "author", Column: "s.author", Kind: listing.String},
			{Path: "create_time", Column: "s.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "s.update_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
}

// company refuses those to write segments who see a part of the company only: a segment holds of all customers, and 200 are all there can be.
func company(ctx context.Context) error {
	if caller := auth.From(ctx); caller.Everywhere() || caller.Administrator {
		return nil
	}
	return fault.New(codes.PermissionDenied, "EVERYWHERE_ONLY", fault.Text{
		En: "segments are of the whole company: only administrators and those who work in all territories may change them",
		Zh: "客户群属于全公司：仅管理员与负责全部区域的人员可以更改",
	})
}

// CreateSegment implements SegmentService.
func (s *Server) CreateSegment(ctx context.Context, r *segmentationv1.CreateSegmentRequest) (*segmentationv1.Segment, error) {
	if err := company(ctx); err != nil {
		return nil, err
	}
	g := &Segment{}
	g.over(r.GetSegment())
	if err := s.store.Create(ctx, g); err != nil {
		return nil, fault.Prefix(err, "segment")
	}
	return ToProto(g), nil
}

// GetSegment implements SegmentService.
func (s *Server) GetSegment(ctx context.Context, r *segmentationv1.GetSegmentRequest) (*segmentationv1.Segment, error) {
	ids, err := resource.Parse("name", r.GetName(), "segments")
	if err != nil {
		return nil, err
	}
	g, err := s.store.Get(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return ToProto(g), nil
}

// ListSegments implements SegmentService.
func (s *Server) ListSegments(ctx context.Context, r *segmentationv1.ListSegmentsRequest) (*segmentationv1.ListSegmentsResponse, error) {
	plan, err := s.list.PlanFor(ctx, segmentationv1.SegmentService_ListSegments_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	segments, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListSegmentsResponse{NextPageToken: next}
	for i := range segments {
		out.Segments = append(out.Segments, ToProto(&segments[i]))
	}
	return out, nil
}

// UpdateSegment implements SegmentService.
func (s *Server) UpdateSegment(ctx context.Context, r *segmentationv1.UpdateSegmentRequest) (*segmentationv1.Segment, error) {
	if err := company(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse("segment.name", r.GetSegment().GetName(), "segments")
	if err != nil {
		return nil, err
	}
	g, err := s.store.Update(ctx, ids[0], r.GetSegment().GetEtag(), func(g *Segment) error {
		state := ToProto(g)
		if err := mask.Apply("segment", state, r.GetSegment(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return err
		}
		g.over(state)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ToProto(g), nil
}

// DeleteSegment implements SegmentService.
func (s *Server) DeleteSegment(ctx context.Context, r *segmentationv1.DeleteSegmentRequest) (*emptypb.Empty, error) {
	if err := company(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse("name", r.GetName(), "segments")
	if err != nil {
		return nil, err
	}
	if err := s.store.Delete(ctx, ids[0], r.GetEtag()); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}
