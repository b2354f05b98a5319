package delphi

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

// Server serves DelphiService.
type Server struct {
	satisfactionv1.UnimplementedDelphiServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &satisfactionv1.DelphiRound{}, Key: "round_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true}},
	}, pages)
	return &Server{store: NewStore(db, now, numbers), list: list}, err
}

// CreateDelphiRound implements DelphiService.
func (s *Server) CreateDelphiRound(ctx context.Context, r *satisfactionv1.CreateDelphiRoundRequest) (*satisfactionv1.CreateDelphiRoundResponse, error) {
	if err := indexmodel.RequireEverywhere(ctx); err != nil {
		return nil, err
	}
	ids, err := resource.Parse("parent", r.GetParent(), "indexModels")
	if err != nil {
		return nil, err
	}
	var experts []Expert
	named := map[string]bool{}
	for i, e := range r.GetExperts() {
		if subject := e.GetSubject(); subject != "" && named[subject] {
			return nil, fault.Invalid(fault.Field(at("experts", i)+".subject", "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"}))
		}
		named[e.GetSubject()] = true
		experts = append(experts, Expert{Subject: e.GetSubject()})
	}
	round, experts, err := s.store.Open(ctx, ids[0], experts, r.GetItemCodes())
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.CreateDelphiRoundResponse{DelphiRound: round.toProto()}
	for _, e := range experts {
		if e.Secret != "" {
			out.Links = append(out.Links, &satisfactionv1.DelphiLink{Expert: e.Number, Secret: e.Secret})
		}
	}
	return out, nil
}

func ids(name string) (model, round uuid.UUID, err error) {
	parsed, err := resource.Parse("name", name, "indexModels", "delphiRounds")
	if err != nil {
		return model, round, err
	}
	return parsed[0], parsed[1], nil
}

func answer(r *Round, err error) (*satisfactionv1.DelphiRound, error) {
	if err != nil {
		return nil, err
	}
	return r.toProto(), nil
}

// GetDelphiRound implements DelphiService.
func (s *Server) GetDelphiRound(ctx context.Context, r *satisfactionv1.GetDelphiRoundRequest) (*satisfactionv1.DelphiRound, error) {
	model, round, err := ids(r.GetName())
	if err != nil {
		return nil, err
	}
	return answer(s.store.Get(ctx, model, round))
}

// ListDelphiRounds implements DelphiService.
func (s *Server) ListDelphiRounds(ctx context.Context, r *satisfactionv1.ListDelphiRoundsRequest) (*satisfactionv1.ListDelphiRoundsResponse, error) {
	parsed, err := resource.Parse("parent", r.GetParent(), "indexModels")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, satisfactionv1.DelphiService_ListDelphiRounds_FullMethodName, r, r.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.store.models.Version(ctx, parsed[0], 0); err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, parsed[0])
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.ListDelphiRoundsResponse{NextPageToken: next}
	for _, one := range found {
		out.DelphiRounds = append(out.DelphiRounds, one.toProto())
	}
	return out, nil
}

// CloseDelphiRound implements DelphiService.
func (s *Server) CloseDelphiRound(ctx context.Context, r *satisfactionv1.CloseDelphiRoundRequest) (*satisfactionv1.DelphiRound, error) {
	if err := indexmodel.RequireEverywhere(ctx); err != nil {
		return nil, err
	}
	model, round, err := ids(r.GetName())
	if err != nil {
		return nil, err
	}
	return answer(s.store.Close(ctx, model, round))
}

// ApplyDelphiRound implements DelphiService.
func (s *Server) ApplyDelphiRound(ctx context.Context, r *satisfactionv1.ApplyDelphiRoundRequest) (*satisfactionv1.IndexModel, error) {
	if err := indexmodel.RequireEverywhere(ctx); err != nil {
		return nil, err
	}
	model, round, err := ids(r.GetName())
	if err != nil {
		return nil, err
	}
	draft, err := s.store.Apply(ctx, model, round, r.GetReason())
	if err != nil {
		return nil, err
	}
	return draft.ToProto(), nil
}

// RateDelphiRound implements DelphiService.
func (s *Server) RateDelphiRound(ctx context.Context, r *satisfactionv1.RateDelphiRoundRequest) (*satisfactionv1.DelphiForm, error) {
	model, round, err := ids(r.GetName())
	if err != nil {
		return nil, err
	}
	return s.rate(ctx, r.GetRatings(), func(ctx context.Context) (*seat, error) {
		return s.store.bySubject(ctx, model, round, auth.From(ctx).Subject)
	})
}

// SubmitDelphiForm implements DelphiService.
func (s *Server) SubmitDelphiForm(ctx context.Context, r *satisfactionv1.SubmitDelphiFormRequest) (*satisfactionv1.DelphiForm, error) {
	return s.rate(ctx, r.GetRatings(), func(ctx context.Context) (*seat, error) { return s.store.bySecret(ctx, r.GetSecret()) })
}

func (s *Server) rate(ctx context.Context, ratings []*satisfactionv1.DelphiRating, find func(context.Context) (*seat, error)) (*satisfactionv1.DelphiForm, error) {
	round, said, err := s.store.Rate(ctx, find, func(round *Round) (Weights, error) { return round.weightsOfProto(ratings) })
	if err != nil {
		return nil, err
	}
	return s.form(ctx, round, said)
}

// GetDelphiForm implements DelphiService.
func (s *Server) GetDelphiForm(ctx context.Context, r *satisfactionv1.GetDelphiFormRequest) (*satisfactionv1.DelphiForm, error) {
	seat, err := s.store.bySecret(ctx, r.GetSecret())
	if err != nil {
		return nil, err
	}
	round, err := s.store.Get(ctx, seat.Model, seat.Round)
	if err != nil {
		return nil, err
	}
	return s.form(ctx, round, seat.Weights.V)
}

func (s *Server) form(ctx context.Context, round *Round, said Weights) (*satisfactionv1.DelphiForm, error) {
	m, err := s.store.models.Version(ctx, round.Model, round.ModelVersion)
	if err != nil {
		return nil, err
	}
	before, err := s.store.Before(ctx, round.Model, round.ModelVersion, round.Number)
	if err != nil {
		return nil, err
	}
	return round.form(m, before, said), nil
}
