package preference

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Server serves ContactPreferenceService.
type Server struct {
	planningv1.UnimplementedContactPreferenceServiceServer
	store *Store
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time) *Server {
	return &Server{store: NewStore(db, now)}
}

func parse(field, name string) (customer, person uuid.UUID, err error) {
	rest, ok := strings.CutSuffix(name, "/contactPreference")
	if !ok {
		return customer, person, fault.Invalid(fault.Field(field, "RESOURCE_NAME", fault.Text{
			En: "must be customers/{id}/people/{id}/contactPreference", Zh: "必须为 customers/{id}/people/{id}/contactPreference",
		}))
	}
	ids, err := resource.Parse(field, rest, "customers", "people")
	if err != nil {
		return customer, person, err
	}
	return ids[0], ids[1], nil
}

// GetContactPreference implements ContactPreferenceService.
func (s *Server) GetContactPreference(ctx context.Context, r *planningv1.GetContactPreferenceRequest) (*planningv1.ContactPreference, error) {
	customer, person, err := parse("name", r.GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.store.Get(ctx, customer, person)
	if err != nil {
		return nil, err
	}
	return p.toProto(), nil
}

// UpdateContactPreference implements ContactPreferenceService.
func (s *Server) UpdateContactPreference(ctx context.Context, r *planningv1.UpdateContactPreferenceRequest) (*planningv1.ContactPreference, error) {
	const field = "contact_preference"
	customer, person, err := parse(field+".name", r.GetContactPreference().GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.store.Update(ctx, customer, person, func(p *Preference) error {
		if err := etag.Check(r.GetContactPreference().GetEtag(), p.Revision, p.Name()); err != nil {
			return err
		}
		next := p.toProto()
		if err := mask.Apply(field, next, r.GetContactPreference(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return err
		}
		return fault.Prefix(p.take(next), field)
	})
	if err != nil {
		return nil, err
	}
	return p.toProto(), nil
}
