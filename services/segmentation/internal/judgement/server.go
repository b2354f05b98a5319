package judgement

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Server serves JudgementService.
type Server struct {
	segmentationv1.UnimplementedJudgementServiceServer
	db      *postgres.DB
	store   *Store
	models  *gradingmodel.Store
	numbers *settings.Store
	now     func() time.Time
	list    *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &segmentationv1.Judgement{}, Key: "judgement_id", DefaultOrder: "judge_date desc",
		Fields: []listing.Field{
			{Path: "factor", Column: "factor", Kind: listing.String},
			{Path: "level", Column: "level", Kind: listing.Int},
			{Path: "judge_date", Column: "judge_day", Kind: listing.Date, Sortable: true},
			{Path: "expire_date", Column: "expire_day", Kind: listing.Date},
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp},
			{Path: "withdraw_time", Column: "withdraw_time", Kind: listing.Timestamp},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{db: db, store: NewStore(db, now), models: gradingmodel.NewStore(db, now), numbers: numbers, now: now, list: list}, nil
}

// CreateJudgement implements JudgementService.
func (s *Server) CreateJudgement(ctx context.Context, r *segmentationv1.CreateJudgementRequest) (*segmentationv1.Judgement, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil { // before anything is said about the judgement
		return nil, err
	}
	j, err := fromProto(ids[0], r.GetJudgement())
	if err != nil {
		return nil, fault.Prefix(err, "judgement")
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	today := numbers.Today(s.now())
	models, err := s.models.Applicable(ctx, today)
	if err != nil {
		return nil, err
	}
	j.Complete(today)
	if wrong := j.Check(today, models); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "judgement")
	}
	j.Author = auth.From(ctx).Subject
	if err := s.store.Create(ctx, j); err != nil {
		return nil, err
	}
	return j.toProto(), nil
}

// WithdrawJudgement implements JudgementService.
func (s *Server) WithdrawJudgement(ctx context.Context, r *segmentationv1.WithdrawJudgementRequest) (*segmentationv1.Judgement, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "judgements")
	if err != nil {
		return nil, err
	}
	j, err := s.store.Withdraw(ctx, ids[0], ids[1], auth.From(ctx).Subject)
	if err != nil {
		return nil, err
	}
	return j.toProto(), nil
}

// ListJudgements implements JudgementService.
func (s *Server) ListJudgements(ctx context.Context, r *segmentationv1.ListJudgementsRequest) (*segmentationv1.ListJudgementsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, segmentationv1.JudgementService_ListJudgements_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListJudgementsResponse{NextPageToken: next}
	for _, j := range found {
		out.Judgements = append(out.Judgements, j.toProto())
	}
	return out, nil
}
