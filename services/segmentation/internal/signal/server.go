package signal

import (
	"context"
	"time"

	"github.com/shopspring/decimal"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// Server serves SignalService.
type Server struct {
	segmentationv1.UnimplementedSignalServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	kinds := map[string]any{}
	for number, name := range segmentationv1.Signal_Kind_name {
		if number != 0 {
			kinds[name] = int64(number)
		}
	}
	list, err := listing.Compile(listing.Spec{
		Resource:     &segmentationv1.Signal{},
		Key:          "signal_id",
		DefaultOrder: "signal_time desc",
		Fields: []listing.Field{
			{Path: "kind", Column: "kind", Kind: listing.Enum, Values: kinds},
			{Path: "value", Column: "value", Kind: listing.Decimal},
			{Path: "signal_time", Column: "signal_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "source_system", Column: "source_system", Kind: listing.String},
		},
	}, pages)
	return &Server{store: NewStore(db, now), list: list}, err
}

// CreateSignal implements SignalService.
func (s *Server) CreateSignal(ctx context.Context, r *segmentationv1.CreateSignalRequest) (*segmentationv1.Signal, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	p := r.GetSignal()
	kept, err := s.store.Create(ctx, &Signal{
		CustomerID: ids[0], Kind: Kind(p.GetKind()), Value: decimal.NewFromFloat(p.GetValue()), Time: p.GetSignalTime().AsTime().Truncate(time.Microsecond),
		SourceSystem: p.GetSourceSystem(), SourceID: p.GetSourceId(), Note: p.GetNote(),
	})
	if err != nil {
		return nil, err
	}
	return toProto(kept), nil
}

// ListSignals implements SignalService.
func (s *Server) ListSignals(ctx context.Context, r *segmentationv1.ListSignalsRequest) (*segmentationv1.ListSignalsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, segmentationv1.SignalService_ListSignals_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.list(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListSignalsResponse{NextPageToken: next, Signals: make([]*segmentationv1.Signal, len(rows))}
	for i := range rows {
		out.Signals[i] = toProto(&rows[i].Signal)
	}
	return out, nil
}

func toProto(s *Signal) *segmentationv1.Signal {
	return &segmentationv1.Signal{
		Name: resource.Name("customers", s.CustomerID, "signals", s.ID), Kind: segmentationv1.Signal_Kind(s.Kind), Value: s.Value.InexactFloat64(),
		SignalTime: timestamppb.New(s.Time), SourceSystem: s.SourceSystem, SourceId: s.SourceID, Note: s.Note, Author: s.Author,
		CreateTime: timestamppb.New(s.CreateTime),
	}
}
