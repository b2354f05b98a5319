package budget

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// Server serves BudgetService.
type Server struct {
	planningv1.UnimplementedBudgetServiceServer
	db            *postgres.DB
	store         *Store
	list, entries *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, errList := listing.Compile(listing.Spec{
		Resource: &planningv1.Budget{}, Key: "budget_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "fiscal_year", Column: "fiscal_year", Kind: listing.Int, Sortable: true},
			{Path: "owner", Column: "owner", Kind: listing.String},
			{Path: "territory", Column: "territory", Kind: listing.String},
			{Path: "customer", Column: "'customers/' || customer_id", Kind: listing.String},
			{Path: "plan", Column: "plan", Kind: listing.String},
			{Path: "activity", Column: "'activities/' || activity_id", Kind: listing.String},
			{Path: "closed", Column: "closed", Kind: listing.Bool},
			{Path: "exceeded", Column: "(actual > amount)", Kind: listing.Bool},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	kinds := map[string]any{}
	for number, name := range planningv1.BudgetEntry_Kind_name {
		if number != 0 {
			kinds[name] = int64(number)
		}
	}
	entries, errEntries := listing.Compile(listing.Spec{
		Resource: &planningv1.BudgetEntry{}, Key: "entry_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "kind", Column: "kind", Kind: listing.Enum, Values: kinds},
			{Path: "reference", Column: "reference", Kind: listing.String},
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &Server{db: db, store: NewStore(db, now), list: list, entries: entries}, errors.Join(errList, errEntries)
}

// CreateBudget implements BudgetService.
func (s *Server) CreateBudget(ctx context.Context, r *planningv1.CreateBudgetRequest) (*planningv1.Budget, error) {
	b := &Budget{}
	if err := b.set(r.GetBudget()); err != nil {
		return nil, fault.Prefix(err, "budget")
	}
	if err := s.complete(ctx, b); err != nil {
		return nil, err
	}
	if !auth.From(ctx).Covers(b.Territory) {
		return nil, fault.Denied("TERRITORY", fault.Text{En: "the territory is not one of yours", Zh: "该区域不在您的权限范围内"})
	}
	if err := s.store.Create(ctx, b); err != nil {
		return nil, err
	}
	return b.toProto(), nil
}

// complete looks at what a new budget refers to, and fills in what follows from that.
func (s *Server) complete(ctx context.Context, b *Budget) error {
	if b.Activity.Valid {
		customer, err := s.store.customerOf(ctx, b.Activity.UUID)
		if err != nil {
			return err
		}
		seen := customer != uuid.Nil && aggregate.Visible(ctx, s.db, customer) == nil
		if !seen || b.Customer.Valid && b.Customer.UUID != customer {
			return fault.Invalid(fault.Field("budget.activity", "ACTIVITY_UNKNOWN", fault.Text{En: "is no activity of this customer", Zh: "不是该客户的活动"}))
		}
		b.Customer = uuid.NullUUID{UUID: customer, Valid: true}
	}
	if !b.Customer.Valid {
		return nil
	}
	if err := aggregate.Visible(ctx, s.db, b.Customer.UUID); err != nil {
		return err
	}
	territory, err := s.store.territory(ctx, b.Customer.UUID)
	if err != nil {
		return err
	}
	if b.Territory == "" {
		b.Territory = territory
	}
	if !within(territory, b.Territory) {
		return fault.Invalid(fault.Field("budget.territory", "TERRITORY", fault.Text{En: "is not that of the customer or above it", Zh: "不是客户所在区域或其上级"}))
	}
	return nil
}

// GetBudget implements BudgetService.
func (s *Server) GetBudget(ctx context.Context, r *planningv1.GetBudgetRequest) (*planningv1.Budget, error) {
	ids, err := resource.Parse("name", r.GetName(), "budgets")
	if err != nil {
		return nil, err
	}
	b, err := s.store.Get(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return b.toProto(), nil
}

// ListBudgets implements BudgetService.
func (s *Server) ListBudgets(ctx context.Context, r *planningv1.ListBudgetsRequest) (*planningv1.ListBudgetsResponse, error) {
	plan, err := s.list.PlanFor(ctx, planningv1.BudgetService_ListBudgets_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListBudgetsResponse{NextPageToken: next}
	for _, b := range rows {
		out.Budgets = append(out.Budgets, b.toProto())
	}
	return out, nil
}

// UpdateBudget implements BudgetService.
func (s *Server) UpdateBudget(ctx context.Context, r *planningv1.UpdateBudgetRequest) (*planningv1.Budget, error) {
	ids, err := resource.Parse("budget.name", r.GetBudget().GetName(), "budgets")
	if err != nil {
		return nil, err
	}
	b, err := s.store.Change(ctx, ids[0], r.GetBudget().GetEtag(), func(b *Budget) ([]string, error) {
		before := b.toProto()
		after := proto.CloneOf(before)
		if err := mask.Apply("budget", after, r.GetBudget(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		if err := b.set(after); err != nil {
			return nil, fault.Prefix(err, "budget")
		}
		return history.Names(history.Diff(before, after)), nil
	})
	if err != nil {
		return nil, err
	}
	return b.toProto(), nil
}

// ApproveBudgetOverrun implements BudgetService.
func (s *Server) ApproveBudgetOverrun(ctx context.Context, r *planningv1.ApproveBudgetOverrunRequest) (*planningv1.Budget, error) {
	ids, err := resource.Parse("name", r.GetName(), "budgets")
	if err != nil {
		return nil, err
	}
	more, err := FromProto("amount", r.GetAmount(), true)
	if err != nil {
		return nil, err
	}
	b, err := s.store.Approve(ctx, ids[0], r.GetEtag(), more.Currency, Entry{Kind: Overrun, Overrun: more.Amount, Reason: r.GetReason()})
	if err != nil {
		return nil, err
	}
	return b.toProto(), nil
}

// ListBudgetEntries implements BudgetService.
func (s *Server) ListBudgetEntries(ctx context.Context, r *planningv1.ListBudgetEntriesRequest) (*planningv1.ListBudgetEntriesResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "budgets")
	if err != nil {
		return nil, err
	}
	plan, err := s.entries.PlanFor(ctx, planningv1.BudgetService_ListBudgetEntries_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	b, err := s.store.Get(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.Entries(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListBudgetEntriesResponse{NextPageToken: next}
	for _, e := range rows {
		out.Entries = append(out.Entries, e.toProto(b.Currency))
	}
	return out, nil
}
