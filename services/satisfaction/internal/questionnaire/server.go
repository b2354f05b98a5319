package questionnaire

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// field is what a questionnaire is called in the requests that carry one, collection in names.
const field, collection = "questionnaire", "questionnaires"

// Server serves QuestionnaireService.
type Server struct {
	satisfactionv1.UnimplementedQuestionnaireServiceServer
	store                    *Store
	list, versions, pretests *listing.List
}

// NewServer makes the server.
func NewServer(store *Store, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.Questionnaire{}, Key: "questionnaire_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "state", Column: "state", Kind: listing.Enum, Values: map[string]any{"DRAFT": int64(Draft), "PRETESTED": int64(Pretested), "RELEASED": int64(Released)}},
			{Path: "version", Column: "version", Kind: listing.Int},
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "index_model", Column: "'indexModels/' || model_id", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	versions, errVersions := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.Questionnaire{}, Key: "version", KeyType: "integer", DefaultOrder: "version desc",
		Fields: []listing.Field{{Path: "version", Column: "version", Kind: listing.Int, Sortable: true}},
	}, pages)
	pretests, errPretests := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.Pretest{}, Key: "pretest_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "version", Column: "version", Kind: listing.Int},
			{Path: "passed", Column: "passed", Kind: listing.Bool},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{store: store, list: list, versions: versions, pretests: pretests}, errors.Join(errList, errVersions, errPretests)
}

// GetQuestionnaire implements QuestionnaireService.
func (s *Server) GetQuestionnaire(ctx context.Context, r *satisfactionv1.GetQuestionnaireRequest) (*satisfactionv1.Questionnaire, error) {
	ids, err := resource.Parse("name", r.GetName(), collection)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Version(ctx, ids[0], r.GetVersion()))
}

func answer(q *Questionnaire, err error) (*satisfactionv1.Questionnaire, error) {
	if err != nil {
		return nil, err
	}
	return q.ToProto(), nil
}

// ListQuestionnaires implements QuestionnaireService.
func (s *Server) ListQuestionnaires(ctx context.Context, r *satisfactionv1.ListQuestionnairesRequest) (*satisfactionv1.ListQuestionnairesResponse, error) {
	plan, err := s.list.PlanFor(ctx, satisfactionv1.QuestionnaireService_ListQuestionnaires_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, uuid.NullUUID{})
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListQuestionnairesResponse{NextPageToken: next}
	for _, q := range found {
		out.Questionnaires = append(out.Questionnaires, q.ToProto())
	}
	return out, nil
}

// ListQuestionnaireVersions implements QuestionnaireService.
func (s *Server) ListQuestionnaireVersions(
	ctx context.Context, r *satisfactionv1.ListQuestionnaireVersionsRequest,
) (*satisfactionv1.ListQuestionnaireVersionsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), collection)
	if err != nil {
		return nil, err
	}
	plan, err := s.versions.PlanFor(ctx, satisfactionv1.QuestionnaireService_ListQuestionnaireVersions_FullMethodName, r, r.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Version(ctx, ids[0], 0); err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, null(ids[0]))
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListQuestionnaireVersionsResponse{NextPageToken: next}
	for _, q := range found {
		out.Versions = append(out.Versions, q.ToProto())
	}
	return out, nil
}

// ListPretests implements QuestionnaireService.
func (s *Server) ListPretests(ctx context.Context, r *satisfactionv1.ListPretestsRequest) (*satisfactionv1.ListPretestsResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), collection)
	if err != nil {
		return nil, err
	}
	plan, err := s.pretests.PlanFor(ctx, satisfactionv1.QuestionnaireService_ListPretests_FullMethodName, r, r.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.store.Version(ctx, ids[0], 0); err != nil {
		return nil, err
	}
	found, next, err := s.store.Pretests(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListPretestsResponse{NextPageToken: next}
	for _, p := range found {
		out.Pretests = append(out.Pretests, p.toProto())
	}
	return out, nil
}
