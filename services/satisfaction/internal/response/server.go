package response

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Server serves ResponseService.
type Server struct {
	satisfactionv1.UnimplementedResponseServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.Response{}, Key: "r.response_id", DefaultOrder: "accept_time desc",
		Fields: []listing.Field{
			{Path: "state", Column: "r.state", Kind: listing.Enum, Values: numbered(satisfactionv1.Response_State_name)},
			{Path: "void_reason", Column: "r.void_reason", Kind: listing.Enum, Values: numbered(satisfactionv1.Response_VoidReason_name)},
			{Path: "channel", Column: "r.channel", Kind: listing.Enum, Values: numbered(satisfactionv1.Response_Channel_name)},
			{Path: "stratum", Column: "r.stratum", Kind: listing.Int, Sortable: true},
			{Path: "customer", Column: "'customers/' || r.customer_id", Kind: listing.String},
			{Path: "interviewer", Column: "r.interviewer", Kind: listing.String},
			{Path: "source_system", Column: "r.source_system", Kind: listing.String},
			{Path: "accept_time", Column: "r.accept_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{store: NewStore(db, now, numbers), list: list}, err
}

func numbered(names map[int32]string) map[string]any {
	out := map[string]any{}
	for number, name := range names {
		if number != 0 {
			out[name] = int64(number)
		}
	}
	return out
}

// asked is the survey of a request, and what it asks.
func (s *Server) asked(ctx context.Context, parent string) (*survey.Survey, *questionnaire.Questionnaire, error) {
	ids, err := resource.Parse("parent", parent, "surveys")
	if err != nil {
		return nil, nil, err
	}
	x, err := s.store.surveys.Get(ctx, ids[0])
	if err != nil {
		return nil, nil, err
	}
	q, err := s.store.questionnaires.Version(ctx, x.Questionnaire, x.QuestionnaireVersion)
	return x, q, err
}

// CreateResponse implements ResponseService.
func (s *Server) CreateResponse(ctx context.Context, r *satisfactionv1.CreateResponseRequest) (*satisfactionv1.Response, error) {
	x, q, err := s.asked(ctx, r.GetParent())
	if err != nil {
		return nil, err
	}
	given, err := fromProto(r.GetResponse())
	if err != nil {
		return nil, fault.Prefix(err, "response")
	}
	kept, fresh, err := s.store.Take(ctx, x, q, given)
	if err != nil {
		return nil, fault.Prefix(err, "response")
	}
	out := kept.toProto()
	if !fresh && auth.From(ctx).Level < typev1.Level_MANAGER { // what another one has sent is not for everybody
		out.Answers, out.Customer, out.Person = nil, "", ""
	}
	return out, nil
}

// ImportResponses implements ResponseService.
func (s *Server) ImportResponses(ctx context.Context, r *satisfactionv1.ImportResponsesRequest) (*satisfactionv1.ImportResponsesResponse, error) {
	x, q, err := s.asked(ctx, r.GetParent())
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ImportResponsesResponse{}
	for _, p := range r.GetResponses() {
		kept, fresh, err := s.row(ctx, x, q, p)
		if err != nil && !ofRow(err) {
			return nil, err
		}
		out.Results = append(out.Results, resultOf(kept, fresh, err))
		switch {
		case err != nil:
			out.Refused++
		case !fresh:
			out.Unchanged++
		case kept.State == Void:
			out.Voided++
		default:
			out.Accepted++
		}
	}
	return out, nil
}

// ofRow says whether an error is about the row, and not about us.
func ofRow(err error) bool {
	switch fault.From(err).Code() {
	case codes.InvalidArgument, codes.NotFound, codes.PermissionDenied, codes.FailedPrecondition, codes.Aborted:
		return true
	default:
		return false
	}
}

func (s *Server) row(ctx context.Context, x *survey.Survey, q *questionnaire.Questionnaire, p *satisfactionv1.Response) (*Response, bool, error) {
	if p.GetSourceId() == "" {
		return nil, false, fault.Invalid(fault.Field("source_id", "SOURCE", fault.Text{En: "must be given: it tells what was sent before", Zh: "必须填写：用于识别已导入的答卷"}))
	}
	given, err := fromProto(p)
	if err != nil {
		return nil, false, err
	}
	return s.store.Take(ctx, x, q, given)
}

func resultOf(kept *Response, fresh bool, err error) *satisfactionv1.ImportResponsesResponse_Result {
	if err == nil {
		return &satisfactionv1.ImportResponsesResponse_Result{
			Response: kept.Name(), State: satisfactionv1.Response_State(kept.State), VoidReason: satisfactionv1.Response_VoidReason(kept.VoidReason), Unchanged: !fresh,
		}
	}
	e := fault.From(err)
	out := &satisfactionv1.ImportResponsesResponse_Result{Rule: e.Reason(), ErrorEn: e.Text().En, ErrorZh: e.Text().Zh}
	if wrong := e.Violations(); len(wrong) > 0 {
		out.Field, out.Rule, out.ErrorEn, out.ErrorZh = wrong[0].Field, wrong[0].Rule, wrong[0].Text.En, wrong[0].Text.Zh
	}
	return out
}

// GetResponse implements ResponseService.
func (s *Server) GetResponse(ctx context.Context, r *satisfactionv1.GetResponseRequest) (*satisfactionv1.Response, error) {
	of, id, err := idsOf(r.GetName())
	if err != nil {
		return nil, err
	}
	found, err := s.store.Get(ctx, of, id)
	return s.answer(ctx, found, err)
}

// ListResponses implements ResponseService.
func (s *Server) ListResponses(ctx context.Context, r *satisfactionv1.ListResponsesRequest) (*satisfactionv1.ListResponsesResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "surveys")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, satisfactionv1.ResponseService_ListResponses_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.List(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListResponsesResponse{NextPageToken: next}
	out.Responses, err = s.coded(ctx, ids[0], rows)
	return out, err
}

func idsOf(name string) (of, id uuid.UUID, err error) {
	ids, err := resource.Parse("name", name, "surveys", "responses")
	if err != nil {
		return of, id, err
	}
	return ids[0], ids[1], nil
}

func (s *Server) answer(ctx context.Context, r *Response, err error) (*satisfactionv1.Response, error) {
	if err != nil {
		return nil, err
	}
	out, err := s.coded(ctx, r.Survey, []*Response{r})
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// coded are responses with their codes.
func (s *Server) coded(ctx context.Context, of uuid.UUID, rows []*Response) ([]*satisfactionv1.Response, error) {
	codings, err := s.store.codings(ctx, of, rows)
	if err != nil {
		return nil, err
	}
	out, ids := make([]*satisfactionv1.Response, len(rows)), make([]uuid.UUID, len(rows))
	for i, r := range rows {
		out[i], ids[i] = r.toProto(), r.ID
	}
	withCodes(out, ids, codings)
	return out, nil
}
