package person

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/seal"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Server serves PersonService.
type Server struct {
	profilev1.UnimplementedPersonServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, keys *seal.Keys) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &profilev1.Person{},
		Key:      "p.person_id",
		Fields: []listing.Field{
			{Path: "display_name", Column: "k.name_blind", Kind: listing.Blind, Blind: func(name string) []byte { return keys.Blind(blindName, name) }},
			{
				Path: "channels.value", Column: "k.blinds", Kind: listing.BlindArray, Level: typev1.Level_MANAGER,
				Blind: func(value string) []byte { return keys.Blind(blindChannel, value) },
			},
			{Path: "position", Column: "p.position", Kind: listing.String, Sortable: true},
			{Path: "department", Column: "p.department", Kind: listing.String, Sortable: true},
			{Path: "senior", Column: "p.senior", Kind: listing.Bool},
			{Path: "language", Column: "p.language", Kind: listing.String},
			{Path: "create_time", Column: "p.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "p.update_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: NewStore(db, now, keys), list: list}, nil
}

// CreatePerson implements PersonService.
func (s *Server) CreatePerson(ctx context.Context, r *profilev1.CreatePersonRequest) (*profilev1.Person, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	p, err := FromProto(ids[0], r.GetPerson())
	if err != nil {
		return nil, fault.Prefix(err, "person")
	}
	if err := s.store.Create(ctx, p); err != nil {
		return nil, err
	}
	return ToProto(p), nil
}

// GetPerson implements PersonService.
func (s *Server) GetPerson(ctx context.Context, r *profilev1.GetPersonRequest) (*profilev1.Person, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "people")
	if err != nil {
		return nil, err
	}
	p, err := s.store.Get(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return ToProto(p), nil
}

// ListPeople implements PersonService.
func (s *Server) ListPeople(ctx context.Context, r *profilev1.ListPeopleRequest) (*profilev1.ListPeopleResponse, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, profilev1.PersonService_ListPeople_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	people, next, err := s.store.List(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListPeopleResponse{NextPageToken: next, People: make([]*profilev1.Person, len(people))}
	for i, p := range people {
		out.People[i] = ToProto(p)
	}
	return out, nil
}

// UpdatePerson implements PersonService.
func (s *Server) UpdatePerson(ctx context.Context, r *profilev1.UpdatePersonRequest) (*profilev1.Person, error) {
	ids, err := resource.Parse("person.name", r.GetPerson().GetName(), "customers", "people")
	if err != nil {
		return nil, err
	}
	p, err := s.store.Update(ctx, ids[0], ids[1], r.GetPerson().GetEtag(), func(p *Person) error {
		state := ToProto(p)
		if err := mask.Apply("person", state, r.GetPerson(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return err
		}
		return p.over(state)
	})
	if err != nil {
		return nil, err
	}
	return ToProto(p), nil
}

// DeletePerson implements PersonService.
func (s *Server) DeletePerson(ctx context.Context, r *profilev1.DeletePersonRequest) (*profilev1.DeletePersonResponse, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "people")
	if err != nil {
		return nil, err
	}
	if err := s.store.Delete(ctx, ids[0], ids[1], r.GetEtag()); err != nil {
		return nil, err
	}
	return &profilev1.DeletePersonResponse{}, nil
}
