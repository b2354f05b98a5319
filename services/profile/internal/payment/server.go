package payment

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Server serves PaymentService.
type Server struct {
	profilev1.UnimplementedPaymentServiceServer
	db    *postgres.DB
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource:     &profilev1.Payment{},
		Key:          "p.payment_id",
		DefaultOrder: "due_date desc",
		Fields: []listing.Field{
			{Path: "source_system", Column: "p.source_system", Kind: listing.String},
			{Path: "payment_number", Column: "p.payment_number", Kind: listing.String, Sortable: true},
			{Path: "order_number", Column: "p.order_number", Kind: listing.String},
			{Path: "amount", Column: "p.amount", Kind: listing.Decimal, Sortable: true},
			{Path: "due_date", Column: "p.due_date", Kind: listing.Date, Sortable: true},
			{Path: "paid_date", Column: "p.paid_date", Kind: listing.Date},
			{Path: "create_time", Column: "p.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "p.update_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{db: db, store: NewStore(db, now), list: list}, nil
}

// CreatePayment implements PaymentService.
func (s *Server) CreatePayment(ctx context.Context, r *profilev1.CreatePaymentRequest) (*profilev1.Payment, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	p, err := FromProto(ids[0], r.GetPayment())
	if err != nil {
		return nil, fault.Prefix(err, "payment")
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		held, err := aggregate.Hold(ctx, s.db, ids)
		if err != nil {
			return err
		}
		if h := held[ids[0]]; h == nil || h.Deleted {
			return aggregate.Explain(ctx, s.db, ids[0])
		}
		outcomes, err := s.store.Record(ctx, held, []*Payment{p})
		if err != nil {
			return err
		}
		p = outcomes[0].Payment
		return fault.Prefix(outcomes[0].Err, "payment")
	})
	if err != nil {
		return nil, err
	}
	return ToProto(p)
}

// GetPayment implements PaymentService.
func (s *Server) GetPayment(ctx context.Context, r *profilev1.GetPaymentRequest) (*profilev1.Payment, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "payments")
	if err != nil {
		return nil, err
	}
	p, err := s.store.Get(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return ToProto(p)
}

// ListPayments implements PaymentService.
func (s *Server) ListPayments(ctx context.Context, r *profilev1.ListPaymentsRequest) (*profilev1.ListPaymentsResponse, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	return s.page(ctx, r, id)
}

func (s *Server) page(ctx context.Context, r *profilev1.ListPaymentsRequest, id uuid.UUID) (*profilev1.ListPaymentsResponse, error) {
	plan, err := s.list.PlanFor(ctx, profilev1.PaymentService_ListPayments_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListPaymentsResponse{NextPageToken: next, Payments: make([]*profilev1.Payment, len(found))}
	for i, p := range found {
		if out.Payments[i], err = ToProto(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}
