package form

import (
	"context"
	"errors"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Server serves VoiceFormService.
type Server struct {
	voicev1.UnimplementedVoiceFormServiceServer
	store             *Store
	list, submissions *listing.List
}

// NewServer makes the server.
func NewServer(store *Store, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &voicev1.VoiceForm{}, Key: "form_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "slug", Column: "slug", Kind: listing.String},
			{Path: "territory", Column: "territory", Kind: listing.String},
			{Path: "active", Column: "active", Kind: listing.Bool},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	submissions, errSubmissions := listing.Compile(listing.Spec{
		Resource: &voicev1.FormSubmission{}, Key: "s.submission_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "reference", Column: "s.reference", Kind: listing.String},
			{Path: "state", Column: "s.state", Kind: listing.Enum, Values: values(voicev1.FormSubmission_State_name)},
			{Path: "kind", Column: "s.kind", Kind: listing.Enum, Values: values(voicev1.VoiceKind_name)},
			{Path: "company", Column: "s.company", Kind: listing.String},
			{Path: "product_line", Column: "s.product_line", Kind: listing.String},
			{Path: "order_number", Column: "s.order_number", Kind: listing.String},
			{Path: "answer_wanted", Column: "s.answer_wanted", Kind: listing.Bool},
			{Path: "create_time", Column: "s.create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{store: store, list: list, submissions: submissions}, errors.Join(errList, errSubmissions)
}

func values(of map[int32]string) map[string]any {
	out := map[string]any{}
	for number, name := range of {
		if number != 0 {
			out[name] = int64(number)
		}
	}
	return out
}

func answer(f *Form, err error) (*voicev1.VoiceForm, error) {
	if err != nil {
		return nil, err
	}
	return f.toProto(), nil
}

// CreateVoiceForm implements VoiceFormService.
func (s *Server) CreateVoiceForm(ctx context.Context, r *voicev1.CreateVoiceFormRequest) (*voicev1.VoiceForm, error) {
	f := &Form{}
	if err := f.set(r.GetVoiceForm()); err != nil {
		return nil, fault.Prefix(err, "voice_form")
	}
	if !auth.From(ctx).Covers(f.Territory) {
		return nil, fault.Denied("TERRITORY", fault.Text{En: "the territory is not one of yours", Zh: "该区域不在您的权限范围内"})
	}
	return answer(f, s.store.Create(ctx, f))
}

// GetVoiceForm implements VoiceFormService.
func (s *Server) GetVoiceForm(ctx context.Context, r *voicev1.GetVoiceFormRequest) (*voicev1.VoiceForm, error) {
	ids, err := resource.Parse("name", r.GetName(), "voiceForms")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Get(ctx, ids[0]))
}

// ListVoiceForms implements VoiceFormService.
func (s *Server) ListVoiceForms(ctx context.Context, r *voicev1.ListVoiceFormsRequest) (*voicev1.ListVoiceFormsResponse, error) {
	plan, err := s.list.PlanFor(ctx, voicev1.VoiceFormService_ListVoiceForms_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListVoiceFormsResponse{NextPageToken: next}
	for _, f := range found {
		out.VoiceForms = append(out.VoiceForms, f.toProto())
	}
	return out, nil
}

// UpdateVoiceForm implements VoiceFormService.
func (s *Server) UpdateVoiceForm(ctx context.Context, r *voicev1.UpdateVoiceFormRequest) (*voicev1.VoiceForm, error) {
	ids, err := resource.Parse("voice_form.name", r.GetVoiceForm().GetName(), "voiceForms")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Change(ctx, ids[0], r.GetVoiceForm().GetEtag(), func(f *Form) ([]string, error) {
		before := f.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply("voice_form", after, r.GetVoiceForm(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		if err := f.set(after); err != nil {
			return nil, fault.Prefix(err, "voice_form")
		}
		return history.Names(history.Diff(before, f.toProto())), nil
	}))
}

// ActivateVoiceForm implements VoiceFormService.
func (s *Server) ActivateVoiceForm(ctx context.Context, r *voicev1.ActivateVoiceFormRequest) (*voicev1.VoiceForm, error) {
	return s.turn(ctx, r.GetName(), r.GetEtag(), true)
}

// DeactivateVoiceForm implements VoiceFormService.
func (s *Server) DeactivateVoiceForm(ctx context.Context, r *voicev1.DeactivateVoiceFormRequest) (*voicev1.VoiceForm, error) {
	return s.turn(ctx, r.GetName(), r.GetEtag(), false)
}

func (s *Server) turn(ctx context.Context, name, tag string, active bool) (*voicev1.VoiceForm, error) {
	ids, err := resource.Parse("name", name, "voiceForms")
	if err != nil {
		return nil, err
	}
	return answer(s.store.Change(ctx, ids[0], tag, func(f *Form) ([]string, error) {
		if f.Active == active {
			return nil, nil
		}
		f.Active = active
		return []string{"active"}, nil
	}))
}
