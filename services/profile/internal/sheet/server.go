package sheet

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	pbmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/money"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/settings"
)

// Server serves SheetService.
type Server struct {
	profilev1.UnimplementedSheetServiceServer
	db       *postgres.DB
	store    *Store
	settings *settings.Store
}

// NewServer makes the server.
func NewServer(db *postgres.DB, numbers *settings.Store) *Server {
	return &Server{db: db, store: NewStore(db), settings: numbers}
}

// subject reads whose sheet is asked for, and sees to it that the caller may have it.
func (s *Server) subject(ctx context.Context, name string) (uuid.UUID, error) {
	id, err := resource.ParseAny("name", name, "customers")
	if err != nil || id == resource.Any {
		return id, err
	}
	return id, aggregate.Visible(ctx, s.db, id)
}

// GetOrderCycle implements SheetService.
func (s *Server) GetOrderCycle(ctx context.Context, r *profilev1.GetOrderCycleRequest) (*profilev1.OrderCycle, error) {
	id, err := s.subject(ctx, r.GetName())
	if err != nil {
		return nil, err
	}
	span, err := newRange(r)
	if err != nil {
		return nil, err
	}
	rhythms, err := s.store.Rhythms(ctx, id, span)
	if err != nil {
		return nil, err
	}
	steps, err := s.store.Steps(ctx, id, span)
	if err != nil {
		return nil, err
	}
	counts, err := s.store.Count(ctx, id, span)
	if err != nil {
		return nil, err
	}
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return nil, err
	}
	out := &profilev1.OrderCycle{Name: r.GetName(), OrderCount: counts.Orders, LateCount: counts.Late}
	for _, rhythm := range rhythms {
		out.Rhythms = append(out.Rhythms, rhythm.toProto(id != resource.Any, ruleOf(numbers)))
	}
	for _, step := range steps {
		out.Steps = append(out.Steps, &profilev1.CycleStep{
			Step: step.Field, Count: step.Count, MeanDays: step.Mean, MedianDays: step.Median, P90Days: step.P90, MaxDays: step.Max,
		})
	}
	return out, nil
}

func newRange(r *profilev1.GetOrderCycleRequest) (Range, error) {
	span := Range{Start: instant(r.GetStartTime()), End: instant(r.GetEndTime())}
	if span.Start != nil && span.End != nil && span.End.Before(*span.Start) {
		return span, fault.Invalid(fault.Field("end_time", "ORDER", fault.Text{En: "must not be before start_time", Zh: "不得早于 start_time"}))
	}
	return span, nil
}

func ruleOf(numbers *profilev1.Settings) Rule {
	return Rule{
		MinIntervals: int64(numbers.GetRhythmMinIntervals()), DeviationFactor: numbers.GetOverdueDeviationFactor(), MedianFactor: numbers.GetOverdueMedianFactor(),
	}
}

// toProto leaves out what is to be expected where orders of several customers are mixed: no single one has that rhythm.
func (r Rhythm) toProto(single bool, rule Rule) *profilev1.OrderRhythm {
	out := &profilev1.OrderRhythm{
		ProductLine: r.ProductLine, OrderDays: r.OrderDays, FirstDate: civil.Date(r.First), LastDate: civil.Date(r.Last),
		MedianIntervalDays: r.Median, IntervalDeviationDays: r.Deviation,
	}
	if expected, ok := r.Expected(rule); ok && single {
		out.ExpectedDate = civil.Date(expected)
	}
	if overdue, ok := r.Overdue(rule); ok && single {
		out.OverdueDate = civil.Date(overdue)
	}
	return out
}

// GetSalesCurve implements SheetService.
func (s *Server) GetSalesCurve(ctx context.Context, r *profilev1.GetSalesCurveRequest) (*profilev1.SalesCurve, error) {
	id, err := s.subject(ctx, r.GetName())
	if err != nil {
		return nil, err
	}
	out := &profilev1.SalesCurve{Name: r.GetName()}
	last, ordered, err := s.store.LastOrder(ctx, id)
	if err != nil {
		return nil, err
	}
	span, err := NewSpan(r.GetStartMonth(), r.GetEndMonth(), last)
	if err != nil || !ordered {
		return out, err
	}
	points, totals, err := s.store.Curve(ctx, id, span, r.GetProductLines())
	if err != nil {
		return nil, err
	}
	for _, p := range points {
		point := &profilev1.SalesPoint{Month: p.Month, ProductLine: p.ProductLine, OrderCount: p.Orders, YearGrowth: p.YearGrowth}
		if point.Amount, point.GrossProfit, point.NetProfit, err = p.money(); err != nil {
			return nil, err
		}
		out.Points = append(out.Points, point)
	}
	for _, p := range totals {
		total := &profilev1.SalesTotal{OrderCount: p.Orders, CustomerCount: p.Customers}
		if total.Amount, total.GrossProfit, total.NetProfit, err = p.money(); err != nil {
			return nil, err
		}
		out.Totals = append(out.Totals, total)
	}
	return out, nil
}

func (p Point) money() (amount, gross, net *pbmoney.Money, err error) {
	write := func(d decimal.Decimal) (m *pbmoney.Money) {
		if err == nil {
			m, err = money.Money{Amount: d, Currency: p.Currency}.ToProto()
		}
		return m
	}
	amount = write(p.Amount)
	if p.GrossProfit.Valid {
		gross = write(p.GrossProfit.Decimal)
	}
	if p.NetProfit.Valid {
		net = write(p.NetProfit.Decimal)
	}
	return amount, gross, net, err
}

func instant(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := t.AsTime()
	return &at
}
