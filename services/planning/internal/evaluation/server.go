package evaluation

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Server serves EvaluationService.
type Server struct {
	planningv1.UnimplementedEvaluationServiceServer
	db            *postgres.DB
	store         *Store
	numbers       *settings.Store
	now           func() time.Time
	list          *listing.List
	relationships *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	kinds := values(planningv1.RelationshipKind(0).Descriptor())
	list, err := listing.Compile(listing.Spec{
		Resource: &planningv1.Evaluation{}, Key: "e.evaluation_id", DefaultOrder: "evaluation_date desc",
		Fields: []listing.Field{
			{Path: "kind", Column: "e.kind", Kind: listing.Enum, Values: kinds},
			{Path: "department", Column: "e.department", Kind: listing.String},
			{Path: "phase", Column: "e.phase", Kind: listing.Enum, Values: values(planningv1.Evaluation_Phase(0).Descriptor())},
			{Path: "fiscal_year", Column: "e.fiscal_year", Kind: listing.Int},
			{Path: "evaluation_date", Column: "e.evaluation_day", Kind: listing.Date, Sortable: true},
			{Path: "level", Column: "e.level", Kind: listing.Enum, Values: values(planningv1.EvaluationLevel(0).Descriptor())},
			{Path: "author", Column: "e.author", Kind: listing.String},
			{Path: "create_time", Column: "e.create_time", Kind: listing.Timestamp},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	relationships, err := listing.Compile(listing.Spec{
		Resource: &planningv1.Relationship{}, Key: "r.subject", KeyType: "text", DefaultOrder: "gap desc",
		Fields: []listing.Field{
			{Path: "kind", Column: "r.kind", Kind: listing.Enum, Values: kinds},
			{Path: "owner", Column: "r.owner", Kind: listing.String},
			{Path: "department", Column: "r.department", Kind: listing.String},
			{Path: "gap", Column: "r.gap", Kind: listing.Int, Sortable: true},
			{Path: "evaluation_date", Column: "r.day", Kind: listing.Date},
		},
	}, pages)
	return &Server{db: db, store: NewStore(db, now), numbers: numbers, now: now, list: list, relationships: relationships}, err
}

// values are the names of an enum that may be stored.
func values(d protoreflect.EnumDescriptor) map[string]any {
	out := map[string]any{}
	for i := range d.Values().Len() {
		if v := d.Values().Get(i); v.Number() != 0 {
			out[string(v.Name())] = int64(v.Number())
		}
	}
	return out
}

// CreateEvaluation implements EvaluationService.
func (s *Server) CreateEvaluation(ctx context.Context, r *planningv1.CreateEvaluationRequest) (*planningv1.Evaluation, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil { // before anything is said about the evaluation
		return nil, err
	}
	e, err := fromProto(ids[0], r.GetEvaluation())
	if err != nil {
		return nil, fault.Prefix(err, "evaluation")
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	today := n.Today(s.now())
	e.Complete(today, n.FiscalYear)
	if wrong := e.Check(today); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "evaluation")
	}
	e.Decide()
	e.Author = auth.From(ctx).Subject
	if err := s.store.Create(ctx, e); err != nil {
		return nil, err
	}
	return e.toProto(), nil
}

// GetEvaluation implements EvaluationService.
func (s *Server) GetEvaluation(ctx context.Context, r *planningv1.GetEvaluationRequest) (*planningv1.Evaluation, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "evaluations")
	if err != nil {
		return nil, err
	}
	e, err := s.store.Get(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return e.toProto(), nil
}

// ListEvaluations implements EvaluationService.
func (s *Server) ListEvaluations(ctx context.Context, r *planningv1.ListEvaluationsRequest) (*planningv1.ListEvaluationsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, planningv1.EvaluationService_ListEvaluations_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListEvaluationsResponse{NextPageToken: next, Evaluations: make([]*planningv1.Evaluation, len(found))}
	for i, e := range found {
		out.Evaluations[i] = e.toProto()
	}
	return out, nil
}

// ListRelationships implements EvaluationService.
func (s *Server) ListRelationships(ctx context.Context, r *planningv1.ListRelationshipsRequest) (*planningv1.ListRelationshipsResponse, error) {
	customer, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	year := int(r.GetFiscalYear())
	if year == 0 {
		n, err := s.numbers.Current(ctx)
		if err != nil {
			return nil, err
		}
		year = n.FiscalYear(n.Today(s.now()))
	}
	plan, err := s.relationships.PlanFor(ctx, planningv1.EvaluationService_ListRelationships_FullMethodName, r, page.Binding(strconv.Itoa(year)))
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.Relationships(ctx, plan, customer, year)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListRelationshipsResponse{NextPageToken: next, Relationships: make([]*planningv1.Relationship, len(found))}
	for i := range found {
		out.Relationships[i] = found[i].toProto(year)
	}
	return out, nil
}
