package customer

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/seal"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/attribute"
)

// Server serves CustomerService.
type Server struct {
	profilev1.UnimplementedCustomerServiceServer
	store   *Store
	list    *listing.List
	changes *listing.List
	box     *seal.Box
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, keys *seal.Keys) (*Server, error) {
	list, err := newList(pages, attribute.NewStore(db, now))
	if err != nil {
		return nil, err
	}
	changes, err := newChangeList(pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: NewStore(db, now), list: list, changes: changes, box: seal.NewBox(db, keys)}, nil
}

// CreateCustomer implements CustomerService.
func (s *Server) CreateCustomer(ctx context.Context, r *profilev1.CreateCustomerRequest) (*profilev1.Customer, error) {
	c := FromProto(r.GetCustomer())
	if err := s.store.Create(ctx, c); err != nil {
		return nil, err
	}
	return ToProto(c), nil
}

// GetCustomer implements CustomerService.
func (s *Server) GetCustomer(ctx context.Context, r *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers")
	if err != nil {
		return nil, err
	}
	if r.GetAsOf() != nil {
		return s.store.AsOf(ctx, ids[0], r.GetAsOf().AsTime())
	}
	c, err := s.store.Get(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return ToProto(c), nil
}

// ListCustomers implements CustomerService.
func (s *Server) ListCustomers(ctx context.Context, r *profilev1.ListCustomersRequest) (*profilev1.ListCustomersResponse, error) {
	wanted := Wanted{Query: r.GetQuery(), Deleted: r.GetShowDeleted()}
	plan, err := s.list.PlanFor(ctx, profilev1.CustomerService_ListCustomers_FullMethodName, r, wanted.binding())
	if err != nil {
		return nil, err
	}
	customers, next, err := s.store.List(ctx, plan, wanted)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListCustomersResponse{NextPageToken: next, Customers: make([]*profilev1.Customer, len(customers))}
	for i, c := range customers {
		out.Customers[i] = ToProto(c)
	}
	return out, nil
}

// UpdateCustomer implements CustomerService.
func (s *Server) UpdateCustomer(ctx context.Context, r *profilev1.UpdateCustomerRequest) (*profilev1.Customer, error) {
	ids, err := resource.Parse("customer.name", r.GetCustomer().GetName(), "customers")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Update(ctx, ids[0], r.GetCustomer().GetEtag(), masked(ctx, r))
	if err != nil {
		return nil, err
	}
	return ToProto(c), nil
}

// DeleteCustomer implements CustomerService.
func (s *Server) DeleteCustomer(ctx context.Context, r *profilev1.DeleteCustomerRequest) (*profilev1.Customer, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Delete(ctx, ids[0], r.GetEtag())
	if err != nil {
		return nil, err
	}
	return ToProto(c), nil
}

// UndeleteCustomer implements CustomerService.
func (s *Server) UndeleteCustomer(ctx context.Context, r *profilev1.UndeleteCustomerRequest) (*profilev1.Customer, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Undelete(ctx, ids[0], r.GetEtag())
	if err != nil {
		return nil, err
	}
	return ToProto(c), nil
}
