package rebate

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// settlements is the collection of their names.
const settlements = "rebateSettlements"

// SettleRebates implements RebateService.
func (s *Server) SettleRebates(ctx context.Context, r *segmentationv1.SettleRebatesRequest) (*segmentationv1.RebateSettlement, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	start := time.Date(int(r.GetFiscalYear()), numbers.FiscalYearStart, 1, 0, 0, 0, 0, time.UTC)
	if start.After(numbers.Today(s.now())) {
		return nil, fault.New(codes.FailedPrecondition, "YEAR_NOT_BEGUN", fault.Text{En: "the fiscal year has not begun", Zh: "该财年尚未开始"})
	}
	what := Settlement{FiscalYear: r.GetFiscalYear(), From: start, To: start.AddDate(1, 0, 0), Currency: numbers.Currency, DryRun: r.GetDryRun()}
	for _, name := range r.GetCustomers() {
		ids, err := resource.Parse("customers", name, "customers")
		if err != nil {
			return nil, err
		}
		what.Customers = append(what.Customers, ids[0])
	}
	if err := s.store.reachable(ctx, what.Customers); err != nil {
		return nil, err
	}
	id, err := operation.Start(ctx, s.db, settlement, what, s.now())
	if err != nil {
		return nil, err
	}
	o, err := operation.Get(ctx, s.db, settlement, id)
	return s.settlement(ctx, id, o, err)
}

// GetRebateSettlement implements RebateService.
func (s *Server) GetRebateSettlement(ctx context.Context, r *segmentationv1.GetRebateSettlementRequest) (*segmentationv1.RebateSettlement, error) {
	ids, err := resource.Parse("name", r.GetName(), settlements)
	if err != nil {
		return nil, err
	}
	o, err := operation.Get(ctx, s.db, settlement, ids[0])
	return s.settlement(ctx, ids[0], o, err)
}

// CancelRebateSettlement implements RebateService.
func (s *Server) CancelRebateSettlement(ctx context.Context, r *segmentationv1.CancelRebateSettlementRequest) (*segmentationv1.RebateSettlement, error) {
	ids, err := resource.Parse("name", r.GetName(), settlements)
	if err != nil {
		return nil, err
	}
	o, err := operation.Cancel(ctx, s.db, settlement, ids[0], s.now())
	return s.settlement(ctx, ids[0], o, err)
}

// settlement makes the answer of an operation that was found, or of the error.
func (s *Server) settlement(ctx context.Context, id uuid.UUID, o *operation.Operation, err error) (*segmentationv1.RebateSettlement, error) {
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, resource.Missing(ctx, resource.Name(settlements, id), typev1.Level_BASIC)
	}
	if err != nil {
		return nil, err
	}
	var asked Settlement
	if err := o.Decode(&asked); err != nil {
		return nil, err
	}
	p, err := progressOf(o)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.RebateSettlement{
		Name: resource.Name(settlements, id), FiscalYear: asked.FiscalYear, DryRun: asked.DryRun, AgreementCount: p.Outcome.Agreements,
		PostingCount: p.Outcome.Postings, SkippedCount: p.Outcome.Skipped, Operation: operation.ToProto(o),
	}
	if out.Amount, err = (money.Money{Amount: p.Outcome.Amount, Currency: asked.Currency}).ToProto(); err != nil {
		return nil, err
	}
	results, err := s.store.results(ctx, id)
	if err != nil {
		return nil, err
	}
	out.Rebates, err = each(results, (*Posting).toProto)
	return out, err
}
