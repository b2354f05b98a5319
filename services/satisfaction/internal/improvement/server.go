package improvement

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/analysis"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// field is what an improvement is called in the requests that carry one.
const field = "improvement"

// Server serves ImprovementService.
type Server struct {
	satisfactionv1.UnimplementedImprovementServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.Improvement{}, Key: "improvement_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "survey", Column: "'surveys/' || survey_id", Kind: listing.String},
			{Path: "item_code", Column: "item_code", Kind: listing.String},
			{Path: "owner", Column: "owner", Kind: listing.String},
			{Path: "state", Column: "state", Kind: listing.Enum, Values: values(satisfactionv1.Improvement_State_name)},
			{Path: "verdict", Column: "verdict", Kind: listing.Enum, Values: values(satisfactionv1.Improvement_Verdict_name)},
			{Path: "due_date", Column: "due_date", Kind: listing.Date},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{store: NewStore(db, now, numbers), list: list}, err
}

func values(names map[int32]string) map[string]any {
	out := map[string]any{}
	for number, name := range names {
		if number != 0 {
			out[name] = int64(number)
		}
	}
	return out
}

// CreateImprovement implements ImprovementService.
func (s *Server) CreateImprovement(ctx context.Context, r *satisfactionv1.CreateImprovementRequest) (*satisfactionv1.Improvement, error) {
	i := &Improvement{}
	if err := i.refer(r.GetImprovement()); err != nil {
		return nil, fault.Prefix(err, field)
	}
	if err := i.set(r.GetImprovement()); err != nil {
		return nil, fault.Prefix(err, field)
	}
	if err := s.store.Create(ctx, i); err != nil {
		return nil, fault.Prefix(err, field)
	}
	return i.toProto(), nil
}

// ProposeImprovements implements ImprovementService.
func (s *Server) ProposeImprovements(ctx context.Context, r *satisfactionv1.ProposeImprovementsRequest) (*satisfactionv1.ProposeImprovementsResponse, error) {
	ids, err := resource.Parse("survey", r.GetSurvey(), "surveys")
	if err != nil {
		return nil, err
	}
	made, err := s.store.Propose(ctx, ids[0], analysis.OptionsOf(r.GetOptions()))
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ProposeImprovementsResponse{}
	for _, i := range made {
		out.Improvements = append(out.Improvements, i.toProto())
	}
	return out, nil
}

// GetImprovement implements ImprovementService.
func (s *Server) GetImprovement(ctx context.Context, r *satisfactionv1.GetImprovementRequest) (*satisfactionv1.Improvement, error) {
	ids, err := resource.Parse("name", r.GetName(), "improvements")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Get(ctx, ids[0]))
}

func answer(i *Improvement, err error) (*satisfactionv1.Improvement, error) {
	if err != nil {
		return nil, err
	}
	return i.toProto(), nil
}

// ListImprovements implements ImprovementService.
func (s *Server) ListImprovements(ctx context.Context, r *satisfactionv1.ListImprovementsRequest) (*satisfactionv1.ListImprovementsResponse, error) {
	plan, err := s.list.PlanFor(ctx, satisfactionv1.ImprovementService_ListImprovements_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListImprovementsResponse{NextPageToken: next}
	for _, i := range found {
		out.Improvements = append(out.Improvements, i.toProto())
	}
	return out, nil
}

// UpdateImprovement implements ImprovementService.
func (s *Server) UpdateImprovement(ctx context.Context, r *satisfactionv1.UpdateImprovementRequest) (*satisfactionv1.Improvement, error) {
	ids, err := resource.Parse(field+".name", r.GetImprovement().GetName(), "improvements")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Change(ctx, ids[0], r.GetImprovement().GetEtag(), func(i *Improvement) (bool, error) {
		before := i.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply(field, after, r.GetImprovement(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return false, err
		}
		if err := i.set(after); err != nil {
			return false, fault.Prefix(err, field)
		}
		return len(history.Diff(before, i.toProto())) > 0, nil
	}))
}

// VerifyImprovement implements ImprovementService.
func (s *Server) VerifyImprovement(ctx context.Context, r *satisfactionv1.VerifyImprovementRequest) (*satisfactionv1.Improvement, error) {
	ids, err := resource.Parse("name", r.GetName(), "improvements")
	if err != nil {
		return nil, err
	}
	var given uuid.NullUUID
	if r.GetSurvey() != "" {
		of, err := resource.Parse("survey", r.GetSurvey(), "surveys")
		if err != nil {
			return nil, err
		}
		given = uuid.NullUUID{UUID: of[0], Valid: true}
	}
	return answer(s.store.Verify(ctx, ids[0], given))
}
