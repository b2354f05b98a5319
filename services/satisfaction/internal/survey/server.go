package survey

import (
	"context"
	"errors"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// field is what a survey is called in the requests that carry one, collection in names.
const field, collection = "survey", "surveys"

// Server serves SurveyService.
type Server struct {
	satisfactionv1.UnimplementedSurveyServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(store *Store, pages *page.Sealer) (*Server, error) {
	states := map[string]any{"DRAFT": int64(Draft), "OPEN": int64(Open), "CLOSED": int64(Closed), "OPENING": int64(Opening)}
	list, err := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.Survey{}, Key: "survey_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "state", Column: "(" + stateNow + ")", Kind: listing.Enum, Values: states},
			{Path: "questionnaire", Column: "'questionnaires/' || questionnaire_id", Kind: listing.String},
			{Path: "previous", Column: "'surveys/' || previous_id", Kind: listing.String},
			{Path: "wave", Column: "wave", Kind: listing.String},
			{Path: "territory", Column: "territory", Kind: listing.String},
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "open_time", Column: "open_time", Kind: listing.Timestamp},
		},
	}, pages)
	return &Server{store: store, list: list}, err
}

// CreateSurvey implements SurveyService.
func (s *Server) CreateSurvey(ctx context.Context, r *satisfactionv1.CreateSurveyRequest) (*satisfactionv1.Survey, error) {
	x := &Survey{}
	if err := x.set(r.GetSurvey()); err != nil {
		return nil, fault.Prefix(err, field)
	}
	if err := s.store.Create(ctx, x); err != nil {
		return nil, err
	}
	return s.answer(ctx, x, nil)
}

// answer tells of one survey, and how far the drawing of its sample is if the caller may know that.
func (s *Server) answer(ctx context.Context, x *Survey, err error) (*satisfactionv1.Survey, error) {
	if err != nil {
		return nil, err
	}
	out, err := x.ToProto()
	if err != nil || !x.Operation.Valid {
		return out, err
	}
	o, err := operation.Get(ctx, s.store.db, kind, x.Operation.UUID)
	if errors.Is(err, postgres.ErrNoRows) { // forgotten, or of wider reach
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	out.Operation = operation.ToProto(o)
	return out, nil
}

// GetSurvey implements SurveyService.
func (s *Server) GetSurvey(ctx context.Context, r *satisfactionv1.GetSurveyRequest) (*satisfactionv1.Survey, error) {
	ids, err := resource.Parse("name", r.GetName(), collection)
	if err != nil {
		return nil, err
	}
	x, err := s.store.Get(ctx, ids[0])
	return s.answer(ctx, x, err)
}

// ListSurveys implements SurveyService.
func (s *Server) ListSurveys(ctx context.Context, r *satisfactionv1.ListSurveysRequest) (*satisfactionv1.ListSurveysResponse, error) {
	plan, err := s.list.PlanFor(ctx, satisfactionv1.SurveyService_ListSurveys_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListSurveysResponse{NextPageToken: next}
	for _, x := range found {
		p, err := x.ToProto()
		if err != nil {
			return nil, err
		}
		out.Surveys = append(out.Surveys, p)
	}
	return out, nil
}

// PreviewSurvey implements SurveyService.
func (s *Server) PreviewSurvey(ctx context.Context, r *satisfactionv1.PreviewSurveyRequest) (*satisfactionv1.SurveyPreview, error) {
	ids, err := resource.Parse("name", r.GetName(), collection)
	if err != nil {
		return nil, err
	}
	x, err := s.store.Preview(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return &satisfactionv1.SurveyPreview{PopulationSize: x.PopulationSize, SampleSize: x.SampleSize, Census: x.Census, Strata: strataTo(x.Strata)}, nil
}

// OpenSurvey implements SurveyService.
func (s *Server) OpenSurvey(ctx context.Context, r *satisfactionv1.OpenSurveyRequest) (*satisfactionv1.Survey, error) {
	ids, err := resource.Parse("name", r.GetName(), collection)
	if err != nil {
		return nil, err
	}
	x, err := s.store.Start(ctx, ids[0], r.GetEtag())
	return s.answer(ctx, x, err)
}

// CloseSurvey implements SurveyService.
func (s *Server) CloseSurvey(ctx context.Context, r *satisfactionv1.CloseSurveyRequest) (*satisfactionv1.Survey, error) {
	ids, err := resource.Parse("name", r.GetName(), collection)
	if err != nil {
		return nil, err
	}
	x, err := s.store.Close(ctx, ids[0], r.GetEtag())
	return s.answer(ctx, x, err)
}
