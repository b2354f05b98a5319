package attribute

import (
	"context"
	"strings"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Server serves AttributeService.
type Server struct {
	profilev1.UnimplementedAttributeServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{Resource: &profilev1.Attribute{}, Key: "attribute_id", KeyType: "text"}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: NewStore(db, now), list: list}, nil
}

// CreateAttribute implements AttributeService.
func (s *Server) CreateAttribute(ctx context.Context, r *profilev1.CreateAttributeRequest) (*profilev1.Attribute, error) {
	a := fromProto(r.GetAttributeId(), r.GetAttribute())
	if err := a.Check(); err != nil {
		return nil, err
	}
	if err := s.store.Create(ctx, a); err != nil {
		return nil, err
	}
	return a.toProto(), nil
}

// GetAttribute implements AttributeService.
func (s *Server) GetAttribute(ctx context.Context, r *profilev1.GetAttributeRequest) (*profilev1.Attribute, error) {
	return s.named(r.GetName(), func(id string) (*Attribute, error) { return s.store.Get(ctx, id) })
}

// DeleteAttribute implements AttributeService.
func (s *Server) DeleteAttribute(ctx context.Context, r *profilev1.DeleteAttributeRequest) (*profilev1.Attribute, error) {
	return s.named(r.GetName(), func(id string) (*Attribute, error) { return s.store.Delete(ctx, id) })
}

func (s *Server) named(name string, do func(id string) (*Attribute, error)) (*profilev1.Attribute, error) {
	id, ok := strings.CutPrefix(name, "attributes/")
	if !ok || id == "" {
		return nil, fault.Invalid(fault.Field("name", "RESOURCE_NAME", fault.Text{
			En: "must be a name of the form attributes/{id}", Zh: "必须是 attributes/{id} 形式的资源名",
		}))
	}
	a, err := do(id)
	if err != nil {
		return nil, err
	}
	return a.toProto(), nil
}

// ListAttributes implements AttributeService.
func (s *Server) ListAttributes(ctx context.Context, r *profilev1.ListAttributesRequest) (*profilev1.ListAttributesResponse, error) {
	plan, err := s.list.PlanFor(ctx, profilev1.AttributeService_ListAttributes_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	attributes, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListAttributesResponse{NextPageToken: next}
	for i := range attributes {
		out.Attributes = append(out.Attributes, attributes[i].toProto())
	}
	return out, nil
}

// kinds says how a filter compares values of a type; a choice is compared as text.
var kinds = map[Type]listing.Kind{Text: listing.String, Number: listing.Decimal, Boolean: listing.Bool, Date: listing.Date, Choice: listing.String}

// Entry describes an attribute to a filter that names it. One above the caller's level is refused by its level, like a field.
func (s *Store) Entry(ctx context.Context, id string) (listing.Entry, error) {
	declared, err := s.Declared(ctx)
	if err != nil {
		return listing.Entry{}, err
	}
	a, ok := declared[id]
	if !ok {
		return listing.Entry{}, fault.Invalid(fault.Field("filter", "ATTRIBUTE_NOT_DECLARED", fault.Text{
			En: "names attributes." + id + ", which is not declared", Zh: "引用了未声明的属性 attributes." + id,
		}))
	}
	return listing.Entry{Level: typev1.Level(a.Level), Kind: kinds[a.Type]}, nil
}
