package gate

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/budget"
)

// Server serves ContactGateService.
type Server struct {
	planningv1.UnimplementedContactGateServiceServer
	store *Store
}

// NewServer makes the server.
func NewServer(store *Store) *Server { return &Server{store: store} }

// ReserveContact implements ContactGateService.
func (s *Server) ReserveContact(ctx context.Context, r *planningv1.ReserveContactRequest) (*planningv1.ReserveContactResponse, error) {
	if err := s.reach(ctx, r); err != nil {
		return nil, err
	}
	w, err := wishOf(r)
	if err != nil {
		return nil, err
	}
	a, err := s.store.Reserve(ctx, w)
	if err != nil {
		return nil, err
	}
	return a.toProto(), nil
}

// reach looks at whom the request is about before anything is said about the rest of it.
func (s *Server) reach(ctx context.Context, r *planningv1.ReserveContactRequest) error {
	if r.GetContact() != "" {
		ids, err := resource.Parse("contact", r.GetContact(), "contacts")
		if err != nil {
			return err
		}
		_, err = s.store.contact(ctx, ids[0])
		return err
	}
	if r.GetCustomer() == "" {
		return nil
	}
	ids, err := resource.Parse("customer", r.GetCustomer(), "customers")
	if err != nil {
		return err
	}
	return aggregate.Visible(ctx, s.store.db, ids[0])
}

// ReleaseContact implements ContactGateService.
func (s *Server) ReleaseContact(ctx context.Context, r *planningv1.ReleaseContactRequest) (*planningv1.ReleaseContactResponse, error) {
	ids, err := resource.Parse("name", r.GetName(), "contacts")
	if err != nil {
		return nil, err
	}
	cancelled, err := s.store.Release(ctx, ids[0], r.GetReason())
	if err != nil {
		return nil, err
	}
	return &planningv1.ReleaseContactResponse{Contact: r.GetName(), Cancelled: cancelled}, nil
}

// SettleContact implements ContactGateService.
func (s *Server) SettleContact(ctx context.Context, r *planningv1.SettleContactRequest) (*planningv1.SettleContactResponse, error) {
	ids, err := resource.Parse("name", r.GetName(), "contacts")
	if err != nil {
		return nil, err
	}
	contact, err := s.store.contact(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	var actual *Actual
	if !r.GetAsReserved() {
		actual = &Actual{}
		same := func(field string, customer uuid.UUID) error { return sameCustomer(field, contact.Customer, customer) }
		if actual.Gifts, err = giftsOf("benefits", same, r.GetBenefits()); err != nil {
			return nil, err
		}
		if r.GetOtherCost() != nil {
			other, err := budget.FromProto("other_cost", r.GetOtherCost(), false)
			if err != nil {
				return nil, err
			}
			actual.Other, actual.Currency = other.Amount, other.Currency
		}
	}
	failures, err := s.store.Settle(ctx, ids[0], actual)
	if err != nil {
		return nil, err
	}
	answer := Answer{Decision: Decision{Failures: failures}}
	return &planningv1.SettleContactResponse{Contact: r.GetName(), Settled: answer.Granted(), Failures: answer.failures()}, nil
}
