package intake

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/validate"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
)

// Server serves VoiceService.
type Server struct {
	voicev1.UnimplementedVoiceServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(store *Store, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &voicev1.Voice{}, Key: "v.voice_id", DefaultOrder: "received_time desc",
		Fields: []listing.Field{
			{Path: "customer", Column: "'customers/' || v.customer_id", Kind: listing.String},
			{Path: "source", Column: "v.source", Kind: listing.Enum, Values: casefile.Values(voicev1.VoiceSource_name)},
			{Path: "kind", Column: "v.kind", Kind: listing.Enum, Values: casefile.Values(voicev1.VoiceKind_name)},
			{Path: "phase", Column: "v.phase", Kind: listing.Enum, Values: casefile.Values(voicev1.SalePhase_name)},
			{Path: "technicality", Column: "v.technicality", Kind: listing.Enum, Values: casefile.Values(voicev1.Technicality_name)},
			{Path: "track", Column: "v.track", Kind: listing.Enum, Values: casefile.Values(voicev1.Track_name)},
			{Path: "grading", Column: "v.grading", Kind: listing.Enum, Values: casefile.Values(voicev1.Severity_name)},
			{Path: "product_line", Column: "v.product_line", Kind: listing.String},
			{Path: "product_code", Column: "v.product_code", Kind: listing.String},
			{Path: "source_system", Column: "v.source_system", Kind: listing.String},
			{Path: "source_id", Column: "v.source_id", Kind: listing.String},
			{Path: "implicit", Column: "v.implicit", Kind: listing.Bool},
			{Path: "major", Column: "v.major", Kind: listing.Bool},
			{Path: "case", Column: "'cases/' || v.case_id", Kind: listing.String},
			{Path: "author", Column: "v.author", Kind: listing.String},
			{Path: "received_time", Column: "v.received_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "create_time", Column: "v.create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{store: store, list: list}, err
}

func answer(ctx context.Context, v *Voice, err error) (*voicev1.Voice, error) {
	if err != nil {
		return nil, err
	}
	return v.toProto(ctx), nil
}

// CreateVoice implements VoiceService.
func (s *Server) CreateVoice(ctx context.Context, r *voicev1.CreateVoiceRequest) (*voicev1.Voice, error) {
	if name := r.GetVoice().GetCustomer(); name != "" {
		ids, err := resource.Parse("voice.customer", name, "customers")
		if err != nil {
			return nil, err
		}
		if err := aggregate.Visible(ctx, s.store.db, ids[0]); err != nil { // before anything is said about the voice
			return nil, err
		}
	}
	v, err := voiceOf(r.GetVoice())
	if err != nil {
		return nil, fault.Prefix(err, "voice")
	}
	kept, err := s.store.Receive(ctx, v)
	return answer(ctx, kept, err)
}

// GetVoice implements VoiceService.
func (s *Server) GetVoice(ctx context.Context, r *voicev1.GetVoiceRequest) (*voicev1.Voice, error) {
	ids, err := resource.Parse("name", r.GetName(), "voices")
	if err != nil {
		return nil, err
	}
	v, err := s.store.Get(ctx, ids[0])
	return answer(ctx, v, err)
}

// ListVoices implements VoiceService.
func (s *Server) ListVoices(ctx context.Context, r *voicev1.ListVoicesRequest) (*voicev1.ListVoicesResponse, error) {
	plan, err := s.list.PlanFor(ctx, voicev1.VoiceService_ListVoices_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListVoicesResponse{NextPageToken: next}
	for _, v := range rows {
		out.Voices = append(out.Voices, v.toProto(ctx))
	}
	return out, nil
}

// most is how many rows a batch has at most.
const most = 500

// BatchCreateVoices implements VoiceService. The rows are no part of a transaction around the call: one that is refused would take all others with it.
func (s *Server) BatchCreateVoices(ctx context.Context, r *voicev1.BatchCreateVoicesRequest) (*voicev1.BatchCreateVoicesResponse, error) {
	if n := len(r.GetRequests()); n == 0 || n > most {
		return nil, fault.Invalid(fault.Field("requests", "COUNT", fault.Text{En: "must be 1 to 500", Zh: "须为 1 至 500 条"}))
	}
	apart := s.store.db.Apart(ctx)
	out := &voicev1.BatchCreateVoicesResponse{}
	for _, row := range r.GetRequests() {
		v, err := s.row(apart, row)
		if err == nil {
			out.Created++
			out.Results = append(out.Results, &voicev1.BatchCreateVoicesResponse_Result{Voice: v})
			continue
		}
		refused, ok := refusal(err)
		if !ok {
			return nil, err
		}
		out.Failed++
		out.Results = append(out.Results, &voicev1.BatchCreateVoicesResponse_Result{Error: refused})
	}
	return out, nil
}

func (s *Server) row(ctx context.Context, r *voicev1.CreateVoiceRequest) (*voicev1.Voice, error) {
	if err := validate.Request(r); err != nil {
		return nil, err
	}
	if r.GetVoice().GetSourceId() == "" {
		return nil, fault.Invalid(fault.Field("voice.source_id", "REQUIRED", fault.Text{En: "must be given, so that the batch can be sent again", Zh: "必须填写，以便批次可重复发送"}))
	}
	return s.CreateVoice(ctx, r)
}

// refusal is why a row was refused. What is not the row's fault is none.
func refusal(err error) (*voicev1.BatchError, bool) {
	f := fault.From(err)
	switch f.Code() {
	case codes.InvalidArgument, codes.NotFound, codes.AlreadyExists, codes.PermissionDenied, codes.FailedPrecondition:
	default:
		return nil, false
	}
	out := &voicev1.BatchError{Code: codeNames[f.Code()], Reason: f.Reason(), MessageEn: f.Text().En, MessageZh: f.Text().Zh}
	for _, v := range f.Violations() {
		out.Violations = append(out.Violations, &voicev1.BatchError_Violation{Field: v.Field, Rule: v.Rule})
	}
	return out, true
}

var codeNames = map[codes.Code]string{
	codes.InvalidArgument: "INVALID_ARGUMENT", codes.NotFound: "NOT_FOUND", codes.AlreadyExists: "ALREADY_EXISTS", codes.PermissionDenied: "PERMISSION_DENIED",
	codes.FailedPrecondition: "FAILED_PRECONDITION",
}

// IdentifyVoice implements VoiceService.
func (s *Server) IdentifyVoice(ctx context.Context, r *voicev1.IdentifyVoiceRequest) (*voicev1.Voice, error) {
	ids, err := resource.Parse("name", r.GetName(), "voices")
	if err != nil {
		return nil, err
	}
	customer, err := resource.Parse("customer", r.GetCustomer(), "customers")
	if err != nil {
		return nil, err
	}
	var reporter uuid.NullUUID
	if reporter, err = casefile.ReporterOf("reporter", r.GetReporter(), customer[0]); err != nil {
		return nil, err
	}
	v, err := s.store.Identify(ctx, ids[0], r.GetEtag(), customer[0], reporter)
	return answer(ctx, v, err)
}

// OpenVoiceCase implements VoiceService.
func (s *Server) OpenVoiceCase(ctx context.Context, r *voicev1.OpenVoiceCaseRequest) (*voicev1.Case, error) {
	ids, err := resource.Parse("name", r.GetName(), "voices")
	if err != nil {
		return nil, err
	}
	c, err := s.store.OpenCase(ctx, ids[0], r.GetEtag(), r.GetTitle(), casefile.Request(r.GetRequestKind()))
	return casefile.Answer(ctx, c, err)
}

// AttachVoice implements VoiceService.
func (s *Server) AttachVoice(ctx context.Context, r *voicev1.AttachVoiceRequest) (*voicev1.Voice, error) {
	ids, err := resource.Parse("name", r.GetName(), "voices")
	if err != nil {
		return nil, err
	}
	to, err := resource.Parse("case", r.GetCase(), "cases")
	if err != nil {
		return nil, err
	}
	v, err := s.store.Attach(ctx, ids[0], r.GetEtag(), to[0])
	return answer(ctx, v, err)
}
