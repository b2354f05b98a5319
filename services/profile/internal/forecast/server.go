package forecast

import (
	"context"
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Server serves ExpectedSalesService.
type Server struct {
	profilev1.UnimplementedExpectedSalesServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource:     &profilev1.ExpectedSales{},
		Key:          "s.sales_id",
		DefaultOrder: "fiscal_year desc, product_line",
		Fields: []listing.Field{
			{Path: "fiscal_year", Column: "s.fiscal_year", Kind: listing.Int, Sortable: true},
			{Path: "product_line", Column: "s.product_line", Kind: listing.String, Sortable: true},
			{Path: "amount", Column: "s.amount", Kind: listing.Decimal, Sortable: true},
			{Path: "author", Column: "s.author", Kind: listing.String},
			{Path: "create_time", Column: "s.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "s.update_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: NewStore(db, now), list: list}, nil
}

// CreateExpectedSales implements ExpectedSalesService.
func (s *Server) CreateExpectedSales(ctx context.Context, r *profilev1.CreateExpectedSalesRequest) (*profilev1.ExpectedSales, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	f, err := FromProto(ids[0], r.GetExpectedSales())
	if err != nil {
		return nil, fault.Prefix(err, "expected_sales")
	}
	stored, err := s.store.Put(ctx, f, r.GetExpectedSales().GetEtag())
	if err != nil {
		return nil, err
	}
	return ToProto(stored)
}

// GetExpectedSales implements ExpectedSalesService.
func (s *Server) GetExpectedSales(ctx context.Context, r *profilev1.GetExpectedSalesRequest) (*profilev1.ExpectedSales, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "expectedSales")
	if err != nil {
		return nil, err
	}
	f, err := s.store.Get(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return ToProto(f)
}

// ListExpectedSales implements ExpectedSalesService.
func (s *Server) ListExpectedSales(ctx context.Context, r *profilev1.ListExpectedSalesRequest) (*profilev1.ListExpectedSalesResponse, error) {
	id, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, profilev1.ExpectedSalesService_ListExpectedSales_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, id)
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListExpectedSalesResponse{NextPageToken: next, ExpectedSales: make([]*profilev1.ExpectedSales, len(found))}
	for i, f := range found {
		if out.ExpectedSales[i], err = ToProto(f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// DeleteExpectedSales implements ExpectedSalesService.
func (s *Server) DeleteExpectedSales(ctx context.Context, r *profilev1.DeleteExpectedSalesRequest) (*profilev1.DeleteExpectedSalesResponse, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "expectedSales")
	if err != nil {
		return nil, err
	}
	if err := s.store.Delete(ctx, ids[0], ids[1], r.GetEtag()); err != nil {
		return nil, err
	}
	return &profilev1.DeleteExpectedSalesResponse{}, nil
}
