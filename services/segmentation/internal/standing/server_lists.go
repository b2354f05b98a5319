package standing

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

var standingSpec = listing.Spec{
	Resource: &segmentationv1.Standing{},
	Key:      "c.customer_id",
	Fields: []listing.Field{
		{Path: "territory", Column: "c.territory", Kind: listing.String},
		{Path: "owner", Column: "c.owner", Kind: listing.String},
		{Path: "class", Column: "s.class", Kind: listing.Enum, Values: numbersOf(Class.enum())},
		{Path: "abc", Column: "s.abc", Kind: listing.Enum, Values: numbersOf(ABC.enum())},
		{Path: "tier", Column: "s.tier", Kind: listing.Enum, Values: numbersOf(Tier.enum())},
		{Path: "inner_level", Column: "s.inner_level", Kind: listing.Int, Sortable: true},
		{Path: "stage", Column: "s.stage", Kind: listing.Enum, Values: numbersOf(Stage.enum())},
		{Path: "role", Column: "s.role", Kind: listing.Enum, Values: numbersOf(Role.enum())},
		{Path: "engagement", Column: "s.engagement", Kind: listing.Enum, Values: numbersOf(Engagement.enum())},
		{Path: "grade", Column: gradeName, Kind: listing.String},
		{Path: "provisional", Column: "s.provisional", Kind: listing.Bool},
		{Path: "at_risk", Column: "s.at_risk", Kind: listing.Bool},
		{Path: "value", Column: "s.value", Kind: listing.Decimal, Sortable: true},
		{Path: "last_order_date", Column: "m.last_day", Kind: listing.Date},
	},
}

// gradeName is the grade as the API has it.
const gradeName = `(array['', 'C', 'B', 'A', 'S'])[s.grade + 1]`

var moveSpec = listing.Spec{
	Resource:     &segmentationv1.StandingMove{},
	Key:          "v.move_id",
	DefaultOrder: "record_time desc",
	Fields: []listing.Field{
		{Path: "dimension", Column: "v.dimension", Kind: listing.Enum, Values: numbersOf(segmentationv1.StandingMove_Dimension(0).Descriptor())},
		{Path: "to", Column: "v.to_value", Kind: listing.String},
		{Path: "move_date", Column: "v.move_day", Kind: listing.Date},
		{Path: "record_time", Column: "v.record_time", Kind: listing.Timestamp, Sortable: true},
		{Path: "cause", Column: "v.cause", Kind: listing.String},
	},
}

// ListStandings implements StandingService.
func (s *Server) ListStandings(ctx context.Context, r *segmentationv1.ListStandingsRequest) (*segmentationv1.ListStandingsResponse, error) {
	plan, err := s.standings.PlanFor(ctx, segmentationv1.StandingService_ListStandings_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	n, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.list(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListStandingsResponse{NextPageToken: next, Standings: make([]*segmentationv1.Standing, len(rows))}
	for i, row := range rows {
		out.Standings[i] = &segmentationv1.Standing{
			Customer: aggregate.Name(row.Customer), DisplayName: row.DisplayName, Territory: row.Territory, Owner: row.Owner,
			Class: segmentationv1.CustomerClassKind(row.Class), Abc: segmentationv1.Abc(row.ABC), Tier: segmentationv1.Tier(row.Tier),
			InnerLevel: int32(row.InnerLevel), Stage: segmentationv1.LifecycleStage(row.Stage), Role: segmentationv1.LifecycleRole(row.Role),
			Engagement: segmentationv1.Engagement(row.Engagement), Grade: row.Grade, Provisional: row.Provisional, AtRisk: row.AtRisk,
			LastOrderDate: civil.Optional(row.LastDay),
		}
		if out.Standings[i].Value, err = amount(row.Value, n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ListStandingMoves implements StandingService.
func (s *Server) ListStandingMoves(ctx context.Context, r *segmentationv1.ListStandingMovesRequest) (*segmentationv1.ListStandingMovesResponse, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.moves.PlanFor(ctx, segmentationv1.StandingService_ListStandingMoves_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	n, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.listMoves(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListStandingMovesResponse{NextPageToken: next, StandingMoves: make([]*segmentationv1.StandingMove, len(rows))}
	for i, row := range rows {
		move := &segmentationv1.StandingMove{
			Name: resource.Name("customers", row.Customer, "standingMoves", row.ID), Dimension: segmentationv1.StandingMove_Dimension(row.Dimension),
			From: row.From, To: row.To, MoveDate: civil.Date(row.Day), RecordTime: timestamppb.New(row.Time), Cause: row.Cause, Reference: row.Reference,
		}
		if row.Dimension <= InnerLevel {
			if move.Value, err = amount(row.Value, n); err != nil {
				return nil, err
			}
		}
		out.StandingMoves[i] = move
	}
	return out, nil
}
